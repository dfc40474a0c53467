"""What the drills of guide section 4.3 saw, as records and as checks."""

from __future__ import annotations

from collections.abc import Sequence

from colonnade.drills.experiment import Check, Sighting
from colonnade.reliability.recovery.evidence import DisasterDrill, RestoreDrill


def came_back(drill: RestoreDrill) -> Sighting:
    """The witness of a restore: files and rows where there was nothing."""
    return Sighting(drill.files > 0, f"{drill.files} files and {drill.rows} rows came back")


def whole_and_in_time(drill: RestoreDrill) -> Sequence[Check]:
    """What is asserted of a restore."""
    return [
        Check("every count and digest is as it was", not drill.differing, ", ".join(drill.differing)),
        Check("the store opens with the keys that came back", drill.unlocked),
        Check("the ledger is intact", drill.intact),
        Check("in time", drill.seconds <= drill.rto_s, f"{drill.seconds:.1f} s of {drill.rto_s:.0f} s"),
        Check(
            "young enough", drill.behind_s <= drill.rpo_s, f"{drill.behind_s:.0f} s of {drill.rpo_s:.0f} s"
        ),
    ]


def built_from_nothing(drill: DisasterDrill) -> Sighting:
    """The witness of a disaster: an empty place that took calls."""
    return Sighting(
        drill.empty and drill.answered > 0, f"{drill.answered} of {drill.questions} calls were answered there"
    )


def both_objectives(drill: DisasterDrill) -> Sequence[Check]:
    """What is asserted of a disaster."""
    return [
        Check(
            "questions are answered alike",
            drill.alike == drill.questions,
            f"{drill.alike} of {drill.questions}",
        ),
        Check("a key of before is taken", drill.old_key),
        Check(
            "in time", drill.recovered_s <= drill.rto_s, f"{drill.recovered_s:.1f} s of {drill.rto_s:.0f} s"
        ),
        Check(
            "little enough is lost",
            drill.lost_s <= drill.rpo_s,
            f"{drill.missing} entries, {drill.lost_s:.0f} s of {drill.rpo_s:.0f} s",
        ),
    ]
