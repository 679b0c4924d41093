"""A bench that judges turn-taking: labelled clips, the real receive path, one row a condition."""
