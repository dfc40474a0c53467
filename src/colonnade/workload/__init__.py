"""The workload folder: its specification, loading it, its faults and its digest."""
