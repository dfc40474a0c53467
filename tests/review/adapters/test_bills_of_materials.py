"""Bills of materials of real tools tell the same packages; models and datasets stand among them by digest."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from exported import NOW, golden, read, reasons, view_of

from colonnade.evidence.imported.scans import Bill, ScanReports
from colonnade.review.adapters.bills.reading import SBOM
from colonnade.review.adapters.scans.joining import join

PACKAGES = ["pypi/idna@3.10", "pypi/jinja2@2.10", "pypi/markupsafe@2.1.5"]
HASH = "A1" * 32


def bill(*given: Any) -> Bill:
    reading = read(SBOM, *given)
    assert reading.rejects == []
    [found] = view_of(reading, ScanReports).bills
    return found


@pytest.mark.parametrize("file", ["syft.spdx.json", "syft.cdx.json", "cyclonedx-py.json"])
def test_every_tool_tells_the_same_packages(file):
    assert bill(*golden(f"sbom/{file}")).packages == PACKAGES


def test_models_and_datasets_of_cyclonedx_by_digest_however_deep():
    hashed = [{"alg": "SHA-256", "content": HASH}]
    inner = {"type": "data", "name": "pairs", "hashes": hashed}
    model = {"type": "machine-learning-model", "name": "answers", "hashes": hashed, "components": [inner]}
    about = {"type": "container", "name": "gateway", "version": "sha256:image", "hashes": hashed}
    found = bill({"bomFormat": "CycloneDX", "metadata": {"component": about}, "components": [model]})
    digest = f"sha256:{HASH.lower()}"
    assert (found.models, found.datasets) == ({"answers": digest}, {"pairs": digest})
    assert found.artefacts == [digest, "sha256:image"]


def test_models_of_spdx_2_by_purpose():
    package = {
        "SPDXID": "SPDXRef-model", "name": "answers", "primaryPackagePurpose": "MODEL",
        "checksums": [{"algorithm": "SHA256", "checksumValue": HASH}],
    }  # fmt: skip
    described = [{"relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-model"}]
    found = bill({"spdxVersion": "SPDX-2.3", "packages": [package], "relationships": described})
    assert found.models == {"answers": f"sha256:{HASH.lower()}"}
    assert found.artefacts == [f"sha256:{HASH.lower()}"]


def test_models_datasets_and_packages_of_spdx_3():
    hashed = [{"type": "Hash", "algorithm": "sha256", "hashValue": HASH}]
    graph = [
        {"type": "CreationInfo", "created": "2026-11-20T00:00:00Z"},
        {"type": "SpdxDocument", "name": "answers"},
        {"type": "software_Package", "software_packageUrl": "pkg:pypi/idna@3.10"},
        {"type": "ai_AIPackage", "name": "answers", "verifiedUsing": hashed},
        {"type": "dataset_DatasetPackage", "name": "pairs", "verifiedUsing": hashed},
    ]
    found = bill({"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": graph})
    assert (found.name, found.at, found.packages) == ("answers", 1_795_132_800.0, ["pypi/idna@3.10"])
    assert set(found.models) == {"answers"}
    assert set(found.datasets) == {"pairs"}


def test_a_bill_from_the_future_is_as_old_as_its_import():
    assert bill({"bomFormat": "CycloneDX", "metadata": {"timestamp": "2030-01-01T00:00:00Z"}}).at == NOW


def test_the_newest_bill_of_a_name_counts():
    [old] = read(SBOM, *golden("sbom/syft.cdx.json"), at=NOW).records
    [new] = read(SBOM, *golden("sbom/syft.spdx.json", "sbom/cyclonedx-py.json"), at=NOW + 60).records
    names = [it.name for it in msgspec.convert(join(new, old).facts, ScanReports).bills]
    assert sorted(names) == [".", "cyclonedx-py.json"]


def test_what_is_no_bill_is_rejected():
    assert "is neither CycloneDX nor SPDX" in reasons(read(SBOM, {"bomFormat": "other"}))
