"""What happened and what was thought of it: cases, exchanges, findings, verdicts, observations."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from conformance.model.cause import cause
from conformance.model.message import NoResponse, Request, Response


class Severity(StrEnum):
    """How bad a finding is; ``rank`` orders them, the worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return ("error", "warning", "note").index(self.value)


class Outcome(StrEnum):
    """What a check says: three different things, never two."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class Intent(StrEnum):
    """Why a case was sent."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    PROBE = "probe"
    RECORDED = "recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Where a request came from. A case cannot send or judge itself.

    ``stage`` is ``fuzz``, ``replay``, ``gate`` or ``proxy``; ``phase`` refines it (``coverage``, ``stateful``, ...).
    ``parent`` is the id of the exchange that this one follows from, when it does.
    """

    id: str
    operation: str
    stage: str
    phase: str
    intent: Intent
    description: str = ""
    parent: str | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request with its answer. ``operation`` is the label that the request was meant for, if any."""

    request: Request
    response: Response | NoResponse
    case: Case
    operation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One defect: what, where, why it matters, and how to see it again.

        ``id`` is the kebab-case id of the rule or check. ``pointer`` is RFC 6901 from the document's root.
        ``detail`` sets two defects of one check on one operation apart (a schema path, a status), and
        is what the fingerprint is made from, so it must not hold generated values. ``place`` is where in the message the
        defect is (``/query/page/size``, ``/data/0/id``). ``own`` says that the cause is the operation's alone, so that it is
        never taken for that of another.

        ``flaky`` says that it did not show again when the same was sent again. ``lead`` is the exchanges that have to go
        before the request: those that created what it names. ``seed`` is that of the run that generated the request.

    ``blame`` is who has to mend it, where traffic of others was judged: ``sdk``, ``document``, ``target`` or ``ambiguous``.
    ``test`` is the client's test that sent the request, where the client says so.
    """

    id: str
    severity: Severity
    stage: str
    message: str
    pointer: str = ""
    detail: str = ""
    operation: str | None = None
    operation_id: str | None = None
    tags: tuple[str, ...] = ()
    line: int | None = None
    column: int | None = None
    fix: str = ""
    why: str = ""
    phase: str = ""
    status: int | None = None
    request: Request | None = None
    response: Response | None = None
    curl: str = ""
    known: str | None = None
    place: str = ""
    own: bool = False
    flaky: bool = False
    lead: tuple[Exchange, ...] = ()
    seed: int | None = None
    blame: str = ""
    test: str = ""

    @property
    def group(self) -> str:
        """Sixteen hex digits that findings with the same cause share; as stable as a fingerprint."""
        return hashlib.sha256("\x1f".join(("group", *cause(self))).encode("utf-8", "surrogatepass")).hexdigest()[:16]

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits that stay the same while the defect does, and across machines and seeds."""
        text = "\x1f".join((self.id, self.operation or "", self.pointer, self.detail))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one check says of one exchange; ``reason`` explains a skip."""

    check: str
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """An exchange with what the checks thought of it."""

    exchange: Exchange
    verdicts: tuple[Verdict, ...] = ()
    findings: tuple[Finding, ...] = ()
