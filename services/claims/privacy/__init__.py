"""What claims does when a person is erased: whoever is named in the person's claims goes as well."""
