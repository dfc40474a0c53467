"""The gateway's own filters answer moderation requests: what their patterns find is flagged, nothing else is claimed.

They look for personal data and secrets. Whether a text is hateful, violent or sexual they cannot tell, so the answer has
no such categories.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from colonnade.errors import InvalidRequest
from colonnade.evidence.redaction import Kind, Redactor
from colonnade.gateway.upstream.interface import Answer, Ask
from colonnade.workload.endpoints import FILTERS

CATEGORIES: Final[Mapping[str, Kind]] = {
    "personal_data/email": "email",
    "personal_data/phone": "phone",
    "personal_data/card": "card",
    "personal_data/iban": "iban",
    "personal_data/ip": "ip",
    "secrets": "secret",
}
"""Category -> the pattern that decides it."""

_ORDER: Final[tuple[Kind, ...]] = ("secret", "email", "iban", "card", "ip", "phone")
"""Stricter shapes first: what one pattern found is taken out before a looser one looks."""
_PATTERNS: Final = {kind: Redactor((kind,)) for kind in _ORDER}


class Wish(msgspec.Struct):
    """The field of a moderation request that is read."""

    input: Any = None


_decode = msgspec.json.Decoder(Wish).decode


class EmbeddedFilters:
    """An upstream that answers `/moderations` from patterns; the same text always gets the same answer."""

    def __init__(self) -> None:
        self.name = FILTERS

    async def ask(self, ask: Ask) -> Answer:
        """Answer with one result a text.

        Raises:
            InvalidRequest: another endpoint, or something that is no text.
        """
        if ask.path != "/moderations":
            raise InvalidRequest("The filters moderate and do nothing else.", code="wrong_endpoint")
        results = [_result(text) for text in _texts(_decode(ask.body).input)]
        document = {"id": f"modr-{ask.request_id}", "model": FILTERS, "results": results}
        return Answer(200, msgspec.json.encode(document))

    async def ready(self) -> str | None:
        """None: there is nothing to load."""
        return None

    async def close(self) -> None:
        """Nothing is open."""


def _texts(given: Any) -> list[str]:
    """One text an input; the parts of a message are one input together, and may only be text."""
    if isinstance(given, str):
        return [given]
    if all(isinstance(part, dict) for part in given):
        if any(part.get("type") != "text" for part in given):
            raise InvalidRequest("The filters read text only.", code="unsupported_value", param="input")
        return ["\n".join(str(part.get("text", "")) for part in given)]
    return [str(text) for text in given]


def _result(text: str) -> dict[str, Any]:
    found = _found(text)
    return {
        "flagged": bool(found),
        "categories": {name: kind in found for name, kind in CATEGORIES.items()},
        "category_scores": {name: float(kind in found) for name, kind in CATEGORIES.items()},
        "category_applied_input_types": {name: ["text"] for name in CATEGORIES},
    }


def _found(text: str) -> set[Kind]:
    found: set[Kind] = set()
    for kind, without in _PATTERNS.items():
        rest = without(text)
        if rest != text:
            found.add(kind)
        text = rest
    return found
