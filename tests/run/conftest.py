"""Lets the tests of a run use the small services of ``tests/apps``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))
