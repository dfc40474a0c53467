"""The tests of budgets share the gateway over the simulator and the stages of money."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "fixtures"))
sys.path.insert(0, str(Path(__file__).parent))
