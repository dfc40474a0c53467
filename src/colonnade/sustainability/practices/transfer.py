"""Guide sections 7.2 and 7.3: data does not travel without need, and what is kept or sent is compressed."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.evidence.imported.infrastructure import Infrastructure, Tier
from colonnade.review.resources import every, gaps_of, listed, origins
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, insufficient, met, unmet
from colonnade.workload.specification import Specification


@signal(
    "SUS-05",
    2,
    improve="bring model, index and application into one region, name the `region` of each upstream, or write the reason"
    " on what stands apart as `colonnade:sus-05`",
)
def parts_of_one_workload_are_together(
    infrastructure: Infrastructure, specification: Specification
) -> Verdict:
    """Wherever the application runs, its data and its models are in the same region."""
    if gaps := gaps_of(infrastructure):
        return insufficient(f"cannot be told: {gaps}")
    apps, data = _regions(infrastructure, "app"), _regions(infrastructure, "data")
    models = set(_models(infrastructure, specification))
    n = len(infrastructure.resources)
    if not apps:
        return insufficient("no application with a region is among what was imported", n=n)
    if "" in apps | data | models:
        return insufficient(
            f"not every region is known: {listed(_unplaced(infrastructure, specification))}", n=n
        )
    apart = [
        f"{what} in {', '.join(sorted(away))}"
        for what, away in (("data", data - apps), ("models", models - apps))
        if away
    ]
    told = f"application in {', '.join(sorted(apps))}"
    if apart:
        return unmet(f"{told}, {' and '.join(apart)}", n=n)
    return met(f"{told}, and so is everything it uses; read from {origins(infrastructure)}", n=n)


@signal(
    "SUS-07",
    1,
    improve="switch compression on where the service has it, or write on the store how its data is compressed, as"
    " `colonnade:sus-07`",
)
def what_is_kept_or_sent_is_compressed(infrastructure: Infrastructure) -> Verdict:
    """Compression is set on stores, logs and transfers, or an exception is recorded."""
    return every(
        infrastructure,
        "compressed",
        what="stores and transfers are compressed",
        none="nothing that compresses is among what was imported",
        excepted="SUS-07",
    )


def _regions(infrastructure: Infrastructure, tier: Tier) -> set[str]:
    return {
        each.region
        for each in infrastructure.resources
        if each.tier == tier and "SUS-05" not in each.exceptions
    }


def _models(infrastructure: Infrastructure, specification: Specification) -> Iterator[str]:
    """Where models answer: resources that serve them, and upstreams as the workload file places them."""
    yield from _regions(infrastructure, "model")
    for name in {specification.models[bound].upstream for bound in specification.bound}:
        upstream = specification.upstreams[name]
        if upstream.kind != "embedded":
            yield upstream.region or ""


def _unplaced(infrastructure: Infrastructure, specification: Specification) -> list[str]:
    resources = [each.name for each in infrastructure.resources if each.tier and not each.region]
    return resources or [name for name, each in specification.upstreams.items() if not each.region]
