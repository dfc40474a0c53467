"""A workload with something in its ledger, whose backups go beside it."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from click.testing import CliRunner, Result

from colonnade.cli.backup import command
from colonnade.evidence.change import Change
from colonnade.evidence.ledger import Ledger
from colonnade.security.keys import ApiKeys
from colonnade.store import open_store
from colonnade.workload.folder import state_of

MINIMAL = Path(__file__).parents[2] / "fixtures" / "workloads" / "minimal"
BACKUP = "\nrecovery:\n  rpo_s: 60.0\n  backup: {to: ../vault, key: 'file:KEY'%s}\n"


class Kept:
    """A workload folder, its vault, and the command line."""

    def __init__(self, root: Path) -> None:
        self.root, self.folder, self.vault = root, root / "workload", root / "vault"
        shutil.copytree(MINIMAL, self.folder)
        self.declare()
        self.write(3)

    def declare(self, more: str = "") -> None:
        """Say where backups go, and what else is asked."""
        text = (MINIMAL / "workload.yaml").read_text("utf-8")
        said = BACKUP.replace("KEY", str(self.root / "elsewhere" / "backup.key")) % more
        (self.folder / "workload.yaml").write_text(text + said, "utf-8")

    def write(self, count: int) -> None:
        """So many changes more in the ledger."""
        store = open_store(state_of(self.folder))
        ledger = Ledger(store)
        for number in range(count):
            change = Change(
                kind="policy", name=f"p{number}", at=time.time(), actor="test", reason="to have something"
            )
            ledger.append_change(change)
        ledger.checkpoint()
        ApiKeys(ledger).create("caller", {}, actor="test", now=time.time())
        store.close()

    def run(self, *words: str, workload: Path | None = None) -> Result:
        """One command; faults of the user are raised."""
        return CliRunner().invoke(
            command, [*words, "--workload", str(workload or self.folder)], catch_exceptions=False, standalone_mode=False
        )  # fmt: skip

    def pieces(self) -> list[Path]:
        """Every stored piece."""
        return sorted(path for path in self.vault.rglob("pieces/*/*") if path.is_file())
