"""The infrastructure of a workload, as plans, states, manifests and clusters tell it: one view over all of them.

An import of a kind replaces what was imported of that kind before and leaves the other kinds, so that a plan and
manifests are judged together: what is bad in one is not hidden by what is good in another.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from colonnade.evidence.view import view

Origin = Literal["plan", "state", "manifests", "live"]
"""What a resource was read from: intent (plan, manifests), what a tool last wrote down, or what runs."""
Holds = Literal["yes", "no", "unknown"]
"""`unknown` is not settled before an apply, refers to something that was not given, or cannot be seen there."""
Tier = Literal["", "app", "data", "model"]
AspectName = Literal[
    "encrypted",   # at rest, with a named key
    "closed",      # not open to everybody
    "denied",      # what is not allowed is denied between the parts
    "zones",       # spans two or more zones
    "accelerated",  # asks for a type of accelerator
    "rests",       # scales to zero
    "checked",     # liveness and readiness
    "replaced",    # started again, or replaced
    "scaled",      # scaling rules
    "bounded",     # minimum, maximum, target, and a lower minimum off peak
    "tidied",      # old data moves to cheap storage or goes
    "compressed",  # stored or sent compressed
    "passing",     # a credential that ends by itself
    "federated",   # people sign in elsewhere, with a second factor
    "path",        # a private path to a model provider; `told` is the service
]  # fmt: skip


class Aspect(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that is asked of a resource: whether it holds, and in words what was seen."""

    holds: Holds
    told: str = ""


class Resource(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One resource. An aspect that is not there is not asked of its type.

    `name` is its address in the plan, or `Kind namespace/name`; `run` says who runs it; `tier` what it is for;
    `segments` are the networks or groups that it belongs to; `identity` is the role or account that it acts as, empty
    where none is named; segments, identity and tags are None where the type has none. What is in segments and tags may
    not be all of them while `segments_unknown` and `tags_unknown`.
    `exceptions` maps practices to the reason that a tag or annotation gives.
    """

    name: str
    type: str
    source: str
    origin: Origin
    run: Literal["", "managed", "self"] = ""
    tier: Tier = ""
    event_driven: bool = False
    endpoint: bool = False
    region: str = ""
    segments: list[str] | None = None
    segments_unknown: bool = False
    identity: str | None = None
    tags: dict[str, str] | None = None
    tags_unknown: bool = False
    aspects: dict[AspectName, Aspect] = {}
    exceptions: dict[str, str] = {}


class Source(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One import that the view rests on; times are seconds since the epoch.

    `digest` is of the files, `serial` what the format itself names. `unclassified` are types that no table knows:
    nothing is said of them. `differing` are addresses where code and reality differ, `outside` those of them that
    were changed outside of the code; both say something only where code and reality were `compared`. `unmanaged`
    are live things that the code does not have; it says something only where what lives was `inventoried`.
    """

    kind: str
    origins: list[Origin]
    files: list[str]
    digest: str
    made_at: float
    tool: str = ""
    serial: str = ""
    complete: bool = True
    resources: int = 0
    unclassified: list[str] = []
    compared: bool = False
    differing: list[str] = []
    outside: list[str] = []
    inventoried: bool = False
    unmanaged: list[str] = []


@view("iac.infrastructure", snapshot=True)
class Infrastructure(msgspec.Struct, frozen=True, kw_only=True):
    """Every source that was imported, and all resources of all of them."""

    sources: list[Source]
    resources: list[Resource]

    def having(self, aspect: AspectName) -> Iterator[tuple[Resource, Aspect]]:
        """The resources of which an aspect is asked."""
        for resource in self.resources:
            found = resource.aspects.get(aspect)
            if found is not None:
                yield resource, found

    @property
    def unclassified(self) -> list[str]:
        """Types that no table knows, over all sources."""
        return sorted({name for source in self.sources for name in source.unclassified})

    @property
    def incomplete(self) -> list[str]:
        """Sources of which a part was not read."""
        return sorted(source.kind for source in self.sources if not source.complete)

    def joined(self, earlier: Infrastructure) -> Infrastructure:
        """This, beside what earlier imports of other kinds told."""
        own = {source.kind for source in self.sources}
        others = [each for each in earlier.sources if each.kind not in own]
        kept = {source.kind for source in others}
        return Infrastructure(
            sources=sorted([*others, *self.sources], key=lambda each: each.kind),
            resources=[
                *(each for each in earlier.resources if each.source in kept),
                *self.resources,
            ],
        )
