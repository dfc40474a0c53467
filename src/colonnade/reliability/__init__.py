"""Step 4 of the guide: deadlines, supervised components, versions of data."""
