"""What providers bill is read from their exports and held against what the gateway recorded."""
