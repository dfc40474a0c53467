"""Chunks stay within their size, keep everything that was written, and keep their ids where nothing changed."""

from hypothesis import given
from hypothesis import strategies as st

from colonnade.knowledge.chunks import Chunk, Chunker
from colonnade.knowledge.document import Block, Document
from colonnade.knowledge.parsers.markdown import parse_markdown
from colonnade.knowledge.tokens import TokenCounter, estimate

WORDS = TokenCounter("words", lambda text: len(text.split()))


def document(*blocks: Block, name: str = "a.md") -> Document:
    return Document(name, "sha256:v", "A", blocks)


def cut(chunker: Chunker, *blocks: Block) -> list[Chunk]:
    return list(chunker.chunks([document(*blocks)]))


def test_a_section_that_fits_is_one_chunk_with_its_place():
    (chunk,) = cut(Chunker(), Block("One.", ("A", "B")), Block("Two.", ("A", "B")))
    assert (chunk.text, chunk.place, chunk.embedded) == ("One.\nTwo.", "A > B", "A > B\nOne.\nTwo.")


def test_sentences_are_kept_whole_and_overlap():
    text = "One two three. Four five six. Seven eight nine. Ten eleven twelve."
    chunks = cut(Chunker(7, 3, WORDS), Block(text))
    assert [chunk.text for chunk in chunks] == [
        "One two three. Four five six.",
        "Four five six. Seven eight nine.",
        "Seven eight nine. Ten eleven twelve.",
    ]


def test_quotes_and_brackets_at_the_end_of_a_sentence_are_kept():
    chunks = cut(Chunker(3, 0, WORDS), Block('He said "go." Then (they went.) Fine.'))
    assert " ".join(chunk.text for chunk in chunks) == 'He said "go." Then (they went.) Fine.'


def test_tables_and_code_are_cut_between_lines():
    chunks = cut(Chunker(4, 0, WORDS), Block("a | b\nc | d\ne", kind="lines"))
    assert [chunk.text for chunk in chunks] == ["a | b", "c | d\ne"]


def test_chunks_never_span_headings():
    chunks = cut(Chunker(), Block("One.", ("A",)), Block("Two.", ("B",)))
    assert [chunk.place for chunk in chunks] == ["A", "B"]


def test_an_overlap_as_large_as_the_chunk_still_moves_on():
    chunks = cut(Chunker(6, 6, WORDS), Block("One two three. Four five six. Seven eight nine."))
    assert [chunk.text for chunk in chunks] == [
        "One two three. Four five six.",
        "Four five six. Seven eight nine.",
    ]


def test_a_repeated_passage_comes_once():
    assert len(cut(Chunker(2, 0, WORDS), Block("Same words."), Block("Same words."))) == 1


def test_ids_differ_by_document_place_and_text():
    chunker = Chunker()
    ids = {
        next(chunker.chunks([document(block, name=name)])).id
        for name in ("a.md", "b.md")
        for block in (Block("x"), Block("y"), Block("x", ("A",)))
    }
    assert len(ids) == 6


def test_an_edit_changes_only_the_chunks_of_its_section():
    before = "# A\n\nOld words.\n\n## B\n\nStays.\n\n## C\n\nStays too.\n"
    chunker = Chunker()

    def ids(source: str) -> set[str]:
        parsed = parse_markdown(source.encode())
        return {chunk.id for chunk in chunker.chunks([Document("a.md", "v", "A", parsed.blocks)])}

    after = ids(before.replace("Old words.", "New words. And more."))
    assert len(ids(before) & after) == 2
    assert len(ids(before) - after) == 1


@given(st.text(max_size=600), st.integers(8, 60), st.integers(0, 60))
def test_nothing_is_lost_and_no_chunk_is_too_long(text: str, most: int, overlap: int):
    words = " ".join(text.encode("utf-8", "replace").decode().split())
    chunks = cut(Chunker(most, overlap), Block(words)) if words else []
    kept = "".join(chunk.text for chunk in cut(Chunker(most, 0), Block(words))) if words else ""
    assert all(estimate(chunk.text) <= max(most, 32) for chunk in chunks)
    assert set("".join(kept.split())) == set("".join(words.split()))


def test_the_estimate_counts_words_marks_and_wide_characters():
    assert estimate("Hello, world!") == 4
    assert estimate("internationalisation") == 4
    assert estimate("知識") == 2
