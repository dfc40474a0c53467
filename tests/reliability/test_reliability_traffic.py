"""What the journal and the ledger tell of spreading, retries and breakers."""

from __future__ import annotations

import msgspec
from fleets import fleet_of
from observed import NOW, SCOPE, asked, refused, view_of

from colonnade.evidence.change import Change
from colonnade.evidence.record import Record
from colonnade.evidence.request import AttemptLine, DecisionLine, RequestRecord
from colonnade.reliability.budget import FLOOR_A_MINUTE
from colonnade.reliability.evidence import Retries, ServedFrom, TargetShares, UpstreamRetries
from colonnade.reliability.traffic import retries, served_from, target_shares

TARGETS = [{"model": "second", "tier": 0, "weight": 3.0}, {"model": "third", "tier": 1}]
SPECIFICATION = fleet_of(
    {"first": {"zone": "north"}, "second": {"zone": "south"}, "third": {"zone": "south"}},
    {"targets": TARGETS},
)
SPARED = [DecisionLine("spread", "second: its turn by weight; first left alone: server", 1.0)]


def tried(*attempts: str, **fields: object) -> RequestRecord:
    """A request that was tried at `binding` or at `binding!error`, one after the other."""
    lines = [line(attempt) for attempt in attempts]
    return asked(tried=lines, attempts=len(lines), upstream=lines[-1].upstream, **fields)


def line(attempt: str) -> AttemptLine:
    binding, _, error = attempt.partition("!")
    return AttemptLine(binding, binding, error, 10.0)


def change(target: str, after: str, at: float, actor: str = "gateway@host") -> Change:
    return Change(kind="breaker", name=target, at=at, actor=actor, reason="server", after=after)


OUTAGE = [
    change("first", "open", NOW - 100.0),
    change("first", "half_open", NOW - 90.0),
    change("first", "open", NOW - 89.0),
    change("first", "half_open", NOW - 70.0),
    change("first", "closed", NOW - 69.0),
]


def spread(requests: list[RequestRecord], changes: list[Change] | None = None) -> TargetShares:
    return view_of(target_shares(SPECIFICATION, requests, changes or [], SCOPE), TargetShares)


def retried(requests: list[RequestRecord], changes: list[Change] | None = None) -> Retries:
    found: Record = retries(SPECIFICATION, requests, changes or [], SCOPE)
    return view_of(found, Retries)


def test_answers_are_counted_by_upstream_and_zone() -> None:
    requests = [tried("first"), tried("first!upstream_503", "second"), tried("third"), refused("no")]
    found = view_of(served_from(SPECIFICATION, requests, SCOPE), ServedFrom)
    assert found == ServedFrom(
        upstreams={"first": 1, "second": 1, "third": 1}, zones={"north": 1, "south": 2}
    )


def test_shares_are_those_of_first_attempts_in_the_first_tier() -> None:
    found = spread([tried("first"), tried("second!upstream_503", "first"), tried("second"), asked()])
    assert [(it.target, it.wished, it.asked, it.n) for it in found.shares] == [
        ("first", 0.25, 1, 3),
        ("second", 0.75, 2, 3),
    ]
    assert found.attempts == 4


def test_shares_during_an_outage_do_not_count() -> None:
    during = tried("second", opened_at=NOW - 80.0, closed_at=NOW - 79.0)
    after = tried("first", opened_at=NOW - 60.0, closed_at=NOW - 59.0)
    found = spread([during, after], OUTAGE)
    assert [(it.target, it.asked, it.n) for it in found.shares] == [("first", 1, 1), ("second", 0, 1)]


def test_shares_without_weights_are_not_wished() -> None:
    route = SPECIFICATION.routes["answer"]
    by_speed = route.model_copy(
        update={"balance": route.balance.model_copy(update={"strategy": "first_byte"})}
    )
    other = SPECIFICATION.model_copy(update={"routes": {"answer": by_speed}})
    found = view_of(target_shares(other, [tried("first")], [], SCOPE), TargetShares)
    assert [it.wished for it in found.shares] == [0.0, 0.0]


def test_attempts_at_a_target_left_alone_are_found_and_probes_are_not() -> None:
    sick = tried("first!upstream_503", "second", opened_at=NOW - 95.0, closed_at=NOW - 94.0)
    probe = tried("first!upstream_503", "second", opened_at=NOW - 91.0, closed_at=NOW - 89.5)
    before = tried("first!upstream_503", "second", opened_at=NOW - 101.0, closed_at=NOW - 99.0)
    spared = tried("second", opened_at=NOW - 95.0, closed_at=NOW - 94.0)
    assert spread([probe, before, spared], OUTAGE).to_sick == 0
    assert spread([sick], OUTAGE).to_sick == 1


def test_breakers_of_several_hosts_accuse_nobody() -> None:
    sick = tried("first", opened_at=NOW - 95.0, closed_at=NOW - 94.0)
    elsewhere = [*OUTAGE, change("first", "open", NOW - 50.0, "gateway@other")]
    assert spread([sick], elsewhere).to_sick == 0


def test_a_retry_is_charged_to_the_upstream_that_failed() -> None:
    requests = [
        tried("first!upstream_503", "first!upstream_503", "second"),
        tried("first"),
        tried("second", "first!hedge_lost"),
        asked(),
    ]
    found = retried(requests)
    share = SPECIFICATION.upstreams["first"].retry_share
    assert found.upstreams == [
        UpstreamRetries(upstream="first", calls=2, retries=2, allowed=2 * share + 2 * FLOOR_A_MINUTE),
        UpstreamRetries(upstream="second", calls=1, retries=0, allowed=1 * share + 2 * FLOOR_A_MINUTE),
    ]
    assert (found.requests, found.attempts) == (3, 6)


def test_an_upstream_without_a_share_is_allowed_no_retry() -> None:
    first = SPECIFICATION.upstreams["first"].model_copy(update={"retry_share": 0.0})
    other = SPECIFICATION.model_copy(update={"upstreams": {**SPECIFICATION.upstreams, "first": first}})
    found = view_of(retries(other, [tried("first!upstream_503", "second")], [], SCOPE), Retries)
    assert (found.upstreams[0].retries, found.upstreams[0].allowed) == (1, 0.0)


def test_a_request_spared_by_a_breaker_is_explained_by_its_opening() -> None:
    told = tried("second", decisions=SPARED)
    turned_away = refused("no_target_well")
    stranger = msgspec.structs.replace(told, route="gone")
    assert retried([told, turned_away, stranger]).unexplained == 2
    assert retried([told, turned_away, stranger], [change("third", "closed", NOW - 70.0)]).unexplained == 2
    found = retried([told, turned_away, stranger], OUTAGE)
    assert (found.spared, found.unexplained, found.transitions) == (3, 0, 5)
    assert retried([told], [change("first", "open", NOW)]).unexplained == 1
