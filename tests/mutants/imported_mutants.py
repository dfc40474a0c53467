"""The breaks of evidence that other tools wrote: their file says something else, and is imported again."""

from __future__ import annotations

from collections.abc import Callable

from imported_breaks import alerting, declared, listed, live, planned, scored, without, written
from mutant import Break, Mutant
from whole import Whole

from colonnade.review.report import Report


def _row(practice: str, number: int, what: str, happens: Callable[[Whole], Report]) -> Mutant:
    return Mutant(practice, number, Break(what, happens), world="imported")


BY_HAND = listed("arn:aws:s3:::handbook-documents", "arn:aws:s3:::made-by-hand")
UPDATED = planned('"actions":["no-op"]', '"actions":["update"]')
IN_CLEAR = planned('"storage_encrypted":true', '"storage_encrypted":false')
THEIR_KEY = planned('"kms_master_key_id":"arn:aws:kms', '"kms_master_key_id":"alias/aws/s3:')

BELOW = scored('"value": 0.75', '"value": 0.05')

IMPORTED = (
    _row("OPS-06", 1, "fewer right answers", BELOW),
    _row("UC-06", 2, "the chosen one below the floor", BELOW),
    _row("OPS-01", 1, "a bucket made by hand", BY_HAND),
    _row("OPS-01", 1, "no listing of the account", without("terraform", "inventory.json")),
    _row(
        "OPS-01", 1, "a type that nobody knows", planned('"type":"aws_sqs_queue"', '"type":"aws_new_thing"')
    ),
    _row("OPS-01", 2, "a plan that changes something", UPDATED),
    _row("OPS-01", 2, "memory raised by hand", live('"memory": "24Gi"', '"memory": "48Gi"')),
    _row("OPS-01", 2, "manifests alone", without("kubernetes", "live.json")),
    _row("OPS-09", 2, "bias not watched", alerting("bias_group_gap", "queue_length")),
    _row("OPS-09", 2, "an alert of nobody", alerting('"owner":"ada"', '"colour":"red"')),
    _row("OPS-12", 1, "spend not watched", alerting("gateway_cost_usd_total", "gateway_requests_total")),
    _row("OPS-12", 1, "an alert without a runbook", alerting("runbook_url", "dashboard_url")),
    _row("OPS-12", 1, "a rule that cannot be evaluated", alerting('"health":"ok"', '"health":"err"')),
    _row("SEC-01", 1, "a database without encryption", IN_CLEAR),
    _row("SEC-01", 1, "a bucket under the provider's key", THEIR_KEY),
    _row("SEC-01", 1, "volumes without a key", written("  kmsKeyId: ", "  nobody: ")),
    _row(
        "SEC-09",
        1,
        "a database open to everybody",
        planned('"publicly_accessible":false', '"publicly_accessible":true'),
    ),
    _row("SEC-09", 1, "no private path to the model", planned(".bedrock-runtime", ".s3")),
    _row(
        "SEC-09",
        1,
        "nothing denied",
        written("  podSelector: {}\n", "  podSelector: {matchLabels: {app: none}}\n"),
    ),
    _row("SEC-11", 1, "no second factor", planned("aws:MultiFactorAuthPresent", "aws:SecureTransport")),
    _row(
        "SEC-11",
        1,
        "one account for two parts",
        written("serviceAccountName: index", "serviceAccountName: gateway"),
    ),
    _row("REL-01", 1, "a database in one zone", planned('"multi_az":true', '"multi_az":false')),
    _row("REL-01", 1, "models from one place", declared("[{model: spare, tier: 1}]", "[]")),
    _row("REL-03", 2, "a deployment without probes", written("readinessProbe:", "formerProbe:")),
    _row(
        "REL-03",
        2,
        "a group without a policy",
        planned('"type":"aws_autoscaling_policy"', '"type":"aws_iam_group"'),
    ),
    _row("PERF-03", 1, "a model without an accelerator", written("nvidia.com/gpu: 1", "cpu: 4")),
    _row("PERF-05", 1, "a worker that never rests", written("component: inference", "component: worker")),
    _row(
        "PERF-06", 1, "a type that nobody knows", planned('"type":"aws_sqs_queue"', '"type":"aws_new_thing"')
    ),
    _row(
        "PERF-08", 2, "users elsewhere", declared("{eu-central-1: 0.9, us-east-1: 0.1}", "{us-east-1: 1.0}")
    ),
    _row("COST-01", 1, "a resource without a team", planned('"team":"library"', '"squad":"library"')),
    _row("COST-05", 1, "one minimum for all hours", written('desiredReplicas: "4"', 'desiredReplicas: "2"')),
    _row(
        "COST-07",
        1,
        "logs that are never tidied up",
        planned('"retention_in_days":90', '"retention_in_days":0'),
    ),
    _row(
        "SUS-05",
        2,
        "a model far away",
        declared("region: eu-central-1\nmodels:", "region: us-east-1\nmodels:"),
    ),
    _row(
        "SUS-07", 1, "an exception without a reason", planned('"colonnade:sus-07":"', '"colonnade:sus-99":"')
    ),
)
