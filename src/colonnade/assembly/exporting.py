"""A review is exported: of the workload as it stands, or of a report that was kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from colonnade.assembly.milestones import reports_of
from colonnade.assembly.opened import opened
from colonnade.errors import CannotEvaluate, FaultyWorkload, SetupError
from colonnade.evidence.envelope import sign
from colonnade.evidence.repository import Repository
from colonnade.registry.folder import load_workload
from colonnade.review.catalogue import catalogue
from colonnade.review.exports.formats import Format
from colonnade.review.exports.matter import WORKLOAD_FILE, Matter
from colonnade.review.report import SCHEMA, Report
from colonnade.store import open_store
from colonnade.store.datakey import DATABASE_NAME
from colonnade.workload.folder import state_of

LARGEST_REPORT = 64 * 1024 * 1024
"""Bytes of a report that is read from a file."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A finished document, its format and its digest."""

    format: Format
    content: bytes

    @property
    def digest(self) -> str:
        """`sha256:...` of the bytes."""
        return "sha256:" + hashlib.sha256(self.content).hexdigest()


def export(
    chosen: Format,
    report: Report,
    folder: Path,
    *,
    before: Report | None = None,
) -> Exported:
    """The report in a format; where the format asks for it, signed with the key of the workload's store.

    Args:
        chosen: one of `FORMATS`.
        report: what is exported.
        folder: the workload folder, for lines of its file and, where signed, its key.
        before: the report of the milestone to compare with.

    Raises:
        CannotEvaluate: the format cannot hold this report.
        SetupError, KeyUnusable: there is no key to sign with.
    """
    lines = lines_of(folder, report.workload_digest)
    history = history_of(folder, report) if chosen.over_time else ()
    matter = Matter(report, catalogue(), lines, place_of(folder), before, history)
    content = chosen.write(matter)
    return Exported(chosen, _sealed(content, chosen.sealed, folder) if chosen.sealed else content)


def export_alone(chosen: Format) -> Exported | None:
    """A format that needs no review; None where it needs one."""
    return Exported(chosen, chosen.alone(catalogue())) if chosen.alone is not None else None


def read_report(path: Path) -> Report:
    """A report that `colonnade review --json` or `colonnade export json` wrote.

    Raises:
        CannotEvaluate: it cannot be read, is too large, or is no report of this schema.
    """
    try:
        if path.stat().st_size > LARGEST_REPORT:
            raise CannotEvaluate(f"{path} is larger than {LARGEST_REPORT} bytes, so it is no report")
        report = msgspec.json.decode(path.read_bytes(), type=Report)
    except OSError as error:
        raise CannotEvaluate(f"{path} cannot be read: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise CannotEvaluate(
            f"{path} is no report of a review: {error}; `colonnade export json` writes one"
        ) from error
    if report.schema != SCHEMA:
        raise CannotEvaluate(f"{path} has the schema {report.schema!r}; this release reads {SCHEMA}")
    return report


def history_of(folder: Path, report: Report) -> tuple[Report, ...]:
    """The reports of all milestones of this workload and environment before a report, the oldest first.

    Raises:
        FaultyWorkload, SetupError, KeyUnusable: the workload has a store, and it cannot be read.
    """
    if not (state_of(folder) / DATABASE_NAME).is_file():
        return ()
    with opened(folder) as (workload, ledger, _):
        reports = [each for _, each in reports_of(workload, ledger)]
    return tuple(
        each
        for each in reports
        if (each.workload, each.environment) == (report.workload, report.environment)
        and each.reviewed_at < report.reviewed_at
    )


def lines_of(folder: Path, digest: str) -> Mapping[str, int]:
    """The lines of the workload file, if it still is the one that was reviewed."""
    try:
        workload = load_workload(folder)
    except FaultyWorkload:
        return {}
    return workload.lines if workload.digest == digest else {}


def place_of(folder: Path) -> str:
    """Where the workload file stands in its repository, with slashes; its name alone where there is none."""
    repository = Repository.around(folder)
    if repository is None:
        return WORKLOAD_FILE
    try:
        return (folder.resolve() / WORKLOAD_FILE).relative_to(repository.root).as_posix()
    except ValueError:
        return WORKLOAD_FILE


def signing_key(folder: Path) -> Ed25519PrivateKey:
    """The key with which the workload's store signs, the same as for checkpoints of its ledger.

    Raises:
        SetupError, KeyUnusable: the store cannot be opened.
    """
    store = open_store(state_of(folder))
    try:
        return Ed25519PrivateKey.from_private_bytes(store.subkey("signing"))
    finally:
        store.close()


def _sealed(content: bytes, payload_type: str, folder: Path) -> bytes:
    if not (folder / WORKLOAD_FILE).is_file():
        raise SetupError(
            f"this format is signed with a workload's key, and there is no {WORKLOAD_FILE} in {folder.resolve()}: "
            "name the folder with --workload"
        )
    key = signing_key(folder)
    return sign(payload_type, content, key, key.public_key().public_bytes_raw().hex()).encode() + b"\n"
