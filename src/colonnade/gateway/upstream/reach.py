"""Where an upstream is reached and what every request to it carries: checked once, written once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode, urlsplit

from colonnade import __version__
from colonnade.errors import SetupError

_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_SECRET_NAME: Final = re.compile(
    r"auth|cookie|token|secret|passw|credential|signature|api-?_?key|(^|[-_])(key|sig)$", re.IGNORECASE
)
_SECRET_VALUE: Final = re.compile(
    r"(bearer|basic)\s|(sk|gsk|xai|pk|rk)[-_][\w-]{8}|AIza|AKIA|gh[opsu]_|eyJ", re.IGNORECASE
)
_OURS: Final = frozenset({
    "connection", "content-length", "content-type", "expect", "host", "keep-alive", "te", "trailer",
    "transfer-encoding", "upgrade", "x-request-id",
})  # fmt: skip
"""Headers that frame a request: whoever sets them elsewhere breaks it."""

_PATHS: Final = 256


class Reach:
    """The address, the query and the head of every request to one upstream.

    Args:
        base_url: `http://` or `https://`, up to and including the version, without a query.
        secret: the key, or None.
        query: parameters that every path gets.
        headers: further headers; they win over those that every request has.
        key_header: the header that carries the key; None or `authorization` for `authorization: Bearer`.

    Raises:
        SetupError: something of it cannot be used, or a header or parameter carries what looks like a secret.
    """

    __slots__ = ("_openings", "_path", "_query", "head", "host", "port", "secure")

    def __init__(
        self,
        base_url: str,
        secret: str | None,
        *,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        key_header: str | None,
    ) -> None:
        url = urlsplit(base_url)
        if url.scheme not in {"http", "https"} or not url.hostname or url.query or url.username:
            raise SetupError(f"`{base_url}` is no base URL such as https://api.example.com/v1")
        self.secure = url.scheme == "https"
        self.host = url.hostname
        self.port = url.port or (443 if self.secure else 80)
        self._path = url.path.rstrip("/")
        _refuse_secrets("query parameter", query)
        self._query = urlencode(query)
        self._openings: dict[str, bytes] = {}
        self.head = _head(url.netloc, _checked(headers) | _key(secret, key_header))

    def opening(self, path: str) -> bytes:
        """The request line and the headers that every request has; written once for a path, of which there are few."""
        written = self._openings.get(path)
        if written is None:
            written = f"POST {self.target(path)} HTTP/1.1\r\n".encode() + self.head
            if len(self._openings) < _PATHS:
                self._openings[path] = written
        return written

    def asking(self, path: str) -> bytes:
        """The same for a path that is only looked at, of which there may be many."""
        return f"GET {self.target(path)} HTTP/1.1\r\n".encode() + self.head

    def target(self, path: str) -> str:
        """What the request line names for a path below the base URL, which may have a query of its own."""
        if not self._query:
            return self._path + path
        return f"{self._path}{path}{'&' if '?' in path else '?'}{self._query}"


def _head(host: str, further: Mapping[str, str]) -> bytes:
    lines = {
        "host": host,
        "user-agent": f"colonnade/{__version__}",
        "accept": "application/json, text/event-stream",
        **further,
    }
    return "".join(f"{name}: {value}\r\n" for name, value in lines.items()).encode()


def _checked(headers: Mapping[str, str]) -> dict[str, str]:
    _refuse_secrets("header", headers)
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name) or name.lower() in _OURS:
            raise SetupError(f"The header `{name}` of an upstream cannot be set")
        if not value.isascii() or not value.isprintable():
            raise SetupError(f"The header `{name}` of an upstream holds characters that no header can carry")
    return {name.lower(): value for name, value in headers.items()}


def _refuse_secrets(what: str, given: Mapping[str, str]) -> None:
    """Headers and parameters stand in the workload file, which people read, copy and commit."""
    for name, value in given.items():
        if _SECRET_NAME.search(name) or _SECRET_VALUE.match(value):
            raise SetupError(
                f"The {what} `{name}` of an upstream looks like a secret: name it in `api_key` as env:NAME or"
                " file:PATH, and its header in `key_header`"
            )


def _key(secret: str | None, key_header: str | None) -> dict[str, str]:
    if secret is None:
        return {}
    if not secret or not secret.isascii() or not secret.isprintable() or " " in secret:
        raise SetupError("An upstream's API key is empty or holds characters that no header can carry")
    name = (key_header or "authorization").lower()
    if not _TOKEN.fullmatch(name) or name in _OURS:
        raise SetupError(f"The header `{name}` cannot carry the key of an upstream")
    return {name: f"Bearer {secret}" if name == "authorization" else secret}
