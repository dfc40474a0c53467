"""Prompts in operation: what the linter has to say of them, and how they are filled for a model (FAQ-9)."""
