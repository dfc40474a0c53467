"""Places that answer model calls; one module a kind, all behind `interface.Upstream`."""
