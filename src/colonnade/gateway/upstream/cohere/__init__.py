"""Cohere's API (version 2) as an upstream: chat, embeddings and rerank."""
