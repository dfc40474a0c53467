"""The way of a request: server, dialect, pipeline, streams, upstreams."""
