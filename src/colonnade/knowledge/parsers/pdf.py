"""PDF: the text of each page, with the page as its place."""

from __future__ import annotations

import io
import logging
import re

from pypdf import PasswordType, PdfReader

from colonnade.knowledge.document import Parsed, Rejected
from colonnade.knowledge.parsers.characters import clean
from colonnade.knowledge.parsers.outline import Outline

logging.getLogger("pypdf").setLevel(logging.ERROR)  # it warns of every small flaw that it mends

_PARAGRAPH = re.compile(r"\n[ \t]*\n+")


def parse_pdf(data: bytes) -> Parsed:
    """Every page's paragraphs under the heading `page N`; a file that opens without a password is taken."""
    try:
        return _pages(PdfReader(io.BytesIO(data)))
    except Rejected:
        raise
    except Exception:  # noqa: BLE001 - a damaged file makes pypdf raise errors of any kind, RecursionError included
        raise Rejected("broken") from None


def _pages(reader: PdfReader) -> Parsed:
    if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
        raise Rejected("encrypted")
    outline = Outline(str((reader.metadata.title if reader.metadata else "") or ""))
    for number, page in enumerate(reader.pages, start=1):
        outline.heading(2, f"page {number}")
        for paragraph in _PARAGRAPH.split(clean(page.extract_text())):
            outline.block(paragraph)
    return outline.parsed()
