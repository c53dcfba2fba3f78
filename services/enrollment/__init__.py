"""The service that owns people, cohorts and cover: what it decides, it publishes as facts."""
