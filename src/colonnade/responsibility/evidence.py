"""Views of step 8: disclosure, explanation, and whether the story of a request can be told again."""

from __future__ import annotations

import msgspec

from colonnade.evidence.view import view


@view("telemetry.explanations", binds=("policy",))
class ExplanationShare(msgspec.Struct, frozen=True, kw_only=True):
    """Answers with an explanation record: steps, decisions, and sources with scores where knowledge was used."""

    answers: int
    explained: int


@view("repo.explanation-method")
class ExplanationMethod(msgspec.Struct, frozen=True, kw_only=True):
    """The page that tells users how answers are explained, and what the explanation cannot tell."""

    path: str
    committed: bool
    states_method: bool
    states_limits: bool


@view("telemetry.disclosure", binds=("policy",))
class DisclosureShare(msgspec.Struct, frozen=True, kw_only=True):
    """Sessions, and those whose first answer at the latest said that it comes from an AI."""

    sessions: int
    disclosed: int


class Surface(msgspec.Struct, frozen=True, kw_only=True):
    """What a client of one surface saw."""

    surface: str
    header: bool
    notice: bool
    notice_expected: bool


@view("drill.disclosure", binds=("policy",))
class DisclosureDrill(msgspec.Struct, frozen=True, kw_only=True):
    """A real client looked for the notice on each surface; `media` are kinds of generated media (none: text only)."""

    surfaces: list[Surface]
    media: list[str]
    media_marked: bool


@view("drill.reconstruct", binds=("policy",))
class Reconstruction(msgspec.Struct, frozen=True, kw_only=True):
    """Random requests of the window whose whole story was told again from the ledger."""

    seed: int
    sampled: int
    whole: int
    missing: list[str]
