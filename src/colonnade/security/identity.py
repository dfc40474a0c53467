"""No call goes on before it is known whose it is."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass

from colonnade.errors import Forbidden
from colonnade.gateway.call import Call, Forward, Reply
from colonnade.security.keyring import Keyring


@dataclass(frozen=True, slots=True)
class Identify:
    """The stage that reads the API key; `roles` may call models."""

    keyring: Keyring
    roles: frozenset[str] = frozenset({"caller", "operator"})
    name: str = "identify"

    def __call__(self, call: Call, forward: Forward) -> Awaitable[Reply]:
        """Fill `call.identity`; raises Unauthenticated, Forbidden or Unavailable."""
        identity = call.identity or self.keyring.identify(call.authorization)
        if identity.role not in self.roles:
            raise Forbidden(
                f"A key with the role `{identity.role}` may not call models.", code="role_not_permitted"
            )
        call.identity = identity
        call.decide(self.name, f"key {identity.key_id}, role {identity.role}")
        return forward(call)
