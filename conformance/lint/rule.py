"""What a rule is: a row with its words and one function from the document to its defects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from conformance.lint.subject import Subject
from conformance.model.record import Severity

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE


@dataclass(frozen=True, slots=True)
class Defect:
    """One place where a rule is broken. ``detail`` sets two defects of one rule at one pointer apart."""

    pointer: str
    message: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A row of the table.

    ``error`` is what the specification forbids or what cannot be kept, ``warning`` is what it advises against or what
    has no effect, ``note`` is what a reader of the document misses. ``explains`` are where, from the pointer of a defect,
    the schema of the specification complains of the same thing; the rule's own words are kept. When nothing is said,
    that is the place itself for an error; a lesser rule must not hide that a document is invalid.
    """

    id: str
    severity: Severity
    area: str
    summary: str
    fix: str
    why: str
    function: Callable[[Subject], Iterator[Defect]]
    explains: tuple[str, ...] | None = None
