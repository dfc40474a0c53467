"""Content-addressed versions of models, prompts and indexes."""
