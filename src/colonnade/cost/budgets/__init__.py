"""Spend stops at its budget: the most that a call may cost is reserved before it is made, and settled when it is known."""
