"""The reference libraries of the formats accept what is exported: compliance-trestle, an XML Schema, securesystemslib."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from exported_reports import REPORTS, matter

from colonnade.evidence.envelope import sign
from colonnade.review.exports.formats import FORMATS

sys.path.insert(0, str(Path(__file__).parents[2] / "clients"))

import environment

ROOT = Path(__file__).parents[3]
LIST = ROOT / "requirements" / "validators.txt"
PLACE = ROOT / ".cache" / "validators"
SCRIPT = Path(__file__).parent / "scripts" / "judge_documents.py"
SCHEMA = Path(__file__).parent / "schemas" / "junit-10.xsd"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def validators() -> Path:
    """The interpreter that has the validators; left out with the reason where they cannot be had."""
    try:
        return environment.interpreter(PLACE, LIST, "validators of exports")
    except environment.NotToBeHad as reason:
        pytest.skip(str(reason))


def judged(validators: Path, folder: Path) -> dict[str, list[str]]:
    done = subprocess.run(
        [validators, SCRIPT, folder, SCHEMA], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def written(folder: Path, report: str) -> Path:
    for name, each in FORMATS.items():
        content = each.write(matter(REPORTS[report]()))
        if name.startswith("oscal-") or name == "junit":
            (folder / each.file).write_bytes(content)
        elif each.sealed:
            key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
            public = key.public_key().public_bytes_raw().hex()
            (folder / "summary.dsse").write_bytes(sign(each.sealed, content, key, public).encode())
    return folder


@pytest.mark.parametrize("report", REPORTS)
def test_the_reference_libraries_find_no_fault(validators: Path, report: str, tmp_path: Path) -> None:
    found = judged(validators, written(tmp_path, report))
    assert len(found) == 7
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_the_reference_libraries_would_find_faults(validators: Path, tmp_path: Path) -> None:
    folder = written(tmp_path, "one")
    for file in folder.iterdir():
        text = file.read_text(encoding="utf-8")
        broken = text.replace('"uuid": "', '"uuid": "x', 1).replace(' failures="', ' failed="', 1)
        file.write_text(broken.replace('"payload":"e', '"payload":"f', 1), encoding="utf-8")
    assert [name for name, faults in judged(validators, folder).items() if not faults] == []
