"""Batches: files of requests that are answered when there is room, durably, and before a deadline."""
