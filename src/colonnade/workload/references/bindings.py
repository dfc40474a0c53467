"""Routes lead to models, prompts and knowledge; models lead to upstreams and to weights of a known digest."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.errors import Fault
from colonnade.workload.document import Path
from colonnade.workload.endpoints import FILTERS, PURPOSES, SERVED
from colonnade.workload.prompts.address import parse_address
from colonnade.workload.references.draft import Draft
from colonnade.workload.sections.serving import Route
from colonnade.workload.suggestion import did_you_mean


def routes_name_what_exists(draft: Draft) -> Iterator[Fault]:
    """A route's models and knowledge are declared in the same file."""
    names = draft.specification
    for name, route in names.routes.items():
        for path, model in _models(name, route):
            yield from draft.unknown(path, model, names.models, "a model")
        if route.knowledge:
            path = ("routes", name, "knowledge", "use")
            yield from draft.unknown(path, route.knowledge.use, names.knowledge, "knowledge")


def _models(name: str, route: Route) -> Iterator[tuple[Path, str]]:
    """Every model that may answer for a route, and where it is named."""
    yield ("routes", name, "model"), route.model
    for index, target in enumerate(route.targets):
        yield ("routes", name, "targets", index, "model"), target.model


def routes_name_prompts(draft: Draft) -> Iterator[Fault]:
    """A route's prompt is a file of the folder, in the version that the route names."""
    for name, route in draft.specification.routes.items():
        if not route.prompt:
            continue
        path, address = ("routes", name, "prompt"), parse_address(route.prompt)
        yield from draft.unknown(path, address.name, draft.prompts.names, "a prompt")
        prompt = draft.prompts.usable.get(address.name)
        if not address.well_formed:
            remedy = "write `name`, or `name@` and at least 12 digits of the version"
            yield draft.document.fault(path, "names a version that is none", route.prompt, remedy)
        elif prompt and not address.matches(prompt):
            remedy = f"the file is now `{prompt.address}`"
            yield draft.document.fault(path, "names another version than the file has", route.prompt, remedy)


def prompts_suit_models(draft: Draft) -> Iterator[Fault]:
    """A prompt that was written for certain models is read by no other, also where another target steps in."""
    for name, route in draft.specification.routes.items():
        prompt = draft.prompts.usable.get(parse_address(route.prompt).name) if route.prompt else None
        if not (prompt and prompt.models):
            continue
        remedy = f"prompt `{prompt.name}` was written for {', '.join(prompt.models)}"
        for path, model in _models(name, route):
            if model and model not in prompt.models:
                yield draft.document.fault(path, "does not suit the prompt", model, remedy)


def routes_speak_one_way(draft: Draft) -> Iterator[Fault]:
    """The models of a route have the purpose that its endpoint needs, and only chat has prompts and knowledge."""
    for name, route in draft.specification.routes.items():
        for path, model in _models(name, route):
            yield from _unfit(draft, path, model, route.endpoint)
        for field, given in (("prompt", route.prompt), ("knowledge", route.knowledge)):
            if given and route.endpoint != "chat":
                yield draft.document.fault(
                    ("routes", name, field),
                    f"means nothing at `{route.endpoint}`",
                    "",
                    "take it out",
                    key=True,
                )


def _unfit(draft: Draft, path: Path, name: str, endpoint: str) -> Iterator[Fault]:
    """The model is of another purpose, or on an upstream whose wire cannot carry the endpoint."""
    model, wanted = draft.specification.models.get(name), PURPOSES[endpoint]
    if model is None:
        return
    if model.purpose != wanted:
        remedy = f"name a model with `purpose: {wanted}`"
        yield draft.document.fault(path, f"is no {wanted} model, which `{endpoint}` needs", name, remedy)
        return
    upstream = draft.specification.upstreams.get(model.upstream)
    if upstream and upstream.kind and endpoint not in SERVED[upstream.kind]:
        able = ", ".join(f"`{kind}`" for kind, served in SERVED.items() if endpoint in served)
        remedy = f"upstreams of these kinds can: {able}"
        yield draft.document.fault(
            path,
            f"is on an upstream of kind `{upstream.kind}`, which cannot serve `{endpoint}`",
            name,
            remedy,
        )


def models_name_upstreams(draft: Draft) -> Iterator[Fault]:
    """A model is bound to an upstream of the same file."""
    for name, model in draft.specification.models.items():
        path = ("models", name, "upstream")
        yield from draft.unknown(path, model.upstream, draft.specification.upstreams, "an upstream")


def embedded_models_are_pinned(draft: Draft) -> Iterator[Fault]:
    """A model that runs here is a known one, pinned to the digest of its weights."""
    known = draft.known.models
    for name, model in draft.specification.models.items():
        upstream = draft.specification.upstreams.get(model.upstream)
        if upstream is None or upstream.kind != "embedded" or not model.model or model.model == FILTERS:
            continue
        if known is not None and model.model not in known:
            yield draft.document.fault(
                ("models", name, "model"),
                "is no name of `models.toml`",
                model.model,
                did_you_mean(model.model, known),
            )
            continue
        digest = (known or {}).get(model.model, "")
        written = draft.document.judged(("models", name, "pin")) and model.pin
        if not written:
            yield draft.document.fault(
                ("models", name, "pin"),
                "is missing: an embedded model is pinned",
                "",
                f"add `pin: {digest or 'sha256:...'}`",
                key=True,
            )
        elif digest and model.pin != digest:
            yield draft.document.fault(
                ("models", name, "pin"),
                f"is not the digest of `{model.model}`",
                str(model.pin),
                f"write `{digest}`",
            )


def knowledge_names_models(draft: Draft) -> Iterator[Fault]:
    """Knowledge is embedded and reranked by models that `models.toml` knows."""
    known = draft.known.models
    for name, knowledge in draft.specification.knowledge.items() if known is not None else ():
        for field in ("embedding", "reranker"):
            yield from draft.unknown(
                ("knowledge", name, field), getattr(knowledge, field), known or (), "a model of `models.toml`"
            )


CHECKS = (
    routes_name_what_exists,
    routes_name_prompts,
    prompts_suit_models,
    routes_speak_one_way,
    models_name_upstreams,
    embedded_models_are_pinned,
    knowledge_names_models,
)
