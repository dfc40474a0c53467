"""Identical calls at the same time ask the model once; whoever leads may fail or leave, and nobody is lost."""

import asyncio
import dataclasses

import pytest
from caching import CACHED, Cached
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.errors import UpstreamFailed
from colonnade.gateway.call import Saved
from colonnade.performance.answers import StoredAnswer
from colonnade.performance.flights import Flight, Flights
from colonnade.reliability.deadline import Deadline

KEY = (b"k", "interactive")
ANSWER = StoredAnswer(b"{}", 0.0, 1.0, "m", Saved(1, 0.0, 1.0, 0.0), "r", "p")


async def at_once(gateway, count, **fields):
    return await asyncio.gather(*(gateway.ask(temperature=0, **fields) for _ in range(count)))


def said(heard):
    return sorted(it.headers["x-colonnade-cache"] for it in heard)


@pytest.mark.parametrize("stream", [False, True])
async def test_five_at_once_ask_once_and_hear_the_same(stream):
    gateway = Cached(first_byte_s=0.02)
    heard = await at_once(gateway, 5, stream=stream)
    assert said(heard) == ["miss", *["shared"] * 4]
    assert len({it.body for it in heard}) == 1
    assert gateway.asked == 1
    assert len(gateway.cache.flights) == 0


async def test_everyone_has_a_record_of_its_own_and_one_of_them_paid():
    gateway = Cached(first_byte_s=0.02)
    await at_once(gateway, 3)
    paid, *free = gateway.onlooker.calls
    assert (paid.attempts, paid.cache, paid.saved) == (1, "miss", None)
    assert [(call.attempts, call.cache) for call in free] == [(0, "shared")] * 2
    assert free[0].saved.tokens == gateway.onlooker.replies[0].usage.total
    assert len({call.id for call in gateway.onlooker.calls}) == 3


async def test_others_do_not_wait_for_what_is_not_the_same():
    gateway = Cached(first_byte_s=0.02)
    asked = [
        gateway.ask(temperature=0),
        gateway.ask(temperature=0, seed=3),
        gateway.ask(temperature=0, stream=True),
        gateway.ask(temperature=0, model="other"),
    ]
    assert said(await asyncio.gather(*asked)) == ["miss"] * 4


async def test_nobody_waits_for_another_tenant():
    gateway = Cached(first_byte_s=0.05)
    gateway.known_as("key-1", team="red")
    red = asyncio.ensure_future(gateway.ask(temperature=0))
    await asyncio.sleep(0.02)
    gateway.known_as("key-2", team="blue")
    blue = await gateway.ask(temperature=0)
    assert said([await red, blue]) == ["miss", "miss"]
    assert gateway.asked == 2


@dataclasses.dataclass(frozen=True)
class FailsFirst:
    """The first calls fail, as an upstream does that is just coming back."""

    left: list
    name: str = "fails"

    async def __call__(self, call, forward):
        await asyncio.sleep(0.02)
        if self.left:
            self.left.pop()
            call.attempts += 1
            raise UpstreamFailed("The upstream broke off.", code="upstream_cut")
        return await forward(call)


async def test_when_the_leader_fails_one_follower_asks_and_the_others_wait_for_it():
    gateway = Cached(after=[FailsFirst(["once"])])
    heard = await at_once(gateway, 6)
    assert sorted(it.status for it in heard) == [200] * 5 + [502]
    assert gateway.verdicts.count("shared") == 4
    assert gateway.asked == 1


async def test_an_upstream_that_is_down_is_asked_by_one_after_the_other_and_never_by_all_at_once():
    gateway = Cached(after=[Crowd(most := [0, 0])], fault="http_500", first_byte_s=0.01)
    heard = await at_once(gateway, 5)
    assert [it.status for it in heard] == [502] * 5
    assert most[1] == 1


@dataclasses.dataclass(frozen=True)
class Crowd:
    """Counts how many calls are behind it, and the most at any time."""

    counts: list
    name: str = "crowd"

    async def __call__(self, call, forward):
        self.counts[0] += 1
        self.counts[1] = max(self.counts)
        try:
            return await forward(call)
        finally:
            self.counts[0] -= 1


@pytest.mark.parametrize("stream", [False, True])
async def test_when_the_leader_leaves_a_follower_takes_over(stream):
    gateway = Cached(first_byte_s=0.1)
    leader = asyncio.ensure_future(gateway.ask(temperature=0, stream=stream))
    await asyncio.sleep(0.03)
    followers = [asyncio.ensure_future(gateway.ask(temperature=0, stream=stream)) for _ in range(3)]
    await asyncio.sleep(0.03)
    leader.cancel()
    heard = await asyncio.gather(*followers)
    assert said(heard) == ["miss", "shared", "shared"]
    assert all(it.text for it in heard)
    assert len(gateway.cache.flights) == 0


async def test_an_empty_stream_is_handed_over_and_not_shared():
    gateway = Cached(fault="empty")
    heard = await at_once(gateway, 3, stream=True)
    assert gateway.asked == 3
    assert len(heard) == 3
    assert len(gateway.cache.flights) == 0


async def test_a_stream_too_long_to_keep_sets_all_who_wait_free_at_once():
    gateway = Cached(after=[Crowd(most := [0, 0])], first_byte_s=0.02)
    gateway.answers.largest_bytes = 100
    heard = await at_once(gateway, 4, stream=True)
    assert all(it.done for it in heard)
    assert gateway.asked == 4
    assert len(gateway.answers) == 0
    assert most[1] == 3


async def test_a_whole_answer_too_large_to_keep_is_shared_all_the_same():
    gateway = Cached(first_byte_s=0.02)
    gateway.answers.largest_bytes = 100
    assert said(await at_once(gateway, 3)) == ["miss", "shared", "shared"]
    assert len(gateway.answers) == 0


async def test_each_keeps_its_own_deadline_and_asks_itself_after_half_of_it():
    gateway = Cached(before=[Deadline()], route={**CACHED, "timeout_s": 0.4}, first_byte_s=0.3)
    leader = asyncio.ensure_future(gateway.ask(temperature=0))
    await asyncio.sleep(0.01)
    assert gateway.asked == 1
    follower = asyncio.ensure_future(gateway.ask(temperature=0))
    await asyncio.sleep(0.25)
    assert gateway.asked == 2
    assert (await leader).status == 200
    assert (await follower).status == 504
    assert gateway.call.attempts == 1


# the flights themselves


async def test_a_follower_that_leaves_just_as_it_shall_lead_passes_the_lead_on():
    flights = Flights()
    first = flights.begin(KEY)
    leaving = asyncio.ensure_future(flights.follow(KEY, 9.0))
    staying = asyncio.ensure_future(flights.follow(KEY, 9.0))
    await asyncio.sleep(0)
    first.hand_over()
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert isinstance(await staying, Flight)


async def test_what_a_flight_ended_with_counts_once():
    flights = Flights()
    first = flights.begin(KEY)
    follower = asyncio.ensure_future(flights.follow(KEY, 9.0))
    await asyncio.sleep(0)
    first.share(ANSWER)
    first.hand_over()
    first.dissolve()
    assert await follower is ANSWER
    assert len(flights) == 0
    assert flights.begin(KEY) is not None


Step = st.sampled_from(["follow", "leave", "share", "fail", "dissolve"])


@settings(max_examples=150)
@given(st.lists(st.tuples(Step, st.integers(0, 5)), max_size=40))
def test_whoever_waits_is_always_told_and_nobody_leads_beside_another(steps):
    async def play() -> None:
        flights, leading, followers = Flights(), None, []
        for what, which in steps:
            if what == "follow":
                leading = await _join(flights, followers, leading)
            elif what == "leave" and followers:
                followers[which % len(followers)].cancel()
            elif leading is not None and what in {"share", "fail", "dissolve"}:
                end = {
                    "share": lambda f: f.share(ANSWER),
                    "fail": Flight.hand_over,
                    "dissolve": Flight.dissolve,
                }
                end[what](leading)
                leading = None
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            leads = [it for it in followers if _leads(it)]
            assert len(leads) + (leading is not None) <= 1
            for it in leads:
                followers.remove(it)
                leading = it.result()
        if leading is not None:
            leading.dissolve()
        told = await asyncio.wait_for(asyncio.gather(*followers, return_exceptions=True), 1.0)
        assert len(told) == len(followers)
        assert len(flights) == 0

    asyncio.run(play())


async def _join(flights, followers, leading):
    begun = flights.begin(KEY)
    if begun is not None:
        assert leading is None
        return begun
    followers.append(asyncio.ensure_future(flights.follow(KEY, 60.0)))
    return leading


def _leads(follower):
    if not follower.done() or follower.cancelled():
        return False
    return isinstance(follower.result(), Flight) and not follower.result().ended
