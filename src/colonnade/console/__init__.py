"""Web pages for people: they show what evidence says of a workload, and decide nothing."""
