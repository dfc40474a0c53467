"""Tests of dialects use the gateway with the stages of a test, as the pillars do."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "fixtures"))
