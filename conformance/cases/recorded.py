"""Recorded traffic, whatever file it came from: exchanges in the order they happened, one file one chain."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.model.message import Request, Response


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedExchange:
    """A request and its answer as a file tells them.

    ``started`` is an ISO 8601 time, empty when the file does not say. ``index`` counts from 0 in the file,
    entries that could not be used included, so that it leads to the entry. ``volatile`` are pointers into the JSON body of
    the answer whose values other takes of the same call did not repeat; ``None`` when there was no other. ``takes`` is how many
    there were, this one included.
    """

    request: Request
    response: Response
    started: str = ""
    source_file: str = ""
    index: int = 0
    volatile: frozenset[str] | None = None
    takes: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedEntry:
    """An entry of a file that is not an exchange over HTTP, and why."""

    index: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One file. ``name`` is short and ``source`` is its path, as the user gave it.

    ``form`` names its format, ``comment`` is what it says of itself. ``origin`` says what answered: a URL, or ``sandbox``;
    empty when the file does not say. ``unresolved`` are variables that nothing gives a value. An ``illustrative`` one was
    never traffic: its requests and answers are what a document shows as examples, so its ids belong to nothing and its
    values promise nothing.
    """

    name: str
    source: str
    exchanges: tuple[RecordedExchange, ...]
    skipped: tuple[SkippedEntry, ...] = ()
    form: str = "har"
    origin: str = ""
    comment: str = ""
    unresolved: tuple[str, ...] = ()
    illustrative: bool = False
