"""Who may take a role is said by its trust policy: services, other accounts, or people who sign in elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from colonnade.evidence.imported.infrastructure import Aspect
from colonnade.review.adapters.bounded import Unreadable, json_value
from colonnade.review.adapters.terraform.cells import UNKNOWN

SECOND_FACTOR = "aws:multifactorauthpresent"
_FOR_PEOPLE = frozenset({"sts:assumerolewithsaml"})


def federated(policies: Sequence[Any]) -> Aspect | None:
    """How people come to a role; None for a role that no person takes.

    Federated sign-in alone does not tell whether a second factor was asked for: only a condition of the policy does.
    """
    if UNKNOWN in policies:
        return None
    statements = [each for policy in policies for each in _statements(policy)]
    people = [each for each in statements if _for_people(each)]
    if not people:
        return None
    unsure = [each for each in people if SECOND_FACTOR not in str(each.get("Condition")).lower()]
    if unsure:
        return Aspect("unknown", "people sign in elsewhere, and no condition asks for a second factor")
    return Aspect("yes", "people sign in elsewhere, with a second factor")


def _statements(policy: Any) -> list[dict[str, Any]]:
    try:
        value = json_value(policy.encode()) if isinstance(policy, str) else None
    except (Unreadable, UnicodeEncodeError):
        return []
    statements = value.get("Statement") if isinstance(value, dict) else None
    listed = statements if isinstance(statements, list) else [statements]
    return [each for each in listed if isinstance(each, dict)]


def _for_people(statement: dict[str, Any]) -> bool:
    actions = statement.get("Action")
    listed = actions if isinstance(actions, list) else [actions]
    principal = statement.get("Principal")
    accounts = principal.get("AWS") if isinstance(principal, dict) else None
    named = {str(each).lower() for each in listed}
    return bool(named & _FOR_PEOPLE) or ("sts:assumerole" in named and _is_root(accounts))


def _is_root(principal: Any) -> bool:
    """Whether everybody of an account may come, people among them."""
    listed = principal if isinstance(principal, list) else [principal]
    return any(str(each).endswith(":root") or str(each).isdigit() for each in listed)
