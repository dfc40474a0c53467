"""Views of step 3: encryption, grants, access, identity and integrity of models."""

from __future__ import annotations

import msgspec

from colonnade.evidence.view import view


@view("config.keys")
class KeyRegister(msgspec.Struct, frozen=True, kw_only=True):
    """Live API keys by what is wrong with them, and the age of the key that encrypts the store. Days."""

    keys: int
    without_role: int
    without_expiry: int
    unused_90_days: int
    oldest_days: float
    longest_term_days: float
    store_key_days: float


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One forbidden or permitted call: what was tried, on what, and how it was answered."""

    case: str
    surface: str
    status: int
    refused: bool


@view("drill.access", binds=("policy",))
class AccessDrill(msgspec.Struct, frozen=True, kw_only=True):
    """Calls without a key, with an expired, revoked, altered or foreign key, and with a role that may not.

    `control_answered` is the witness: the same call with a good key was answered.
    """

    control_answered: bool
    attempts: list[Attempt]
    off_network_refused: bool | None


@view("drill.transport", binds=("policy",))
class TransportDrill(msgspec.Struct, frozen=True, kw_only=True):
    """Every listener and upstream that was probed for TLS, and those that speak in clear."""

    probed: int
    tls_ok: int
    in_clear: list[str]


@view("telemetry.bypass", binds=("policy",))
class UpstreamUsage(msgspec.Struct, frozen=True, kw_only=True):
    """What upstreams counted themselves, against what the gateway metered in the same time."""

    upstreams: list[str]
    unread: list[str]
    upstream_requests: int
    metered_requests: int


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """One active binding and what it is pinned to."""

    binding: str
    kind: str
    pin: str


@view("registry.pins", binds=("models",))
class ModelPins(msgspec.Struct, frozen=True, kw_only=True):
    """Every active binding, and whether its history is complete in the ledger."""

    pins: list[Pin]
    with_history: int


@view("signature.weights", binds=("models",))
class VerifiedModels(msgspec.Struct, frozen=True, kw_only=True):
    """What was verified: digests of weights at load, or model ids named in answers."""

    loaded: dict[str, str]
    pinned: dict[str, str]
    answers: int
    answers_of_another_model: int


@view("drill.tamper", binds=("models",))
class TamperDrill(msgspec.Struct, frozen=True, kw_only=True):
    """An altered copy of an artefact was offered to the loader that serves it.

    `original_accepted` is the witness that the loader was really asked.
    """

    artefact: str
    original_accepted: bool
    altered_refused: bool
    message: str


@view("registry.lineage", binds=("knowledge",))
class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """Indexes with source, licence, transform and digests, and what is unresolved."""

    indexes: int
    documents: int
    unresolved: list[str]


@view("telemetry.sources", binds=("knowledge",))
class SourceResolution(msgspec.Struct, frozen=True, kw_only=True):
    """Source ids that answers carried, and how many resolve to a document, version and passage."""

    answers: int
    sources: int
    resolved: int
