"""Keys and passwords are recognised by their shape, so that they are refused and never echoed."""

from __future__ import annotations

import re

_SHAPES = {
    "an API key": r"\b(sk|pk|rk)-[A-Za-z0-9_-]{16,}",
    "an AWS access key": r"\b(AKIA|ASIA)[0-9A-Z]{16}\b",
    "a GitHub token": r"\bgh[pousr]_[A-Za-z0-9]{30,}",
    "a GitLab token": r"\bglpat-[A-Za-z0-9_-]{16,}",
    "a Slack token": r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
    "a Google API key": r"\bAIza[0-9A-Za-z_-]{30,}",
    "a Hugging Face token": r"\bhf_[A-Za-z0-9]{30,}",
    "a signed web token": r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.",
    "a private key": r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----",
    "a password in an address": r"://[^/\s:@]{1,100}:[^/\s:@]{1,100}@",
}
_COMPILED = {kind: re.compile(shape) for kind, shape in _SHAPES.items()}
_ASSIGNED = re.compile(r"(?i)\b(api[_-]?key|secret|password|passwd)\s*[:=]\s*['\"]?[^\s'\"{]{8,}")


def secret_in(text: str) -> str | None:
    """What kind of secret stands in `text`, in words, or None."""
    return next((kind for kind, shape in _COMPILED.items() if shape.search(text)), None)


def secret_assigned_in(text: str) -> str | None:
    """As `secret_in`, and also `password: ...` written out, which prose about settings rarely needs."""
    return secret_in(text) or ("a password" if _ASSIGNED.search(text) else None)
