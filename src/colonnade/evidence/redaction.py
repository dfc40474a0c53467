"""Personal data and secrets are taken out of text before any of it is stored.

One pass (`signs.py`) says which kinds a text may hold; only those are looked for. Where that pass is not to be had,
each kind begins with a pre-check of its own, so that ordinary text costs little there, too.
Found text is replaced by its kind in brackets: `[email]`, `[card]`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal

from colonnade.evidence.iban import IBAN_LENGTHS
from colonnade.evidence.signs import Signs

Kind = Literal["email", "phone", "card", "iban", "ip", "secret"]
Redact = Callable[[str], str]

# Every repetition that can fail after it began is bounded: hostile text must not cost quadratic time.
_OTHER_DIGIT = re.compile(r"[^\D0-9]")
_EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_PEM = re.compile(
    r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z)", re.DOTALL
)
_TOKEN = re.compile(
    r"\b(?:"
    r"(?:sk|pk|rk|ck)[-_][A-Za-z0-9_-]{16,}"
    r"|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}\b|AIza[A-Za-z0-9_-]{30,}|xox[abprs]-[A-Za-z0-9-]{10,}"
    r"|hf_[A-Za-z0-9]{20,}|npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{30,}"
    r"|eyJ[A-Za-z0-9_-]{8,500}\.[A-Za-z0-9_-]{8,4000}\.[A-Za-z0-9_-]*"
    r")"
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{12,}")
_NAMES = {
    "passw": ("password", "passwd"),
    "key": ("apikey", "api key", "api_key", "api-key", "accesskey", "access key", "access_key", "access-key"),
    **{name: (name,) for name in ("passphrase", "secret", "token")},
}
_NAMED_VALUE = re.compile(
    r"(\"?\s{0,9}(?:[:=]|\bis\b)\s{0,9})(?:\"[^\"\n]{6,400}\"|'[^'\n]{6,400}'|(?=\S{0,200}\d)\S{8,})"
)
_PEM_SIGN = "-----BEGIN"
_TOKEN_SIGNS = {
    "_": (
        "sk_", "pk_", "rk_", "ck_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "hf_", "npm_"
    ),
    "k-": ("sk-", "pk-", "rk-", "ck-"),
    **{sign: (sign,) for sign in ("glpat-", "pypi-", "AKIA", "ASIA", "AIza", "xox", "eyJ")},
}  # fmt: skip
"""What most texts lack -> the beginnings of keys that cannot be there without it."""
_CARD = re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?!\d)")
_IBAN = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{2})\d{2}(?=[ -]?[A-Za-z0-9])")
_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?!\d|\.\d)")
_IPV6 = re.compile(
    r"(?<![\w:])(?=[0-9A-Fa-f:.]*\d)[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:\.\d{1,3}){0,3}(?![\w:])"
)
# What the patterns above cannot match without. A pattern that begins with one set of characters is searched in a
# tight loop, one that begins by looking behind is tried at every character: ten times slower on ordinary text.
_DIGITS_OF_CARD = re.compile(r"[0-9](?:[ -]?[0-9]){12}")
_DIGITS_OF_PHONE = re.compile(r"[0-9](?:[ ()./-]{0,2}[0-9]){6}")
_DIGITS_OF_IBAN = re.compile(r"[0-9](?<=[A-Za-z]{2}[0-9])[0-9]")
_PART_OF_IPV4 = re.compile(r"\.\d{1,3}\.\d{1,3}\.")
_PART_OF_IPV6 = re.compile(r":[0-9A-Fa-f]{0,4}:")
_PHONE = re.compile(r"(?<![\w.+-])(?:\+|00)?\(?\d(?:[ ()./-]{0,2}\d){6,14}(?![\w-])")
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b")
_NORTH_AMERICAN = re.compile(r"\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}")
_SEPARATORS = re.compile(r"[ ()./-]")


class Redactor:
    """Takes the named kinds out of a text; instances are plain callables `(str) -> str`."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        wanted = set(kinds)
        # Secrets first: they may contain what looks like another kind. Phones last: theirs is the loosest shape.
        self.kinds: tuple[Kind, ...] = tuple(kind for kind in _STEPS if kind in wanted)
        self._signs = Signs(self.kinds)

    def __call__(self, text: str) -> str:
        """The text without what was found."""
        possible = self._signs.may_hold(text.encode("utf-8", "surrogatepass"))
        for kind in self.kinds if possible else ():
            if kind in possible:
                text = _STEPS[kind](text)
        return text


def redact_email(text: str) -> str:
    """Mail addresses."""
    return _EMAIL.sub("[email]", text) if "@" in text else text


def redact_secret(text: str) -> str:
    """Private keys in PEM, keys of known shapes, bearer tokens, and values named as passwords or tokens."""
    if _PEM_SIGN in text:
        text = _PEM.sub("[secret]", text)
    text = _without_tokens(text)
    lowered = text.replace("\u0130", "i").lower()  # the one letter whose lower case is longer
    text = _without_named_values(text, lowered)
    if "bearer" in lowered or "basic" in lowered:
        text = _BEARER.sub(r"\1 [secret]", text)
    return text


def redact_card(text: str) -> str:
    """Card numbers of 13 to 19 digits whose check digit is right (Luhn)."""
    if not _may_hold(_DIGITS_OF_CARD, text):
        return text
    return _CARD.sub(lambda found: "[card]" if _luhn(found[0]) else found[0], text)


def redact_iban(text: str) -> str:
    """Account numbers with the length of their country and right check digits (ISO 13616)."""
    if not _may_hold(_DIGITS_OF_IBAN, text):
        return text
    parts: list[str] = []
    done = 0
    for found in _IBAN.finditer(text):
        end = _iban_end(text, found) if found.start() >= done else None
        if end is not None:
            parts += (text[done : found.start()], "[iban]")
            done = end
    return "".join((*parts, text[done:])) if parts else text


def redact_ip(text: str) -> str:
    """Addresses of both families."""
    if _PART_OF_IPV4.search(text):
        text = _IPV4.sub(_address, text)
    return _IPV6.sub(_address, text) if _PART_OF_IPV6.search(text) else text


def redact_phone(text: str) -> str:
    """Telephone numbers: international, with a leading zero, or of the North American shape."""
    if not _may_hold(_DIGITS_OF_PHONE, text):
        return text
    return _PHONE.sub(lambda found: "[phone]" if _is_phone(found[0]) else found[0], text)


_STEPS: dict[Kind, Redact] = {
    "secret": redact_secret,
    "email": redact_email,
    "iban": redact_iban,
    "card": redact_card,
    "ip": redact_ip,
    "phone": redact_phone,
}


def _places(words: Mapping[str, tuple[str, ...]], text: str) -> Iterator[re.Match[str]]:
    """Where any of the words stands; looks for what they share first."""
    for shared, those in words.items():
        if shared in text:
            for word in those:
                if word in text:
                    yield from re.finditer(word, text)


def _without_tokens(text: str) -> str:
    """Keys of known shapes, tried only where one can begin."""
    starts = sorted(place.start() for place in _places(_TOKEN_SIGNS, text))
    parts: list[str] = []
    done = 0
    for start in starts:
        found = _TOKEN.match(text, start) if start >= done else None
        if found is not None:
            parts += (text[done:start], "[secret]")
            done = found.end()
    return "".join((*parts, text[done:])) if parts else text


def _without_named_values(text: str, lowered: str) -> str:
    """Values that stand behind a name of a secret: `password: ...`, `my token is ...`."""
    ends = sorted({place.end() for place in _places(_NAMES, lowered)})
    parts: list[str] = []
    done = 0
    for end in ends:
        found = _NAMED_VALUE.match(text, end) if end >= done else None
        if found is not None:
            parts += (text[done : found.end(1)], "[secret]")
            done = found.end()
    return "".join((*parts, text[done:])) if parts else text


def _may_hold(digits: re.Pattern[str], text: str) -> bool:
    """Whether a pattern that needs these digits can match; digits of other scripts are rare and always looked at."""
    return digits.search(text) is not None or (not text.isascii() and _OTHER_DIGIT.search(text) is not None)


def _luhn(number: str) -> bool:
    digits = [int(character) for character in reversed(number) if character.isdigit()]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return any(digits) and (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _iban_end(text: str, found: re.Match[str]) -> int | None:
    """Where the account number that begins at `found` ends, None if it is none."""
    length = IBAN_LENGTHS.get(found[1].upper())
    if length is None:
        return None
    symbols: list[str] = []
    place = found.start()
    while len(symbols) < length and place < len(text):
        symbol = text[place]
        if symbol.isascii() and symbol.isalnum():
            symbols.append(symbol.upper())
        elif symbol not in " -" or text[place - 1] in " -":
            return None
        place += 1
    followed = place < len(text) and text[place].isalnum()
    return place if len(symbols) == length and not followed and _iban_valid(symbols) else None


def _iban_valid(symbols: list[str]) -> bool:
    """ISO 7064, MOD 97-10: letters count from A = 10, the first four symbols go last."""
    return int("".join(str(int(symbol, 36)) for symbol in (*symbols[4:], *symbols[:4]))) % 97 == 1


def _address(found: re.Match[str]) -> str:
    try:
        ipaddress.ip_address(found[0])
    except ValueError:
        return found[0]
    return "[ip]"


def _is_phone(number: str) -> bool:
    if _NORTH_AMERICAN.fullmatch(number):
        return True
    if _DATE.match(number):
        return False
    digits = _SEPARATORS.sub("", number).lstrip("+")
    if number.startswith(("+", "00")):
        return 8 <= len(digits) <= 17
    return number.lstrip("(").startswith("0") and 8 <= len(digits) <= 13
