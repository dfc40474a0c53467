"""What a LiteLLM proxy says of itself becomes a table of routes; its file alone says what was asked for."""
