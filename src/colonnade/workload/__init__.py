"""The workload folder: its specification, loading it, its faults and its digest."""

from colonnade.workload.folder import Prompt, PromptVariable, Workload
from colonnade.workload.loading import load
from colonnade.workload.references import Known

__all__ = ["Known", "Prompt", "PromptVariable", "Workload", "load"]
