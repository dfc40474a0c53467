"""Step 1 of the guide: intent, indicators, constraints, and the choice of approach."""
