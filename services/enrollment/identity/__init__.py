"""Who is who: names and numbers compared, people found alike, merged and taken apart, their cards."""
