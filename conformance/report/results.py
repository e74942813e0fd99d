"""What a run hands to the reports: the facts of the run, and how each of its cases ended."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from conformance.model.record import Finding

Ending = Literal["passed", "failed", "known", "skipped", "error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInfo:
    """The facts of one run.

    ``started`` is ISO 8601 with a zone, ``duration`` in seconds. ``digest`` is that of the document's
    text, ``exit_code`` what the command ends with. ``packages`` are the versions that decide what is sent. ``faults`` were
    planted in the embedded sandbox. ``partial`` says what keeps the run from having looked at everything. ``shown`` is how many
    defects requests have shown, known ones too.
    """

    started: str
    duration: float
    seed: int | None
    target: str
    title: str
    document_version: str
    document_uri: str
    digest: str
    stages: tuple[str, ...]
    requests: int
    operations: int
    exit_code: int
    python: str = ""
    packages: tuple[tuple[str, str], ...] = ()
    version: str = ""
    interrupted: bool = False
    max_examples: int = 5
    faults: tuple[str, ...] = ()
    partial: tuple[str, ...] = ()
    baseline: str | None = None
    shown: int = 0

    @property
    def per_thousand(self) -> float | None:
        """Defects that 1,000 requests have shown; ``None`` where none was sent."""
        return round(1000 * self.shown / self.requests, 1) if self.requests else None

    @property
    def harvest(self) -> dict[str, Any]:
        """What the requests have shown: the ``yield`` of ``coverage.json``."""
        return {"requests": self.requests, "defects": self.shown, "defects_per_1000_requests": self.per_thousand}

    def to_json(self) -> dict[str, Any]:
        """The ``run`` object of ``findings.json``."""
        return {**asdict(self), "stages": list(self.stages), "packages": dict(self.packages), "faults": list(self.faults),
                "partial": list(self.partial)}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """How one operation came through one phase of one stage.

    ``operation`` is its label, or empty for what concerns the document as a whole. ``known`` means that
    every finding is in the baseline. ``duration`` is in seconds, ``message`` explains a skip or an error.
    """

    operation: str
    tags: tuple[str, ...]
    stage: str
    phase: str
    outcome: Ending
    duration: float = 0.0
    requests: int = 0
    findings: tuple[Finding, ...] = ()
    message: str = ""
