"""The guard against connections beyond the loopback really stops one; no packet leaves."""

from __future__ import annotations

import socket

import pytest


def test_a_connection_to_another_host_is_stopped_before_it_begins():
    # 192.0.2.1 is reserved for documentation (RFC 5737); the guard raises before anything is sent.
    with socket.socket() as probe, pytest.raises(RuntimeError, match="loopback"):
        probe.connect(("192.0.2.1", 9))


def test_the_loopback_is_open():
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        assert client.getpeername() == server.getsockname()
