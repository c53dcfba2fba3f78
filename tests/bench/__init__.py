"""How fast it is, each figure as a ratio to a limit of this machine that is measured in the same run."""
