"""The tests of limits share the gateway over the simulator, and workers that are asked at the same time."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "fixtures"))
sys.path.insert(0, str(Path(__file__).parent))
