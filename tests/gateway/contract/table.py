"""What becomes of a call for every fault that an upstream shows: the tests run this table, and the page prints it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from colonnade.gateway.upstream.faults import MEANING
from colonnade.workload.sections.serving import Fault

Paid = Literal["nothing", "prompt", "estimated", "reported"]


@dataclass(frozen=True)
class Fate:
    """What the caller sees, what is paid, and how often the upstream was asked where two attempts are allowed."""

    seen: str
    paid: Paid
    tries: int = 1

    @property
    def outcome(self) -> str:
        """The journal's word."""
        return "answered" if self.seen == "answer" else "failed"

    @property
    def code(self) -> str:
        """The journal's error code."""
        return "" if self.seen == "answer" else self.seen.split()[1]


Fates = tuple[Fate, Fate]
"""Whole, streamed."""


@dataclass(frozen=True)
class Case:
    """One row. `route` and `changes` say how it is staged, `but` what is different with some kinds of upstreams."""

    name: str
    fates: Fates
    fault: Fault | None = None
    told: str = ""
    route: str = "usual"
    changes: Mapping[str, Any] = field(default_factory=dict)
    but: Mapping[str, Fates] = field(default_factory=dict)

    @property
    def meaning(self) -> str:
        """What the upstream does."""
        return self.told or MEANING[self.fault or "refuse"]

    def fate(self, kind: str, form: str) -> Fate:
        """What is expected."""
        return self.but.get(kind, self.fates)[form == "streamed"]


def answer(paid: Paid = "reported") -> Fate:
    """An answer as any other."""
    return Fate("answer", paid)


def refused(seen: str, paid: Paid = "nothing", *, tries: int = 2) -> Fate:
    """A status and an error."""
    return Fate(seen, paid, tries)


def broken(code: str, paid: Paid = "estimated") -> Fate:
    """An error event at the end of what passed."""
    return Fate(f"event {code}", paid)


def of(fault: Fault, whole: Fate, streamed: Fate | None = None, **more: Any) -> Case:
    """A fault of the simulator."""
    return Case(fault, (whole, streamed or whole), fault, **more)


def but(kinds: str, whole: Fate, streamed: Fate | None = None) -> dict[str, Fates]:
    """What is different with these kinds."""
    return dict.fromkeys(kinds.split(), (whole, streamed or whole))


CUT = refused("502 upstream_cut", "prompt")
LATE = refused("504 deadline_exceeded", "prompt", tries=1)
SILENT = refused("504 first_byte_timeout", "prompt", tries=1)
NO_ANSWER = refused("502 upstream_malformed", "prompt")
NOTHING = refused("502 upstream_empty", "prompt")
LIMITED = "429 rate_limit_exceeded"
OTHER_FAILURE = refused("502 upstream_500")
"""What a failure with status 200 is on the wires that name kinds of failures."""
OTHER_KINDS = "anthropic bedrock cohere gemini"
OTHER_LIMITS = {
    **but("anthropic", refused("429 rate_limit_error")),
    **but("cohere", refused("429 upstream_rate_limit")),
}

BEFORE = (
    Case(
        "connect refused",
        (refused("502 upstream_unreachable"),) * 2,
        told="nobody listens at the address",
        route="nowhere",
        but=but("simulator", answer()),
    ),
    of("refuse", CUT, but=but("simulator", refused("502 upstream_unreachable"))),
    of("http_429", refused(LIMITED), but=OTHER_LIMITS),
    of("http_429_bare", refused(LIMITED), but=OTHER_LIMITS),
    of("quota", refused("429 insufficient_quota", tries=1), but=OTHER_LIMITS),
    of("http_500", refused("502 upstream_500")),
    of("http_502", refused("502 upstream_502")),
    of("http_503", refused("502 upstream_503")),
    of("http_529", refused("502 upstream_529")),
    of("context_length", refused("400 context_length_exceeded", tries=1)),
    of("slow_first_byte", LATE, SILENT, route="late"),
    of("cut_early", CUT),
    of("error_first", refused("502 upstream_error"), but=but(OTHER_KINDS, OTHER_FAILURE)),
    of("whole_for_stream", NO_ANSWER),
    of("empty", NOTHING),
)
WITHIN = (
    of("cut", CUT, broken("upstream_cut")),
    of("stall", LATE, broken("upstream_stalled"), route="silent"),
    of("drip", LATE, SILENT, route="soon"),
    Case(
        "whole deadline",
        (LATE, broken("deadline_exceeded")),
        told="writes steadily, and for longer than the route's `timeout_s`",
        route="timed",
        changes={"tokens_per_s": 50.0, "answer_tokens": 400},
    ),
    of(
        "error_later",
        refused("502 upstream_error"),
        broken("upstream_error"),
        but=but(OTHER_KINDS, OTHER_FAILURE, broken("upstream_500")),
    ),
    of("malformed_chunk", NO_ANSWER, broken("upstream_malformed")),
    of("endless_event", NO_ANSWER, broken("upstream_malformed")),
    of("duplicate_chunk", answer()),
    of("out_of_order", answer()),
    of("grey", answer()),
)
AT_THE_END = (
    of(
        "missing_done",
        answer(),
        broken("upstream_malformed", "reported"),
        but=but(OTHER_KINDS, answer(), broken("upstream_cut")),
    ),
    of(
        "trailing_garbage",
        NO_ANSWER,
        answer(),
        but=but("gemini", NO_ANSWER, broken("upstream_malformed")),
    ),
    of("usage_missing", answer("estimated")),
    of("usage_wrong", answer("estimated")),
)
SAID = (
    of("wrong_model", answer()),
    Case(
        "wrong_model, with a snapshot",
        (
            refused("502 upstream_wrong_model", "reported", tries=1),
            refused("502 upstream_wrong_model", "prompt", tries=1),
        ),
        "wrong_model",
        told="names another model than the `snapshot` of the binding",
        route="pinned",
        but=but("bedrock cohere", answer()),
    ),
    of("refusal", answer(), but=but("cohere", refused("502 upstream_empty", "reported"))),
    of("length", answer()),
    of(
        "content_filter",
        answer(),
        but=but("cohere", refused("502 upstream_500"), broken("upstream_500")),
    ),
    of(
        "bad_tool_arguments",
        answer(),
        but={
            **but("gemini", refused("502 upstream_malformed_function_call")),
            **but("bedrock", refused("502 upstream_malformed_tool_use"), answer()),
        },
    ),
    of("nonsense", answer()),
)
GOES_ON = Fate("answer", "reported", 2)
RESUMED = tuple(
    Case(f"{fault}, with `resume`", (whole, GOES_ON), fault, route="resumed")
    for fault, whole in (
        ("cut", GOES_ON), ("stall", LATE), ("error_later", GOES_ON), ("malformed_chunk", GOES_ON),
    )
)  # fmt: skip
"""The second target of that route is well, and can go on with a text that was begun."""
SECTIONS = {
    "Before the first word": BEFORE,
    "In the middle": WITHIN,
    "At the end": AT_THE_END,
    "What is said": SAID,
    "On a route that resumes": RESUMED,
}
CASES = tuple(case for cases in SECTIONS.values() for case in cases)
