"""Files that nobody should have to read, and files of tools with parts of them turned into something else."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from colonnade.review.adapters.material import Material

MARKUP = "<script>alert(1)</script>\x1b[31m[red]{{7*7}}\x00\u202e"
VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 10**18, 1e308, "", "x" * 5000, MARKUP, [], {}, [[]], [None], {"": None}, {MARKUP: [MARKUP]},
    "nan", "9999-99-99", ["a", 1, {}],
)  # fmt: skip
FILES: dict[str, bytes] = {
    "nothing": b"",
    "spaces": b"  \n\t ",
    "zeros": bytes(300),
    "no UTF-8": b"\xff\xfe\xfd{}",
    "markup": MARKUP.encode(),
    "a word": b'"word"',
    "a number": b"-1e308",
    "nothing at all": b"null",
    "an empty mapping": b"{}",
    "an empty list": b"[]",
    "a list of all sorts": json.dumps(list(VALUES)).encode(),
    "deep": b"[" * 100_000,
    "deep mappings": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "torn": b'{"format_version": "1.2", "resource_changes": [{',
    "a bomb": b"a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c,*c]",
    "a circle": b"a: &a\n  b: *a",
    "XML": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>',
    "lines": b"\n".join([b'{"a": 1}', b"{", b"", b"null"]),
    "commas": b'a,b,c\n1,2\n"torn',
    "many": b"[" + b",".join([b"{}"] * 20_000) + b"]",
}


def materials(names: tuple[str, ...] = ("file.json",)) -> Iterator[tuple[str, Material]]:
    """Every hostile file, under a name that the adapter looks for."""
    for what, data in FILES.items():
        for name in names:
            yield what, Material(name, data, Path(name))


def disturbed(value: Any, seed: int, share: float = 0.03) -> Any:
    """The value with some of its parts replaced, left out or moved, the same ones for the same seed."""
    return _disturbed(value, random.Random(seed), share)


def _disturbed(value: Any, chance: random.Random, share: float) -> Any:
    if chance.random() < share:
        return chance.choice(VALUES)
    if isinstance(value, dict):
        kept = {name: each for name, each in value.items() if chance.random() >= share / 4}
        return {name: _disturbed(each, chance, share) for name, each in kept.items()}
    if isinstance(value, list):
        return [_disturbed(each, chance, share) for each in value]
    return value
