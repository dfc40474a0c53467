"""Guide section 2.1: every piece of infrastructure comes from code, and nobody changes it by hand."""

from __future__ import annotations

from colonnade.evidence.imported.infrastructure import Infrastructure
from colonnade.review.resources import gaps_of, listed, origins
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, insufficient, met, unmet


@signal(
    "OPS-01",
    1,
    improve="bring what lives into the code (`terraform import`, a manifest), or delete it; then import both again",
)
def everything_that_lives_is_in_the_code(infrastructure: Infrastructure) -> Verdict:
    """What a listing of the account or cluster has is an address of the plan or a manifest."""
    foreign = [name for each in infrastructure.sources for name in each.unmanaged]
    if foreign:
        places = tuple(f"resource:{name}" for name in foreign)
        told = f"lives and is not in the code: {listed(foreign)}"
        return unmet(
            told, value=float(len(foreign)), threshold=0.0, n=len(infrastructure.resources), places=places
        )
    blind = [each.kind for each in infrastructure.sources if not each.inventoried]
    if blind:
        return insufficient(
            f"what lives beside the code is not told by {', '.join(blind)}: import code and listing together"
        )
    if gaps := gaps_of(infrastructure):
        return insufficient(f"cannot be told: {gaps}")
    n = len(infrastructure.resources)
    return met(
        f"nothing lives beside the code; read from {origins(infrastructure)}", value=0.0, threshold=0.0, n=n
    )


@signal(
    "OPS-01", 2, improve="apply the code, or write what was changed by hand into it; then import the new plan"
)
def code_and_reality_are_the_same(infrastructure: Infrastructure) -> Verdict:
    """A plan against the live state changes nothing, and live objects are as their manifests say."""
    differing = [name for each in infrastructure.sources for name in each.differing]
    outside = {name for each in infrastructure.sources for name in each.outside}
    if differing:
        told = listed(
            f"{name}{' (changed outside of the code)' if name in outside else ''}" for name in differing
        )
        places = tuple(f"resource:{name}" for name in differing)
        n = len(infrastructure.resources)
        return unmet(
            f"not as the code says: {told}", value=float(len(differing)), threshold=0.0, n=n, places=places
        )
    blind = [
        f"{each.kind} {' and '.join(each.origins)}" for each in infrastructure.sources if not each.compared
    ]
    if blind or infrastructure.incomplete:
        return insufficient(
            f"code and reality were not compared: {', '.join(blind or infrastructure.incomplete)} alone;"
            " a plan, or manifests with live objects, compares them"
        )
    n = len(infrastructure.resources)
    return met(f"nothing differs; read from {origins(infrastructure)}", value=0.0, threshold=0.0, n=n)
