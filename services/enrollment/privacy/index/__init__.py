"""Changes the index key: everybody is hashed anew while the register works, and one short stop puts it in force."""
