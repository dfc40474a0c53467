"""Faults of sections: all at once, each with its line, our own words, and what was probably meant."""

from __future__ import annotations

import re

import pytest

from colonnade.workload import load

PYDANTIC = re.compile(
    r"Input should|validation error|Field required|Extra inputs|Value error|pydantic|constrained"
)


def test_many_faults_are_reported_at_once_each_at_its_line(edit, faults):
    edit("name: minimal", "name: Minimal Workload")
    edit("baseline: 0.4", 'baseline: "0.4"')
    edit("query: answered_share", "query: answer_share")
    edit("  regimes: [gdpr]", "  regimes: gdpr")
    edit("{per_month_usd: 50}", "{per_month: 50}")
    edit("  hosting: self", "  hosting: selv")
    edit("kind: simulator", "kind: simulator\n    api_key: hunter2-hunter2")
    edit("model: small\n    prompt", "model: smal\n    promt: answer\n    prompt")
    edit("availability: 0.99", "availability: 99")
    edit("labels: {team: library, use_case: tool-questions}\n", "")
    found = [(fault.line, fault.where, fault.remedy) for fault in faults()]
    lines = [line for line, _, _ in found]
    assert lines == sorted(lines)
    assert [(where, remedy) for _, where, remedy in found if where != "labels"] == [
        ("name", "write lower-case letters, digits, `-` and `_`, beginning with a letter, at most 63"),
        ("kpis[0].baseline", "write digits, without quotes, separators or units"),
        ("kpis[0].query", "did you mean `answered_share`?"),
        ("constraints.regimes", ""),
        ("constraints.budget_ceiling.per_month_usd", "add `per_month_usd`: US dollars a month."),
        ("constraints.budget_ceiling.per_month", "did you mean `per_month_usd`?"),
        ("facts.hosting", "did you mean `self`?"),
        ("upstreams.simulated.api_key", "write `env:NAME` or `file:PATH`"),
        ("routes.answer.model", "did you mean `small`?"),
        ("routes.answer.promt", "did you mean `prompt`?"),
        ("slo.availability", ""),
    ]
    assert ("labels", "add `labels`: Labels by which every request is allocated (COST-01).") in [
        (where, remedy) for _, where, remedy in found
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("colonnade: 1", "colonnade: 2",
         ("colonnade", "must be 1", "write 1")),
        ("colonnade: 1\n", "",
         ("colonnade", "is missing", "add `colonnade`: Version of this file format.")),
        ("name: minimal", "name: 12",
         ("name", "must be text", 'write it in quotes: "12"')),
        ("name: minimal", "name: true",
         ("name", "must be text", 'write it in quotes: "true"')),
        ("name: minimal", "name:",
         ("name", "must be text", "")),
        ("  problem: Borrowers of", "  problem: ''\n  problm: Borrowers of",
         ("intent.problem", "must not be empty", "")),
        ("max_output_tokens: 128", "max_output_tokens: 128.5",
         ("routes.answer.max_output_tokens", "must be a whole number", "write `128`")),
        ("max_output_tokens: 128", "max_output_tokens: 0",
         ("routes.answer.max_output_tokens", "must be at least 1", "")),
        ("timeout_s: 10", "timeout_s: 0",
         ("routes.answer.timeout_s", "must be more than 0", "")),
        ("timeout_s: 10", "timeout_s: true",
         ("routes.answer.timeout_s", "must be a number", "")),
        ("zero_tolerance_claim: 0.9", "zero_tolerance_claim: 1.0",
         ("review.sampling.rehearsal.zero_tolerance_claim", "must be less than 1", "")),
        ("role: business", "role: busyness",
         ("stakeholders[0].role", "is none of the words known here", "did you mean `business`?")),
        ("upstreams:\n", "upstreams:\n  Bad Name: {kind: simulator}\n",
         ("upstreams.Bad Name", "is no usable name", "write lower-case letters, digits, `-` and `_`, beginning with a letter, at most 63")),
        ("kind: simulator", "kind: openai_compatible",
         ("upstreams.simulated", "an upstream of kind `openai_compatible` needs `base_url`, e.g. https://api.example.com/v1", "")),
        ("residency: none", "residency: {de: 1}",
         ("constraints.residency", "must be a list or the word `none`", "")),
        ("residency: none", "residency: [de, 3]",
         ("constraints.residency[1]", "must be text", 'write it in quotes: "3"')),
        ("budget_ceiling: {per_month_usd: 50}", "budget_ceiling: 50",
         ("constraints.budget_ceiling", "must be a mapping or the word `none`", "")),
        ("quality:\n  floor: 0.3", "quality: 0.3",
         ("quality", "must be a mapping", "write `field: value` lines under it")),
        ("input: [text], output", "input: [], output",
         ("task.modality.input", "must have at least 1 entry", "")),
        ('as_of: "2026-01-01"', "as_of: 1 May",
         ("models.small.price.as_of", "is not in the right form", "write a day as YYYY-MM-DD")),
    ],
)  # fmt: skip
def test_each_fault_in_our_own_words(edit, faults, old, new, expected):
    edit(old, new)
    found = faults()
    assert expected in [(fault.where, fault.problem, fault.remedy) for fault in found]
    assert not any(PYDANTIC.search(str(fault)) for fault in found)


def test_references_of_a_faulty_section_are_checked_too(edit, faults):
    edit("model: small\n    prompt: answer\n    max_output_tokens: 128",
         "model: smaller\n    prompt: anser\n    max_output_tokens: many")  # fmt: skip
    assert [fault.where for fault in faults()] == [
        "routes.answer.model", "routes.answer.prompt", "routes.answer.max_output_tokens",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        "api_key: sk-1234567890abcdefghijkl",
        "api_key: hunter2",
        "api_key: [hunter2]",
        "api_keys: sk-1234567890abcdefghijkl",
        "provider: sk-1234567890abcdefghijkl",
        "base_url: https://user:hunter2@api.example.org/v1",
        "region: ghp_123456789012345678901234567890123456",
        "sk-1234567890abcdefghijkl: x",
    ],
)
def test_a_secret_is_refused_and_never_echoed(edit, faults, line):
    edit("kind: simulator", f"kind: simulator\n    {line}")
    found = faults()
    assert any(fault.line == 56 for fault in found)
    written = "\n".join(str(fault) for fault in found)
    assert "hunter2" not in written
    assert "1234567890" not in written


def test_secrets_by_reference_are_accepted(edit, faults):
    edit("kind: simulator", "kind: simulator\n    api_key: env:UPSTREAM_KEY")
    assert faults() == []


def test_lines_point_at_keys_and_entries(folder):
    lines = load(folder).lines
    text = (folder / "workload.yaml").read_text().split("\n")
    assert text[lines["routes.answer.model"] - 1] == "    model: small"
    assert text[lines["kpis[1].query"] - 1] == "    query: latency_p95_ms"
    assert text[lines["slo"] - 1] == "slo:"


def test_the_digest_is_of_the_meaning_not_of_the_layout(folder, edit):
    before = load(folder)
    edit("colonnade: 1", "# a comment\ncolonnade: 1")
    assert load(folder).digest == before.digest
    edit("availability: 0.99", "availability: 0.98")
    changed = load(folder)
    assert changed.digest != before.digest
    edit("in at most three sentences", "in at most four sentences", "prompts/answer.md")
    assert load(folder).digest != changed.digest
