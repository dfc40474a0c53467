"""Rows of batches go to a provider's own batch interface, at its price, and come home one by one."""
