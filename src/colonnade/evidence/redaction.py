"""Personal data and secrets are taken out of text before any of it is stored.

Each kind begins with a pre-check that most texts fail in a microsecond, so that ordinary text costs little.
Found text is replaced by its kind in brackets: `[email]`, `[card]`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from typing import Literal

from colonnade.evidence.iban import IBAN_LENGTHS

Kind = Literal["email", "phone", "card", "iban", "ip", "secret"]
Redact = Callable[[str], str]

# Every repetition that can fail after it began is bounded: hostile text must not cost quadratic time.
_DIGIT = re.compile(r"\d")
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
_NAMES = (
    "password", "passwd", "passphrase", "secret", "token", "apikey", "api key", "api_key", "api-key",
    "accesskey", "access key", "access_key", "access-key",
)  # fmt: skip
_NAMED_VALUE = re.compile(
    r"(\"?\s{0,9}(?:[:=]|\bis\b)\s{0,9})(?:\"[^\"\n]{6,400}\"|'[^'\n]{6,400}'|(?=\S{0,200}\d)\S{8,})"
)
_SECRET_SIGNS = (
    "-----BEGIN", "sk-", "sk_", "pk-", "pk_", "rk_", "ck-", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "AKIA", "ASIA", "AIza", "xox",
    "hf_", "npm_", "pypi-", "eyJ",
)  # fmt: skip
_CARD = re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?!\d)")
_IBAN = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{2})\d{2}(?=[ -]?[A-Za-z0-9])")
_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?!\d|\.\d)")
_IPV6 = re.compile(
    r"(?<![\w:])(?=[0-9A-Fa-f:.]*\d)[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:\.\d{1,3}){0,3}(?![\w:])"
)
_PHONE = re.compile(r"(?<![\w.+-])(?:\+|00)?\(?\d(?:[ ()./-]{0,2}\d){6,14}(?![\w-])")
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b")
_NORTH_AMERICAN = re.compile(r"\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}")
_SEPARATORS = re.compile(r"[ ()./-]")


class Redactor:
    """Takes the named kinds out of a text; instances are plain callables `(str) -> str`."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        wanted = set(kinds)
        # Secrets first: they may contain what looks like another kind. Phones last: theirs is the loosest shape.
        self._steps: tuple[Redact, ...] = tuple(step for kind, step in _STEPS.items() if kind in wanted)

    def __call__(self, text: str) -> str:
        """The text without what was found."""
        for step in self._steps:
            text = step(text)
        return text


def redact_email(text: str) -> str:
    """Mail addresses."""
    return _EMAIL.sub("[email]", text) if "@" in text else text


def redact_secret(text: str) -> str:
    """Private keys in PEM, keys of known shapes, bearer tokens, and values named as passwords or tokens."""
    if any(sign in text for sign in _SECRET_SIGNS):
        text = _TOKEN.sub("[secret]", _PEM.sub("[secret]", text))
    lowered = text.replace("\u0130", "i").lower()  # the one letter whose lower case is longer
    if any(name in lowered for name in _NAMES):
        text = _without_named_values(text, lowered)
    if "bearer" in lowered or "basic" in lowered:
        text = _BEARER.sub(r"\1 [secret]", text)
    return text


def redact_card(text: str) -> str:
    """Card numbers of 13 to 19 digits whose check digit is right (Luhn)."""
    return (
        _CARD.sub(lambda found: "[card]" if _luhn(found[0]) else found[0], text) if _has_digit(text) else text
    )


def redact_iban(text: str) -> str:
    """Account numbers with the length of their country and right check digits (ISO 13616)."""
    if not _has_digit(text):
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
    if "." in text and _has_digit(text):
        text = _IPV4.sub(_address, text)
    return _IPV6.sub(_address, text) if text.count(":") > 1 else text


def redact_phone(text: str) -> str:
    """Telephone numbers: international, with a leading zero, or of the North American shape."""
    return (
        _PHONE.sub(lambda found: "[phone]" if _is_phone(found[0]) else found[0], text)
        if _has_digit(text)
        else text
    )


_STEPS: dict[Kind, Redact] = {
    "secret": redact_secret,
    "email": redact_email,
    "iban": redact_iban,
    "card": redact_card,
    "ip": redact_ip,
    "phone": redact_phone,
}


def _without_named_values(text: str, lowered: str) -> str:
    """Values that stand behind a name of a secret: `password: ...`, `my token is ...`."""
    ends = sorted({place.end() for name in _NAMES if name in lowered for place in re.finditer(name, lowered)})
    parts: list[str] = []
    done = 0
    for end in ends:
        found = _NAMED_VALUE.match(text, end) if end >= done else None
        if found is not None:
            parts += (text[done : found.end(1)], "[secret]")
            done = found.end()
    return "".join((*parts, text[done:])) if parts else text


def _has_digit(text: str) -> bool:
    """Ten searches in C are faster than one by a pattern; other scripts' digits are rare enough for that."""
    return any(digit in text for digit in "0123456789") or (
        not text.isascii() and _DIGIT.search(text) is not None
    )


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
