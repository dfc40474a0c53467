"""What a CI system did: its runs, its releases, and reports of tests."""
