"""The native set: a real PostgreSQL, a real Kafka and the three services on one machine."""
