"""Milestones are made from the review now, kept beside the store, and named in the ledger by their digest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Connection

from colonnade.assembly.opened import opened
from colonnade.assembly.reviewing import review_opened
from colonnade.errors import CannotEvaluate, SetupError
from colonnade.evidence.chain import tail
from colonnade.evidence.change import Change, operator
from colonnade.evidence.ledger import Ledger
from colonnade.evidence.record import Environment
from colonnade.review import milestone as kept
from colonnade.review.intact import refuse_broken_ledger
from colonnade.review.milestone import NOW, Milestone, Place, check_name, milestone_of
from colonnade.review.report import Report
from colonnade.store.durable import make_folder, replace_file
from colonnade.workload.folder import Workload

FOLDER = "milestones"


@dataclass(frozen=True, slots=True)
class Listed:
    """A milestone that the ledger names; `fault` says what is wrong with its file, empty where nothing is."""

    name: str
    made_at: float
    milestone: Milestone | None
    fault: str = ""


def create_milestone(
    folder: Path, name: str, now: float, *, note: str = "", out: Path | None = None
) -> Milestone:
    """Review the workload and keep the review under a name.

    Args:
        folder: the workload folder.
        name: of the milestone; used once.
        now: the moment of the review.
        note: words for those who read it later.
        out: where a copy goes, e.g. into the repository, for pipelines that have no store.

    Raises:
        SetupError: the name is taken or no name.
        CannotEvaluate: the ledger does not verify.
    """
    with opened(folder) as (workload, ledger, shelf):
        check_name(name)
        if any(change.name == name for change in ledger.changes(kind="milestone")):
            raise SetupError(f"there is a milestone {name} already; a milestone never changes")
        report = review_opened(workload, ledger, shelf, None, now)
        refuse_broken_ledger(report)
        with ledger.store.reading() as connection:
            place = _end(connection)
        made = milestone_of(name, report, place, made_by=operator(), note=note)
        content = made.signed(_key(ledger)).encode()
        replace_file(make_folder(workload.state / FOLDER) / f"{name}.json", content)
        ledger.append_change(_change(made, content))
        if out is not None:
            replace_file(out, content)
    return made


def milestones(folder: Path) -> list[Listed]:
    """Every milestone that the ledger names, the oldest first; a file that is gone or altered is told so."""
    with opened(folder) as (workload, ledger, _):
        return list(_listed(workload, ledger))


def milestone_named(folder: Path, name: str) -> Milestone:
    """A milestone by its name, or by the path of a copy.

    Raises:
        CannotEvaluate: there is none, or it is not what was signed.
    """
    with opened(folder) as (workload, ledger, _):
        return named(workload, ledger, name)


def named(workload: Workload, ledger: Ledger, name: str) -> Milestone:
    """The same, in an opened folder."""
    change = next((it for it in ledger.changes(kind="milestone") if it.name == name), None)
    if change is not None:
        return _kept(workload, ledger, change)
    path = Path(name)
    if not path.is_file():
        raise CannotEvaluate(f"there is no milestone {name}: `colonnade milestone list` names them")
    return kept.opened(path.read_bytes(), _trusted(workload, ledger), str(path))


def reports_of(workload: Workload, ledger: Ledger) -> list[tuple[str, Report]]:
    """The reports of every milestone that can be read, the oldest first."""
    return [(it.name, it.milestone.report) for it in _listed(workload, ledger) if it.milestone is not None]


def report_at(folder: Path, name: str, now: float, environment: Environment | None = None) -> Report:
    """The report of a milestone, or that of a review now where the name is `now`."""
    with opened(folder) as (workload, ledger, shelf):
        if name != NOW:
            return named(workload, ledger, name).report
        return review_opened(workload, ledger, shelf, environment, now)


def _listed(workload: Workload, ledger: Ledger) -> Iterator[Listed]:
    for change in ledger.changes(kind="milestone"):
        try:
            yield Listed(change.name, change.at, _kept(workload, ledger, change))
        except CannotEvaluate as error:
            yield Listed(change.name, change.at, None, str(error))


def _kept(workload: Workload, ledger: Ledger, change: Change) -> Milestone:
    path = workload.state / FOLDER / f"{change.name}.json"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CannotEvaluate(
            f"the file of milestone {change.name} cannot be read: {error.strerror}"
        ) from error
    if _digest(content) != change.after:
        raise CannotEvaluate(f"the file of milestone {change.name} is not the one that the ledger names")
    return kept.opened(content, _trusted(workload, ledger), f"milestone {change.name}")


def _trusted(workload: Workload, ledger: Ledger) -> Mapping[str, Ed25519PublicKey]:
    own = _key(ledger).public_key()
    others = workload.specification.review.trusted_keys
    keys = [own, *(Ed25519PublicKey.from_public_bytes(bytes.fromhex(each)) for each in others)]
    return {key.public_bytes_raw().hex(): key for key in keys}


def _key(ledger: Ledger) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(ledger.store.subkey("signing"))


def _end(connection: Connection) -> Place:
    last = tail(connection)
    return Place(seq=last.seq, chain=last.chain.hex()) if last is not None else Place(seq=0, chain="")


def _change(made: Milestone, content: bytes) -> Change:
    return Change(
        kind="milestone",
        name=made.name,
        at=made.made_at,
        actor=made.made_by,
        reason=made.note or "made",
        after=_digest(content),
        details={"workload": made.workload_digest, "catalogue": made.catalogue_digest},
    )


def _digest(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()
