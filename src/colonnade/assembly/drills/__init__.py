"""Every drill of the pillars, aimed at one running workload."""
