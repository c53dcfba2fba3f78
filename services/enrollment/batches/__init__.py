"""Lists that clerks send: previewed, approved by a second person, proposed, paid; resumable at every step."""
