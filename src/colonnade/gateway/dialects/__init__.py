"""The dialects of text calls beside OpenAI's chat completions, which is the gateway's own form."""
