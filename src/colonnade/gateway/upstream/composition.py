"""What the simulator says: plausible text, tool calls and vectors, decided by the digest of the request."""

from __future__ import annotations

import base64
import hashlib
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from colonnade.gateway.estimate import tokens_in
from colonnade.gateway.upstream.specimen import specimen, wanted_schema
from colonnade.workload.sections.serving import Simulation

_OPENINGS = ("In short,", "As far as is known,", "From what you describe,", "Put simply,", "In practice,")
_SUBJECTS = (
    "the service", "a small team", "the release", "the reviewer", "each request", "the schedule", "the report",
    "a good measure", "the archive", "the second attempt", "the plan", "the customer",
)  # fmt: skip
_VERBS = ("keeps", "shows", "needs", "replaces", "supports", "explains", "limits", "precedes", "improves")
_OBJECTS = (
    "a clear record", "the next step", "an owner", "fewer surprises", "the agreed limits", "one source of truth",
    "a steady pace", "the earlier result", "more care", "a second opinion", "the daily work",
)  # fmt: skip
_DIMENSIONS, _MOST_DIMENSIONS = 256, 1 << 14
_JSON_TOKEN = re.compile(r"\w+|\W+")
_NOISE = ("blorp", "quindle", "vex", "harrum", "sploin", "ticketh", "omber", "grast", "plim", "wexen")


class Dice:
    """Choices that are the same for the same seed, on every machine and Python."""

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._thrown = 0

    def pick(self, choices: tuple[str, ...]) -> str:
        """One of the choices."""
        self._thrown += 1
        digest = hashlib.blake2b(b"%b%d" % (self._seed, self._thrown), digest_size=8).digest()
        return choices[int.from_bytes(digest) % len(choices)]


@dataclass(slots=True)
class Composition:
    """An answer before it is put on the wire. `pieces` are the tokens of its text."""

    id: str
    model: str
    pieces: list[str]
    finish: str = "stop"
    refusal: str | None = None
    tool: dict[str, str] | None = None
    usage: dict[str, Any] | None = field(default_factory=dict)
    logprobs: bool = False

    @property
    def text(self) -> str:
        """The pieces joined."""
        return "".join(self.pieces)


def seed_of(simulation: Simulation, body: bytes) -> bytes:
    """What every choice about this request depends on."""
    return hashlib.blake2b(body, digest_size=16, salt=simulation.seed.to_bytes(16)).digest()


def compose(simulation: Simulation, request: dict[str, Any], seed: bytes) -> Composition:
    """The answer to a chat request, without any fault."""
    pieces, whole = _said(simulation, request, seed)
    composition = Composition(
        id=f"chatcmpl-{seed.hex()[:24]}",
        model=str(request.get("model", "simulated")),
        pieces=pieces,
        finish="stop" if whole else "length",
        logprobs=request.get("logprobs") is True,
    )
    if _wants_tool(request):
        call_tool(composition, request)
    composition.usage = usage(request, len(composition.pieces))
    return composition


def usage(request: dict[str, Any], output: int) -> dict[str, Any]:
    """Token counts as OpenAI writes them; about four characters are one token."""
    given = tokens_in(request.get("messages", request.get("input")))
    counts = {"prompt_tokens": given, "completion_tokens": output, "total_tokens": given + output}
    return {**counts, "prompt_tokens_details": {"cached_tokens": 0}}


def noise(seed: bytes, length: int) -> list[str]:
    """Words that mean nothing."""
    dice = Dice(seed)
    return [("" if place == 0 else " ") + dice.pick(_NOISE) for place in range(length)]


def call_tool(composition: Composition, request: dict[str, Any]) -> None:
    """Turn the answer into a call of the chosen tool, or of the first one."""
    function = _chosen(request)
    arguments = _document({**(function.get("parameters") or {}), "type": "object"})
    composition.tool = {"name": function.get("name", "unnamed"), "arguments": arguments}
    composition.pieces, composition.finish = [], "tool_calls"


def embeddings(request: dict[str, Any], seed: bytes) -> dict[str, Any]:
    """The document that answers an embeddings request: unit vectors, floats or base64 as asked."""
    given = request.get("input")
    texts = given if isinstance(given, list) and not isinstance(given[0], int) else [given]
    dimensions = int(request.get("dimensions") or _DIMENSIONS)
    if not 0 < dimensions <= _MOST_DIMENSIONS:
        raise ValueError("more dimensions than any provider has")
    packed = request.get("encoding_format") == "base64"
    data = [
        {
            "object": "embedding",
            "index": index,
            "embedding": _written(_vector(text, dimensions), packed=packed),
        }
        for index, text in enumerate(texts)
    ]
    counts = usage(request, 0)
    usage_given = {"prompt_tokens": counts["prompt_tokens"], "total_tokens": counts["prompt_tokens"]}
    model = request.get("model", "simulated")
    return {"object": "list", "data": data, "model": model, "usage": usage_given, "id": seed.hex()[:24]}


def sentences(dice: Dice, length: int) -> list[str]:
    """`length` words of plausible text, each with the space before it."""
    words: list[str] = []
    for word in _words(dice):
        words.append(word if not words else f" {word}")
        if len(words) == length:
            return words
    return words


def _words(dice: Dice) -> Iterator[str]:
    yield from dice.pick(_OPENINGS).split()
    while True:
        sentence = f"{dice.pick(_SUBJECTS)} {dice.pick(_VERBS)} {dice.pick(_OBJECTS)}."
        yield from sentence.split()


def _wants_tool(request: dict[str, Any]) -> bool:
    choice = request.get("tool_choice")
    return bool(request.get("tools")) and (choice == "required" or isinstance(choice, dict))


def _chosen(request: dict[str, Any]) -> dict[str, Any]:
    choice = request.get("tool_choice")
    named = choice.get("function", {}).get("name") if isinstance(choice, dict) else None
    functions: list[dict[str, Any]] = [tool.get("function", {}) for tool in request.get("tools") or [{}]]
    return next((function for function in functions if function.get("name") == named), functions[0])


def _said(simulation: Simulation, request: dict[str, Any], seed: bytes) -> tuple[list[str], bool]:
    """Words, or JSON where the request wants it, up to its cap; and whether that is all."""
    cap = request.get("max_completion_tokens") or request.get("max_tokens")
    schema = wanted_schema(request)
    if schema is None:
        begun = len(_begun(request).split())
        full = max(simulation.answer_tokens - begun, 1)
        words = sentences(Dice(seed), min(cap or full, full))
        return [f" {words[0]}", *words[1:]] if begun else words, not cap or cap >= full
    pieces: list[str] = _JSON_TOKEN.findall(_document(schema))
    return pieces[:cap], not cap or cap >= len(pieces)


def _begun(request: Mapping[str, Any]) -> str:
    """The beginning of the answer, where the request asks to go on with its last message, as vLLM's callers do."""
    last = request["messages"][-1] if request.get("messages") else {}
    goes_on = request.get("continue_final_message") is True and last.get("role") == "assistant"
    return str(last.get("content") or "") if goes_on else ""


def _document(schema: Mapping[str, Any]) -> str:
    return msgspec.json.encode(specimen(schema)).decode()


def _vector(text: Any, dimensions: int) -> list[float]:
    stream = hashlib.shake_256(str(text).encode()).digest(2 * dimensions)
    raw = [number / 32768.0 - 1.0 for number in struct.unpack(f"<{dimensions}H", stream)]
    norm = sum(value * value for value in raw) ** 0.5 or 1.0
    return [value / norm for value in raw]


def _written(vector: list[float], *, packed: bool) -> Any:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode() if packed else vector
