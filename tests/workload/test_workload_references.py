"""Names that lead nowhere and statements that contradict each other are faults, with a suggestion."""

from __future__ import annotations

import pytest

from colonnade.workload import Known, load
from colonnade.workload.indicators import INDICATORS

PIN = "sha256:" + "1" * 64


def named(found):
    return {fault.where: fault for fault in found}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("upstream: simulated", "upstream: simulate",
         ("models.small.upstream", "did you mean `simulated`?")),
        ("prompt: answer", "prompt: answers",
         ("routes.answer.prompt", "did you mean `answer`?")),
        ("prompt: answer", "prompt: answer@123",
         ("routes.answer.prompt", "write `name`, or `name@` and at least 12 digits of the version")),
        ("query: latency_p95_ms", "query: latency",
         ("kpis[1].query", "did you mean `latency_p95_ms`?")),
        ("  - id: swift", "  - id: answered",
         ("kpis[1].id", "give it another id")),
        ("{role: end_user, name: Borrowers' circle, contact: circle@example.org}", "{role: business, name: Ada Berg, contact: desk@example.org}",
         ("stakeholders[1]", "")),
        ("  enabled: false", "  enabled: true",
         ("rag.enabled", "add `knowledge` to a route, or write `false` and why")),
        ("environment: rehearsal", "environment: staging",
         ("review.environment", "add `review.sampling.staging` with its `minimum_n` and `window_hours`")),
        ("labels:", "retention: {requests_days: 90}\nlabels:",
         ("retention.requests_days", "write at least 180")),
        ("labels:", "retention: {legal_minimum_days: 500}\nlabels:",
         ("retention.evidence_days", "write at least 500")),
        ("max_output_tokens: 128", "max_output_tokens: 3500",
         ("routes.answer.max_output_tokens", "write less than 3396")),
        ('permitted: ["local:DE"]', "permitted: [europe-west9]",
         ("placement.current", "add it to `placement.permitted`, or run elsewhere")),
        ("residency: none", 'residency: ["local:FR"]',
         ("placement.permitted[0]", "add it to `constraints.residency`, or take it out")),
        ("residency: none", 'residency: ["local:FR"]',
         ("upstreams.simulated.region", "`constraints.residency` has local:FR")),
        ("  adaptation: none", "  decision: decisions/1.md\n  adaptation: none",
         ("approach.decision", "write the record, or take the line out")),
        ("  adaptation: none", "  decision: ../secret.md\n  adaptation: none",
         ("approach.decision", "write a path below the workload folder")),
        ("    prompt: answer\n", "    endpoint: embeddings\n",
         ("routes.answer.model", "name a model with `purpose: embedding`")),
        ("    region: local:DE", "    base_url: api.example.org",
         ("upstreams.simulated.base_url", "write `https://HOST/v1`")),
    ],
)  # fmt: skip
def test_contradictions_and_dead_ends(edit, faults, old, new, expected):
    edit(old, new)
    assert expected in [(fault.where, fault.remedy) for fault in faults()]


def test_a_pinned_prompt_version_must_be_that_of_the_file(folder, edit, faults):
    prompt = load(folder).prompts["answer"]
    edit("prompt: answer", f"prompt: {prompt.address}")
    assert faults() == []
    assert load(folder).prompts["answer"].version == prompt.version
    edit("Say that", "Admit that", "prompts/answer.md")
    fault = named(faults())["routes.answer.prompt"]
    assert fault.problem == "names another version than the file has"
    assert fault.remedy.startswith("the file is now `answer@")


def embed(edit, model="tiny", pin=f"pin: {PIN}, "):
    edit("kind: simulator", "kind: embedded")
    edit("    simulation: {seed: 1, first_byte_s: 0.005, tokens_per_s: 2000, answer_tokens: 24}\n", "")
    edit(
        "    model: simulated-small",
        f"    {pin.rstrip(', ')}\n    model: {model}" if pin else f"    model: {model}",
    )


def test_an_embedded_model_needs_the_pin_that_models_toml_has(edit, faults):
    embed(edit, pin="")
    assert named(faults())["models.small.pin"].remedy == "add `pin: sha256:...`"
    assert named(faults(Known(models={"tiny": PIN})))["models.small.pin"].remedy == f"add `pin: {PIN}`"


def test_an_embedded_model_is_one_that_is_known(edit, faults):
    embed(edit, model="tinny")
    assert faults() == []
    fault = named(faults(Known(models={"tiny": PIN})))["models.small.model"]
    assert fault.remedy == "did you mean `tiny`?"


def test_a_pin_that_is_not_the_models_is_refused(edit, faults):
    embed(edit)
    assert faults(Known(models={"tiny": PIN})) == []
    other = "sha256:" + "2" * 64
    assert named(faults(Known(models={"tiny": other})))["models.small.pin"].remedy == f"write `{other}`"


KNOWLEDGE = "knowledge:\n  tools: {folder: knowledge}\nlabels:"


def test_knowledge_folders_exist_and_hold_documents(folder, edit, faults):
    edit("labels:", KNOWLEDGE)
    assert faults() == []
    edit("{folder: knowledge}", "{folder: knowlege}")
    assert named(faults())["knowledge.tools.folder"].remedy == "did you mean `knowledge`?"
    (folder / "knowlege").mkdir()
    assert named(faults())["knowledge.tools.folder"].problem == "names an empty folder"


@pytest.mark.parametrize("name", ["x" * 300, "a/" + "ä" * 200, '"a\\0b"'])
def test_a_name_that_no_file_can_have(edit, faults, name):
    edit("labels:", KNOWLEDGE)
    edit("{folder: knowledge}", f"{{folder: {name}}}")
    assert named(faults())["knowledge.tools.folder"].problem == "cannot be the name of a file"


@pytest.mark.parametrize("elsewhere", ["/etc", "../other", "a/../../b"])
def test_knowledge_stays_in_the_folder(edit, faults, elsewhere):
    edit("labels:", KNOWLEDGE)
    edit("{folder: knowledge}", f"{{folder: {elsewhere}}}")
    assert named(faults())["knowledge.tools.folder"].problem == "leads out of the workload folder"


def test_a_route_with_knowledge_is_grounded(edit, faults):
    edit("labels:", KNOWLEDGE)
    edit("    prompt: answer", "    prompt: answer\n    knowledge: {use: tool}")
    found = named(faults())
    assert found["routes.answer.knowledge.use"].remedy == "did you mean `tools`?"
    assert found["rag.enabled"].problem == "is false, and route `answer` uses knowledge"


def test_knowledge_models_are_known(edit, faults):
    edit("labels:", KNOWLEDGE)
    known = Known(models={"bge-small-en-v1.5-int8": PIN})
    assert list(named(faults(known))) == ["knowledge.tools.reranker"]


def test_a_web_upstream_says_where_it_is_when_data_must_stay(edit, faults):
    edit("residency: none", 'residency: ["local:DE"]')
    assert faults() == []
    edit(
        "    kind: simulator\n    region: local:DE",
        "    kind: openai_compatible\n    base_url: https://a.example/v1",
    )
    edit("    simulation: {seed: 1, first_byte_s: 0.005, tokens_per_s: 2000, answer_tokens: 24}\n", "")
    assert named(faults())["upstreams.simulated.region"].problem.startswith("is missing")


def test_a_prompt_written_for_other_models_is_refused(edit, faults):
    edit("token_budget", "models: [large]\ntoken_budget", "prompts/answer.md")
    assert named(faults())["routes.answer.model"].remedy == "prompt `answer` was written for large"


def test_every_known_indicator_may_be_used(edit, faults):
    for name in INDICATORS:
        edit("query: ", f"query: {name} #")
        assert faults() == [], name
