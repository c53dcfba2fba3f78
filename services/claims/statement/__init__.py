"""The benefit statement: a decision, its money and what is still to come, on paper that a family can read."""
