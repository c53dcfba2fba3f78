"""What Payung's services promise to everyone who reads their facts: models, envelope, topics, region codes."""
