"""The run in which a workload is reviewed on its repository and on what its tools exported; no gateway ever served it."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import brought_exports as exports
from brought_sources import GOLDEN, PLANTED
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from imported_run import as_of_now
from whole import Whole
from whole_run import Run

from colonnade.assembly.importing import import_evidence
from colonnade.evidence.envelope import sign
from colonnade.evidence.people import People

IN_TOTO = "application/vnd.in-toto+json"
SLSA = "https://slsa.dev/provenance/v1"
CI_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
MODEL = "sha256:" + "ab" * 32
KINDS = ("terraform", "ci", "scans", "sbom", "mlflow", "langfuse", "cards", "provenance")
"""In the order of import; provenance is signed over the files of all the others."""


class Brought(Whole):
    """A repository with signed commits in `repository/`, and beside it a folder of exports for each kind."""

    @classmethod
    def planted(cls, root: Path, specification: str = "") -> Brought:
        """Planted, committed under a signature, tagged; everything is exported and imported."""
        shutil.copytree(PLANTED, root)
        brought = cls(root)
        brought.git("init", "-q")
        brought._let_sign()
        brought.commit("Begin", "Reviewed-by: Ada Berg <ada@example.org>")
        brought.git("tag", "v1")
        for kind in KINDS:
            brought.exported(kind).mkdir(parents=True, exist_ok=True)
        shutil.copytree(root / "workload" / "cards", brought.exported("cards"), dirs_exist_ok=True)
        plan = (GOLDEN / "terraform" / "clean.plan.json").read_text(encoding="utf-8")
        (brought.exported("terraform") / "plan.json").write_text(as_of_now(plan), encoding="utf-8")
        exports.write_ci(brought.exported("ci"), brought.head)
        for kind in ("scans", "sbom", "mlflow", "langfuse"):
            getattr(exports, f"write_{kind}")(brought.exported(kind))
        brought.vouch()
        brought.enrol_and_bring()
        return brought

    def enrol_and_bring(self) -> None:
        """The pipeline's key is enrolled, and every kind is imported."""
        with self.ledger() as ledger:
            actor, now = "noor@desk", time.time()
            People(ledger).enrol("Pipeline", ["technical"], CI_KEY.public_key(), actor=actor, now=now)
        for kind in KINDS:
            self.bring(kind)

    def forget(self) -> None:
        """The store of the workload is gone."""
        shutil.rmtree(self.folder / ".colonnade")

    @property
    def head(self) -> str:
        """The commit that is checked out."""
        told = subprocess.run(
            ["git", "-C", str(self.root), "rev-parse", "HEAD"], check=True, capture_output=True, text=True
        )
        return told.stdout.strip()

    def exported(self, kind: str) -> Path:
        """The folder of a kind's exports; git does not see it."""
        return self.root / ".colonnade-exports" / kind

    def bring(self, kind: str) -> None:
        """Import a kind as its files lie there now."""
        imported = import_evidence(self.folder, kind, str(self.exported(kind)))
        assert imported.taken, imported.rejects
        assert imported.rejects == (), imported.rejects

    def vouch(self, key: Ed25519PrivateKey = CI_KEY, left_out: str = "") -> None:
        """The pipeline signs where everything comes from: models, reports, bills and exports, made from the commit."""
        subjects = [{"name": "model", "digest": {"sha256": MODEL.removeprefix("sha256:")}}]
        subjects.append({"name": "image", "digest": {"sha256": exports.IMAGE.removeprefix("sha256:")}})
        for kind in ("scans", "sbom", "mlflow", "langfuse", "cards"):
            subjects += [_subject(path) for path in sorted(self.exported(kind).iterdir())]
        statement = {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [it for it in subjects if it["name"] != left_out],
            "predicateType": SLSA,
            "predicate": {
                "buildDefinition": {"resolvedDependencies": [{"digest": {"gitCommit": self.head}}]},
                "runDetails": {"builder": {"id": "https://ci.example.org/ship"}},
            },
        }
        envelope = sign(IN_TOTO, json.dumps(statement).encode(), key, "ci")
        (self.exported("provenance") / "ship.intoto.json").write_bytes(envelope.encode())

    def commit(self, message: str, *trailers: str, signed: bool = True) -> None:
        """Exports and state are nobody's business in the repository."""
        ignored = ".colonnade/\n.colonnade-exports/\n.signing/\n"
        (self.root / ".gitignore").write_text(ignored, encoding="utf-8")
        self.git("add", "-A")
        how = [] if signed else ["--no-gpg-sign"]
        self.git("commit", "-q", *how, "-m", "\n\n".join([message, "\n".join(trailers)]))

    def _let_sign(self) -> None:
        """Commits are signed with a key that the repository itself names."""
        key = self.root / ".signing" / "key"
        key.parent.mkdir()
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        public = (key.parent / "key.pub").read_text(encoding="utf-8")
        (self.folder / "allowed_signers").write_text(f"noor@example.org {public}", encoding="utf-8")
        for name, value in (
            ("gpg.format", "ssh"),
            ("user.signingkey", str(key)),
            ("commit.gpgsign", "true"),
        ):
            self.git("config", name, value)


def run_brought(place: Path) -> Run:
    """Nothing is served, asked or drilled."""
    brought = Brought.planted(place / "repository")
    return Run(brought, brought.review())


def as_brought(whole: Whole) -> Brought:
    """A copy of the run, to be broken."""
    brought = Brought(whole.root)
    brought.git("config", "user.signingkey", str(whole.root / ".signing" / "key"))
    return brought


def _subject(path: Path) -> dict[str, Any]:
    return {"name": path.name, "digest": {"sha256": sha256(path.read_bytes()).hexdigest()}}
