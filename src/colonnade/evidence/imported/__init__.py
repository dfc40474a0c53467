"""Views of what other tools say: plans, repositories, scans, registries, bills."""
