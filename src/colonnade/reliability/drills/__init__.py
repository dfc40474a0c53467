"""Drills of step 4: faults of upstreams, losses, killed processes and load, and the points at which they are injected."""
