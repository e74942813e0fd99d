"""What a check is: a row of the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from conformance.checks.subject import Fault, Subject
from conformance.model.record import Severity


def always(_: Subject) -> str | None:
    """Nothing makes the check unfit for an exchange."""
    return None


def elsewhere(_: Subject) -> Iterator[Fault]:
    """Judged by whoever knows more than one exchange; the row is here for its words."""
    return iter(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One promise. ``function`` yields what breaks it; ``applies`` gives the reason to skip, or ``None``.

    ``own`` says that what breaks it is each operation's own affair, however alike the findings of two of them are.
    """

    id: str
    severity: Severity
    area: str
    summary: str
    why: str
    fix: str
    own: bool = False
    function: Callable[[Subject], Iterator[Fault]] = elsewhere
    applies: Callable[[Subject], str | None] = always
