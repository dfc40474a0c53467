"""One module a kind of page; each asks the sources and shows what they say."""
