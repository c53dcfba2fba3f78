"""Tests that need no server: rules, folds, translations, the shape of the repository."""
