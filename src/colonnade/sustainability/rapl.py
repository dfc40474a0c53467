"""Where the machine lets us read its energy counters (Intel RAPL through powercap), energy is metered."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

POWERCAP = Path("/sys/class/powercap")
_MICROJOULES_PER_WH = 3.6e9


@dataclass(slots=True)
class Package:
    """One processor package: its counter file, the value after which that starts again at 0, and the last value."""

    counter: Path
    wraps_at: int
    last: int

    def spent(self) -> int:
        """Microjoules since the last call."""
        now = _number(self.counter)
        spent = now - self.last
        self.last = now
        return spent if spent >= 0 else spent + self.wraps_at


@dataclass(slots=True)
class Rapl:
    """All packages of this machine as one counter that never runs backwards."""

    packages: tuple[Package, ...]
    microjoules: int = 0

    @classmethod
    def found(cls, powercap: Path = POWERCAP) -> Rapl | None:
        """The readable counters, or None: none there, or only root may read them (usual since 2020)."""
        folders = sorted(powercap.glob("intel-rapl:[0-9]"))
        try:
            packages = tuple(_package(folder) for folder in folders)
        except (OSError, ValueError):
            return None
        return cls(packages) if packages else None

    def __call__(self) -> float:
        """Watt-hours since this object was made. Reads one small file of the kernel a package."""
        self.microjoules += sum(package.spent() for package in self.packages)
        return self.microjoules / _MICROJOULES_PER_WH


def _package(folder: Path) -> Package:
    counter = folder / "energy_uj"
    return Package(counter, _number(folder / "max_energy_range_uj"), _number(counter))


def _number(path: Path) -> int:
    return int(path.read_text(encoding="ascii"))
