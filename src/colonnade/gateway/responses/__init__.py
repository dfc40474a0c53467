"""OpenAI's Responses API over the gateway's own form of chat, with answers that callers may leave here and continue."""
