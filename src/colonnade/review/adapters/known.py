"""Every adapter that there is; one line each, sorted by kind."""

from __future__ import annotations

from colonnade.review.adapters.adapter import Adapter
from colonnade.review.adapters.otlp.traces import TRACES

ADAPTERS: tuple[Adapter, ...] = (TRACES,)
"""By kind."""
