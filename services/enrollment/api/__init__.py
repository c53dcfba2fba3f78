"""Enrollment over HTTP: bodies in, commands through, answers out; a file per resource."""
