"""Manifests and live objects of Kubernetes become a view of infrastructure, which says which of them it was."""
