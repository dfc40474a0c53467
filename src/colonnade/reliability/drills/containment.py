"""What must have become of calls that met a fault, by the way in which the gateway has to contain it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from colonnade.drills.experiment import Check
from colonnade.reliability.choosing import STAGE
from colonnade.reliability.drills.cases import Containment, usage_of
from colonnade.reliability.drills.site import Sent

_USED_UP: Final = "the retry share of"


@dataclass(frozen=True, slots=True)
class Found:
    """What was seen: calls that met the fault, calls while the upstream was left alone, and whether its breaker opened.

    `back` says that its breaker closed again, or that it was asked again.
    """

    upstream: str
    struck: Sequence[Sent]
    sheltered: Sequence[Sent]
    opened: bool
    back: bool


def checks(contained: Containment, found: Found) -> list[Check]:
    """Everything that is asserted."""
    sent = [*found.struck, *found.sheltered]
    return [
        Check(
            "every caller was answered or told plainly", all(it.honest for it in sent), f"{len(sent)} calls"
        ),
        Check("each answer was charged once", all(charged_once(it) for it in sent)),
        *_CONTAINED[contained](found),
    ]


def by_another(sent: Sent, upstream: str) -> bool:
    """Whether the call was answered by another upstream."""
    return sent.answered and sent.record is not None and sent.record.upstream != upstream


def charged_once(sent: Sent) -> bool:
    """Whether what was counted is what the caller was told, where the upstream's count could be believed."""
    record, usage = sent.record, usage_of(sent)
    if record is None or not sent.answered or not record.usage_reported or not usage:
        return True
    inputs = record.fresh_input + record.cache_read + record.cache_write + record.cache_write_1h
    return (inputs, record.output + record.reasoning) == (usage["prompt_tokens"], usage["completion_tokens"])


def _left_alone(found: Found) -> Iterator[Check]:
    others = sum(by_another(it, found.upstream) for it in found.sheltered)
    told = f"{others} of {len(found.sheltered)}"
    yield Check("its breaker opened", found.opened, f"{len(found.struck)} calls met the fault")
    yield Check("others answered while it was left alone", 0 < others == len(found.sheltered), told)
    yield Check("its breaker closed again", found.back)


def _rested(found: Found) -> Iterator[Check]:
    yield _answered("others answered meanwhile", found)
    yield Check("no breaker opened", not found.opened)
    yield Check("it was asked again", found.back)


def _borne(found: Found) -> Iterator[Check]:
    yield _answered("every call was answered", found)


def _answered(what: str, found: Found) -> Check:
    """Every one, but for those that the retry share kept from being tried again: that is a promise, too."""
    answered = sum(it.answered for it in found.struck)
    spared = sum(not it.answered and _kept_by_the_budget(it) for it in found.struck)
    told = f"{answered} of {len(found.struck)}" + (f", {spared} beyond the retry share" if spared else "")
    return Check(what, answered > 0 and answered + spared == len(found.struck), told)


def _kept_by_the_budget(sent: Sent) -> bool:
    decisions = sent.record.decisions if sent.record is not None else ()
    return any(line.stage == STAGE and _USED_UP in line.what for line in decisions)


_CONTAINED: Final[Mapping[Containment, Callable[[Found], Iterator[Check]]]] = {
    "left_alone": _left_alone,
    "told": _left_alone,
    "rested": _rested,
    "borne": _borne,
}
