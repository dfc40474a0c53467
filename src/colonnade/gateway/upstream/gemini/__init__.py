"""Google's generateContent as an upstream: the gateway's form on one side, Gemini's own wire on the other."""
