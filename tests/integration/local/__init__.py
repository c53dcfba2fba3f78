"""The native set itself: servers, databases, processes."""
