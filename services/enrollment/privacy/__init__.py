"""What a person may ask of the register, and the data protection officer does: erasure with a proof, extracts, keys."""
