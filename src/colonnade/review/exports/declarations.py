"""Every practice has a place in the workload file where its owner decides about it; findings point there."""

from __future__ import annotations

from collections.abc import Mapping

DECLARED: Mapping[str, str] = {
    "UC-01": "intent", "UC-02": "stakeholders", "UC-03": "kpis", "UC-04": "constraints", "UC-05": "task.modality",
    "UC-06": "approach", "UC-07": "rag", "UC-08": "models", "UC-09": "facts.hosting",
    "OPS-01": "upstreams", "OPS-02": "review", "OPS-03": "knowledge", "OPS-04": "slo", "OPS-05": "facts.logprobs",
    "OPS-06": "quality", "OPS-07": "kpis", "OPS-08": "quality.hallucination_max", "OPS-09": "facts.affects_people",
    "OPS-10": "upstreams", "OPS-11": "privacy", "OPS-12": "slo", "OPS-13": "review", "OPS-14": "recovery.rollback_s",
    "OPS-15": "recovery", "OPS-16": "quality", "OPS-17": "models", "OPS-18": "prompts", "OPS-19": "prompts",
    "OPS-20": "prompts", "OPS-21": "prompts",
    "SEC-01": "privacy", "SEC-02": "knowledge", "SEC-03": "privacy.residual_max", "SEC-04": "knowledge",
    "SEC-05": "guardrails", "SEC-06": "routes", "SEC-07": "models", "SEC-08": "guardrails", "SEC-09": "upstreams",
    "SEC-10": "upstreams", "SEC-11": "upstreams", "SEC-12": "guardrails", "SEC-13": "facts.federated",
    "REL-01": "slo.availability", "REL-02": "routes", "REL-03": "recovery.auto_s", "REL-04": "upstreams",
    "REL-05": "recovery", "REL-06": "slo", "REL-07": "recovery", "REL-08": "recovery", "REL-09": "knowledge",
    "PERF-01": "slo.latency_p95_ms", "PERF-02": "models", "PERF-03": "upstreams", "PERF-04": "batches",
    "PERF-05": "facts.event_driven", "PERF-06": "facts.hosting", "PERF-07": "facts.repeat_content",
    "PERF-08": "facts.user_regions", "PERF-09": "prompts", "PERF-10": "routes", "PERF-11": "facts.shared_prefixes",
    "COST-01": "labels", "COST-02": "budgets", "COST-03": "budgets", "COST-04": "facts.provisioned_compute",
    "COST-05": "facts.provisioned_compute", "COST-06": "facts.steady_load", "COST-07": "facts.stored_gb",
    "COST-08": "kpis", "COST-09": "routes", "COST-10": "facts.deferrable_work",
    "SUS-01": "facts.provisioned_compute", "SUS-02": "approach.adaptation", "SUS-03": "facts.hosting",
    "SUS-04": "placement", "SUS-05": "facts.used_locations", "SUS-06": "retention", "SUS-07": "facts.stored_gb",
    "RAI-01": "facts.affects_people", "RAI-02": "approach.adaptation", "RAI-03": "facts.affects_people",
    "RAI-04": "facts.acts", "RAI-05": "routes", "RAI-06": "facts.human_users", "RAI-07": "retention",
    "RAI-08": "facts.pii", "RAI-09": "guardrails", "RAI-10": "constraints.regimes", "RAI-11": "stakeholders",
    "RAI-12": "facts.criticality", "RAI-13": "facts.affects_people",
}  # fmt: skip
"""Practice -> path in the workload file."""
FIRST_LINE = 1


def line_of(practice: str, lines: Mapping[str, int]) -> int:
    """The line on which a practice is decided; of what the file leaves to its default, where the section stands.

    A file that says nothing of it has no better place than its first line.
    """
    path = DECLARED.get(practice, "")
    while path:
        if path in lines:
            return lines[path]
        path = path.rpartition(".")[0]
    return FIRST_LINE
