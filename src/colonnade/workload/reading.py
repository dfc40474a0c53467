"""A file of the workload folder is read as UTF-8 text within a size, or its faults are named."""

from __future__ import annotations

from pathlib import Path

from colonnade.errors import Fault

LARGEST_BYTES = 1024 * 1024
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def read_text(path: Path, file: str, largest: int = LARGEST_BYTES) -> str | Fault:
    """The text of `path`, or the one fault that makes it unreadable; `file` is its name in the fault."""
    try:
        fault = _unfit(path, file, largest)
        return fault or _decode(path.read_bytes(), file)
    except OSError as error:
        return Fault(file, 0, 0, "", f"cannot be read: {error.strerror or 'the system refused it'}")


def _unfit(path: Path, file: str, largest: int) -> Fault | None:
    if not path.exists():
        return Fault(
            file, 0, 0, "", "does not exist", remedy="`colonnade init DIR` writes a folder to start from"
        )
    if not path.is_file():
        return Fault(file, 0, 0, "", "is not a file")
    size = path.stat().st_size
    if size > largest:
        return Fault(file, 0, 0, "", "is too large", f"{size} bytes", f"write at most {largest} bytes")
    return None


def _decode(content: bytes, file: str) -> str | Fault:
    if content.startswith(_BYTE_ORDER_MARKS):
        return Fault(
            file, 1, 1, "", "begins with a byte order mark", remedy="save the file as UTF-8 without BOM"
        )
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        byte = f"byte 0x{content[error.start]:02x}"
        return Fault(file, line, column, "", "is not UTF-8 text", byte, "save the file as UTF-8")
