"""Datasets, scorers, the runner, and intervals."""
