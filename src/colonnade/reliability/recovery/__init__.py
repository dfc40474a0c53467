"""What is worth keeping is copied, closed with a key of its own, and brought back whole or not at all."""
