"""What is here is found without a network, and verified as honestly as is said."""

import os
from pathlib import Path

import pytest
from carrying import TOKENIZER, WEIGHTS, Desk, Heard, Listing, file, publishing, sha256

from colonnade.errors import SetupError
from colonnade.registry.models import ModelStore, known_models
from colonnade.registry.models.cache import cache_folder

TWO_FILES = (file("w.bin", WEIGHTS), file("t.json", TOKENIZER))


@pytest.fixture
def own(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "w.bin").write_bytes(WEIGHTS)
    (folder / "t.json").write_bytes(TOKENIZER)
    return folder


def test_a_path_that_the_user_names_wins_over_everything(desk: Desk, own: Path) -> None:
    desk.environment["COLONNADE_MODEL_TWO_1_5"] = str(own)
    with publishing({"w.bin": WEIGHTS}) as site:
        listing = Listing().model(
            "two-1.5", file("w.bin", WEIGHTS, urls=(f"{site.url}/w.bin",)), file("t.json", TOKENIZER)
        )
        found = desk.store(listing).ensure("two-1.5")
    assert found.paths == {"w.bin": own / "w.bin", "t.json": own / "t.json"}
    assert site.asked == []


def test_a_path_to_the_weights_finds_the_files_beside_them(desk: Desk, own: Path) -> None:
    desk.environment["COLONNADE_MODEL_TWO"] = str((own / "w.bin").rename(own / "renamed.bin"))
    found = desk.store(Listing().model("two", *TWO_FILES)).find("two")
    assert found is not None
    assert found.weights == own / "renamed.bin"


def test_a_named_path_with_other_content_is_refused_and_named(desk: Desk, own: Path) -> None:
    (own / "w.bin").write_bytes(WEIGHTS[:-1])
    desk.environment["COLONNADE_MODEL_TWO"] = str(own)
    with pytest.raises(SetupError, match=f"COLONNADE_MODEL_TWO names .*expected sha256 {sha256(WEIGHTS)}"):
        desk.store(Listing().model("two", *TWO_FILES)).ensure("two")


def test_a_named_path_without_a_file_is_refused(desk: Desk) -> None:
    desk.environment["COLONNADE_MODEL_TWO"] = "/nowhere/at/all"
    with pytest.raises(SetupError, match="there is no such file"):
        desk.store(Listing().model("two", *TWO_FILES)).find("two")


def test_files_can_be_taken_into_the_cache(desk: Desk, own: Path) -> None:
    store, heard = desk.store(Listing().model("two", *TWO_FILES)), Heard()
    taken = store.take("two", own, heard)
    assert store.find("two") == taken
    assert taken.weights.read_bytes() == WEIGHTS
    assert taken.weights.is_relative_to(desk.cache)


def test_a_wrong_file_is_not_taken(desk: Desk, own: Path) -> None:
    (own / "t.json").write_bytes(b"{}")
    store = desk.store(Listing().model("two", *TWO_FILES))
    with pytest.raises(SetupError, match=f"t.json: wrong digest: expected sha256 {sha256(TOKENIZER)}"):
        store.take("two", own)
    assert store.find("two") is None


def test_a_damaged_file_counts_as_not_here_and_is_obtained_again(desk: Desk, own: Path) -> None:
    store = desk.store(Listing().model("two", *TWO_FILES))
    place = store.take("two", own).weights
    place.write_bytes(WEIGHTS[:-1] + b"?")
    assert store.find("two") is None
    assert store.take("two", own).weights.read_bytes() == WEIGHTS


def test_verifying_sees_what_a_stamp_hides(desk: Desk, own: Path) -> None:
    """Same size, same time of change, same inode: the quick look is deceived, the hash is not."""
    store = desk.store(Listing().model("two", *TWO_FILES))
    place = store.take("two", own).weights
    before = place.stat()
    with place.open("r+b") as stream:
        stream.write(b"?")
    os.utime(place, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert store.find("two") is not None
    weights, tokenizer = store.verify("two")
    assert not weights.intact
    assert tokenizer.intact


def test_a_stamp_of_nonsense_only_costs_time(desk: Desk, own: Path) -> None:
    store = desk.store(Listing().model("two", *TWO_FILES))
    store.take("two", own)
    for stamp in (desk.cache / "verified").iterdir():
        stamp.write_bytes(b"\xff not json")
    assert store.find("two") is not None


def test_an_unknown_model_is_answered_with_the_nearest() -> None:
    with pytest.raises(SetupError, match=r"did you mean bge-small-en-v1\.5-int8"):
        ModelStore().entry("bge-small-en-v1.5")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not = = toml", "Invalid"),
        ('[[model]]\nname = "x"', "missing required field"),
        (
            Listing().model("x", file("w", WEIGHTS).replace(sha256(WEIGHTS), "abc")).text,
            r"\$\[0\].file\[0\].sha256",
        ),
        (Listing().model("x", file("../w", WEIGHTS)).text, r"\$\[0\].file\[0\].name"),
        (Listing().model("x", file("w", WEIGHTS, urls=("file:///etc/passwd",))).text, "urls"),
        (Listing().model("x", file("w", WEIGHTS, carrier="--index-url=x", member="m")).text, "package"),
    ],
)
def test_faults_of_an_own_listing_are_named(desk: Desk, text: str, said: str) -> None:
    with pytest.raises(SetupError, match=said):
        desk.store(Listing(text))


def test_the_shipped_models_are_complete() -> None:
    store = ModelStore()
    assert known_models({}) == {
        "qwen2.5-coder-0.5b-instruct-q4_k_m", "qwen2.5-coder-1.5b-instruct-q4_k_m", "smollm2-135m-instruct-q4_1",
        "bge-small-en-v1.5-int8", "ms-marco-minilm-l-12-v2-int8",
    }  # fmt: skip
    for name in known_models({}):
        entry = store.entry(name)
        assert "icen" in entry.notice_text()
        assert all(file.carrier for file in entry.file)
        assert (entry.dimensions is not None) == (entry.purpose == "embedding")


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"COLONNADE_CACHE": "/a", "XDG_CACHE_HOME": "/b"}, "/a/models"),
        ({"XDG_CACHE_HOME": "/b"}, "/b/colonnade/models"),
        ({"XDG_CACHE_HOME": "relative"}, str(Path.home() / ".cache/colonnade/models")),
        ({}, str(Path.home() / ".cache/colonnade/models")),
    ],
)
def test_the_cache_lies_where_the_user_keeps_caches(environment: dict[str, str], folder: str) -> None:
    assert str(cache_folder(environment)) == folder
