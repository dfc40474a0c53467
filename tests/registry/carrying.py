"""Small models, and the packages and servers that carry them."""

from __future__ import annotations

import hashlib
import http.server
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from colonnade.registry.models import ModelStore

WEIGHTS = b"".join(number.to_bytes(4, "big") for number in range(60_000))
TOKENIZER = b'{"model": "small"}'


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def wheel(folder: Path, package: str, members: Mapping[str, bytes], version: str = "1.0") -> Path:
    """A wheel that breaks whoever imports it."""
    name = package.replace("-", "_")
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}/__init__.py", "raise SystemExit('imported')")
        for member, content in members.items():
            archive.writestr(member, content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


def parts(folder: Path, package: str, content: bytes, count: int) -> None:
    """`count` wheels that carry the content in pieces."""
    size = -(-len(content) // count)
    for number in range(1, count + 1):
        piece = content[(number - 1) * size : number * size]
        wheel(folder, f"{package}{number}", {f"data/part{number:02}.bin": piece})


@dataclass
class Listing:
    """A `models.toml` of the user's own."""

    text: str = ""

    def model(self, name: str, *files: str, purpose: str = "text") -> Listing:
        self.text += (
            f'[[model]]\nname = "{name}"\npurpose = "{purpose}"\nabout = "small"\nlicence = "MIT"\n'
            f'publisher = "https://example.org"\nprovenance = "made here"\ncontext_tokens = 64\ntotal_b = 0.001\n'
        ) + "".join(files)
        return self


def file(
    name: str, content: bytes, *, urls: tuple[str, ...] = (), carrier: str = "", member: str = "", count: int = 1,
    size: int | None = None,
) -> str:  # fmt: skip
    lines = [
        "[[model.file]]",
        f'name = "{name}"',
        f'sha256 = "{sha256(content)}"',
        f"bytes = {size or len(content)}",
        f"urls = {list(urls)!r}",
    ]
    if carrier:
        lines += [
            "[[model.file.carrier]]", f'package = "{carrier}"', f'member = "{member}"', f"parts = {count}",
        ]  # fmt: skip
    return "\n".join(lines) + "\n"


@dataclass
class Heard:
    """A progress that remembers."""

    notes: list[str] = field(default_factory=list)
    steps: dict[str, tuple[int, int]] = field(default_factory=dict)

    def step(self, label: str, done: int, total: int) -> None:
        self.steps[label] = (done, total)

    def note(self, text: str) -> None:
        self.notes.append(text)


@dataclass
class Desk:
    """A cache, an index of packages and a listing, all of one test."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def packages(self) -> Path:
        return self.folder / "packages"

    @property
    def cache(self) -> Path:
        return self.folder / "cache" / "models"

    def settings(self, listing: Listing) -> dict[str, str]:
        (self.folder / "own.toml").write_text(listing.text)
        return {
            "COLONNADE_MODELS": str(self.folder / "own.toml"),
            "COLONNADE_CACHE": str(self.folder / "cache"),
            **self.environment,
        }

    def store(self, listing: Listing) -> ModelStore:
        return ModelStore(environment=self.settings(listing))

    def arriving(self) -> list[Path]:
        return list((self.cache / "arriving").glob("*"))


@dataclass
class Publisher:
    """A server of files on the loopback."""

    url: str
    asked: list[str]


@contextmanager
def publishing(files: Mapping[str, bytes], *, pause_s: float = 0.0) -> Iterator[Publisher]:
    """Serve `files` by name, in 16 KiB blocks with a pause after each."""
    asked: list[str] = []

    class Desk(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            content = files.get(self.path.lstrip("/"))
            self.send_response(200 if content is not None else 404)
            self.send_header("content-length", str(len(content or b"")))
            self.end_headers()
            for start in range(0, len(content or b""), 1 << 14):
                self.wfile.write((content or b"")[start : start + (1 << 14)])
                time.sleep(pause_s)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Publisher(f"http://127.0.0.1:{server.server_address[1]}", asked)
    finally:
        server.shutdown()
        server.server_close()
