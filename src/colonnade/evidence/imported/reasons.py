"""The reason that stands beside every model binding, and who signed it."""

from __future__ import annotations

import msgspec

from colonnade.evidence.view import view


class BindingReason(msgspec.Struct, frozen=True, kw_only=True):
    """One bound model: the commit that last changed its `reason`, and whose signature that commit carries, if any."""

    binding: str
    commit: str
    signer: str


@view("registry.binding-reasons", binds=("models",))
class BindingReasons(msgspec.Struct, frozen=True, kw_only=True):
    """Every model that a route is bound to."""

    bindings: list[BindingReason]
