"""What a run is made of."""

from __future__ import annotations

STAGES = ("lint", "fuzz", "replay")
"""The stages of a run, in order."""
