"""Whatever is wrong with the form of `workload.yaml` is named with its place, quickly and without a traceback."""

from __future__ import annotations

import os
import time

import pytest


def only(faults):
    assert len(faults) == 1, [str(fault) for fault in faults]
    return faults[0]


def test_the_minimal_workload_has_no_faults(faults):
    assert faults() == []


@pytest.mark.parametrize(
    ("content", "problem", "place"),
    [
        (b"", "is empty", (0, 0)),
        (b"# only a comment\n", "is empty", (0, 0)),
        (b"- a\n- b\n", "the whole must be a mapping", (1, 1)),
        (b"just words\n", "the whole must be a mapping", (1, 1)),
        (b"name: [unclosed\n", "is not YAML", (2, 1)),
        (b"a: 1\n---\nb: 2\n", "a second document begins", (2, 1)),
        (b"name: caf\xe9\n", "is not UTF-8 text", (1, 10)),
        (b"\xef\xbb\xbfname: x\n", "begins with a byte order mark", (1, 1)),
        ("name: x\n".encode("utf-16"), "begins with a byte order mark", (1, 1)),
        (b"name: a\x00b\n", "is not YAML", (0, 0)),
        (b"name: a\nslo:\n\tlatency_p95_ms: 5\n", "is indented with a tab", (3, 1)),
        (b"colonnade: 1\n? [a, b]\n: 3\n", "a key must be a single word", (2, 3)),
    ],
)
def test_forms_that_are_no_workload(folder, faults, content, problem, place):
    (folder / "workload.yaml").write_bytes(content)
    named = [fault for fault in faults() if fault.problem.startswith(problem)]
    assert (named[0].line, named[0].column) == place


def test_every_line_that_is_indented_with_a_tab_is_named(folder, faults):
    (folder / "workload.yaml").write_text("name: x\nslo:\n\tlatency_p95_ms: 5\n\tavailability: 1\n")
    assert [fault.line for fault in faults()] == [3, 4]


def test_a_ten_megabyte_file_is_refused_unread(folder, faults):
    (folder / "workload.yaml").write_bytes(b"a: " + b"x" * 10_000_000)
    started = time.monotonic()
    assert only(faults()).problem == "is too large"
    assert time.monotonic() - started < 0.5


def test_a_billion_laughs_are_refused_at_every_reference(folder, faults):
    bomb = ['a0: &a0 ["ha"]'] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    (folder / "workload.yaml").write_text("\n".join(bomb))
    started = time.monotonic()
    found = faults()
    assert time.monotonic() - started < 2
    assert sum(fault.problem == "sets an anchor" for fault in found) == 12
    assert sum(fault.problem == "refers to an anchor" for fault in found) == 99


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_deep_nesting_is_refused(folder, faults, opening):
    (folder / "workload.yaml").write_text(
        "a: " + opening * 5000 if opening != "- " else "a:\n " + "- " * 5000 + "x"
    )
    assert "deep" in faults()[0].problem


def test_a_file_of_very_many_values_is_refused(folder, faults):
    (folder / "workload.yaml").write_text("stakeholders: [" + "1, " * 200_000 + "1]")
    started = time.monotonic()
    assert "more than 20000 values" in faults()[0].problem
    assert time.monotonic() - started < 5


def test_anchors_aliases_merge_keys_and_tags_are_refused_where_they_stand(edit, faults):
    edit("  problem: Borrowers", "  problem: &p Borrowers")
    edit("description: Answers", "description: !!str Answers")
    edit("  reason: A stock", "  <<: {reason: x}\n  reason: A stock")
    edit("owner: Noor Haddad\n    query", "owner: *p\n    query")
    assert [(fault.line, fault.problem, fault.value) for fault in faults()] == [
        (4, "carries a tag", "!!str"),
        (7, "sets an anchor", "&p"),
        (30, "refers to an anchor", "*p"),
        (41, "is a merge key", "<<"),
    ]


def test_a_key_that_is_written_twice_names_the_first(edit, faults):
    edit("labels: {team", "slo: {latency_p95_ms: 1}\nlabels: {team")
    fault = only(faults())
    assert fault.problem == "is written twice"
    assert fault.remedy == "it already stands on line 79; keep one of them"


def test_norway_is_text_and_yes_is_no_boolean(edit, faults):
    edit(
        'placement: {current: "local:DE", permitted: ["local:DE"]}',
        "placement: {current: no, permitted: [no]}",
    )
    edit("  pii: false", "  pii: no")
    fault = only(faults())
    assert (fault.where, fault.problem, fault.remedy) == (
        "facts.pii",
        "must be `true` or `false`",
        "write `false`",
    )


@pytest.mark.parametrize(
    "written", ["5_000", "0o17", "0x1F", "007", "5000ms", "2026-01-01", '"5000"', ".inf", "1:30"]
)
def test_only_plain_decimal_numbers_are_numbers(edit, faults, written):
    edit("latency_p95_ms: 5000", f"latency_p95_ms: {written}")
    fault = only(faults())
    assert fault.problem == "must be a number"
    assert fault.value == written.strip('"')
    assert "write digits" in fault.remedy


@pytest.mark.parametrize("written", ["5000", "5e3", "5000.0", "+5000", "5.0e+3"])
def test_decimal_numbers_are_read(folder, edit, faults, written):
    edit("latency_p95_ms: 5000", f"latency_p95_ms: {written}")
    assert faults() == []


def test_a_missing_file_and_a_folder_in_its_place(folder, faults):
    (folder / "workload.yaml").unlink()
    assert "colonnade init" in only(faults()).remedy
    (folder / "workload.yaml").mkdir()
    assert only(faults()).problem == "is not a file"


def test_a_pipe_in_place_of_the_file_does_not_block(folder, faults):
    (folder / "workload.yaml").unlink()
    os.mkfifo(folder / "workload.yaml")
    assert only(faults()).problem == "is not a file"


def test_faults_stay_on_one_line_and_short(edit, faults):
    edit("  hosting: self", '  hosting: "\\e[31m\\n' + "x" * 300 + '"')
    edit("labels:", f"{'y' * 5000}: 1\nlabels:")
    for fault in faults():
        assert str(fault).replace("\n    ", "").isprintable()
        assert len(str(fault)) < 1000


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("upstreams:\n", "upstreams:\n" + "".join(f"  u{n}: 1\n" for n in range(9000))),
        ("labels:", "".join(f"key{n}: 1\n" for n in range(18_000)) + "labels:"),
        ("models:\n", "models:\n" + "".join(f"  m{n}: {{upstream: u{n}}}\n" for n in range(6000))),
    ],
)
def test_thousands_of_faults_are_named_soon(edit, faults, old, new):
    edit(old, new)
    edit("  answer:\n", "".join(f"  r{n}: {{model: k{n}}}\n" for n in range(400)) + "  answer:\n")
    started = time.monotonic()
    assert len(faults()) > 400
    assert time.monotonic() - started < 20
