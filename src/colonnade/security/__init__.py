"""Step 3 of the guide: identity, keys, encryption, integrity of models."""
