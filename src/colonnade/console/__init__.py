"""Web pages for people: scoreboard, practices, requests, indicators, cost and carbon."""
