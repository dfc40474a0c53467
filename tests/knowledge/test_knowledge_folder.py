"""A folder becomes documents and named rejects; nothing in it stops the reading."""

import hashlib
import os
from pathlib import Path

import pytest
from tiny_pdf import pdf

from colonnade.errors import SetupError
from colonnade.knowledge.folder import read_folder


def test_documents_are_known_by_relative_path_and_digest_of_their_bytes(tmp_path: Path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "page.HTML").write_text("<h1>Page</h1>words")
    (tmp_path / "a.txt").write_text("words")
    (tmp_path / "c.pdf").write_bytes(pdf([["words"]]))
    corpus = read_folder(tmp_path)
    assert [document.id for document in corpus.documents] == ["a.txt", "b/page.HTML", "c.pdf"]
    assert [document.title for document in corpus.documents] == ["a", "Page", "c"]
    assert corpus.documents[0].version == "sha256:" + hashlib.sha256(b"words").hexdigest()
    assert corpus.rejects == ()


def test_every_bad_file_is_named_with_its_reason(tmp_path: Path):
    folder = tmp_path / "knowledge"
    folder.mkdir()
    (tmp_path / "outside.md").write_text("# secret\n\nwords")
    (folder / "good.md").write_text("# Good\n\nwords")
    (folder / "link.md").symlink_to(tmp_path / "outside.md")
    (folder / "inner.md").symlink_to(folder / "good.md")
    (folder / "loop").symlink_to(folder)
    (folder / "dangling.md").symlink_to(folder / "absent.md")
    (folder / "huge.txt").write_bytes(b"x" * 101)
    (folder / "data.bin").write_bytes(b"\x00")
    (folder / "latin.txt").write_bytes(b"caf\xe9")
    (folder / "picture.txt").write_bytes(b"\x89PNG\x00")
    (folder / ".hidden.md").write_text("words")
    os.mkfifo(folder / "pipe.txt")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.txt")).write_text("words")
    corpus = read_folder(folder, limit_bytes=100)
    assert [document.id for document in corpus.documents] == ["good.md", "inner.md"]
    assert {reject.path: reject.reason for reject in corpus.rejects} == {
        "link.md": "outside_folder",
        "loop": "not_a_file",
        "dangling.md": "not_a_file",
        "huge.txt": "too_large",
        "data.bin": "unsupported_format",
        "latin.txt": "undecodable",
        "picture.txt": "binary",
        "pipe.txt": "not_a_file",
        "caf?.txt": "unreadable_name",
    }


def test_a_file_at_the_limit_is_read(tmp_path: Path):
    (tmp_path / "a.txt").write_bytes(b"x" * 100)
    assert len(read_folder(tmp_path, limit_bytes=100).documents) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_is_rejected(tmp_path: Path):
    (tmp_path / "a.txt").write_text("words")
    (tmp_path / "a.txt").chmod(0)
    assert [reject.reason for reject in read_folder(tmp_path).rejects] == ["unreadable"]


def test_a_missing_folder_is_said(tmp_path: Path):
    with pytest.raises(SetupError, match="does not exist"):
        read_folder(tmp_path / "absent")
