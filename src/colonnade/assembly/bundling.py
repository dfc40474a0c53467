"""A review and all that it rests on leaves as one file, and is reviewed again from that file alone."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError
from sqlalchemy import Connection, select

from colonnade import __version__
from colonnade.assembly.opened import opened
from colonnade.assembly.reviewing import current_subject, judges, review_opened
from colonnade.errors import CannotEvaluate, FaultyWorkload
from colonnade.evidence.breaks import Break
from colonnade.evidence.chain import Entry
from colonnade.evidence.checkpoint import Checkpoint
from colonnade.evidence.columns import decode_record
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.record import Environment, Record, Subject
from colonnade.review.acceptance import accepted
from colonnade.review.bundle.engine import engine_digest
from colonnade.review.bundle.inspection import Inspected, inspect
from colonnade.review.bundle.manifest import REPORT, WAIVERS, WORKLOAD, Manifest
from colonnade.review.bundle.packing import Contents, pack
from colonnade.review.catalogue import catalogue
from colonnade.review.intact import refuse_broken_ledger
from colonnade.review.report import Report
from colonnade.review.review import review
from colonnade.review.waiver import Waiver
from colonnade.store import schema
from colonnade.store.durable import replace_file
from colonnade.workload.document import compose
from colonnade.workload.folder import Workload
from colonnade.workload.inventory import inventory
from colonnade.workload.loading import FILE, meaning_digest
from colonnade.workload.specification import Specification
from colonnade.workload.waivers import FILE as WAIVER_FILE
from colonnade.workload.waivers import waivers_in

_DAY_S = 86_400.0
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Bundled:
    """A bundle that was written: what it says of itself, and the report in it."""

    manifest: Manifest
    report: Report


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of verifying a bundle. `recomputed` is the report as judged again, None where something was broken."""

    manifest: Manifest
    broken: int
    breaks: tuple[Break, ...]
    recomputed: Report | None

    @property
    def intact(self) -> bool:
        """Whether every byte is what was signed and the report follows from the evidence."""
        return self.broken == 0 and self.recomputed is not None


def create_bundle(folder: Path, environment: Environment | None, now: float, out: Path) -> Bundled:
    """Review the workload and write the report with everything that it rests on.

    Args:
        folder: the workload folder.
        environment: which environment to review; that of the workload file if None.
        now: the moment of the review, seconds since the epoch.
        out: the file to write; an older one is replaced as a whole.

    Raises:
        CannotEvaluate: the ledger does not verify, or is too large for a bundle.
        SetupError: the file cannot be written.
    """
    with opened(folder) as (workload, ledger, shelf):
        reviewed = review_opened(workload, ledger, shelf, environment, now)
        subject = current_subject(workload, ledger, shelf.live(), reviewed.environment)
        key = Ed25519PrivateKey.from_private_bytes(ledger.store.subkey("signing"))
        with ledger.store.reading() as connection:
            contents = _contents(workload, ledger, connection, subject=subject, reviewed=reviewed, key=key)
        file = io.BytesIO()
        manifest = pack(contents, key, file)
        replace_file(out, file.getvalue())
        return Bundled(manifest, contents.report)


def verify_bundle(path: Path) -> Verified:
    """Read a bundle, name whatever is wrong, and judge its evidence again; needs neither store nor network.

    Raises:
        CannotEvaluate: the file is no bundle, is built to do harm, or another release judged.
    """
    try:
        with path.open("rb") as file:
            inspected = inspect(file)
    except OSError as error:
        raise CannotEvaluate(f"{path} cannot be read: {error.strerror}") from error
    report = None if inspected.findings.count else _recomputed(inspected)
    return Verified(inspected.manifest, inspected.findings.count, inspected.findings.in_order(), report)


def _contents(
    workload: Workload,
    ledger: Ledger,
    connection: Connection,
    *,
    subject: Subject,
    reviewed: Report,
    key: Ed25519PrivateKey,
) -> Contents:
    entries, bodies = _entries(connection), _bodies(connection)
    waivers = _bytes_of(workload.folder / WAIVER_FILE)
    report = _judged(
        workload.specification,
        subject,
        map(decode_record, bodies),
        waivers=_accepted(waivers),
        now=reviewed.reviewed_at,
        environment=reviewed.environment,
    )
    refuse_broken_ledger(report)
    return Contents(
        report=report,
        subject=subject,
        prompts={name: prompt.version for name, prompt in sorted(workload.prompts.items())},
        files=inventory(workload.folder),
        workload=(workload.folder / FILE).read_bytes(),
        waivers=waivers,
        checkpoints=_checkpoints(ledger, entries, key, reviewed.reviewed_at),
        entries=entries,
        records=bodies,
    )


def _recomputed(inspected: Inspected) -> Report | None:
    """The report judged again; None with a finding where it is another one than the bundle holds."""
    manifest = inspected.manifest
    if manifest.catalogue_digest != catalogue().digest:
        raise CannotEvaluate(_other_release(manifest, "with another catalogue of practices"))
    specification = _specification(inspected.texts[WORKLOAD])
    if meaning_digest(specification, manifest.prompts) != manifest.subject.workload:
        inspected.findings.add(0, WORKLOAD, "altered", "it is not the workload that was reviewed")
        return None
    report = _judged(
        specification,
        manifest.subject,
        (decode_record(body) for body in inspected.records),
        waivers=_accepted(inspected.texts.get(WAIVERS)),
        now=manifest.reviewed_at,
        environment=manifest.environment,
    )
    if report.encode() == inspected.texts[REPORT]:
        return report
    if manifest.release.engine != engine_digest():
        raise CannotEvaluate(_other_release(manifest, "by other rules"))
    inspected.findings.add(0, REPORT, "altered", "the evidence in the bundle gives another report")
    return None


def _judged(
    specification: Specification,
    subject: Subject,
    records: Iterable[Record],
    *,
    waivers: tuple[Waiver, ...],
    now: float,
    environment: Environment,
) -> Report:
    return review(
        catalogue(),
        judges(),
        specification=specification,
        subject=subject,
        records=records,
        waivers=waivers,
        now=now,
        environment=environment,
    )


def _other_release(manifest: Manifest, how: str) -> str:
    return (
        f"the bundle is what was signed, and was judged {how}: by release {manifest.release.version}, catalogue "
        f"{manifest.catalogue_digest[:19]}; this is release {__version__}, catalogue {catalogue().digest[:19]}. "
        "Verify it with the release that made it"
    )


def _specification(text: bytes) -> Specification:
    try:
        return Specification.model_validate(compose(text.decode("utf-8"), FILE).value)
    except (ValidationError, UnicodeDecodeError) as error:
        raise CannotEvaluate(f"the {FILE} in the bundle is no workload file of this release") from error


def _accepted(text: bytes | None) -> tuple[Waiver, ...]:
    if text is None:
        return ()
    try:
        return accepted(waivers_in(text.decode("utf-8")), catalogue())
    except UnicodeDecodeError as error:
        raise CannotEvaluate(f"the {WAIVER_FILE} is not UTF-8 text") from error
    except FaultyWorkload as error:
        raise CannotEvaluate(f"the {WAIVER_FILE} in the bundle is none of this release: {error}") from error


def _entries(connection: Connection) -> list[Entry]:
    query = select(schema.ledger).order_by(schema.ledger.c.seq).execution_options(yield_per=_PAGE)
    return [Entry(*row) for row in connection.execute(query)]


def _bodies(connection: Connection) -> list[bytes]:
    query = select(schema.record.c.body).order_by(schema.record.c.seq).execution_options(yield_per=_PAGE)
    return list(connection.scalars(query))


def _checkpoints(ledger: Ledger, entries: list[Entry], key: Ed25519PrivateKey, now: float) -> Iterator[bytes]:
    """The last checkpoint of every day, each of which holds all entries before it, and one over the end."""
    last = entries[-1]
    daily = {
        int(each.at // _DAY_S): each
        for each in ledger.checkpoints.read()
        if each is not None and 0 < each.seq < last.seq
    }
    closing = Checkpoint(seq=last.seq, ref=last.ref, chain=last.chain, at=now)
    signed = msgspec.structs.replace(closing, signature=key.sign(closing.signed_bytes()))
    return (msgspec.json.encode(each) for each in (*daily.values(), signed))


def _bytes_of(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None
