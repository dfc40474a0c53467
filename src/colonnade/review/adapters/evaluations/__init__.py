"""Results of other evaluation tools become scored runs with an interval and the digest of what was asked."""
