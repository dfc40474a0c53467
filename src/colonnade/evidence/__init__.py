"""Records, the hash-chained ledger, the journal of requests, and questions asked of them."""
