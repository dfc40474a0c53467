"""What a load drill sends: arrivals, lengths in tokens and shares, declared by the owner or read from the journal."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import msgspec

from colonnade.drills.openloop import bursts, poisson
from colonnade.drills.quantiles import quantile
from colonnade.errors import SetupError
from colonnade.evidence.request import RequestRecord
from colonnade.workload.sections.drills import LoadProfile

WORDS = (
    "shelf",
    "desk",
    "handle",
    "paper",
    "lamp",
    "garden",
    "ladder",
    "window",
    "bucket",
    "thread",
    "morning",
    "key",
)
"""Plain words of about one token each; a question is made of them and is new every time."""
FEWEST = 20
"""Calls from which a profile can be read."""
MOST_TOKENS = 2000


@dataclass(frozen=True, slots=True)
class Question:
    """One call of a profile."""

    text: str
    most_tokens: int
    streamed: bool


def moments(profile: LoadProfile, per_s: float, seconds: float, draw: random.Random) -> list[float]:
    """When calls begin within a step."""
    if profile.arrivals == "poisson":
        return list(poisson(per_s, seconds, draw))
    return list(bursts(per_s, seconds, profile.burstiness, draw))


def question(profile: LoadProfile, draw: random.Random) -> Question:
    """A new question; lengths are log-normal around the medians."""
    length = min(MOST_TOKENS, max(4, round(draw.lognormvariate(0.0, profile.spread) * profile.input_tokens)))
    most = max(
        1, min(profile.output_tokens, round(draw.lognormvariate(0.0, profile.spread) * profile.output_tokens))
    )
    words = " ".join(islice(iter(lambda: draw.choice(WORDS), ""), length))
    return Question(f"{draw.randrange(10**9)} {words}", most, draw.random() < profile.streamed)


def name_of(profile: LoadProfile) -> str:
    """One name for one profile: equal names may be compared."""
    return msgspec.json.encode(profile.model_dump(exclude={"tolerance"}), order="deterministic").decode()


def recorded(requests: Sequence[RequestRecord], declared: LoadProfile) -> LoadProfile:
    """The profile of calls that were really made; lengths of steps and what is compared stay as declared.

    The peak is that of the busiest minute, the spread that of the lengths of questions.

    Raises:
        SetupError: too few calls were made.
    """
    chats = [it for it in requests if it.endpoint == "chat" and it.outcome == "answered"]
    if len(chats) < FEWEST:
        raise SetupError(f"{len(chats)} answered calls are too few for a profile: {FEWEST} are needed")
    by_minute = Counter(int(it.opened_at // 60.0) for it in chats)
    inputs = [float(it.fresh_input + it.cache_read) or 1.0 for it in chats]
    middle, most = quantile(inputs, 0.5), quantile(inputs, 0.84)
    outputs = quantile([float(it.output) for it in chats], 0.5)
    assert middle is not None, "there are calls"
    assert most is not None, "there are calls"
    assert outputs is not None, "there are calls"
    return declared.model_copy(
        update={
            "peak_per_s": max(by_minute.values()) / 60.0,
            "input_tokens": max(1, round(middle.value)),
            "output_tokens": max(1, round(outputs.value)),
            "spread": max(0.05, most.value / middle.value - 1.0),
            "streamed": sum(it.stream for it in chats) / len(chats),
        }
    )
