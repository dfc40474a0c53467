"""One module a section of `workload.yaml`; field names are those of the catalogue's signals."""
