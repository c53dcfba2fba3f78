"""Claims on a real Postgres."""
