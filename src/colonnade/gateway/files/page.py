"""Lists of files and batches are read page by page, newest first, as OpenAI's clients turn pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from colonnade.errors import InvalidRequest
from colonnade.gateway.field_faults import written_number


@dataclass(frozen=True, slots=True)
class Page:
    """What part of a list is asked for: `limit` entries after the one of id `after` (empty: from the start)."""

    limit: int
    after: str = ""
    ascending: bool = False

    @classmethod
    def asked(cls, query: Mapping[str, str], *, usual: int, largest: int) -> Page:
        """The page that a query string names.

        Raises:
            InvalidRequest: `limit` or `order` says what it cannot say.
        """
        limit = written_number(query.get("limit", str(usual)))
        if limit is None or not 1 <= limit <= largest:
            raise _wrong("limit", f"a whole number from 1 to {largest}")
        order = query.get("order", "desc")
        if order not in {"asc", "desc"}:
            raise _wrong("order", "`asc` or `desc`")
        return cls(limit, query.get("after", ""), order == "asc")

    def written(self, found: Sequence[dict[str, Any]]) -> bytes:
        """The answer for `found`, which holds one entry beyond the page where there are more."""
        shown = found[: self.limit]
        document = {
            "object": "list",
            "data": shown,
            "first_id": shown[0]["id"] if shown else None,
            "last_id": shown[-1]["id"] if shown else None,
            "has_more": len(found) > self.limit,
        }
        return msgspec.json.encode(document)


def _wrong(param: str, wanted: str) -> InvalidRequest:
    return InvalidRequest(f"The parameter '{param}' must be {wanted}.", code="invalid_value", param=param)
