"""The effective configuration: what the running gateway says of itself, read back from its live objects.

It is built from the stages and routes that serve, never from the file that asked for them; several pillars
judge it. Its digest is the `policy` part of every subject.
"""

from __future__ import annotations

import hashlib

import msgspec

from colonnade.evidence.view import view


class TargetConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """One model that may answer for a route: its part of the traffic within its tier."""

    binding: str
    upstream: str
    weight: float
    tier: int


class UpstreamConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """How calls to one upstream are contained. `looked_at_s` is how often it is looked at without a call, 0 for never."""

    name: str
    zone: str
    timeout_s: float
    retry_share: float
    breaker_failures: int
    breaker_open_s: float
    concurrency: int
    looked_at_s: float


class RouteConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """One route as it serves. `output_cap` is 0 where no stage enforces a cap.

    `targets` are empty, and `attempts` is 1, where no stage spreads calls; `retry_jitter_s` is the longest first pause.
    """

    name: str
    endpoint: str
    binding: str
    upstream: str
    output_cap: int
    timeout_s: float
    cache: str
    prompt: str
    prompt_version: str
    free_system_prompt: bool
    disclosure: bool
    knowledge: str
    unpriced: str
    targets: list[TargetConfiguration] = []
    balance: str = ""
    attempts: int = 1
    retry_jitter_s: float = 0.0


@view("config.routes", binds=("policy",))
class RouteTable(msgspec.Struct, frozen=True, kw_only=True):
    """Routes and upstreams of a gateway, ours or another one.

    `read_back` is whether the running gateway said so; otherwise it is what a file asks for.
    """

    gateway: str
    read_back: bool
    routes: list[RouteConfiguration]
    upstreams: list[UpstreamConfiguration] = []


@view("config.gateway", binds=("policy",))
class GatewayConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """The gateway as it serves. Days are days; `retention_days` maps data classes to them."""

    stages: list[str]
    routes: list[RouteConfiguration]
    listener: str
    listener_loopback: bool
    content: str
    redaction: list[str]
    retention_days: dict[str, int]
    legal_minimum_days: int
    sink: str
    upstream_kinds: dict[str, str]
    upstreams: list[UpstreamConfiguration] = []

    @property
    def digest(self) -> str:
        """`sha256:...` over the canonical JSON, without the listener: a port is no policy."""
        data = msgspec.to_builtins(self)
        data.pop("listener")
        canonical = msgspec.json.encode(data, order="deterministic")
        return "sha256:" + hashlib.sha256(canonical).hexdigest()

    @property
    def read_back(self) -> bool:
        """Always: it is built from the live objects."""
        return True

    @property
    def route_table(self) -> RouteTable:
        """Its routes and upstreams, as judges read them of any gateway."""
        return RouteTable(gateway="colonnade", read_back=True, routes=self.routes, upstreams=self.upstreams)

    def enforces(self, stage: str) -> bool:
        """Whether a stage of that name is on the way of every request."""
        return stage in self.stages
