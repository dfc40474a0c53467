"""Faults that answer with a status keep their status and their headers, in the words of a face."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from colonnade.gateway.upstream import faults
from colonnade.gateway.upstream.script import Script, whole
from colonnade.workload.sections.serving import Fault


def refused(fault: Fault | None, said: Callable[[int, Fault], Any]) -> Script | None:
    """The script of a fault that answers with an error; `said` writes its body for the status and the fault."""
    script = None if fault is None else faults.refused(fault)
    if fault is None or script is None or script.headers.get("content-type") != "application/json":
        return script
    told = whole(said(script.status, fault), after_s=0.0, status=script.status)
    told.headers |= {name: value for name, value in script.headers.items() if name == "retry-after"}
    return told
