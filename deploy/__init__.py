"""Runs Payung: on one machine, in containers, on a cluster."""
