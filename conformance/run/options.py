"""What the user asked of a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from conformance import shipped
from conformance.model.message import Headers

STAGES = ("lint", "fuzz", "replay")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of ``conformance run`` and of the pytest plugin.

    ``base_url`` is ``None`` for the embedded sandbox. ``max_time`` is in seconds. ``headers`` may hold secrets.
    ``recordings`` and ``baseline`` are ``None`` when none are to be used.
    """

    spec: str = field(default_factory=lambda: str(shipped.document()))
    base_url: str | None = None
    stages: tuple[str, ...] = STAGES
    tags: tuple[str, ...] = ()
    operation_ids: tuple[str, ...] = ()
    max_examples: int = 5
    max_requests: int | None = None
    max_time: float | None = None
    seed: int = 1
    workers: int | str = "auto"
    recordings: Path | None = None
    headers: Headers = field(default=(), repr=False)
    baseline: Path | None = None
    out: Path = Path("reports")
    allow_remote: bool = False
    timeout: float = 30.0
