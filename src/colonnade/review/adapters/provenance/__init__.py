"""Signed statements (in-toto in DSSE envelopes): kept as they come, verified at every review."""
