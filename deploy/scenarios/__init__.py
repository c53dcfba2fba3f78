"""Scenarios: real published figures that facts, loaded through the public doors, must lead to."""
