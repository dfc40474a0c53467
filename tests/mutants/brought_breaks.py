"""The ways in which what was brought is broken: the repository, an export, or a signature over it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from brought_exports import ago
from brought_run import CI_KEY, Brought, as_brought
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from whole import Whole

from colonnade.evidence.people import People, keyid_of
from colonnade.review.report import Report

Happens = Callable[[Whole], Report]
WORKFLOW = ".github/workflows/ship.yml"


def decided(name: str, old: str, new: str = "") -> Happens:
    """A decision record says something else, and that was committed."""
    return committed(f"workload/decisions/{name}.md", old, new)


def committed(file: str, old: str, new: str = "", *, signed: bool = True) -> Happens:
    """A file says something else, and that was committed."""

    def happens(whole: Whole) -> Report:
        brought = as_brought(whole)
        brought.edit(old, new, file)
        brought.commit("Change", signed=signed)
        return brought.review()

    return happens


def uncommitted(name: str, old: str, new: str) -> Happens:
    """A decision record says something else, and nobody committed it."""

    def happens(whole: Whole) -> Report:
        whole.edit(old, new, f"workload/decisions/{name}.md")
        return whole.review()

    return happens


def exported(kind: str, file: str, old: str, new: str, *, vouched: bool = True) -> Happens:
    """A tool's export says something else; it is imported again, under a new signature or under the old one."""

    def happens(whole: Whole) -> Report:
        brought = as_brought(whole)
        path = brought.exported(kind) / file
        text = path.read_text(encoding="utf-8")
        assert old in text, old
        path.write_text(text.replace(old, new), encoding="utf-8")
        if vouched:
            brought.vouch()
            brought.bring("provenance")
        brought.bring(kind)
        return brought.review()

    return happens


def forgotten(kind: str, file: str) -> Happens:
    """One report of a kind was never made, and the store holds nothing of it."""

    def happens(whole: Whole) -> Report:
        fresh = as_brought(whole)
        (fresh.exported(kind) / file).unlink()
        return _again(fresh).review()

    return happens


def untied(file: str) -> Happens:
    """The signed statement does not tell of one report."""

    def happens(whole: Whole) -> Report:
        brought = as_brought(whole)
        brought.vouch(left_out=file)
        return _again(brought).review()

    return happens


def stranger_signed(whole: Whole) -> Report:
    """The statement is signed with a key that nobody enrolled."""
    brought = as_brought(whole)
    brought.vouch(Ed25519PrivateKey.from_private_bytes(bytes(32)))
    return _again(brought).review()


def key_revoked(whole: Whole) -> Report:
    """The pipeline's key was lost, and revoked."""
    with whole.ledger() as ledger:
        keyid = keyid_of(CI_KEY.public_key())
        People(ledger).revoke(keyid, actor="noor@desk", now=time.time(), reason="lost")
    return whole.review()


def excuse_lapsed(whole: Whole) -> Report:
    """The statement that a finding does not matter is three hundred days old."""
    brought = as_brought(whole)
    path = brought.exported("scans") / "vex.openvex.json"
    said = json.loads(path.read_bytes())
    path.write_text(json.dumps({**said, "timestamp": ago(days=300)}), encoding="utf-8")
    return _again(brought).review()


def tag_gone(whole: Whole) -> Report:
    """The tag is gone."""
    brought = as_brought(whole)
    brought.git("tag", "-d", "v1")
    return brought.review()


def _again(brought: Brought) -> Brought:
    """What was imported before is forgotten, and everything is imported as it lies there now."""
    brought.forget()
    brought.enrol_and_bring()
    return brought


def reviewed_again(whole: Whole) -> Report:
    """Everything was signed and imported once more."""
    brought = as_brought(whole)
    brought.vouch()
    return _again(brought).review()
