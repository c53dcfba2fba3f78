"""Tests of enrollment against a real PostgreSQL."""
