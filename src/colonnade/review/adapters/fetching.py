"""What a service of this machine says of itself is fetched: from a loopback address, without redirects or proxies."""

from __future__ import annotations

import http.client
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from colonnade.review.adapters.adapter import Adapter, Reject
from colonnade.review.adapters.gathering import LARGEST_BYTES, FaultyImport, Gathered
from colonnade.review.adapters.material import Material, plain

PATIENCE_S = 30.0


def is_address(place: str) -> bool:
    """Whether a place is an address rather than a file."""
    return place.startswith(("http://", "https://"))


def fetch(address: str, adapter: Adapter, key: str | None = None) -> Gathered:
    """What answers at an address, or at the adapter's paths beneath it.

    Args:
        address: `http://127.0.0.1:4000`, or another loopback address.
        adapter: what will read the answers.
        key: sent as a bearer token; never written anywhere.

    Raises:
        FaultyImport: the address does not lead to this machine, or nobody answers there.
    """
    parts = _on_this_machine(address)
    gathered = Gathered()
    for path in _paths(parts, adapter.paths):
        status, data = _get(parts, path, key)
        name = plain(path)
        if status != http.client.OK:
            gathered.rejects.append(Reject(name, f"answered {status}"))
        elif len(data) > LARGEST_BYTES:
            gathered.rejects.append(Reject(name, f"is larger than {LARGEST_BYTES >> 20} MiB"))
        else:
            gathered.add(Material(name, data, Path()))
    return gathered


def _on_this_machine(address: str) -> SplitResult:
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise FaultyImport(f"{plain(address)} is no address") from error
    if parts.scheme != "http" or not _loopback(host):
        raise FaultyImport(
            f"{plain(address)} is not on this machine: forward the port, and name http://127.0.0.1:PORT"
        )
    return parts


def _loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _paths(parts: SplitResult, beneath: Sequence[str]) -> list[str]:
    if not beneath:
        return [(parts.path or "/") + (f"?{parts.query}" if parts.query else "")]
    return [parts.path.rstrip("/") + path for path in beneath]


def _get(parts: SplitResult, path: str, key: str | None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=PATIENCE_S)
    headers = {"accept": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read(LARGEST_BYTES + 1)
    except (OSError, http.client.HTTPException, ValueError) as error:
        where = f"{parts.hostname}:{parts.port or 80}"
        raise FaultyImport(
            f"nobody at {where} answers as a web server does: {type(error).__name__}"
        ) from error
    finally:
        connection.close()
