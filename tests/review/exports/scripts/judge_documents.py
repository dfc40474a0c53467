"""Judges documents with the reference libraries of their formats; runs in the validators' own environment.

    judge_documents.py FOLDER SCHEMA.xsd

prints a JSON object: name of each file of FOLDER -> its faults.
"""

import base64
import json
import sys
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from lxml import etree
from pydantic import ValidationError
from securesystemslib.dsse import Envelope
from securesystemslib.signer import SSlibKey
from trestle.oscal import assessment_plan, assessment_results, catalog, mapping, poam

MODELS = {
    "oscal-catalog.json": catalog.Model,
    "oscal-assessment-plan.json": assessment_plan.Model,
    "oscal-assessment-results.json": assessment_results.Model,
    "oscal-poam.json": poam.Model,
    "oscal-mapping.json": mapping.Model,
}


def oscal(file: Path) -> list[str]:
    """Faults that compliance-trestle finds."""
    try:
        MODELS[file.name].model_validate_json(file.read_bytes())
    except ValidationError as error:
        return [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()[:10]]
    return []


def junit(schema: Path) -> Callable[[Path], list[str]]:
    """Faults that the XML Schema finds."""
    judge = etree.XMLSchema(etree.parse(str(schema)))

    def faults(file: Path) -> list[str]:
        return [] if judge.validate(etree.parse(str(file))) else [str(each) for each in judge.error_log][:10]

    return faults


def dsse(file: Path) -> list[str]:
    """What keeps securesystemslib from verifying the envelope with the key that it names."""
    told = json.loads(file.read_text(encoding="utf-8"))
    keyid = told["signatures"][0]["keyid"]
    raw = Ed25519PublicKey.from_public_bytes(bytes.fromhex(keyid)).public_bytes_raw().hex()
    key = SSlibKey(keyid, "ed25519", "ed25519", {"public": raw})
    try:
        accepted = Envelope.from_dict(told).verify([key], 1)
    except Exception as error:  # noqa: BLE001 - whatever it says is the finding
        return [f"{type(error).__name__}: {error}"]
    statement = json.loads(base64.b64decode(told["payload"]))
    return (
        [] if accepted and statement["predicateType"].endswith("verification_summary/v1") else ["no summary"]
    )


def main() -> None:
    """Judge every file by its name."""
    folder, schema = map(Path, sys.argv[1:])
    judges = {".xml": junit(schema), ".dsse": dsse}
    told = {each.name: judges.get(each.suffix, oscal)(each) for each in sorted(folder.iterdir())}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
