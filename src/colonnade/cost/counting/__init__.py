"""What is limited is counted once among all workers: reserved before it is used, settled after, never beyond its cap."""
