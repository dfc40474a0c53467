"""Drills of step 3: strangers knock at every door, and an altered model is offered to its loader."""

from __future__ import annotations

import asyncio
import secrets
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from colonnade.drills.target import KEY_TERM_S, Heard, Target, Telephone, borrowed_key, lent_key
from colonnade.errors import ColonnadeError, SetupError
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.security.evidence import AccessDrill, Attempt, TamperDrill, TransportDrill

Loader = Callable[[Path], Awaitable[None]]
REFUSALS = frozenset({401, 403})


async def access(target: Target, scope: Scope, elsewhere: Sequence[Telephone] = ()) -> Record:
    """Knock with no key, and with altered, expired, revoked, foreign and under-privileged keys.

    `elsewhere` call the same port on addresses of this machine that are not loopback: with a good key.
    """
    with lent_key(target, "reviewer") as reviewer:
        return await _knock_everywhere(target, [*_cases(target), ("wrong role", reviewer)], elsewhere, scope)


async def _knock_everywhere(
    target: Target, cases: Sequence[tuple[str, str | None]], elsewhere: Sequence[Telephone], scope: Scope
) -> Record:
    async with borrowed_key(target) as good:
        control = await _knock(target, "chat", good)
        altered = good[:-1] + ("a" if good[-1] != "a" else "b")
        doors = [
            (case, surface, key)
            for case, key in (*cases, ("altered key", altered))
            for surface in _surfaces(target)
        ]
        attempts = [await _attempt(target, *door) for door in doors]
        outside = [await _refuses(call, good) for call in elsewhere]
    view = AccessDrill(
        control_answered=control.status == 200,
        attempts=attempts,
        off_network_refused=all(outside) if outside else None,
    )
    return scope.record(view, kind="drill", source="drill", collector="security.access@1", n=len(attempts))


async def tamper(artefact: Path, load: Loader, scratch: Path, scope: Scope) -> Record:
    """Offer the loader the artefact, and a copy of it in `scratch` with one bit changed.

    `load` verifies a file against its pin as the serving process does, and raises a `ColonnadeError` to refuse.
    """
    original = await _refusal(load, artefact)
    copy = scratch / artefact.name
    try:
        await asyncio.to_thread(_copy_altered, artefact, copy)
        refusal = await _refusal(load, copy)
    finally:
        copy.unlink(missing_ok=True)
    view = TamperDrill(
        artefact=artefact.name, original_accepted=not original, altered_refused=bool(refusal), message=refusal
    )
    return scope.record(view, kind="drill", source="drill", collector="security.tamper@1", n=2)


async def transport(hops: Sequence[tuple[str, str, int]], scope: Scope) -> Record:
    """Shake hands by TLS with every hop, given as name, host and port, and look whether it answers in clear too."""
    found = [await asyncio.to_thread(_speaks_tls_only, host, port) for _, host, port in hops]
    in_clear = [name for (name, _, _), tls_only in zip(hops, found, strict=True) if not tls_only]
    view = TransportDrill(probed=len(hops), tls_ok=sum(found), in_clear=in_clear)
    return scope.record(view, kind="drill", source="drill", collector="security.transport@1", n=len(hops))


def _speaks_tls_only(host: str, port: int) -> bool:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # whether TLS is spoken is asked here, not by whom
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        with socket.create_connection((host, port), timeout=5) as plain, context.wrap_socket(plain):
            pass
    except (ssl.SSLError, ConnectionResetError, TimeoutError):
        return False
    return not _answers_in_clear(host, port)


def _answers_in_clear(host: str, port: int) -> bool:
    with socket.create_connection((host, port), timeout=5) as plain:
        plain.sendall(b"GET /healthz HTTP/1.1\r\nhost: drill\r\n\r\n")
        try:
            return plain.recv(5) == b"HTTP/"
        except OSError:
            return False


def _cases(target: Target) -> list[tuple[str, str | None]]:
    expired = target.keys.issue(role="caller", expires_in_s=-1.0)
    revoked = target.keys.issue(role="caller", expires_in_s=KEY_TERM_S)
    target.keys.revoke(revoked.id)
    return [
        ("no key", None),
        ("expired key", expired.key),
        ("revoked key", revoked.key),
        ("foreign key", f"ck-{secrets.token_hex(6)}-{secrets.token_urlsafe(32)}"),
    ]


def _surfaces(target: Target) -> tuple[str, ...]:
    return ("chat", "models", "embeddings") if target.embedding_routes else ("chat", "models")


async def _attempt(target: Target, case: str, surface: str, key: str | None) -> Attempt:
    heard = await _knock(target, surface, key)
    return Attempt(case=case, surface=surface, status=heard.status, refused=heard.status in REFUSALS)


async def _knock(target: Target, surface: str, key: str | None) -> Heard:
    if surface == "models":
        return await target.call("GET", "/v1/models", key=key)
    if surface == "embeddings":
        return await target.call(
            "POST",
            "/v1/embeddings",
            key=key,
            body={"model": target.embedding_routes[0], "input": "access drill"},
        )
    body = {
        "model": target.routes[0],
        "messages": [{"role": "user", "content": "access drill"}],
        "max_tokens": 4,
    }
    return await target.call("POST", "/v1/chat/completions", key=key, body=body)


async def _refuses(call: Telephone, key: str) -> bool:
    try:
        return (await call("GET", "/v1/models", key=key)).status in REFUSALS
    except SetupError:
        return True  # nothing listens there


async def _refusal(load: Loader, path: Path) -> str:
    try:
        await load(path)
    except ColonnadeError as error:
        return str(error)
    return ""


def _copy_altered(source: Path, copy: Path) -> None:
    with source.open("rb") as reader, copy.open("wb") as writer:
        first = reader.read(1 << 20)
        middle = len(first) // 2
        writer.write(first[:middle] + bytes([first[middle] ^ 1]) + first[middle + 1 :])
        while block := reader.read(1 << 22):
            writer.write(block)
