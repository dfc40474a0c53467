"""The processes that `colonnade up` starts: `python -m colonnade.assembly.process gateway|keeper|console|backups ...`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from colonnade.errors import ColonnadeError, FaultyWorkload
from colonnade.gateway.heart import Heart, beat_in_a_thread


def main() -> None:
    """Run one process; an error is one line on the log and an exit code."""
    asked = _arguments()
    try:
        if asked.what == "gateway":
            from colonnade.assembly.front import serve  # noqa: PLC0415 - each process loads its own part
            from colonnade.assembly.worker import Worker  # noqa: PLC0415

            serve(asked.workload, asked.host, asked.port, Worker(asked.worker, asked.workers, asked.keeper))
        elif asked.what == "keeper":
            from colonnade.assembly.keeping import keep  # noqa: PLC0415

            keep(asked.workload[0])
        elif asked.what == "backups":
            from colonnade.assembly.recovering import back_up_for_ever  # noqa: PLC0415

            beat_in_a_thread(Heart.found())
            back_up_for_ever(asked.workload[0])
        else:
            from colonnade.assembly.watching import serve_console  # noqa: PLC0415

            serve_console(asked.workload[0], asked.host, asked.port, os.environ["COLONNADE_CONSOLE_TOKEN"])
    except FaultyWorkload as error:
        sys.stderr.write("\n".join(str(fault) for fault in error.faults) + "\n")
        sys.exit(error.exit_code)
    except ColonnadeError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("gateway", "keeper", "console", "backups"))
    parser.add_argument("--workload", type=Path, required=True, action="append")
    parser.add_argument("--keeper", action="store_true")
    parser.add_argument("--worker", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    return parser.parse_args()


if __name__ == "__main__":
    main()
