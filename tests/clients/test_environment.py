"""A client that cannot be had costs its tests with a reason; a list of ours that is wrong fails them."""

from __future__ import annotations

import sys

import environment
import pytest


def said(words: str, code: int = 1) -> list[str]:
    return [sys.executable, "-c", f"import sys; sys.stderr.write({words!r}); sys.exit({code})"]


def test_a_package_that_cannot_be_had_is_named_with_the_reason() -> None:
    with pytest.raises(environment.NotToBeHad, match=r"^clients cannot be had: No route to host$"):
        environment.obtain(said("trying\nNo route to host\n\n"), "clients")


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(environment.NotToBeHad, match="clients cannot be had"):
        environment.obtain(["/nowhere/npm", "ci"], "clients")


@pytest.mark.parametrize("words", environment.OUR_FAULT)
def test_a_list_that_is_wrong_leaves_no_test_out(words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        environment.obtain(said(f"ERROR: {words}"), "clients")


def test_a_command_that_succeeds_says_nothing() -> None:
    environment.obtain(said("a warning", code=0), "clients")


def test_the_lists_name_no_registry() -> None:
    for file in (environment.LIST, environment.HERE / "package-lock.json"):
        text = file.read_text(encoding="utf-8")
        assert '"resolved"' not in text
        assert "index-url" not in text
