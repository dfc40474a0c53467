"""Step 6 of the guide: prices, metering, allocation."""
