"""One gateway process: a socket, and behind it one workload or several, each with its store, its keys and its ledger."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from colonnade.assembly.serving import Serving
from colonnade.assembly.worker import Worker
from colonnade.errors import SetupError
from colonnade.gateway.application import Gateway
from colonnade.gateway.connections import Bounds
from colonnade.gateway.server import listen
from colonnade.gateway.server import serve as run_server
from colonnade.gateway.switchboard import Line, Switchboard


def serve(folders: Sequence[Path], host: str, port: int, worker: Worker | None = None) -> None:
    """Serve until told to stop; blocks.

    Raises:
        ColonnadeError: the port, a workload, its store or its models do not allow a start.
    """
    of_workers = worker or Worker()
    listener = listen(host, port, shared=not of_workers.alone)
    with ExitStack() as ending:
        servings = []
        for folder in folders:
            serving = Serving(folder, host=host, port=port, worker=of_workers)
            ending.callback(serving.close)
            servings.append(serving)
        notice_s = max(it.workload.specification.recovery.notice_s for it in servings)
        run_server(connected(servings), listener, Bounds(notice_s=notice_s))


def connected(servings: Sequence[Serving]) -> Gateway | Switchboard:
    """What answers on the port: the one gateway, or a board that connects each key with its own.

    Raises:
        SetupError: two folders hold workloads of the same name.
    """
    names = [serving.workload.specification.name for serving in servings]
    if len(set(names)) < len(names):
        raise SetupError(f"two workload folders have the same name among {', '.join(names)}; rename one")
    if len(servings) == 1:
        return servings[0].app
    return Switchboard(
        [
            Line(name, serving.app, serving.lasting.keyring.holds)
            for name, serving in zip(names, servings, strict=True)
        ]
    )
