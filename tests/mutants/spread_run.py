"""The run in which calls are spread over two upstreams, and one of them fails for a while and comes back."""

from __future__ import annotations

import time
from pathlib import Path

from drill_breaks import exercise_spread, record_the_rest
from whole import Served, Whole
from whole_run import Run

OPEN_S = 0.3


def run_spread(place: Path) -> Run:
    """Two simulators share the traffic; the second one has an outage, which its breaker notices."""
    whole = Whole.planted(place / "repository", "spread.yaml")
    with Served(whole) as served:
        served.ask_all([f"How long may I keep tool {number}?" for number in range(60)])
        outage(served, "there", [f"May I come at {number}?" for number in range(20)])
        served.ask_all([f"Is there a saw of {number} cm?" for number in range(10)])
        exercise_spread(served)
    record_the_rest(whole)
    return Run(whole, whole.review())


def outage(served: Served, upstream: str, questions: list[str]) -> None:
    """The upstream fails while these are asked, and is well afterwards."""
    simulator = served.serving.parts.upstreams[upstream].simulator
    well = simulator.simulation
    simulator.simulation = well.model_copy(update={"fault": "http_503"})
    served.ask_all(questions)
    simulator.simulation = well
    time.sleep(OPEN_S + 0.05)
