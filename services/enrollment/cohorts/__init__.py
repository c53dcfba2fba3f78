"""Cohorts: their terms and lives, their places and person-months, and who waits for a place."""
