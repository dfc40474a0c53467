"""Each check of a client prints one line of JSON: what the client saw, or what it raised that nobody expected."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any

URL = os.environ["GATEWAY_URL"]
KEY = os.environ["GATEWAY_KEY"]
WRONG_KEY = "clk_wrong"
QUESTION = "What does a reviewer keep?"
ASK: Any = [{"role": "user", "content": QUESTION}]
TOLD: Any = [{"role": "system", "content": "Be brief."}, *ASK]
PARAMETERS: Any = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city", "days"],
    "additionalProperties": False,
}
PIECES_BEFORE_LEAVING = 3

Check = Callable[[], dict[str, Any]]
_checks: dict[str, Check] = {}


def _refuse_to_leave(event: str, arguments: tuple[Any, ...]) -> None:
    """Clients like to fetch price lists and vocabularies: nothing but the gateway may be reached."""
    if (
        event == "socket.connect"
        and isinstance(arguments[1], tuple)
        and arguments[1][0] not in ("127.0.0.1", "::1")
    ):
        raise ConnectionRefusedError(f"a client tried to reach {arguments[1][0]}")


sys.addaudithook(_refuse_to_leave)


def check(seen: Check) -> Check:
    """Register a check under the name of its function."""
    _checks[seen.__name__] = seen
    return seen


def raised(call: Callable[[], Any]) -> dict[str, Any]:
    """What a call raises, as far as clients tell it: classes, status, code, headers."""
    try:
        call()
    except Exception as error:  # noqa: BLE001 - which class it is decides the test, not this script
        return of_error(error)
    return {"raised": []}


def of_error(error: BaseException) -> dict[str, Any]:
    """The facts of an error; where a client wraps what another raised, those of the first that has a status or a code."""
    chain = list(_chain(error))
    telling = next((each for each in chain if _says(each, "status_code") or _says(each, "code")), error)
    response = getattr(telling, "response", None)
    headers = getattr(telling, "litellm_response_headers", None) or getattr(response, "headers", None) or {}
    return {
        "raised": [base.__name__ for each in chain for base in type(each).__mro__],
        "status": _says(telling, "status_code"),
        "code": _says(telling, "code"),
        "param": _says(telling, "param"),
        "request_id": _says(telling, "request_id") or headers.get("x-request-id"),
        "retry_after": headers.get("retry-after"),
        "message": str(error)[:400],
    }


def _says(error: BaseException, name: str) -> Any:
    return getattr(error, name, None)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def read_until_it_breaks(pieces: Any) -> dict[str, Any]:
    """The text of a stream until it ends, and how: `raised` is empty where it ended well."""
    text = ""
    try:
        for piece in pieces:
            text += piece or ""
    except Exception as error:  # noqa: BLE001 - as above
        return {"text": text, **of_error(error)}
    return {"text": text, "raised": []}


def main() -> None:
    """Run every check, also after one that failed."""
    for name, seen in _checks.items():
        try:
            told = seen()
        except BaseException:  # noqa: BLE001 - a panic of one check must not hide the others
            told = {"failed": traceback.format_exc()}
        sys.stdout.write(json.dumps({"check": name, **told}, default=str) + "\n")
        sys.stdout.flush()
