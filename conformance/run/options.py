"""What the user asked of a run, and the words it is asked in, checked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from conformance import shipped
from conformance.coverage.dimensions import DIMENSIONS
from conformance.errors import UsageError
from conformance.model.message import Headers
from conformance.run.plan import PHASES
from conformance.run.stages import STAGES

TOKEN_VARIABLE = "TELNYX_API_KEY"  # noqa: S105 - the name of it
OTHER_TOKEN_VARIABLE = "TELNYX_OTHER_API_KEY"  # noqa: S105 - likewise

N = TypeVar("N", int, float)
D = TypeVar("D")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of ``conformance run`` and of the pytest plugin.

    ``base_url`` is ``None`` for the embedded sandbox. ``max_time`` is in seconds. ``phases`` are those of fuzzing.
    ``headers`` and the tokens may hold secrets. ``recordings`` and ``baseline`` are ``None`` when none are to be used.
    ``floors`` are shares in percent that the coverage of a dimension must reach. ``faults`` are planted in the embedded
    sandbox. ``latency`` is the seconds that operations of a category may take. ``config`` is the file that stands in for
    the working directory's conformance.toml, ``costly`` is the shipped table for the shipped document. ``side_effects``
    lets pass what the guard would hold back. ``page`` is whether the Allure page is made.
    ``since`` is an earlier document: what has the same contract there is left out.

    Raises:
        UsageError: when a value cannot be right.
    """

    spec: str = field(default_factory=lambda: str(shipped.document()))
    base_url: str | None = None
    stages: tuple[str, ...] = STAGES
    phases: tuple[str, ...] = PHASES
    tags: tuple[str, ...] = ()
    operation_ids: tuple[str, ...] = ()
    since: str | None = None
    max_examples: int = 5
    max_requests: int | None = None
    max_time: float | None = None
    seed: int = 1
    workers: int | str = "auto"
    recordings: Path | None = None
    headers: Headers = field(default=(), repr=False)
    token: str | None = field(default=None, repr=False)
    other_token: str | None = field(default=None, repr=False)
    baseline: Path | None = None
    out: Path = Path("reports")
    allow_remote: bool = False
    timeout: float = 30.0
    floors: tuple[tuple[str, float], ...] = ()
    faults: tuple[str, ...] = ()
    latency: tuple[tuple[str, float], ...] = ()
    config: Path | None = None
    costly: Path | None = None
    side_effects: bool = False
    values: Path | None = None
    page: bool = True

    def __post_init__(self) -> None:
        if self.workers != "auto" and not (str(self.workers).isdecimal() and int(self.workers) > 0):
            raise UsageError(f"--workers is {str(self.workers)!r}; it must be a positive number or auto")
        if self.faults and self.base_url is not None:
            raise UsageError("--fault plants a defect in the embedded sandbox; leave out --base-url")
        for name, value in (("--max-examples", self.max_examples), ("--max-requests", self.max_requests),
                            ("--max-time", self.max_time), ("--timeout", self.timeout)):  # fmt: skip
            # Compared this way round, not-a-number is refused too.
            if value is not None and not value > 0:
                raise UsageError(f"{name} is {value}; it must be more than 0")


def stages_from(only: str | None) -> tuple[str, ...]:
    """The stages of a list such as ``lint,fuzz``, in the order they run; all of them without one.

    Raises:
        UsageError: when there is no such stage, or none at all.
    """
    if only is None:
        return STAGES
    names = tuple(name.strip() for name in only.split(",") if name.strip())
    for name in names:
        if name not in STAGES:
            raise UsageError(f"--only has the unknown stage {name!r}; the stages are {', '.join(STAGES)}")
    if not names:
        raise UsageError(f"--only names no stage; the stages are {', '.join(STAGES)}")
    return tuple(name for name in STAGES if name in names)


def phases_from(names: Sequence[str]) -> tuple[str, ...]:
    """The phases of fuzzing that some names mean, in the order they run; all of them without one.

    Raises:
        UsageError: when there is no such phase.
    """
    for name in names:
        if name not in PHASES:
            raise UsageError(f"--phase has the unknown phase {name!r}; the phases are {', '.join(PHASES)}")
    return tuple(phase for phase in PHASES if phase in names or not names)


def floors_from(lines: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """``DIMENSION=PERCENT`` lines as floors of coverage.

    Raises:
        UsageError: when there is no such dimension, or the percentage is none.
    """
    found = []
    for line in lines:
        name, _, percentage = (part.strip() for part in line.partition("="))
        if name not in DIMENSIONS:
            raise UsageError(f"--min-coverage has the unknown dimension {name!r}; the dimensions are {', '.join(DIMENSIONS)}")
        share = number_from(f"--min-coverage {name}", percentage.removesuffix("%") or None, float, otherwise=-1.0)
        if not 0 <= share <= 100:
            raise UsageError(f"--min-coverage {name} must be from 0 to 100, as in {name}=80")
        found.append((name, share))
    return tuple(found)


def latency_from(lines: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """``CATEGORY=SECONDS`` lines as limits of latency.

    Raises:
        UsageError: when a line is none.
    """
    found = []
    for line in lines:
        name, _, seconds = (part.strip() for part in line.partition("="))
        limit = number_from(f"--latency-limit {name}", seconds.removesuffix("s") or None, float, otherwise=0.0)
        if not name or not 0 < limit < float("inf"):
            raise UsageError(f"--latency-limit is {line!r}; write a category and seconds, as in responsive=0.5")
        found.append((name, limit))
    return tuple(found)


def headers_from(lines: Sequence[str]) -> Headers:
    """``Name: value`` lines as headers.

    Raises:
        UsageError: when a line is not a header. It is not shown: it may be a secret.
    """
    found = []
    for number, line in enumerate(lines, 1):
        name, colon, value = (part.strip() for part in line.partition(":"))
        which = f"--header number {number}" if len(lines) > 1 else "--header"
        if not colon or not name:
            raise UsageError(f"{which} has no colon; write it as --header 'Name: value'")
        if not _NAME.fullmatch(name):
            raise UsageError(f"{which} has a name that no header can have; write it as --header 'Name: value'")
        if not _VALUE.fullmatch(value):
            raise UsageError(f"{which} ({name}) has a value that no header can carry: a line break or a character beyond Latin-1")
        found.append((name, value))
    return tuple(found)


def token_from(environment: str | None, variable: str = TOKEN_VARIABLE) -> str | None:
    """The token in the value of an environment variable; ``None`` without one.

    Raises:
        UsageError: when it cannot be sent. It is not shown.
    """
    token = (environment or "").strip()
    if not re.fullmatch(r"[\x21-\x7e]*", token):
        raise UsageError(f"{variable} holds a space, a line break or a character beyond ASCII; it cannot be a token")
    return token or None


def number_from(name: str, value: object, kind: type[N], *, otherwise: D) -> N | D:
    """A number as the user wrote it, or ``otherwise`` when nothing was written.

    Raises:
        UsageError: when it is none.
    """
    if value is None:
        return otherwise
    try:
        return kind(str(value))
    except ValueError:
        raise UsageError(f"{name} is {str(value)!r}; it must be a {'whole ' if kind is int else ''}number") from None
