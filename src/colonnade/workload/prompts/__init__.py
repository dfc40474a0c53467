"""Prompts as code: front matter, template, includes, addresses by version, and the linter that guards them."""
