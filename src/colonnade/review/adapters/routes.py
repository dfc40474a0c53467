"""What other gateways call routes, backends and durations, in our words; what they do not say is absent or zero."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from colonnade.evidence.effective import RouteConfiguration, TargetConfiguration

ENDPOINTS: Mapping[str, str] = {
    "chat": "chat", "completion": "chat", "responses": "chat", "embedding": "embeddings",
    "image_generation": "images", "audio_speech": "speech", "audio_transcription": "transcriptions",
    "moderation": "moderations", "rerank": "rerank",
}  # fmt: skip
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
MOST = 1e9


def route(
    name: str, *, endpoint: str, targets: Sequence[TargetConfiguration], **told: Any
) -> RouteConfiguration:
    """A route of another gateway: it has no prompts, disclosure or knowledge of ours, and caps nothing unless told."""
    known: dict[str, Any] = {
        "output_cap": 0, "timeout_s": 0.0, "cache": "off", "prompt": "", "prompt_version": "",
        "free_system_prompt": True, "disclosure": False, "knowledge": "", "unpriced": "allow",
    }  # fmt: skip
    first = targets[0] if targets else TargetConfiguration(binding="", upstream="", weight=0.0, tier=0)
    return RouteConfiguration(
        name=name,
        endpoint=endpoint,
        binding=first.binding,
        upstream=first.upstream,
        targets=list(targets),
        **{**known, **told},
    )


def amount(value: Any) -> float:
    """A number that is zero or more; whatever else it is counts as nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(value) if math.isfinite(value) and 0 <= value <= MOST else 0.0


def seconds(value: Any) -> float:
    """A duration of Kubernetes' gateways, `1m30s` or `100ms`; whatever else it is counts as nothing."""
    if not isinstance(value, str) or len(value) > 40:
        return 0.0
    parts = _DURATION.findall(value)
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)
