"""The scenario's input and its expectations, before any service runs."""
