"""Judges of this pillar's practices, one module per section of the guide."""
