"""Tests of enrollment without database or event loop."""
