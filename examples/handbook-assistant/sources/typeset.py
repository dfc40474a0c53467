"""Sets a plain text as a PDF with real text in it; made `knowledge/backup-and-restore.pdf`.

    python examples/handbook-assistant/sources/typeset.py

The same text gives the same bytes, so the document's digest changes only with its words.
"""

import textwrap
from pathlib import Path

SOURCE = Path(__file__).with_name("backup-and-restore.txt")
TARGET = Path(__file__).parents[1] / "knowledge" / "backup-and-restore.pdf"
LINE_CHARACTERS, LINES_A_PAGE, LEADING_POINTS = 88, 48, 15


def lines_of(text: str) -> list[str]:
    """The text as lines that fit the page; an empty line between paragraphs."""
    paragraphs = text.strip().split("\n\n")
    return [line for paragraph in paragraphs for line in [*textwrap.wrap(paragraph, LINE_CHARACTERS), ""]]


def page_stream(lines: list[str]) -> bytes:
    """The drawing commands of one page."""
    escaped = (line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in lines)
    shown = "\n".join(f"({line}) '" for line in escaped)
    return f"BT /F1 11 Tf {LEADING_POINTS} TL 64 780 Td\n{shown}\nET".encode("ascii")


def objects_of(pages: list[list[str]]) -> list[bytes]:
    """Catalogue, page tree and font, then a page and its stream for each page."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, lines in enumerate(pages):
        stream = page_stream(lines)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
            b"/Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>" % (5 + 2 * number)
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    return objects


def cross_references(places: list[int], table_at: int) -> bytes:
    """The table of byte offsets and the trailer."""
    size = len(places) + 1
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    trailer = f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{table_at}\n%%EOF\n"
    return f"xref\n0 {size}\n0000000000 65535 f \n{table}{trailer}".encode()


def typeset(text: str) -> bytes:
    """A whole PDF file. ASCII text only."""
    lines = lines_of(text)
    pages = [lines[start : start + LINES_A_PAGE] for start in range(0, len(lines), LINES_A_PAGE)]
    file, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects_of(pages), start=1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    return bytes(file + cross_references(places, table_at=len(file)))


if __name__ == "__main__":
    TARGET.write_bytes(typeset(SOURCE.read_text(encoding="ascii")))
    print(f"wrote {TARGET.name}")
