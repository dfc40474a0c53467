from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from populated import CHROMIUM, TOKEN, append_unwished, console_over, serve_requests, workload_folder

from colonnade.assembly.opened import opened


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM.exists():
        return
    missing = pytest.mark.skip(reason=f"Chromium is not at {CHROMIUM}: the browser tests are left out")
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(missing)


@pytest.fixture(scope="session")
def populated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = workload_folder(tmp_path_factory.mktemp("console") / "minimal")
    serve_requests(folder)
    with opened(folder) as (_, ledger, _):
        append_unwished(ledger)
    return folder


@pytest.fixture(scope="session")
def address(populated: Path) -> Iterator[str]:
    with console_over(populated) as address:
        yield address


@pytest.fixture
def visitor(address: str) -> Iterator[httpx.Client]:
    """Somebody without a session."""
    with httpx.Client(base_url=address) as client:
        yield client


@pytest.fixture
def reader(visitor: httpx.Client) -> httpx.Client:
    """Somebody who opened the console with its token."""
    answer = visitor.get("/", params={"token": TOKEN})
    assert answer.status_code == 303
    return visitor
