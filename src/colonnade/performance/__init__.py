"""Step 5 of the guide: output caps, exact prompt cache."""
