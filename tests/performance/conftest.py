"""The tests of stages share a gateway over the simulator, in process or behind a real port."""

import sys
from pathlib import Path

for name in ("fixtures", "gateway"):
    sys.path.insert(0, str(Path(__file__).parents[1] / name))
