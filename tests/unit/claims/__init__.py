"""The rules of claims, without a database."""
