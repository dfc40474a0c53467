"""Decision records of a workload folder: the front matter that the review can read, in one form for all kinds."""
