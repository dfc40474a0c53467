"""Step 5 of the guide: output caps, caches, batches."""
