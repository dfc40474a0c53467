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


def test_a_prompt_written_for_other_models_than_a_target_is_refused(edit, faults):
    edit("token_budget", "models: [large, small]\ntoken_budget", "prompts/answer.md")
    edit("routes:\n", "  other:\n    upstream: simulated\n    model: o\n    modalities: {input: [text], output: [text]}\n"
         "    reason: It steps in.\n    owner: Noor\nroutes:\n")  # fmt: skip
    edit("    max_output_tokens: 128", "    targets: [{model: other}]\n    max_output_tokens: 128")
    assert named(faults())["routes.answer.targets[0].model"].problem == "does not suit the prompt"


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ("    targets: [{model: small}]\n", ("routes.answer.targets[0].model", "take it out")),
        ("    hedge: {after_s: 1.0}\n", ("routes.answer.hedge", "add `targets`")),
        ("    resume: true\n    targets: [{model: small}]\n    hedge: {after_s: 1.0}\n",
         ("routes.answer.resume", "take one of them out")),
    ],
)  # fmt: skip
def test_what_a_route_cannot_keep(edit, faults, new, expected):
    edit("    max_output_tokens: 128\n", f"{new}    max_output_tokens: 128\n")
    assert expected in [(fault.where, fault.remedy) for fault in faults()]


def test_a_stream_is_resumed_only_where_an_upstream_can_go_on_with_a_text(edit, faults):
    edit("    max_output_tokens: 128\n", "    resume: true\n    max_output_tokens: 128\n")
    assert faults() == [], "the simulator can"
    edit("    kind: simulator\n", "    kind: anthropic\n    base_url: https://api.anthropic.com/v1\n")
    edit("    simulation: {seed: 1, first_byte_s: 0.005, tokens_per_s: 2000, answer_tokens: 24}\n", "")
    fault = named(faults())["routes.answer.resume"]
    assert (
        fault.problem == "needs a target that can go on with a text that was begun; none of `anthropic` can"
    )
    assert "`prefill`" in fault.remedy
    edit("    kind: anthropic\n", "    kind: openai_compatible\n    prefill: continue_final_message\n")
    assert "routes.answer.resume" not in named(faults())
    edit("    kind: openai_compatible\n", "    kind: cohere\n")
    assert "`prefill` belongs to upstreams of kind `openai_compatible`" in str(faults())


def test_a_breaker_that_opens_for_longer_than_the_longest(edit, faults):
    edit("    kind: simulator\n", "    kind: simulator\n    breaker: {open_s: 90.0}\n")
    remedy = "write at most 60, or raise `longest_open_s`"
    assert named(faults())["upstreams.simulated.breaker.open_s"].remedy == remedy


def test_every_known_indicator_may_be_used(edit, faults):
    for name in INDICATORS:
        edit("query: ", f"query: {name} #")
        assert faults() == [], name


TARGET = "    targets: [{model: small}, {model: smal}]\n    max_output_tokens: 128"


PLAIN = "  plain:\n    model: small\n    free_system_prompt: true\n    max_output_tokens: 128\n    timeout_s: 10\n"


def test_every_target_of_a_route_exists(edit, faults):
    edit("    max_output_tokens: 128", TARGET)
    assert named(faults())["routes.answer.targets[1].model"].remedy == "did you mean `small`?"


@pytest.mark.parametrize(
    ("endpoint", "purpose"),
    [("images", "image"), ("speech", "speech"), ("transcriptions", "transcription"),
     ("moderations", "moderation"), ("rerank", "rerank"), ("embeddings", "embedding")],
)  # fmt: skip
def test_the_purpose_of_a_model_fits_the_endpoint(edit, faults, endpoint, purpose):
    edit(PLAIN, "")
    edit("    prompt: answer\n", f"    endpoint: {endpoint}\n")
    assert named(faults())["routes.answer.model"].remedy == f"name a model with `purpose: {purpose}`"
    edit("    model: simulated-small", f"    purpose: {purpose}\n    model: simulated-small")
    assert faults() == []
    edit(f"    endpoint: {endpoint}\n", f"    endpoint: {endpoint}\n    prompt: answer\n")
    fault = named(faults())["routes.answer.prompt"]
    assert (fault.problem, fault.remedy) == (f"means nothing at `{endpoint}`", "take it out")
    edit(f"    endpoint: {endpoint}\n", "")
    assert named(faults())["routes.answer.model"].problem == "is no text model, which `chat` needs"


def test_an_upstream_must_be_able_to_serve_the_endpoint(edit, faults):
    edit(PLAIN, "")
    edit("    prompt: answer\n", "    endpoint: speech\n")
    edit("    model: simulated-small", "    purpose: speech\n    model: simulated-small")
    edit("kind: simulator", "kind: anthropic\n    base_url: https://api.example.org/v1")
    edit("    simulation: {seed: 1, first_byte_s: 0.005, tokens_per_s: 2000, answer_tokens: 24}\n", "")
    fault = named(faults())["routes.answer.model"]
    assert fault.problem == "is on an upstream of kind `anthropic`, which cannot serve `speech`"
    assert fault.remedy == "upstreams of these kinds can: `openai_compatible`, `simulator`"


def test_our_own_filters_need_no_pin(edit, faults):
    edit(PLAIN, "")
    embed(edit, model="colonnade-filters", pin="")
    edit("    prompt: answer\n", "    endpoint: moderations\n")
    edit("    model: colonnade-filters", "    purpose: moderation\n    model: colonnade-filters")
    assert faults(Known(models={})) == []


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        ("budgets: {per_month_usd: 51.0}",
         ("budgets.per_month_usd", "write at most 50, or raise the ceiling")),
        ("budgets: {per_day_usd: 50.5}",
         ("budgets.per_day_usd", "write at most 50, or raise the ceiling")),
        ("budgets: {per_day_usd: 5.0, warn_at: [0.5]}",
         ("budgets.warn_at", "write two shares or more between 0 and 1, each once, e.g. [0.5, 0.8]")),
        ("budgets: {per_day_usd: 5.0, warn_at: [0.5, 0.5, 1.0]}",
         ("budgets.warn_at", "write two shares or more between 0 and 1, each once, e.g. [0.5, 0.8]")),
        ("budgets: {per_day_usd: 5.0, notify: [ada@example.org]}",
         ("budgets.notify[0]", "write `https://HOST/PATH`")),
        ("limits: [{per: workload, only: ada, requests: 1}]",
         ("limits[0].only", "take it out, or write another `per`")),
        ("limits: [{per: route, only: answr, requests: 1}]",
         ("limits[0].only", "did you mean `answer`?")),
        ("counters: {shared: valkey}",
         ("counters.url", "name where it is found: `env:NAME` or `file:PATH`")),
        ("counters: {url: env:SHARED}",
         ("counters.url", "take it out, or write `shared: valkey` or `shared: postgresql`")),
    ],
)  # fmt: skip
def test_budgets_limits_and_counters_contradict_nothing(edit, faults, section, expected):
    edit("labels:", f"{section}\nlabels:")
    assert expected in [(fault.where, fault.remedy) for fault in faults()]


@pytest.mark.parametrize(
    "section",
    [
        "budgets: {per_month_usd: 50.0, per_day_usd: 5.0, warn_at: [0.5, 0.9], notify: [https://example.org/hook]}",
        "limits: [{per: route, only: answer, requests: 1}, {per: key, tokens: 9, window_s: 1.0}]",
        "counters: {shared: postgresql, url: env:SHARED}",
    ],
)
def test_budgets_limits_and_counters_that_are_right_are_taken(edit, faults, section):
    edit("labels:", f"{section}\nlabels:")
    assert faults() == []
