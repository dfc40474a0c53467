"""Step 8 of the guide: disclosure, explanation, auditability."""
