"""Tests of what is promised to others: facts, envelope, topics, schemas, samples, the package."""
