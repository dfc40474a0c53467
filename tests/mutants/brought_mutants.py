"""The breaks of what stands around a workload: its repository, its pipeline, its scans and its registries."""

from __future__ import annotations

import brought_breaks
from brought_breaks import WORKFLOW, Happens, committed, decided, exported, forgotten, uncommitted, untied
from mutant import Break, Mutant


def _row(practice: str, number: int, what: str, happens: Happens) -> Mutant:
    return Mutant(practice, number, Break(what, happens), world="brought")


BY_HAND = exported("ci", "deployments.json", '"type": "Bot"', '"type": "User"')
FAILED = exported("ci", "runs.json", '"success"', '"failure"')
TEST_FAILED = exported("ci", "report.xml", '"test_two"/>', '"test_two"><failure/></testcase>')
UNSIGNED = exported("mlflow", "runs.json", '"quality"', '"kwality"', vouched=False)
REWRITTEN = exported("langfuse", "scores.json", '"s12"', '"s99"', vouched=False)
REVOKED = brought_breaks.key_revoked

TRIGGER = "trigger: A stock model scores 0.7 or more on the same questions.\n"
CAUSE = "cause: The new prompt was twice as long as its budget.\n"
REGRESSION = 'regression: ["eval:evals/questions.jsonl#q7"]\n'
ACTIONS = "actions:\n  - {what: Bound retries, owner: Noor Haddad, due: 2099-01-01}\n"

BROUGHT = (
    _row("UC-06", 1, "no effort for a model of one's own", decided("adaptation", ", effort_days: 120")),
    _row("UC-06", 1, "nothing would reopen it", decided("adaptation", TRIGGER)),
    _row("UC-06", 1, "decided and not committed", uncommitted("adaptation", "cost_usd: 45", "cost_usd: 46")),
    _row(
        "UC-08",
        2,
        "a reason that nobody signed",
        committed("workload/workload.yaml", "the smallest.", "the nicest.", signed=False),
    ),
    _row("OPS-01", 3, "applied from an untagged commit", brought_breaks.tag_gone),
    _row("OPS-01", 3, "runs cut off", exported("ci", "runs.json", '"total_count": 1', '"total_count": 9')),
    _row("OPS-02", 1, "deployed without the gate", committed(WORKFLOW, "needs: gate", "needs: test")),
    _row("OPS-02", 1, "a gate that is waved through", committed(WORKFLOW, "--gate", "--gate || true")),
    _row(
        "OPS-02",
        1,
        "prompts released unseen",
        committed(WORKFLOW, 'tags: ["v*"]', 'paths: ["src/**", "workload/workload.yaml"]'),
    ),
    _row("OPS-02", 1, "no way back", committed(".github/workflows/undo.yml", "helm rollback", "helm list")),
    _row("OPS-02", 2, "released by a run that failed", FAILED),
    _row("OPS-02", 2, "released with a failing test", TEST_FAILED),
    _row("OPS-03", 3, "data without a digest", exported("mlflow", "runs.json", '"4e026fcd"', '""')),
    _row("OPS-03", 3, "an export that nobody signed", UNSIGNED),
    _row(
        "OPS-06",
        2,
        "a case that stands in a prompt",
        exported("langfuse", "prompt-answer.json", "Answer {{", "How long may I keep the long saw? {{"),
    ),
    _row("OPS-06", 2, "a set without an owner", exported("langfuse", "datasets.json", '"owner"', '"writer"')),
    _row("OPS-07", 1, "one person alone", exported("langfuse", "scores.json", '"noor"', '"ada"')),
    _row("OPS-07", 1, "no plan", exported("langfuse", "queues.json", '"description"', '"remark"')),
    _row("OPS-07", 1, "ratings rewritten", REWRITTEN),
    _row("OPS-15", 1, "studied too late", decided("incident-of-june", "2026-06-09", "2026-08-09")),
    _row("OPS-15", 1, "no cause", decided("incident-of-june", CAUSE)),
    _row("OPS-15", 2, "nothing would notice it", decided("incident-of-june", REGRESSION)),
    _row("OPS-15", 2, "done too late", decided("incident-of-june", "done: 2026-06-20", "done: 2026-07-20")),
    _row("OPS-16", 2, "no case of it", exported("langfuse", "dataset-items.json", '"t5"', "null")),
    _row("OPS-19", 2, "promoted by hand", BY_HAND),
    _row("OPS-21", 1, "a prompt without an owner", exported("langfuse", "prompts.json", '"owner"', '"by"')),
    _row("SEC-04", 3, "signed by a stranger", brought_breaks.stranger_signed),
    _row("SEC-04", 3, "signed with a key that was lost", REVOKED),
    _row("SEC-10", 1, "secrets never looked for", forgotten("scans", "gitleaks.sarif")),
    _row("SEC-10", 1, "a report of something else", untied("bandit.sarif")),
    _row("SEC-10", 2, "an excuse that has lapsed", brought_breaks.excuse_lapsed),
    _row("SEC-10", 2, "no excuse", forgotten("scans", "vex.openvex.json")),
    _row(
        "SEC-13", 2, "more privacy spent", exported("mlflow", "runs.json", '"value": "3.0"', '"value": "9.0"')
    ),
    _row("REL-05", 2, "nothing done about it", decided("chaos-of-july", ACTIONS)),
    _row("REL-07", 1, "other objectives than promised", decided("disaster-recovery", "3600", "7200")),
    _row(
        "REL-07",
        1,
        "no order of work",
        decided("disaster-recovery", "order: [network, store, gateway, model]\n"),
    ),
    _row("PERF-02", 2, "no precision", exported("mlflow", "model-versions.json", '"precision"', '"weight"')),
    _row("PERF-06", 2, "run without a reason", decided("own-gateway", "group.gateway", "group.door")),
    _row("PERF-06", 2, "a reason of long ago", decided("own-gateway", "2099-01-01", "2020-01-01")),
    _row("COST-04", 2, "left lying", decided("right-size", "2099-01-01", "2020-01-01")),
    _row("COST-06", 2, "it would pay", decided("no-commitment", "expected_use: 0.4", "expected_use: 0.9")),
    _row("RAI-02", 1, "regions not told", exported("cards", "pairs.md", "  region:", "  county:")),
    _row("RAI-03", 1, "no technique", decided("bias-of-may", "technique: re_weighting\n")),
    _row(
        "RAI-11", 2, "held by nothing", decided("principles", '"eval:evals/questions.jsonl"', '"drill:never"')
    ),
    _row("RAI-12", 2, "left open", decided("board", ', enforced_by: ["eval:evals/questions.jsonl"]')),
    _row("SUS-02", 1, "energy not told", exported("mlflow", "runs.json", '"energy_wh"', '"heat"')),
)
