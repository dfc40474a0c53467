"""Every adapter that there is; one line each."""

from __future__ import annotations

from colonnade.review.adapters.adapter import Adapter
from colonnade.review.adapters.alerts.prometheus import PROMETHEUS_RULES
from colonnade.review.adapters.bills.reading import SBOM
from colonnade.review.adapters.ci.reading import CI
from colonnade.review.adapters.envoy.adapter import ENVOY
from colonnade.review.adapters.evaluations.harness import HARNESS
from colonnade.review.adapters.evaluations.inspect import INSPECT
from colonnade.review.adapters.evaluations.promptfoo import PROMPTFOO
from colonnade.review.adapters.kubernetes.adapter import KUBERNETES
from colonnade.review.adapters.litellm.adapter import LITELLM
from colonnade.review.adapters.otlp.traces import TRACES
from colonnade.review.adapters.provenance.reading import PROVENANCE
from colonnade.review.adapters.registries.cards import CARDS
from colonnade.review.adapters.registries.langfuse import LANGFUSE
from colonnade.review.adapters.registries.mlflow import MLFLOW
from colonnade.review.adapters.repository.reading import GIT
from colonnade.review.adapters.scans.reading import SCANS
from colonnade.review.adapters.terraform.adapter import TERRAFORM

_KNOWN: tuple[Adapter, ...] = (
    CARDS,
    CI,
    ENVOY,
    GIT,
    HARNESS,
    INSPECT,
    KUBERNETES,
    LANGFUSE,
    LITELLM,
    MLFLOW,
    PROMETHEUS_RULES,
    PROMPTFOO,
    PROVENANCE,
    SBOM,
    SCANS,
    TERRAFORM,
    TRACES,
)
ADAPTERS = tuple(sorted(_KNOWN, key=lambda adapter: adapter.kind))
"""By kind."""
