"""The tests of counting share workers under one clock."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
