"""What people wrote in a request, whatever its endpoint calls it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def asked(request: Mapping[str, Any]) -> Any:
    """Messages, inputs, a prompt, or a query with its documents; None where nothing was written.

    Files of forms are not among it: a request has only their names, sizes and digests.
    """
    if "messages" not in request and "query" in request:
        return [request["query"], *_list(request.get("documents"))]
    return next((request[name] for name in ("messages", "input", "prompt") if name in request), None)


def _list(documents: Any) -> list[Any]:
    return documents if isinstance(documents, list) else []
