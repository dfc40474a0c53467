"""A model is obtained by its name and recognised by its SHA-256, whichever source its bytes came from."""

from colonnade.registry.models.entry import ModelEntry, ModelFile, known_models
from colonnade.registry.models.progress import SILENT, Progress
from colonnade.registry.models.store import FileCheck, ModelFiles, ModelStore

__all__ = [
    "SILENT",
    "FileCheck",
    "ModelEntry",
    "ModelFile",
    "ModelFiles",
    "ModelStore",
    "Progress",
    "known_models",
]
