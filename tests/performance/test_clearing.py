"""An operator throws cached answers away, in every worker; the drill sees that it works and that tenants are apart."""

import dataclasses
import json

import httpx
import pytest
from caching import CACHED, Cached, Clock
from observed import SCOPE, view_of
from served import specification

from colonnade.drills.target import Heard, IssuedKey, Target
from colonnade.errors import SetupError
from colonnade.evidence.request import RequestRecord
from colonnade.gateway.application import create_app
from colonnade.gateway.call import Identity
from colonnade.gateway.direct import Direct
from colonnade.gateway.read import Read
from colonnade.performance.answers import Answers
from colonnade.performance.cache import ExactCache
from colonnade.performance.cache_key import releases_of
from colonnade.performance.clearing import PATH, Clearing
from colonnade.performance.drills import altered_is_refused, cache_isolation
from colonnade.performance.epochs import Epochs
from colonnade.performance.evidence import CacheIsolation


@dataclasses.dataclass(frozen=True)
class Door:
    """The bearer's word is the key's id and, before the dash, its role."""

    name: str = "identify"

    async def __call__(self, call, forward):
        key = call.authorization.removeprefix("Bearer ")
        call.identity = Identity(key, key.split("-")[0], {})
        return await forward(call)


class Worker:
    """One gateway process: its own answers, and word from the others through `epochs`."""

    def __init__(self, epochs=None, cache=ExactCache):
        plain = {"model": "small", "free_system_prompt": True, **CACHED}
        spec = specification(routes={"answer": plain, "other": plain})
        self.upstream = Cached().upstream
        self.answers = Answers(Clock())
        self.epochs = epochs or Epochs()
        stage = cache(self.answers, lambda: "p", releases_of(spec), self.epochs)
        self.app = create_app(
            stages=[Door(), Read(), Direct(spec.routes, spec.models), stage],
            upstreams={"simulated": self.upstream},
            models=list(spec.routes),
            doors=[Door()],
            services=[Clearing(self.answers, self.epochs, lambda: spec.routes)],
        )

    async def call(self, method, path, *, key=None, body=None):
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            answer = await client.request(
                method, path, headers={"authorization": f"Bearer {key}"}, content=json.dumps(body or {})
            )
        return Heard(answer.status_code, dict(answer.headers), answer.content)

    async def verdict(self, route="answer", key="caller-1"):
        body = {"model": route, "messages": [{"role": "user", "content": "Hello."}], "temperature": 0}
        return (await self.call("POST", "/v1/chat/completions", key=key, body=body)).headers[
            "x-colonnade-cache"
        ]


async def test_the_answers_of_one_route_are_thrown_away_and_others_stay():
    worker = Worker()
    await worker.verdict()
    await worker.verdict("other")
    heard = await worker.call("DELETE", f"{PATH}?route=answer", key="operator-1")
    assert (heard.status, heard.json()) == (200, {"route": "answer", "removed": 1})
    assert [await worker.verdict(), await worker.verdict("other")] == ["miss", "hit"]


async def test_all_answers_are_thrown_away():
    worker = Worker()
    await worker.verdict()
    await worker.verdict("other")
    heard = await worker.call("DELETE", PATH, key="operator-1")
    assert heard.json() == {"route": None, "removed": 2}
    assert [await worker.verdict(), await worker.verdict("other")] == ["miss", "miss"]


@pytest.mark.parametrize("key", ["caller-1", "reviewer-1"])
async def test_nobody_else_may_throw_away(key):
    worker = Worker()
    await worker.verdict()
    heard = await worker.call("DELETE", PATH, key=key)
    assert (heard.status, heard.json()["error"]["code"]) == (403, "role_not_allowed")
    assert await worker.verdict() == "hit"


@pytest.mark.parametrize(
    ("query", "param"), [("route=nowhere", "route"), ("rotue=answer", "rotue"), ("route=../x", "route")]
)
async def test_a_mistyped_wish_throws_nothing_away(query, param):
    worker = Worker()
    await worker.verdict()
    heard = await worker.call("DELETE", f"{PATH}?{query}", key="operator-1")
    assert (heard.status, heard.json()["error"]["param"]) == (400, param)
    assert await worker.verdict() == "hit"


async def test_only_delete_is_known():
    heard = await Worker().call("GET", PATH, key="operator-1")
    assert (heard.status, heard.headers["allow"]) == (405, "DELETE")


@pytest.mark.parametrize("route", ["answer", None])
async def test_other_workers_hear_of_it_within_a_second(tmp_path, route):
    clock = Clock()
    workers = [Worker(Epochs(tmp_path / "run", clock)) for _ in range(2)]
    assert [await worker.verdict() for worker in workers * 2] == ["miss", "miss", "hit", "hit"]
    await workers[0].call("DELETE", PATH + (f"?route={route}" if route else ""), key="operator-1")
    assert await workers[0].verdict() == "miss"
    clock.now += 1.0
    assert [await worker.verdict() for worker in workers] == ["hit", "miss"]


async def test_a_worker_that_starts_later_knows_no_older_answers(tmp_path):
    epochs = Epochs(tmp_path)
    epochs.end(None)
    assert Epochs(tmp_path).of("answer") == epochs.of("answer") != ""


# the drill


class Desk:
    """Issues keys that the door knows."""

    def __init__(self):
        self.issued = 0

    def issue(self, *, role, expires_in_s):
        self.issued += 1
        name = f"{role}-{self.issued}"
        return IssuedKey(name, name)

    def revoke(self, key_id):
        self.issued -= 1


def target(worker, *cached):
    found = RequestRecord(id="r", opened_at=1.0, environment="rehearsal", workload="w", closed_at=1.0)
    return Target(worker.call, Desk(), lambda _: found, ("answer",), cached, (), ())


async def test_the_drill_sees_that_tenants_are_apart_and_removed_answers_gone():
    aimed = target(Worker(), "answer")
    found = view_of(await cache_isolation(aimed, SCOPE), CacheIsolation)
    assert found == CacheIsolation(
        was_cached=True, second_tenant_missed=True, invalidation_removed=True, poisoned_refused=True
    )
    assert aimed.keys.issued == 0


class OneForAll(ExactCache):
    """A cache that forgets whose answers it holds."""

    async def __call__(self, call, forward):
        call.identity = None
        return await super().__call__(call, forward)


async def test_the_drill_sees_a_cache_that_all_tenants_share():
    found = view_of(await cache_isolation(target(Worker(cache=OneForAll), "answer"), SCOPE), CacheIsolation)
    assert (found.was_cached, found.second_tenant_missed) == (True, False)


class Deaf(Epochs):
    """Hears of nothing that was thrown away."""

    def end(self, route):
        pass


async def test_the_drill_sees_answers_that_survive_their_removal(monkeypatch):
    monkeypatch.setattr(Answers, "remove", lambda *_, **__: 0)
    worker = Worker(Deaf())
    found = view_of(await cache_isolation(target(worker, "answer"), SCOPE), CacheIsolation)
    assert (found.was_cached, found.invalidation_removed) == (True, False)


async def test_the_drill_needs_a_cached_route_and_a_gateway_that_throws_away():
    with pytest.raises(SetupError, match="cache: exact"):
        await cache_isolation(target(Worker()), SCOPE)
    worker = Worker()
    worker.app.services = ()
    with pytest.raises(SetupError, match="status 404"):
        await cache_isolation(target(worker, "answer"), SCOPE)


def test_the_drill_sees_a_store_that_does_not_look(monkeypatch):
    assert altered_is_refused()
    monkeypatch.setattr(Answers, "_seal", lambda *_: b"")
    assert not altered_is_refused()
