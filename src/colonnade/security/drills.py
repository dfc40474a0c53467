"""Drills of step 3: strangers knock at every door, and an altered model is offered to its loader."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

from colonnade.drills.target import Heard, Target
from colonnade.errors import ColonnadeError
from colonnade.evidence.collection import Scope
from colonnade.evidence.record import Record
from colonnade.security.evidence import AccessDrill, Attempt, TamperDrill

REFUSALS = frozenset({401, 403})
_TERM_S = 600.0


async def access(target: Target, scope: Scope) -> Record:
    """Knock with no key, and with altered, expired, revoked, foreign and under-privileged keys."""
    good = target.keys.issue(role="caller", expires_in_s=_TERM_S)
    try:
        control = await _knock(target, "chat", good.key)
        attempts = [
            await _attempt(target, case, surface, key) for case, surface, key in _cases(target, good.key)
        ]
    finally:
        target.keys.revoke(good.id)
    view = AccessDrill(control_answered=control.status == 200, attempts=attempts, off_network_refused=None)
    return scope.record(view, kind="drill", source="drill", collector="security.access@1", n=len(attempts))


async def tamper(
    artefact: Path, pin: str, load: Callable[[Path, str], None], scratch: Path, scope: Scope
) -> Record:
    """Offer the loader the artefact, and a copy of it with one byte changed.

    `load` verifies a file against a pin as the serving process does, and raises a `ColonnadeError` to refuse.
    """
    original = _refusal(load, artefact, pin)
    copy = scratch / artefact.name
    try:
        _copy_altered(artefact, copy)
        refusal = _refusal(load, copy, pin)
    finally:
        copy.unlink(missing_ok=True)
    view = TamperDrill(
        artefact=artefact.name, original_accepted=not original, altered_refused=bool(refusal), message=refusal
    )
    return scope.record(view, kind="drill", source="drill", collector="security.tamper@1", n=2)


def _cases(target: Target, good: str) -> list[tuple[str, str, str | None]]:
    expired = target.keys.issue(role="caller", expires_in_s=-1.0)
    revoked = target.keys.issue(role="caller", expires_in_s=_TERM_S)
    target.keys.revoke(revoked.id)
    reviewer = target.keys.issue(role="reviewer", expires_in_s=_TERM_S)
    keys: list[tuple[str, str | None]] = [
        ("no key", None),
        ("altered key", good[:-1] + ("a" if good[-1] != "a" else "b")),
        ("expired key", expired.key),
        ("revoked key", revoked.key),
        ("wrong role", reviewer.key),
        ("foreign key", f"ck-{secrets.token_hex(6)}-{secrets.token_urlsafe(32)}"),
    ]
    surfaces = ["chat"] + (["embeddings"] if target.embedding_routes else [])
    return [(case, surface, key) for case, key in keys for surface in surfaces]


async def _attempt(target: Target, case: str, surface: str, key: str | None) -> Attempt:
    heard = await _knock(target, surface, key)
    return Attempt(case=case, surface=surface, status=heard.status, refused=heard.status in REFUSALS)


async def _knock(target: Target, surface: str, key: str | None) -> Heard:
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


def _refusal(load: Callable[[Path, str], None], path: Path, pin: str) -> str:
    try:
        load(path, pin)
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
