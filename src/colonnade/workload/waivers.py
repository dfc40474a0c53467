"""`waivers.yaml` is loaded whole, or every one of its faults is named at once; each accepted risk knows its line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError, model_validator

from colonnade.errors import Fault, FaultyWorkload
from colonnade.workload.document import Document, compose
from colonnade.workload.loading import one_a_place, secrets_in
from colonnade.workload.reading import read_text
from colonnade.workload.section import AtLeastOne, Count, Section, Text
from colonnade.workload.wording import faults_of

FILE = "waivers.yaml"
MOST_DAYS = 180

Practice = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,5}-[0-9]{2}$")]
SignalName = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,5}-[0-9]{2}[.][1-9]$")]


class WaiverScope(Section):
    """`scope`: where the risk is accepted; what is left out is not narrowed."""

    environment: Literal["rehearsal", "staging", "production"] | None = Field(
        default=None, description="One environment; the others are reviewed as if the waiver were not there."
    )
    tenant: Text | None = Field(default=None, description="One tenant; nothing else that fails is excused.")
    resource: Text | None = Field(
        default=None, description="One resource; nothing else that fails is excused."
    )


class WaiverEntry(Section):
    """One entry of `waivers`: a risk that two people accepted until a day."""

    practice: Practice = Field(description="Id of the practice, e.g. SEC-06.")
    signal: AtLeastOne | None = Field(
        default=None, description="Number of the one signal that is excused; all of the practice without it."
    )
    scope: WaiverScope = Field(default=WaiverScope(), description="Where the risk is accepted.")
    reason: Text = Field(description="Why the risk is accepted, for a reader who was not there.")
    ticket: Text | None = Field(default=None, description="Where the work on it is followed.")
    owner: Text = Field(description="Who carries the risk.")
    approver: Text = Field(description="Who accepted it; never the owner.")
    co_approvers: list[Text] = Field(default=[], description="Others who accepted it, too.")
    created: Text = Field(description="Its first day, YYYY-MM-DD. A day that cannot be read counts as past.")
    expires: Text = Field(
        description=f"Its last day, YYYY-MM-DD, at most {MOST_DAYS} days after the first."
        " A day that cannot be read counts as past."
    )
    ceiling: Annotated[float, Field(allow_inf_nan=False)] | None = Field(
        default=None,
        description="The worst value of the signal that is excused; beyond it the waiver is void.",
    )
    compensating: list[SignalName] = Field(
        default=[], description="Signals, e.g. SEC-06.1, that must pass for the waiver to stand."
    )
    renewals: Count = Field(
        default=0,
        description="How often it was renewed; from the third time on the risk counts one level higher.",
    )

    @model_validator(mode="after")
    def _two_people(self) -> WaiverEntry:
        people = {name.strip().casefold() for name in (self.approver, *self.co_approvers)}
        if people <= {self.owner.strip().casefold()}:
            raise ValueError("nobody but the owner approves it; name an `approver` who is somebody else")
        return self

    @model_validator(mode="after")
    def _ends(self) -> WaiverEntry:
        first, last = _day(self.created), _day(self.expires)
        if first is not None and last is not None and not 0 <= (last - first).days <= MOST_DAYS:
            raise ValueError(
                f"runs {(last - first).days} days; `expires` is 0 to {MOST_DAYS} days after `created`"
            )
        return self

    @model_validator(mode="after")
    def _one_place(self) -> WaiverEntry:
        if self.scope.tenant is not None and self.scope.resource is not None:
            raise ValueError("`scope` names a tenant and a resource; write a waiver for each")
        return self


class WaiverFile(Section):
    """`waivers.yaml`: accepted risks of the workload, reviewed in the repository like everything else in it."""

    waivers: list[WaiverEntry] = Field(description="The accepted risks.")


@dataclass(frozen=True, slots=True)
class WrittenWaiver:
    """An entry, and the lines of the file that it takes, counting from 1; `last_line` is the last with a value."""

    entry: WaiverEntry
    line: int
    last_line: int


@dataclass(frozen=True, slots=True)
class Waivers:
    """The entries of the file, and the document that knows where each value stands."""

    entries: tuple[WrittenWaiver, ...]
    document: Document


def read_waivers(folder: Path) -> Waivers:
    """The accepted risks of a workload folder; none where it has no `waivers.yaml`.

    Raises:
        FaultyWorkload: with every fault of the file.
    """
    if not (folder / FILE).exists():
        return Waivers((), Document(FILE))
    text = read_text(folder / FILE, FILE)
    if isinstance(text, Fault):
        raise FaultyWorkload([text])
    return waivers_in(text)


def waivers_in(text: str) -> Waivers:
    """The accepted risks in the text of a file.

    Raises:
        FaultyWorkload: with every fault.
    """
    document = compose(text, FILE)
    faults = [*document.faults, *secrets_in(document)]
    try:
        read = WaiverFile.model_validate(document.value if document.judged(()) else {"waivers": []})
    except ValidationError as error:
        faults += faults_of(error, document, WaiverFile)
        read = WaiverFile(waivers=[])
    if faults:
        raise FaultyWorkload(one_a_place(faults))
    entries = tuple(_written(entry, number, document) for number, entry in enumerate(read.waivers))
    return Waivers(entries, document)


def _written(entry: WaiverEntry, number: int, document: Document) -> WrittenWaiver:
    inside = [place.line for path, place in document.values.items() if path[:2] == ("waivers", number)]
    return WrittenWaiver(entry, min(inside), max(inside))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
