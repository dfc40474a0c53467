"""Evidence that other tools wrote becomes records here, one adapter a format."""
