"""Requests that keep every rule and are refused for what there is already, or for what their fields are to one another.

A document can say what a field holds. It cannot say that no two things have one name, that a name is for good once it is given,
how many things an account may have, or that a day is to be after another. A refusal that speaks of such a thing is about that;
one that only says that the request is invalid, or what is wrong with one field, is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from conformance.checks.subject import INVALID, Subject
from conformance.model.ports import Schema

_THERE = re.compile(
    r"\balready\b|\b(must|has to|should) be unique\b|\bnot unique\b|\bquota\b|\blimit (has been |was |is )?reached\b"
    r"|\b(current|present) (state|status)\b|\b(your|this) (plan|account|subscription)\b",
    re.IGNORECASE,
)
_FOR_GOOD = re.compile(
    r"\bimmutable\b|\b(can ?not|can't|may not|must not) be (changed|modified|updated|altered)\b|\bonly be set (once|on|when) ",
    re.IGNORECASE,
)
_TOGETHER = re.compile(
    r"\b(together|either|both|neither|unless|if|when|requires?|depends?|conflicts?|exclusive|combin\w+|instead|before|after"
    r"|earlier|later|(less|greater|more|fewer|larger|smaller) than|one of|same as|match(es)?|differ\w*)\b",
    re.IGNORECASE,
)
_UPDATES = frozenset({"put", "patch"})
_SHORTEST = 3
_MOST = 4096
_DEEPEST = 6


def may_be_about_more(subject: Subject) -> bool:
    """Whether a refusal speaks of what there is already, or of several fields at once."""
    operation = subject.operation
    if operation is None or subject.status not in INVALID:
        return False
    texts = list(_texts(subject.json().value, 0))
    if any(_THERE.search(text) for text in texts):
        return operation.method != "get"
    if operation.method in _UPDATES and any(_FOR_GOOD.search(text) for text in texts):
        return True
    likely = [text for text in texts if _TOGETHER.search(text)]
    return any(len({name for name in _names(subject) if _stands_in(name, text)}) > 1 for text in likely)


def _names(subject: Subject) -> Iterator[str]:
    """The names of what a request of the operation may hold."""
    operation, reading = subject.operation, subject.reading
    if operation is not None:
        yield from (one.name for one in operation.parameters_in("query"))
    if reading is not None and reading.media is not None and reading.media.schema is not None:
        yield from _properties(reading.media.schema, 0)


def _properties(schema: Schema, depth: int) -> Iterator[str]:
    for name, child in schema.all_properties().items() if depth < _DEEPEST // 2 else ():
        yield name
        yield from _properties(child.child("items") or child, depth + 1)


def _stands_in(name: str, text: str) -> bool:
    """Whether a text speaks of a field, ``start_time`` or ``start time``."""
    if len(name) < _SHORTEST:
        return False
    written = re.escape(name).replace("_", "[_ -]")
    return re.search(rf"(?<![A-Za-z0-9_]){written}(?![A-Za-z0-9_])", text, re.IGNORECASE) is not None


def _texts(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value[:_MOST]
    elif depth < _DEEPEST:
        items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        for held in items:
            yield from _texts(held, depth + 1)
