"""Step 7 of the guide: energy, carbon, placement."""
