"""The tests of the assembly share the whole workload."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "fixtures"))
