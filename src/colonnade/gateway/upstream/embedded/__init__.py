"""Models that run inside: text in a supervised process of its own, vectors in a thread, one upstream for all."""
