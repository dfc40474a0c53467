"""An export becomes a bill of some upstreams: its kind is named, its upstreams are found or named."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from urllib.parse import urlsplit

from colonnade.cost.invoices import anthropic, focus, openai
from colonnade.cost.invoices.bill import Reading
from colonnade.cost.invoices.files import FaultyExport
from colonnade.workload.sections.serving import Upstream
from colonnade.workload.specification import Specification

KINDS = ("openai", "anthropic", "focus")
_HOSTS: Mapping[str, str] = {"openai": "api.openai.com", "anthropic": "api.anthropic.com"}


def read_export(kind: str, content: bytes, models: Sequence[str]) -> Reading:
    """Read the content of a file; `models` are the names under which requests may be recorded.

    Raises:
        FaultyExport: the file is no export of that kind, or none of its lines could be read.
    """
    readers: Mapping[str, Callable[[bytes], Reading]] = {
        "openai": openai.read,
        "anthropic": anthropic.read,
        "focus": partial(focus.read, models=models),
    }
    reading = readers[kind](content)
    if not reading.lines:
        first = reading.rejected[0] if reading.rejected else None
        why = f": {first.where}: {first.reason}" if first else ", or what it has is not metered"
        raise FaultyExport(f"no line of the export can be compared{why}")
    return reading


def upstreams_of(kind: str, specification: Specification, named: Sequence[str]) -> list[str]:
    """The upstreams that an export is the bill of: those that are named, else those of the provider.

    Raises:
        FaultyExport: a name is unknown, or nothing tells which upstreams are meant.
    """
    known = specification.upstreams
    unknown = sorted(set(named) - set(known))
    if unknown:
        raise FaultyExport(
            f"there is no upstream {', '.join(unknown)}; there are: {', '.join(sorted(known))}"
        )
    if named:
        return sorted(set(named))
    found = [name for name, it in known.items() if _billed_by(kind, it)]
    billed = [name for name, it in known.items() if it.kind not in {"embedded", "simulator"}]
    if not found and kind == "focus" and len(billed) == 1:
        found = billed
    if not found:
        raise FaultyExport("name the upstreams that this is the bill of with --upstream")
    return sorted(found)


def _billed_by(kind: str, upstream: Upstream) -> bool:
    host = urlsplit(upstream.base_url or "").hostname or ""
    return kind in {upstream.provider, upstream.kind} or host == _HOSTS.get(kind)
