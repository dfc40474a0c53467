"""Step 2 of the guide: telemetry, prompts as code, the interaction log, audit of changes."""
