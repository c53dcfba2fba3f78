"""The public door of claims: each file holds the operations of one subject."""
