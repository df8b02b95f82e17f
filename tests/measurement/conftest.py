"""The simulated people of paired comparisons are a plain module, shared by several tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
