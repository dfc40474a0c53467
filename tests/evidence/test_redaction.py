"""Each kind of personal data is found where it stands, and ordinary text is left alone."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.evidence import signs
from colonnade.evidence.redaction import Redactor

KINDS = ("email", "phone", "card", "iban", "ip", "secret")
everything = Redactor(KINDS)

FOUND = [
    ("mail ann.b+x@mail.example.co.uk now", "mail [email] now"),
    ("<ü.name@exämple.org>", "<[email]>"),
    ("call +49 30 1234567 today", "call [phone] today"),
    ("call 0049 (30) 123-4567", "call [phone]"),
    ("phone: (212) 555-0123.", "phone: [phone]."),
    ("tel 030/1234567", "tel [phone]"),
    ("card 4111 1111 1111 1111 ok", "card [card] ok"),
    ("amex 378282246310005", "amex [card]"),
    ("pay to DE89 3704 0044 0532 0130 00 OK", "pay to [iban] OK"),
    ("gb29nwbk60161331926819,", "[iban],"),
    ("NO9386011117947 and FR1420041010050500013M02606", "[iban] and [iban]"),
    ("from 192.168.1.77.", "from [ip]."),
    ("host 2001:db8::ff00:42:8329 answers", "host [ip] answers"),
    ("Authorization: Bearer abc.def-123456789", "Authorization: Bearer [secret]"),
    ("key sk-proj-abcdefghijklmnop1234", "key [secret]"),
    ("ck-0a1b2c3d4e5f-" + "x" * 43, "[secret]"),
    ("AKIAIOSFODNN7EXAMPLE", "[secret]"),
    ('password = "correct horse"', "password = [secret]"),
    ("my api key is a1b2c3d4e5", "my api key is [secret]"),
    ("a -----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY----- b", "a [secret] b"),
    ("-----BEGIN PRIVATE KEY-----\ncut off", "[secret]"),
]

INNOCENT = [
    "On 2026-11-22 at 10:30:45 we served 1,234,567 requests in 01.02.2024.",
    "Version 1.2.3 costs 1000.50 EUR; see RFC 9110 and ISO 13616.",
    "4111 1111 1111 1112 has a wrong check digit",
    "DE88 3704 0044 0532 0130 00 too",
    "std::vector and a::b, 999.1.1.1, @mention, a@b",
    "The password is needed. The token expires. Tokens: 512",
    "order 123456789012 of 500000000",
    "0 results, 0.95 share, 007",
    "",
]


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_found(text, expected):
    assert everything(text) == expected


@pytest.mark.parametrize("text", INNOCENT)
def test_left_alone(text):
    assert everything(text) == text


def test_only_the_kinds_that_are_named_go():
    text = "ann@example.org 192.168.1.77"
    assert Redactor(["ip"])(text) == "ann@example.org [ip]"
    assert Redactor([])(text) == text


@given(st.text())
def test_redacting_twice_changes_nothing_more(text):
    once = everything(text)
    assert everything(once) == once


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "1",
        "1 ",
        "a@",
        "a.",
        ":",
        "1.",
        "-----BEGIN PRIVATE KEY-----",
        "token=",
        'token="',
        "token ",
        "eyJ-",
        "bearer ",
        "é",
    ],
)
def test_hostile_text_takes_no_more_than_linear_time(piece):
    """A tenth of a second for 200 kB would still be slow; quadratic search would take minutes."""
    text = piece * (200_000 // len(piece))
    started = time.process_time()
    everything(text)
    assert time.process_time() - started < 3.0


PIECES = st.one_of(
    st.sampled_from([text for text, _ in FOUND]),
    st.sampled_from(["pass", "PassWord", "to\u212aen", "AP\u0130 key", " is ", ":", "=", "\u00a0", "\u3000", "s3cretValue99", "-", "_", "@"]),
    st.text(alphabet="0123456789 +-()./:abcdefXY@\u0661\u0967\uff11\U0001d7d8", max_size=24),
    st.text(max_size=6),
)  # fmt: skip


@given(st.lists(PIECES, max_size=8))
def test_the_pass_over_all_signs_misses_nothing_that_a_kind_itself_would_find(pieces):
    text = "".join(pieces)
    everywhere = Redactor(KINDS)
    everywhere._signs._database = None  # as where there is no hyperscan: every kind is looked for
    assert everything(text) == everywhere(text)


def test_no_digit_of_this_python_is_beyond_the_last_known():
    digits = [point for point in range(0x110000) if chr(point).isdecimal()]
    assert digits[-1] <= signs._LAST_DIGIT


def test_ordinary_text_is_looked_at_once():
    assert not everything._signs.may_hold(b"A drill counts when its witness saw the fault, at 9 o'clock.")
