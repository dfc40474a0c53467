"""Files of others are the ones that were vendored, with their licences; nothing of ours leads elsewhere."""

import hashlib
import re
from pathlib import Path

import colonnade.console

CONSOLE = Path(colonnade.console.__file__).parent
VENDOR = CONSOLE / "static" / "vendor"


def listed() -> dict[str, tuple[str, str]]:
    lines = (VENDOR / "VENDORED.md").read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return {row[0]: (row[3], row[4]) for row in cells[2:]}


def test_vendored_files_are_unchanged():
    for name, (_, digest) in listed().items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest, name


def test_every_vendored_file_is_listed_and_has_its_licence():
    files = {path.name for path in VENDOR.iterdir()}
    assert set(listed()) | {"VENDORED.md", "htmx.LICENSE", "uPlot.LICENSE"} == files
    assert {licence for licence, _ in listed().values()} == {"0BSD", "MIT"}


def test_our_own_files_name_no_other_place():
    ours = [
        *(CONSOLE / "templates").iterdir(),
        *(path for path in (CONSOLE / "static").iterdir() if path.is_file()),
    ]
    assert len(ours) > 10
    for path in ours:
        found = re.findall(r"(?:https?:)?//[\w.-]+\.\w+", path.read_text(encoding="utf-8"))
        assert [each for each in found if each != "http://www.w3.org"] == [], path


def test_templates_hold_no_unescaped_output():
    for path in (CONSOLE / "templates").iterdir():
        written = path.read_text(encoding="utf-8")
        assert "|safe" not in written.replace(" ", ""), path
        assert "autoescape" not in written, path
