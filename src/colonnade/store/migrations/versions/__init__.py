"""Revisions of the schema, numbered in order."""
