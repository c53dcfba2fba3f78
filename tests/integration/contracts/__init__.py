"""Tests of the contracts against a real Kafka."""
