"""Gianyar 2023 to 2025: what the regency and the agency published, from cohorts to claims."""
