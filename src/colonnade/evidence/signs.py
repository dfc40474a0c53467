"""One pass over a text's bytes says which kinds of personal data it may hold; most texts hold none.

Every pattern here matches wherever its kind's own pattern can: the pass may name a kind that is not there, never miss
one that is. It runs on hyperscan, which reads two kilobytes in about two microseconds; where there is no hyperscan,
every kind may be there and is looked for by its own pattern.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache, cached_property
from typing import Any

try:
    import hyperscan
except ImportError:  # no wheel for this machine
    _FAST = False
else:
    _FAST = True

_BLANK = rb"[^\x21-\x7e]{0,30}"
"""Up to nine spaces of any alphabet, three bytes each."""

_LAST_DIGIT = 0x1FBF9
"""The last decimal digit of Unicode 16; a test looks for later ones."""

_NAMES = rb"(?:passw(?:or)?d|passphrase|secret|token|(?:api|access)[ _-]?key)"
SIGNS: dict[str, tuple[bytes, ...]] = {
    "email": (rb"@",),
    "secret": (
        rb"-----BEGIN",
        rb"(?:sk|pk|rk|ck)[-_]|gh[pousr]_|github_pat_|glpat-|AKIA|ASIA|AIza|xox|hf_|npm_|pypi-|eyJ",
        rb"(?i)" + _NAMES + rb"\"?" + _BLANK + rb"(?:[:=]|is)",
        rb"(?i)(?:bearer|basic)[^\x21-\x7e]",
    ),
    "iban": (rb"[A-Za-z]{2}[0-9]{2}",),
    "card": (rb"[0-9](?:[ -]?[0-9]){12}",),
    "ip": (rb"\.[0-9]{1,3}\.[0-9]{1,3}\.", rb":[0-9A-Fa-f]{0,4}:"),
    "phone": (rb"[0-9](?:[ ()./-]{0,2}[0-9]){6}",),
}
"""Kind -> what a text with it holds, in bytes; digits and letters are ASCII's."""

_FOLDED = "\u0130\u212a"
"""Letters outside ASCII whose lower case has an ASCII letter: a name of a secret may be spelled with them."""


class Signs:
    """The pass for some kinds; one object may be used by one thread at a time."""

    def __init__(self, kinds: Iterable[str]) -> None:
        self.kinds = tuple(kinds)
        self._told = [frozenset((kind,)) for kind in self.kinds for _ in SIGNS[kind]]
        self._told.append(frozenset(self.kinds))

    @cached_property
    def _database(self) -> Any:
        """Compiled for the first text, which takes a tenth of a second: not where no text is ever looked at."""
        signs = [sign for kind in self.kinds for sign in SIGNS[kind]]
        return _compiled([*signs, _strange()]) if signs else None

    def may_hold(self, raw: bytes) -> Collection[str]:
        """The kinds that a text may hold, of which `raw` is the UTF-8; in no order."""
        if self._database is None:
            return self.kinds
        found: set[str] = set()
        self._database.scan(raw, match_event_handler=self._note, context=found)
        return found

    def _note(self, number: int, _start: int, _end: int, _flags: int, found: set[str]) -> None:
        found.update(self._told[number])


@cache
def _strange() -> bytes:
    """What the signs do not know, so that every kind may be there: digits of other alphabets, and foldings."""
    digits = (chr(point) for point in range(128, _LAST_DIGIT + 1) if chr(point).isdecimal())
    known: dict[bytes, list[int]] = {}
    for character in (*digits, *_FOLDED):
        *before, last = character.encode()
        known.setdefault(bytes(before), []).append(last)
    ends = (_escaped(before) + b"[" + _escaped(bytes(last)) + b"]" for before, last in known.items())
    return b"(?:" + b"|".join(ends) + b")"


def _escaped(raw: bytes) -> bytes:
    return b"".join(b"\\x%02x" % byte for byte in raw)


def _compiled(signs: list[bytes]) -> Any:
    if not _FAST:
        return None
    database = hyperscan.Database()
    flags = [hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_DOTALL] * len(signs)
    database.compile(expressions=signs, ids=list(range(len(signs))), elements=len(signs), flags=flags)
    return database
