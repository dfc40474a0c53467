"""Files that callers upload and batches write, kept in the encrypted store."""
