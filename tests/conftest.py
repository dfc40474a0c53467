"""What holds for every test: no connection beyond the loopback, and inputs that are the same on every machine."""

from __future__ import annotations

import os
import sys
from ipaddress import ip_address
from typing import Any

from hypothesis import settings

# `make test` must say the same everywhere; `make test-all` looks for inputs that nobody has tried yet.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


def _on_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in {"localhost", ""}


def _refuse_to_leave(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect":
        return
    address = arguments[1]
    if isinstance(address, tuple) and not _on_loopback(str(address[0])):
        raise RuntimeError(f"a test tried to reach {address[0]}: tests stay on the loopback")


sys.addaudithook(_refuse_to_leave)
