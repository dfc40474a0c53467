"""Guide section 3.1: encryption, access to data and models, and where data came from."""

from __future__ import annotations

from colonnade.evidence.effective import GatewayConfiguration
from colonnade.review.proportions import share_at_least
from colonnade.review.signal import signal
from colonnade.review.verdict import Verdict, holds, insufficient, met, unmet
from colonnade.security.evidence import AccessDrill, KeyRegister, Lineage, SourceResolution, TransportDrill
from colonnade.workload.sections.promises import Sampling

STORE_KEY_DAYS = 365.0
"""Rotation limit of the key that encrypts the store: a year, the default crypto period of NIST SP 800-57 part 1."""

NEEDED_CASES = frozenset({"no key", "altered key", "expired key", "revoked key", "wrong role", "foreign key"})


@signal(
    "SEC-01",
    2,
    improve="put a TLS terminator in front of the listener; TLS on the listener itself is not implemented yet",
)
def every_hop_speaks_tls(drill: TransportDrill) -> Verdict:
    """TLS 1.2 or newer was negotiated on every listener and upstream, and plaintext was refused."""
    if drill.probed == 0:
        return insufficient("nothing was probed")
    in_clear = ", ".join(drill.in_clear)
    return holds(
        drill.tls_ok == drill.probed,
        f"{drill.probed} hops negotiate TLS 1.2 or newer and refuse plaintext",
        f"in clear: {in_clear}",
    )


@signal("SEC-01", 3, improve="run `colonnade key custody rotate`")
def keys_are_young_enough(keys: KeyRegister) -> Verdict:
    """The key that encrypts the store is younger than its rotation limit."""
    reason = f"the store's key is {keys.store_key_days:.0f} days old"
    if keys.store_key_days <= STORE_KEY_DAYS:
        return met(reason, value=keys.store_key_days, threshold=STORE_KEY_DAYS)
    return unmet(reason, value=keys.store_key_days, threshold=STORE_KEY_DAYS)


@signal("SEC-02", 1, improve="revoke keys unused for 90 days with `colonnade key revoke ID`")
def grants_are_narrow(keys: KeyRegister, configuration: GatewayConfiguration) -> Verdict:
    """Every grant names a role, and none lies unused for 90 days."""
    problems = []
    if not configuration.enforces("identify"):
        problems.append("no identify stage serves, so everybody is granted everything")
    if keys.without_role:
        problems.append(f"{keys.without_role} keys without a role")
    if keys.unused_90_days:
        problems.append(f"{keys.unused_90_days} keys unused for 90 days")
    if keys.keys == 0:
        return insufficient("no live key: nothing is granted yet")
    return holds(not problems, f"{keys.keys} keys, each with one role", "; ".join(problems))


@signal("SEC-02", 2, improve="run `colonnade drill run access`; mend every surface that answered")
def forbidden_paths_were_refused(drill: AccessDrill) -> Verdict:
    """Calls without a key, with the wrong role, or with another workload's key were refused everywhere."""
    return access_was_refused(drill, NEEDED_CASES)


def access_was_refused(drill: AccessDrill, needed: frozenset[str]) -> Verdict:
    """All `needed` cases were tried on every surface, and refused; the control call was answered."""
    if not drill.control_answered:
        return insufficient("the control call was not answered, so refusals prove nothing")
    missing = sorted(needed - {attempt.case for attempt in drill.attempts})
    if missing:
        return insufficient(f"not tried: {', '.join(missing)}", n=len(drill.attempts))
    tried = [attempt for attempt in drill.attempts if attempt.case in needed]
    passed = [
        f"{attempt.case} on {attempt.surface} ({attempt.status})" for attempt in tried if not attempt.refused
    ]
    if passed:
        return unmet(f"answered: {'; '.join(passed)}", n=len(tried))
    return met(f"{len(tried)} forbidden calls refused, the permitted one answered", n=len(tried))


@signal("SEC-04", 1, improve="state `license` and `source` of every entry of `knowledge`, and index again")
def every_index_has_a_lineage(lineage: Lineage) -> Verdict:
    """Every index has source, licence, transform and digests; nothing is unresolved."""
    if lineage.indexes == 0:
        return insufficient("no index is live")
    return holds(
        not lineage.unresolved,
        f"{lineage.indexes} indexes over {lineage.documents} documents, all resolved",
        f"unresolved: {', '.join(lineage.unresolved)}",
    )


@signal("SEC-04", 2, improve="keep index generations as long as answers that name them")
def sources_of_answers_resolve(sources: SourceResolution, sampling: Sampling) -> Verdict:
    """Source ids that answers carry resolve to a document, its version and the passage."""
    if sources.answers == 0:
        return insufficient("no answer carried sources in the window")
    return share_at_least(sources.resolved, sources.sources, 1.0, sampling, "source ids of answers resolve")
