"""Nobody uses more requests, tokens, money or calls at once than a limit allows, whichever worker answers."""
