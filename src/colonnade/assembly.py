"""Composition root: the one module that knows every pillar; the order of the stages is a tuple here."""
