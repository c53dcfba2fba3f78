"""Tests of the whole, by cost: unit, contract, integration, end_to_end; and bench."""
