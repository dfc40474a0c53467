"""Registries outside: MLflow, Langfuse, and cards of models and datasets."""
