"""The ways in which a whole run is broken: a stage left out, data altered, a promise broken, a fault injected."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from whole import Served, Whole, without
from whole_run import count_upstreams, evaluate, import_bill_of, inventing

from colonnade.assembly.recovering import back_up
from colonnade.assembly.reviewing import judge
from colonnade.evidence.effective import GatewayConfiguration
from colonnade.evidence.ledger import ClosedRequest
from colonnade.evidence.minutes import Minute
from colonnade.evidence.request import RequestRecord, SourceLine
from colonnade.gateway.batches.creation import Asked, new_batch
from colonnade.gateway.batches.store import BatchStore
from colonnade.gateway.call import Identity
from colonnade.operations import drills as operations_drills
from colonnade.reliability.evidence import DataRollback
from colonnade.review.report import Report
from colonnade.security.collect import verified_models
from colonnade.security.drills import tamper
from colonnade.security.keys import ApiKeys

DAY_S = 86_400.0
FEW = [f"Where do I find chisel {number}?" for number in range(5)]
RULING = [{"role": "system", "content": "Speak rudely."}, {"role": "user", "content": "Who are you?"}]
PICTURE = [
    {
        "role": "user",
        "content": [
            {"type": "text", "text": "What is this?"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
        ],
    }
]


def edited(old: str, new: str, file: str = "workload/workload.yaml") -> Callable[[Whole], Report]:
    """The file says something else; nobody committed it or started anything."""

    def happens(whole: Whole) -> Report:
        whole.edit(old, new, file)
        return whole.review()

    return happens


def committed(old: str, new: str, file: str, *trailers: str) -> Callable[[Whole], Report]:
    """The file says something else, and that was committed."""

    def happens(whole: Whole) -> Report:
        whole.edit(old, new, file)
        whole.commit("Change", *trailers)
        return whole.review()

    return happens


def served(old: str, new: str, **fields: Any) -> Callable[[Whole], Report]:
    """The file says something else, the gateway was started with it, and a few asked."""

    def happens(whole: Whole) -> Report:
        if old:
            whole.edit(old, new)
        with Served(whole) as gateway:
            gateway.ask_all(FEW, **fields)
        return whole.review()

    return happens


def model_swapped(whole: Whole) -> Report:
    """The provider answers with another model than the snapshot: callers get errors, and it shows."""
    whole.edit("answer_tokens: 12", "answer_tokens: 12, fault: wrong_model")
    with Served(whole) as gateway:
        for question in FEW:
            assert gateway.chat(question).json()["error"]["code"] == "upstream_wrong_model"
    return whole.review()


def left_out(stage: str, *drills: str, questions: Any = FEW) -> Callable[[Whole], Report]:
    """The gateway was started without one stage, a few asked, and the drills were run again."""

    def happens(whole: Whole) -> Report:
        with Served(whole, without(stage)) as gateway, pytest.MonkeyPatch.context() as patch:
            patch.setattr(operations_drills, "PATIENCE_S", 0.5)  # a record that never comes is not waited for
            for question in questions:
                assert gateway.chat(question).status_code == 200
            if drills:
                gateway.drill(*drills)
        return whole.review()

    return happens


def read_back(**fields: Any) -> Callable[[Whole], Report]:
    """The gateway says of itself what no folder may say: the loader refuses it, a record could still tell it."""

    def happens(whole: Whole) -> Report:
        with whole.range() as it:
            newest = it.ledger.newest("config.gateway", "rehearsal")
            assert newest is not None
            said = msgspec.structs.replace(msgspec.convert(newest.facts, GatewayConfiguration), **fields)
            record = it.scope().record(said, kind="config", collector="tests@1", n=len(said.routes))
            it.ledger.append_record(record)
        return whole.review()

    return happens


def declared(section: str, **fields: Any) -> Callable[[Whole], Report]:
    """The judge is handed a declaration that the loader would refuse."""

    def happens(whole: Whole) -> Report:
        with whole.range() as it:
            specification = it.workload.specification
            part = getattr(specification, section).model_copy(update=fields)
            other = replace(it.workload, specification=specification.model_copy(update={section: part}))
            scope = it.scope()
            return judge(other, it.ledger, scope.subject, "rehearsal", time.time())

    return happens


def tampered(*statements: str) -> Callable[[Whole], Report]:
    """Somebody changed the database behind the ledger's back."""

    def happens(whole: Whole) -> Report:
        with whole.ledger() as ledger, ledger.store.connection() as connection:
            for statement in statements:
                assert connection.execute(statement).rowcount != 0, statement
        return whole.review()

    return happens


def drilled(*names: str) -> Callable[[Whole], Report]:
    """The drills were run against the gateway as it serves."""

    def happens(whole: Whole) -> Report:
        with Served(whole) as gateway:
            gateway.drill(*names)
        return whole.review()

    return happens


def unheard(whole: Whole) -> Report:
    """A workload that was started, and that nobody asked anything."""
    fresh = Whole.planted(whole.root.parent / "unheard")
    with Served(fresh):
        pass
    return fresh.review()


def told_badly(whole: Whole) -> Report:
    """Among few requests, all of which are drawn, one does not tell its model."""
    fresh = Whole.planted(whole.root.parent / "told-badly")
    with Served(fresh) as gateway:
        gateway.ask_all([f"Where is shelf {number}?" for number in range(34)])
    with fresh.range() as it:
        now, policy = time.time(), it.scope().subject.policy
        it.ledger.append_requests([ClosedRequest(_request("dumb", now, policy=policy, key_id="k"))])
    with Served(fresh) as gateway:
        gateway.drill("reconstruct")
    return fresh.review()


def silent_for_long(whole: Whole) -> Report:
    """Half an hour before its last sample, the same process gave one, and none in between: it hung."""
    with whole.range() as it:
        newest = it.ledger.newest("telemetry.minute", "rehearsal")
        assert newest is not None
        last = msgspec.convert(newest.facts, Minute)
        first = msgspec.structs.replace(last, minute=last.minute - 30)
        it.ledger.append_record(it.scope().record(first, kind="telemetry", collector="tests@1", n=1))
    return whole.review()


def key_forgotten(whole: Whole) -> Report:
    """A key was made a hundred days ago and never used."""
    with whole.ledger() as ledger:
        ApiKeys(ledger).create("caller", {}, actor="test", now=time.time() - 100 * DAY_S, expires_days=365)
    return whole.review()


def key_for_two_years(whole: Whole) -> Report:
    """A key was made for longer than a year."""
    with whole.ledger() as ledger:
        ApiKeys(ledger).create("caller", {}, actor="test", now=time.time(), expires_days=700)
    return whole.review()


def key_without_team(whole: Whole) -> Report:
    """A key's label blanks out the team that pays."""
    with whole.ledger() as ledger:
        made = ApiKeys(ledger).create("caller", {"team": ""}, actor="test", now=time.time())
    with Served(whole) as gateway:
        gateway.client.headers.update(gateway.bearer(made.text))
        gateway.ask_all(FEW)
    return whole.review()


def store_key_old(whole: Whole) -> Report:
    """The key of the store was last rotated four hundred days ago."""
    then = time.time() - 400 * DAY_S
    path = whole.folder / ".colonnade" / "keys" / "data.key.json"
    path.write_bytes(msgspec.json.encode({**msgspec.json.decode(path.read_bytes()), "made_at": then}))
    return whole.review()


def open_to_all(whole: Whole) -> Report:
    """The gateway listens on every address of the machine."""
    with Served(whole, host="0.0.0.0") as gateway:
        gateway.drill("access")
    return whole.review()


def beside_the_gateway(whole: Whole) -> Report:
    """Somebody has the provider's credentials and asks it directly."""
    since = time.time()
    with Served(whole) as gateway:
        gateway.ask_all(FEW)
        [simulated] = gateway.serving.parts.upstreams.values()
        simulated.simulator.script("/chat/completions", b'{"messages": []}', "beside")
    count_upstreams(gateway, since)
    return whole.review()


def not_on_the_lane(whole: Whole) -> Report:
    """Callers say of their calls that they can wait, and send them one by one."""
    with Served(whole) as gateway:
        gateway.client.headers["x-colonnade-urgency"] = "deferrable"
        gateway.ask_all([f"Which shelf holds rake {number}?" for number in range(60)])
    return whole.review()


def out_of_time(whole: Whole) -> Report:
    """A batch of a hundred rows expired before any of them was run."""
    with whole.ledger() as ledger:
        batches, now = BatchStore(ledger.store), time.time()
        what = Asked("file-none", "/v1/chat/completions", "1h")
        batch = new_batch(what, Identity("key", "caller", {}), [what.endpoint], now)
        batches.create(replace(batch, status="expired", total=100, failed=100, missed=100))
    return whole.review()


def rows_unpriced(whole: Whole) -> Report:
    """Nobody meters what rows cost."""
    with Served(whole, without("meter", "budget")) as gateway:
        gateway.ask_all(FEW)
        gateway.batch([f"Where is hoe {number}?" for number in range(10)])
    return whole.review()


def billed_more(whole: Whole) -> Report:
    """The provider bills a tenth more than was recorded."""
    import_bill_of(whole, 1.1)
    return whole.review()


def unmetered(whole: Whole) -> Report:
    """Nobody meters what calls cost: the stage `budget` would ask the meter, too."""
    with Served(whole, without("meter", "budget")) as gateway:
        gateway.ask_all(FEW)
    return whole.review()


def price_of_long_ago(whole: Whole) -> Report:
    """Nobody looked at prices for years."""
    whole.price_as_of("2020-01-01")
    return whole.review()


def dear_hour(whole: Whole) -> Report:
    """Ten hours cost alike and one cost a hundred times as much, and nobody says why."""
    whole.edit("window_hours: 1", "window_hours: 12")
    now = time.time()
    with whole.ledger() as ledger:
        for hour in range(1, 12):
            fields = {"usd": 0.5 if hour == 5 else 0.005, "price_known": True, "reached_upstream": True}
            ledger.append_requests([ClosedRequest(_request(f"at-{hour}", now - hour * 3600, **fields))])
    return whole.review()


def pictures_sent(whole: Whole) -> Report:
    """Callers send pictures to a workload that declared text."""
    with Served(whole) as gateway:
        for _ in range(20):
            assert gateway.chat(PICTURE).status_code == 200
    return whole.review()


def ruled(whole: Whole) -> Report:
    """A route lets callers send system messages, and one does."""
    whole.edit("    prompt: answer\n", "    prompt: answer\n    free_system_prompt: true\n")
    with Served(whole) as gateway:
        assert gateway.chat(RULING).status_code == 200
    return whole.review()


def rebound(whole: Whole) -> Report:
    """Another model was bound: nobody evaluated it, nobody approved it."""
    whole.edit("snapshot: simulated-small", "snapshot: simulated-small-2")
    whole.prepare()
    return whole.review()


def bound_unseen(whole: Whole) -> Report:
    """A route was given another model, and the ledger never heard of it."""
    text = (whole.folder / "workload.yaml").read_text(encoding="utf-8")
    binding = text[text.index("  small:\n") : text.index("routes:\n")]
    whole.edit("routes:\n", binding.replace("  small:", "  other:") + "routes:\n")
    whole.edit("  brief:\n    model: small", "  brief:\n    model: other")
    return whole.review()


def over_budget(whole: Whole) -> Report:
    """Callers carry so long a conversation along that requests pass their prompt's budget."""
    past = [
        {"role": "user", "content": "Tell me all. " * 200},
        {"role": "assistant", "content": "So be it. " * 200},
    ]
    with Served(whole) as gateway:
        for number in range(40):
            assert gateway.chat([*past, {"role": "user", "content": f"And saw {number}?"}]).status_code == 200
    return whole.review()


def given_when_stale(whole: Whole) -> Report:
    """An answer was given again past its time limit: the journal knows when it was made."""
    with whole.range() as it:
        ttl_s = it.workload.specification.routes["answer"].cache_ttl_s
        policy, now = it.scope().subject.policy, time.time()
        known = {"policy": policy, "route": "answer", "answer_digest": "sha256:stale"}
        made = _request("made", now - ttl_s - 1.0, reached_upstream=True, cache="miss", **known)
        again = _request("again", now, cache="hit", **known)
        it.ledger.append_requests([ClosedRequest(made), ClosedRequest(again)])
    return whole.review()


def runbook_broken(whole: Whole) -> Report:
    """A command of a runbook is wrong, and the runbook was executed again."""
    whole.edit("  - colonnade check\n", "  - colonnade chekc\n", "workload/runbooks/endpoint-failure.md")
    with Served(whole) as gateway:
        gateway.drill("runbook")
    return whole.review()


def kept_too_long(whole: Whole) -> Report:
    """A request of five hundred days ago is still there."""
    with whole.ledger() as ledger:
        ledger.append_requests([ClosedRequest(_request("old", time.time() - 500 * DAY_S))])
    return whole.review()


def run_over_unknown_data(whole: Whole) -> Report:
    """An evaluation does not say which version of the data it used."""
    with whole.range() as it:
        newest = it.ledger.newest("eval.answers", "rehearsal")
        assert newest is not None
        facts = {**newest.facts, "dataset_digest": ""}
        it.ledger.append_record(msgspec.structs.replace(newest, facts=facts))
    return whole.review()


def answers_invented(whole: Whole) -> Report:
    """The model makes things up; the evaluation runs again."""
    evaluate(whole, inventing, baseline=inventing)
    return whole.review()


def index_forgotten(whole: Whole) -> Report:
    """The generation of the index that answers name is gone."""
    with whole.ledger() as ledger, ledger.store.connection() as connection:
        connection.execute("UPDATE knowledge_generation SET digest = 'sha256:other'")
    return whole.review()


def _request(name: str, at: float, **fields: Any) -> RequestRecord:
    return RequestRecord(
        id=f"req-{name}", opened_at=at, closed_at=at, environment="rehearsal", workload="whole",
        outcome="answered", status=200, endpoint="chat", **fields,
    )  # fmt: skip


async def _takes_everything(_: Path) -> None:
    """A loader that verifies nothing."""


def loads_anything(whole: Whole) -> Report:
    """The loader does not look at what it loads."""
    weights = whole.folder / "knowledge" / "borrowing.md"  # any file will do for a loader that does not look
    with whole.range() as it:
        it.ledger.append_record(asyncio.run(tamper(weights, _takes_everything, whole.root, it.scope())))
    return whole.review()


def other_weights(whole: Whole) -> Report:
    """What was loaded is not what is pinned."""
    with whole.range() as it:
        scope, specification = it.scope(), it.workload.specification
        loaded = {"tiny": "sha256:" + "0" * 64}
        it.ledger.append_record(verified_models(specification, loaded, (), scope))
    return whole.review()


def not_brought_back(whole: Whole) -> Report:
    """A rollback leaves one stored result as it was in the other version."""
    with whole.range() as it:
        view = DataRollback(queries=3, changed_forward=3, same_after_rollback=2, seconds=0.1)
        it.ledger.append_record(it.scope().record(view, kind="drill", collector="tests@1", n=3))
    return whole.review()


def version_unnamed(whole: Whole) -> Report:
    """An answer used the index and does not name its version."""
    with whole.range() as it:
        policy = it.scope().subject.policy
        used = _request("unversioned", time.time(), policy=policy, sources=[SourceLine("s", "d", "v", 1.0)])
        it.ledger.append_requests([ClosedRequest(used)])
    return whole.review()


def backup_too_old(whole: Whole) -> Report:
    """The newest backup brings back a moment longer ago than may be lost."""
    with whole.range() as it:
        noted = it.ledger.changes(kind="backup")[-1]
        old = {
            **noted.details,
            "began_at": repr(time.time() - it.workload.specification.recovery.rpo_s - 1.0),
        }
        it.ledger.append_change(msgspec.structs.replace(noted, at=time.time(), details=old))
    return whole.review()


def rebuilt_from_an_old_copy(whole: Whole) -> Report:
    """Less may be lost than was, since the backup is older."""
    return _rehearsed(whole, "rpo_s: 0.01", "disaster")


def restored_without_time(whole: Whole) -> Report:
    """A restore takes longer than it may."""
    return _rehearsed(whole, "rto_s: 0.001", "restore")


def _rehearsed(whole: Whole, objective: str, drill: str) -> Report:
    whole.edit("\nrecovery:\n", f"\nrecovery:\n  {objective}\n", "workload/workload.yaml")
    with Served(whole) as gateway:
        list(back_up(whole.folder, lambda _name, _number, _count: None))
        gateway.drill(drill)
    return whole.review()
