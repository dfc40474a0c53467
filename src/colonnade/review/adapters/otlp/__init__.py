"""Traces of OpenTelemetry become requests, whichever conventions their instrumentation follows."""
