"""Serves a workload folder without some stages, so that the cost of each can be told from the rest.

python benchmarks/serve.py --workload FOLDER --port PORT --without journal,meter
"""

from __future__ import annotations

import argparse
from pathlib import Path

from colonnade.assembly.serving import Serving
from colonnade.gateway.pipeline import Stage
from colonnade.gateway.server import listen, serve


def main() -> None:
    """Serve until told to stop."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--workload", type=Path, required=True)
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--without", default="", metavar="STAGE,STAGE", help="stages that are left out")
    given = options.parse_args()
    left_out = set(filter(None, given.without.split(",")))

    def pick(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
        unknown = left_out - {stage.name for stage in stages}
        if unknown:
            options.error(f"no such stage: {', '.join(sorted(unknown))}")
        return tuple(stage for stage in stages if stage.name not in left_out)

    listener = listen(given.host, given.port)
    serving = Serving(given.workload, host=given.host, port=given.port, pick=pick)
    try:
        serve(serving.app, listener)
    finally:
        serving.close()


if __name__ == "__main__":
    main()
