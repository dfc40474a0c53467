"""The catalogue, the judge, the score and the report."""
