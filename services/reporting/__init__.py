"""Answers how many were protected, when and where, what lapses next and what was paid, and how complete that is."""
