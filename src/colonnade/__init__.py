"""Run a generative-AI use case well-architected, and prove it."""

__version__ = "0.1.0"
