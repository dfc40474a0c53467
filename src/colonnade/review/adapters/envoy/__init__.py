"""Objects of Envoy AI Gateway become a table of routes; only those that the gateway accepted say what runs."""
