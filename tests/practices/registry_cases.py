"""The judges of scans, statements and registries on views built by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import msgspec
from repository_cases import NOBODY, releases

from colonnade.evidence.imported import registries as views
from colonnade.evidence.imported.releases import Releases
from colonnade.evidence.imported.scans import Bill, Finding, ScanClass, ScanReport, ScanReports, Vex
from colonnade.evidence.imported.statements import SignedStatement, SignedStatements
from colonnade.operations.practices import registers
from colonnade.performance.practices import artefacts
from colonnade.responsibility.practices import governance
from colonnade.security.practices import provenance, scanning
from colonnade.sustainability.practices import tuning
from colonnade.workload import load

SPECIFICATION = load(Path(__file__).parents[1] / "fixtures" / "workloads" / "minimal").specification
PASS, FAIL, INSUFFICIENT = "pass", "fail", "insufficient"
DAY_S = 86_400.0
NOW = 1_800_000_000.0
MODEL = "sha256:model"


def statement(*subjects: str, materials: tuple[str, ...] = (), signed: bool = True) -> SignedStatement:
    return SignedStatement(
        digest="sha256:s", predicate="https://slsa.dev/provenance/v1", builder="b", subjects=list(subjects),
        materials=list(materials), signers=["Ada"] if signed else [],
    )  # fmt: skip


def signed(*statements: SignedStatement, **wanted: str) -> SignedStatements:
    return SignedStatements(statements=list(statements), wanted=wanted)


NONE = signed()
FIXED = views.Export(origin="cards", files={"a.md": "sha256:a"}, mutable=False)
MUTABLE = msgspec.structs.replace(FIXED, origin="MLflow", mutable=True)
VOUCHED = signed(statement("sha256:a"))


def report(kind: ScanClass, *findings: Finding, **fields: Any) -> ScanReport:
    known = {
        "tool": "t",
        "target": kind,
        "digest": f"sha256:{kind}",
        "at": NOW,
        "dated": True,
        "artefacts": ["c"],
    }
    return ScanReport(**{**known, "classes": [kind], "findings": list(findings), **fields})


CLASSES: tuple[ScanClass, ...] = get_args(ScanClass)


def scans(*reports: ScanReport, vex: tuple[Vex, ...] = (), bills: tuple[Bill, ...] = ()) -> ScanReports:
    return ScanReports(read_at=NOW, reports=list(reports), vex=list(vex), bills=list(bills))


def all_but(kind: ScanClass, *others: ScanReport) -> list[ScanReport]:
    return [*(report(each) for each in CLASSES if each != kind), *others]


DEPLOYED: Releases = releases()
BILL = Bill(name="b", digest="sha256:b", at=NOW, packages=["pypi/a@1"], artefacts=["c"])
LOOKED_AT = report("dependencies", artefacts=[], packages=["pypi/a@1", "pypi/b@1"])
LOOKED_ASIDE = report("dependencies", artefacts=[], packages=["pypi/a@2"])
LOOSE_CODE = report("code", artefacts=[])


def finding(days: float, severity: str = "high", **fields: Any) -> Finding:
    known = {"id": "CVE-1", "component": "a@1", "first_seen": NOW - days * DAY_S, **fields}
    return Finding(severity=severity, **known)


def excused(days: float | None, component: str = "a@1", name: str = "CVE-1") -> Vex:
    at = None if days is None else NOW - days * DAY_S
    return Vex(id=name, component=component, justification="not reached", at=at)


def late(*vex: Vex, severity: str = "high", days: float = 31) -> ScanReports:
    return scans(*all_but("code", report("code", finding(days, severity))), vex=vex)


def run(**fields: Any) -> views.TuningRun:
    known = {
        "id": "r", "method": "lora", "precision": "bf16", "early_stop": "true", "device_hours": 1.0, "energy_wh": 2.0,
        "sites": 2, "updates_only": True, "secure_aggregation": True, "epsilon": 8.0, "epsilon_budget": 8.0,
    }  # fmt: skip
    return views.TuningRun(**{**known, **fields})


def tuned(*runs: views.TuningRun, export: views.Export = FIXED) -> views.TuningRuns:
    return views.TuningRuns(export=export, runs=list(runs))


def data(run: str = "r", digest: str = "d", export: views.Export = FIXED) -> views.DatasetVersions:
    return views.DatasetVersions(
        export=export, versions=[views.DatasetVersion(name="d", digest=digest, run=run)]
    )


def sets(export: views.Export = FIXED, **fields: Any) -> views.EvaluationSets:
    known = {
        "name": "s",
        "version": "v",
        "owner": "Ada",
        "cases": 9,
        "in_prompts": 0,
        "in_tuning": None,
        **fields,
    }
    return views.EvaluationSets(export=export, sets=[views.EvaluationSet(**known)])


TUNING = SPECIFICATION.model_copy(
    update={"approach": SPECIFICATION.approach.model_copy(update={"adaptation": "fine_tune"})}
)


def ratings(twice: int, plan: str = "drawn", export: views.Export = FIXED) -> views.Ratings:
    return views.Ratings(export=export, rated=twice, rated_twice=twice, raters=2, plan=plan)


def feedback(confirmed: int, cases: int, export: views.Export = FIXED) -> views.FeedbackCases:
    return views.FeedbackCases(export=export, negative=9, confirmed=confirmed, became_cases=cases)


def catalogue(export: views.Export = FIXED, **fields: Any) -> views.PromptCatalogue:
    known = {
        "name": "p",
        "version": "1",
        "owner": "Ada",
        "purpose": "p",
        "models": ["m"],
        "score": 0.0,
        **fields,
    }
    return views.PromptCatalogue(export=export, prompts=[views.CataloguedPrompt(**known)])


SELF_RUN = SPECIFICATION.model_copy(
    update={
        "models": {
            name: model.model_copy(update={"pin": MODEL}) for name, model in SPECIFICATION.models.items()
        }
    }
)


def cards(export: views.Export = FIXED, **fields: Any) -> views.ModelCards:
    known = {"name": "m", "digest": MODEL, "precision": "int4", "recipe": "gptq", **fields}
    return views.ModelCards(export=export, cards=[views.ModelCard(**known)])


REASON = {"precision": "", "uncompressed_because": "too small", "uncompressed_on": "2026-01-01"}
SHARES = {"language": {"sv": 1.0}, "region": {"se": 1.0}, "age": {"young": 0.5}}


def sheets(export: views.Export = FIXED, **fields: Any) -> views.Datasheets:
    known = {"use": "tuning", "composition": SHARES, "intended": SHARES, **fields}
    words = {"name": "d", "version": "1", "owner": "Ada", "licence": "l", "source": "s"}
    return views.Datasheets(export=export, sheets=[views.Datasheet(**words, **known)])


_SCANNED, _FIXED = scanning.what_is_deployed_was_scanned, scanning.grave_findings_are_fixed_in_time
_ORIGIN, _UPDATES = (
    provenance.provenance_of_what_serves_verifies,
    provenance.federated_runs_shared_updates_alone,
)
_DATA, _SETS = registers.published_data_names_run_and_digest, registers.evaluation_sets_are_owned_and_unseen
_RATED, _CASES = registers.outputs_were_rated_by_two_people, registers.confirmed_feedback_became_cases
_PROMPTS, _SERVED = registers.every_prompt_is_described, artefacts.what_is_served_states_its_precision
_SHEETS, _ENERGY = (
    governance.tuning_data_states_whom_it_shows,
    tuning.every_tuning_run_tells_method_and_energy,
)
ASKED = SPECIFICATION.human_eval.min_n

REGISTRY_CASES = [
    (_SCANNED, (scans(*(report(kind) for kind in CLASSES)), DEPLOYED, NONE), PASS),
    (_SCANNED, (scans(*all_but("secrets")), DEPLOYED, NONE), FAIL),
    (_SCANNED, (scans(*all_but("secrets", report("secrets", at=NOW - 8 * DAY_S))), DEPLOYED, NONE), FAIL),
    (_SCANNED, (scans(*(report(kind) for kind in CLASSES)), NOBODY, NONE), INSUFFICIENT),
    (_SCANNED, (scans(*all_but("code", LOOSE_CODE)), DEPLOYED, NONE), INSUFFICIENT),
    (
        _SCANNED,
        (scans(*all_but("code", LOOSE_CODE)), DEPLOYED, signed(statement("sha256:code", materials=("c",)))),
        PASS,
    ),
    (
        _SCANNED,
        (
            scans(*all_but("code", LOOSE_CODE)),
            DEPLOYED,
            signed(statement("sha256:code", materials=("c",), signed=False)),
        ),
        INSUFFICIENT,
    ),
    (_SCANNED, (scans(*all_but("dependencies", LOOKED_AT), bills=(BILL,)), DEPLOYED, NONE), PASS),
    (_SCANNED, (scans(*all_but("dependencies", LOOKED_ASIDE), bills=(BILL,)), DEPLOYED, NONE), INSUFFICIENT),
    (_FIXED, (late(days=30), SPECIFICATION), PASS),
    (_FIXED, (late(), SPECIFICATION), FAIL),
    (_FIXED, (late(severity="unknown"), SPECIFICATION), FAIL),
    (_FIXED, (late(severity="critical", days=8), SPECIFICATION), FAIL),
    (_FIXED, (late(excused(180)), SPECIFICATION), PASS),
    (_FIXED, (late(excused(181)), SPECIFICATION), FAIL),
    (_FIXED, (late(excused(None)), SPECIFICATION), FAIL),
    (_FIXED, (late(excused(-1)), SPECIFICATION), FAIL),
    (_FIXED, (late(excused(1, "b@1")), SPECIFICATION), FAIL),
    (_FIXED, (late(excused(1, name="CVE-2")), SPECIFICATION), FAIL),
    (_FIXED, (scans(report("code", finding(1, published=NOW - 31 * DAY_S))), SPECIFICATION), FAIL),
    (_FIXED, (scans(), SPECIFICATION), INSUFFICIENT),
    (_FIXED, (scans(*all_but("secrets")), SPECIFICATION), INSUFFICIENT),
    (_ORIGIN, (signed(statement(MODEL), m=MODEL),), PASS),
    (_ORIGIN, (signed(statement("sha256:other"), m=MODEL),), FAIL),
    (_ORIGIN, (signed(statement(MODEL, signed=False), m=MODEL),), FAIL),
    (_ORIGIN, (signed(statement(MODEL), m="gpt-9"),), INSUFFICIENT),
    (_ORIGIN, (signed(m=MODEL),), INSUFFICIENT),
    (_ORIGIN, (NONE,), INSUFFICIENT),
    (_UPDATES, (tuned(run()), NONE), PASS),
    (_UPDATES, (tuned(run(epsilon=8.1)), NONE), FAIL),
    (_UPDATES, (tuned(run(epsilon=None)), NONE), FAIL),
    (_UPDATES, (tuned(run(updates_only=None)), NONE), FAIL),
    (_UPDATES, (tuned(run(secure_aggregation=False)), NONE), FAIL),
    (_UPDATES, (tuned(run(sites=1)), NONE), FAIL),
    (_UPDATES, (tuned(run(sites=None)), NONE), INSUFFICIENT),
    (_UPDATES, (tuned(run(), export=MUTABLE), NONE), INSUFFICIENT),
    (_DATA, (data(), NONE), PASS),
    (_DATA, (data(export=MUTABLE), VOUCHED), PASS),
    (_DATA, (data(run=""), NONE), FAIL),
    (_DATA, (data(digest=""), NONE), FAIL),
    (_DATA, (data(export=MUTABLE), NONE), INSUFFICIENT),
    (_DATA, (views.DatasetVersions(export=FIXED, versions=[]), NONE), INSUFFICIENT),
    (_SETS, (sets(), NONE, SPECIFICATION), PASS),
    (_SETS, (sets(), NONE, TUNING), INSUFFICIENT),
    (_SETS, (sets(in_tuning=0), NONE, TUNING), PASS),
    (_SETS, (sets(in_tuning=1), NONE, TUNING), FAIL),
    (_SETS, (sets(in_prompts=1), NONE, SPECIFICATION), FAIL),
    (_SETS, (sets(owner=""), NONE, SPECIFICATION), FAIL),
    (_SETS, (sets(in_prompts=None), NONE, SPECIFICATION), INSUFFICIENT),
    (_SETS, (sets(cases=0), NONE, SPECIFICATION), INSUFFICIENT),
    (_SETS, (sets(MUTABLE), NONE, SPECIFICATION), INSUFFICIENT),
    (_RATED, (ratings(ASKED), NONE, SPECIFICATION), PASS),
    (_RATED, (ratings(ASKED - 1), NONE, SPECIFICATION), FAIL),
    (_RATED, (ratings(ASKED, ""), NONE, SPECIFICATION), FAIL),
    (_RATED, (ratings(ASKED, export=MUTABLE), NONE, SPECIFICATION), INSUFFICIENT),
    (_CASES, (feedback(10, 8), NONE, SPECIFICATION), PASS),
    (_CASES, (feedback(10, 7), NONE, SPECIFICATION), FAIL),
    (_CASES, (feedback(0, 0), NONE, SPECIFICATION), INSUFFICIENT),
    (_CASES, (feedback(10, 8, MUTABLE), NONE, SPECIFICATION), INSUFFICIENT),
    (_PROMPTS, (catalogue(), NONE), PASS),
    (_PROMPTS, (catalogue(score=None), NONE), FAIL),
    (_PROMPTS, (catalogue(models=[]), NONE), FAIL),
    (_PROMPTS, (catalogue(MUTABLE), NONE), INSUFFICIENT),
    (_PROMPTS, (views.PromptCatalogue(export=FIXED, prompts=[]), NONE), INSUFFICIENT),
    (_SERVED, (cards(), NONE, SELF_RUN), PASS),
    (_SERVED, (cards(**REASON), NONE, SELF_RUN), PASS),
    (_SERVED, (cards(**{**REASON, "uncompressed_on": "soon"}), NONE, SELF_RUN), FAIL),
    (_SERVED, (cards(recipe=""), NONE, SELF_RUN), FAIL),
    (_SERVED, (cards(digest="sha256:other"), NONE, SELF_RUN), FAIL),
    (_SERVED, (cards(MUTABLE), NONE, SELF_RUN), INSUFFICIENT),
    (_SHEETS, (sheets(), NONE), PASS),
    (_SHEETS, (sheets(composition={"language": {"sv": 1.0}}), NONE), FAIL),
    (_SHEETS, (sheets(intended={"language": {"sv": 1.0}}), NONE), FAIL),
    (_SHEETS, (sheets(use="evaluation"), NONE), INSUFFICIENT),
    (_SHEETS, (sheets(MUTABLE), NONE), INSUFFICIENT),
    (_ENERGY, (tuned(run()), NONE), PASS),
    (_ENERGY, (tuned(run(energy_wh=None)), NONE), FAIL),
    (_ENERGY, (tuned(run(method="")), NONE), FAIL),
    (_ENERGY, (tuned(), NONE), INSUFFICIENT),
    (_ENERGY, (tuned(run(), export=MUTABLE), NONE), INSUFFICIENT),
]
