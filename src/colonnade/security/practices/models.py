"""Guide section 3.2: who may call a model, and whether it is the model that was approved."""

from __future__ import annotations

from colonnade.evidence.effective import GatewayConfiguration
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, holds, insufficient, met, unmet
from colonnade.security.evidence import (
    AccessDrill,
    KeyRegister,
    ModelPins,
    TamperDrill,
    UpstreamUsage,
    VerifiedModels,
)
from colonnade.security.practices.data import access_was_refused

KEY_TERM_DAYS = 366.0
"""Longest term of an API key that counts as short: a year. `colonnade key create` allows two, and gives 90 days."""

IDENTITY_CASES = frozenset({"no key", "expired key"})


@signal(
    "SEC-06",
    1,
    improve="bind to loopback (an allow-list of networks is not implemented yet); give keys a term of at most a year",
)
def no_route_is_anonymous(configuration: GatewayConfiguration, keys: KeyRegister) -> Verdict:
    """Every model route wants a key with a term, and the listener is not open to every network."""
    problems = []
    if not configuration.enforces("identify"):
        problems.append("routes answer without a key")
    if keys.without_expiry or keys.longest_term_days > KEY_TERM_DAYS:
        problems.append("keys without a term of at most a year")
    if not configuration.listener_loopback:
        problems.append(f"the listener {configuration.listener} is open to other hosts and has no allow-list")
    return holds(not problems, f"{keys.keys} keys with a term; {configuration.listener}", "; ".join(problems))


@signal(
    "SEC-06",
    2,
    improve="run `colonnade drill run access --elsewhere ADDRESS` with another address of this host",
)
def strangers_were_refused(drill: AccessDrill) -> Verdict:
    """Calls without a key, with an expired key, and from off the network were refused."""
    if drill.off_network_refused is None:
        return insufficient("no address beside loopback was tried: name one with `--elsewhere`")
    if not drill.off_network_refused:
        return unmet("the listener answered on an address that is not loopback")
    return access_was_refused(drill, IDENTITY_CASES)


@signal(
    "SEC-06",
    3,
    improve="stop the gateway once, so that it compares counts; take provider credentials away from everybody else",
)
def nothing_bypasses_the_gateway(usage: UpstreamUsage) -> Verdict:
    """What upstreams counted equals what the gateway metered."""
    if usage.unread or not usage.upstreams:
        return insufficient(f"the count of {', '.join(usage.unread) or 'every upstream'} cannot be read")
    if usage.upstream_requests == 0:
        return insufficient("no upstream was called yet")
    beside = usage.upstream_requests - usage.metered_requests
    reason = (
        f"upstreams counted {usage.upstream_requests} requests, the gateway metered {usage.metered_requests}"
    )
    return holds(beside == 0, reason, reason)


@signal("SEC-07", 1, improve="give every model a `pin` (embedded) or a dated `snapshot` (managed)")
def every_model_is_pinned(pins: ModelPins) -> Verdict:
    """Every active model is pinned to a digest or dated snapshot, with its history in the ledger."""
    floating = [pin.binding for pin in pins.pins if not pin.pin and pin.kind != "simulator"]
    if floating:
        return unmet(f"floating: {', '.join(floating)}", n=len(pins.pins))
    if pins.with_history < len(pins.pins):
        return unmet(
            f"{len(pins.pins) - pins.with_history} bindings without history in the ledger", n=len(pins.pins)
        )
    return met(f"{len(pins.pins)} bindings pinned, each with its history", n=len(pins.pins))


@signal(
    "SEC-07", 2, improve="start the gateway: the loader verifies the weights; check `colonnade model verify`"
)
def weights_were_verified_at_load(models: VerifiedModels) -> Verdict:
    """The digest that the loader computed equals the pin; managed models answer under their snapshot's id."""
    wrong = [name for name, digest in models.loaded.items() if digest != models.pinned.get(name)]
    if wrong or models.answers_of_another_model:
        return unmet(f"not the approved model: {', '.join(wrong)}, {models.answers_of_another_model} answers")
    waiting = sorted(set(models.pinned) - set(models.loaded))
    if waiting:
        return insufficient(f"not loaded, so not verified: {', '.join(waiting)}")
    if not models.loaded and models.answers == 0:
        return insufficient("no model was loaded and none answered")
    return met(
        f"{len(models.loaded)} weights verified at load, {models.answers} answers under their snapshot's id"
    )


@signal("SEC-07", 3, improve="run `colonnade drill run tamper`")
def an_altered_model_was_refused(drill: TamperDrill) -> Verdict:
    """An altered copy of an artefact was refused by the loader that accepts the original."""
    if not drill.original_accepted:
        return insufficient("the loader did not accept the original, so the refusal proves nothing")
    return holds(
        drill.altered_refused, f"altered {drill.artefact} was refused", f"altered {drill.artefact} was loaded"
    )
