"""A review leaves the product here, in the formats that other people and tools read: each a pure function of the report."""
