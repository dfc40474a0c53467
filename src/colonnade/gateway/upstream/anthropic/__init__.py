"""Anthropic's Messages API as an upstream: the gateway's form on one side, Anthropic's wire on the other."""
