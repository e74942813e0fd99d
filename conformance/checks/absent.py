"""Requests that keep every rule and name something that may not be there: a service may well refuse them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from conformance.checks.subject import INVALID, Subject
from conformance.model.operation import Operation
from conformance.spec.ids import ENDS_IN_IDS, KINDS

# How services say that there is no such thing, and in how much of an answer they say it.
_NOT_THERE = re.compile(
    r"not[ _-]?found|no such|not exist|doesn.t exist|there is no|no longer exists|unknown|nonexistent", re.IGNORECASE
)
_REFERENCE = re.compile(rf"{ENDS_IN_IDS.pattern}|^({'|'.join(KINDS)})s?$")
_WORDS = 4096
_DEEPEST = 12


def may_name_nothing(subject: Subject) -> bool:
    """Whether a service says of an id that it does not know it, and has only the answer for what is invalid to say it by."""
    operation = subject.operation
    unknown = operation is not None and "{" in operation.path and not subject.is_there
    if operation is None or not unknown or subject.status not in INVALID or _can_say_missing(operation):
        return False
    return _NOT_THERE.search(_words(subject)) is not None


def may_refer_to_nothing(subject: Subject) -> bool:
    """Whether a request names something else by its id, and the refusal can be about that.

    That there is a thing of that id is no rule that a document can give. A refusal that speaks of something else is not
    explained by it; one without words may be.
    """
    reading = subject.reading
    if reading is None or subject.status not in INVALID:
        return False
    names = {
        name for (location, name), value in reading.values.items() if location != "path" and _REFERENCE.search(name) and value
    }
    names.update(_referring(reading.body, 0))
    words = _words(subject)
    return bool(names) and (
        not words.strip() or _NOT_THERE.search(words) is not None or any(_speaks_of(words, name) for name in names)
    )


def _speaks_of(words: str, name: str) -> bool:
    return len(name) > len("id") and re.search(rf"(?<![A-Za-z0-9_]){re.escape(name)}(?![A-Za-z0-9_])", words) is not None


def _referring(value: Any, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        for name, held in value.items():
            if held and _REFERENCE.search(name):
                yield name
            yield from _referring(held, depth + 1)
    elif isinstance(value, list):
        for held in value:
            yield from _referring(held, depth + 1)


def _words(subject: Subject) -> str:
    return subject.response.body[:_WORDS].decode("utf-8", "replace")


def _can_say_missing(operation: Operation) -> bool:
    return any(status in operation.responses for status in ("404", "410", "4XX", "4xx", "default"))
