"""Exercise: inject, witness, verify, record."""
