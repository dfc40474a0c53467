"""The run in which nothing is switched off: every judged signal passes in it, so that a break can be seen."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec.structs import replace
from whole import Served, Whole, tls_door

from colonnade.assembly import recovering
from colonnade.assembly.billing import import_bill
from colonnade.assembly.drills.place import Place
from colonnade.assembly.subject import pin_of, subject_of
from colonnade.evaluation.answering import AnswerEvaluator, Ask
from colonnade.evaluation.dataset import Dataset, read_dataset
from colonnade.evaluation.run import answers_view, record
from colonnade.evaluation.score import Answer, GivenSource
from colonnade.evidence.change import Change
from colonnade.evidence.record import Record
from colonnade.evidence.request import RequestRecord
from colonnade.review.report import Report
from colonnade.security.collect import upstream_usage
from colonnade.security.drills import transport

QUESTIONS = 280
"""268 requests without a fault are the fewest that prove 99% (UC-05)."""
AGAIN = 40
"""30 answers that are given again in time are the fewest that prove 90% (PERF-07)."""


@dataclass(frozen=True)
class Run:
    """A workload with all its evidence, and what the review says of it."""

    whole: Whole
    report: Report


def run_whole(place: Path) -> Run:
    """Simulator only; nothing is downloaded."""
    whole = Whole.planted(place / "repository")
    approve_bindings(whole)
    with Served(whole) as served:
        served.ask_all([f"How long may I keep tool {number}?" for number in range(QUESTIONS)])
        served.ask_all([f"How long may I keep tool {number}?" for number in range(AGAIN)])
        served.ask_all([f"May I come at {number}?" for number in range(10)], stream=True)
        served.ask_all([f"Is there a saw of {number} cm?" for number in range(10)], "brief")
        served.batch([f"Where does tool {number} hang?" for number in range(60)])
        refused = served.chat("Who are you?", prompt_variables={"voice": "rude"})
        assert refused.json()["error"]["code"] == "prompt_variable_unknown"
        served.drill("access", "budget", "canary-request", "cache-replay", "disclosure", "reconstruct")
        served.drill("constraints")
        served.drill("runbook")
        if any(service.name == "cache" for service in served.serving.app.services):
            served.drill("cache-isolation")
        probe_tls(served, place)
        back_up(whole)
        served.drill("restore", "disaster")
    count_upstreams(served)
    import_bill_of(whole)
    return Run(whole, whole.review())


def back_up(whole: Whole) -> None:
    """A real backup, noted as a process would that runs under an account of its own; the tests have but one."""
    (made,) = recovering.back_up(whole.folder, lambda _name, _number, _count: None)
    with whole.range() as it:
        noted = it.ledger.changes(kind="backup")[-1]
        assert noted.after == made.kept.point.id
        it.ledger.append_change(replace(noted, at=time.time(), details={**noted.details, "exposed": ""}))


def run_grounded(place: Path) -> Run:
    """With documents, an embedding model and a tiny embedded text model."""
    whole = Whole.planted(place / "repository", "grounded.yaml")
    (whole.folder / "knowledge" / "tools.md").write_text(_tools(), encoding="utf-8")
    with Served(whole) as served:
        evaluate(whole, quoting, baseline=inventing)
        served.ask_all(
            [f"Where does the {number}-millimetre chisel hang?" for number in range(1, 81)], "answer"
        )
        wait_for_weights(served)
        served.drill("data-rollback", "tamper")
    return Run(whole, whole.review())


def _tools() -> str:
    """A page of so many passages that thirty different ones are cited."""
    places = (
        f"## The {number}-millimetre chisel\nIt hangs on hook {number} of the third wall, below the planes and "
        f"beside the mallets; shelf {number % 7} holds its whetstone and its leather cover.\n"
        for number in range(1, 81)
    )
    return "# Tools\n\n" + "\n".join(places)


def approve_bindings(whole: Whole) -> None:
    """Somebody evaluated the model, somebody else approved it, and the ledger knows before the first start."""
    evaluation = evaluate(whole, quoting)
    with whole.range() as it:
        for name, binding in it.workload.specification.models.items():
            change = Change(
                kind="binding",
                name=name,
                at=time.time(),
                actor="noor@desk",
                reason=binding.reason,
                after=pin_of(binding.pin, binding.snapshot, binding.model),
                evaluation=evaluation,
                approval="Ada Berg",
                details={"model": binding.model},
            )
            it.ledger.append_change(change)


def evaluate(whole: Whole, ask: Ask, baseline: Ask | None = None) -> str:
    """Score answers by the workload's own evaluation set, and record it; the record's id."""
    dataset = dataset_of(whole)
    run = asyncio.run(AnswerEvaluator(ask, baseline).evaluate(dataset, dataset.items))
    with whole.range() as it:
        subject = subject_of(it.workload, policy="", generations=it.shelf.live())
        scope = it.scope()
        assert subject.models == scope.subject.models
        return it.ledger.append_record(record(run, answers_view(run), scope))


def dataset_of(whole: Whole) -> Dataset:
    return read_dataset(whole.folder / "evals" / "questions.jsonl")


async def quoting(question: str) -> Answer:
    """Answers as a model does that keeps to its source, and says so where there is none."""
    known = {item.question: item for item in _reference().items}[question]
    if not known.answerable:
        return Answer("I do not know: the documents I was given do not answer this.", nothing_found=True)
    source = known.sources[0]
    return Answer(f"{source.quote}. [1]", (GivenSource(source.document, source.quote),))


async def inventing(question: str) -> Answer:
    """Answers as a model does that makes things up, whatever it was given."""
    known = {item.question: item for item in _reference().items}[question]
    sources = tuple(GivenSource(source.document, source.quote) for source in known.sources)
    return Answer("Seventeen giraffes guard the moonlit ferry terminal.", sources)


def _reference() -> Dataset:
    return read_dataset(Path(__file__).parents[1] / "fixtures/workloads/whole/workload/evals/questions.jsonl")


def probe_tls(served: Served, place: Path) -> None:
    """The same gateway behind TLS, probed by the drill."""
    certificate, key = self_signed(place)
    with tls_door(served, certificate, key) as port, served.whole.range(served.port) as it:
        hops = [("listener", "127.0.0.1", port)]
        it.ledger.append_record(asyncio.run(transport(hops, it.scope())))


def count_upstreams(served: Served, since: float = 0.0) -> None:
    """What the simulator counted itself beside what the journal has."""
    counted = {name: it.simulator.count for name, it in served.serving.parts.upstreams.items()}

    def compare(it: Place) -> Record:
        requests = list(it.ledger.requests(since, time.time()))
        return upstream_usage(counted, requests, since, it.scope())

    served.whole.append(compare)


def import_bill_of(whole: Whole, times: float = 1.0) -> None:
    """What the provider bills: every token that it made or took at its price, in the FinOps form."""
    with whole.ledger() as ledger:
        asked = [it for it in ledger.requests(0.0, time.time()) if it.attempts]
    sums = {lane: sum(_billed(it) for it in asked if bool(it.batch) is lane) for lane in (False, True)}
    until = datetime.now(UTC)
    line = f"USD,Usage,{(until - timedelta(hours=1)).isoformat()},{until.isoformat()},simulated-small"
    head = "BilledCost,BillingCurrency,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,ResourceName"
    file = whole.root.parent / "bill.csv"
    rows = [f"{times * sums[False]:.12f},{line}", f"{times * sums[True] / 2:.12f},{line}"]
    file.write_text("\n".join([head, *rows]), encoding="utf-8")
    import_bill(whole.folder, "focus", file, ["simulated"])


def _billed(request: RequestRecord) -> float:
    """US dollars at the prices of the workload file, before the discount of the lane."""
    return (request.fresh_input * 0.1 + request.output * 0.4) / 1e6


def wait_for_weights(served: Served) -> None:
    """Until the loader verified the weights and the gateway wrote it down."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with served.whole.ledger() as ledger:
            if ledger.records("rehearsal", "signature.weights"):
                return
        time.sleep(0.1)
    raise AssertionError("the weights were not verified within a minute")


def self_signed(place: Path) -> tuple[Path, Path]:
    """A certificate for the loopback, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    paths = place / "certificate.pem", place / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths
