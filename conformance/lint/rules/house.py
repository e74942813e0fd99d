"""Rules of the house: extensions that one publisher promises, asked of documents that use them at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from conformance.lint.rule import WARNING, Defect, Rule
from conformance.lint.subject import Subject
from conformance.spec.places import Place
from conformance.spec.pointer import join

AREA = "house"
_LATENCY = "x-latency-category"
_CATEGORIES = ("responsive", "interactive", "background")


def _operations(subject: Subject) -> list[Place]:
    return [place for entry in subject.paths for _, place in entry.operations()]


def house_latency_missing(subject: Subject) -> Iterator[Defect]:
    """Where operations say how fast they are, each of them does."""
    operations = _operations(subject)
    if any(_LATENCY in place.value for place in operations):
        for place in operations:
            if _LATENCY not in place.value:
                yield Defect(place.pointer, f"the operation has no {_LATENCY}, and others have it")


def house_latency_unknown(subject: Subject) -> Iterator[Defect]:
    """How fast an operation is, is one of the known categories."""
    for place in _operations(subject):
        value = place.value.get(_LATENCY)
        if value is not None and value not in _CATEGORIES:
            yield Defect(join(place.pointer, _LATENCY), f"{value!r:.40} is none of {', '.join(_CATEGORIES)}")


def extension_type_differs(subject: Subject) -> Iterator[Defect]:
    """An extension of operations holds values of one type."""
    seen: dict[str, list[tuple[str, str]]] = {}
    for place in _operations(subject):
        for name, value in place.value.items():
            if name.startswith("x-") and value is not None:
                seen.setdefault(name, []).append((_kind(value), join(place.pointer, name)))
    for name, rows in seen.items():
        usual, most = Counter(kind for kind, _ in rows).most_common(1)[0]
        for kind, pointer in rows if most >= 3 and most * 4 > len(rows) * 3 else ():
            if kind != usual:
                yield Defect(pointer, f"{name} holds {kind} here, and {usual} on {most} other operations")


def _kind(value: Any) -> str:
    return {bool: "a boolean", int: "a number", float: "a number", str: "a text", list: "a list", dict: "an object"}.get(
        type(value), "null"
    )


RULES = (
    Rule(
        id="extension-type-differs", severity=WARNING, area="consistency", function=extension_type_differs,
        summary="An extension holds a value of another type than on the other operations.",
        fix="Write the value as the others do.",
        why="The tools that read the extension expect one type.",
    ),
    Rule(
        id="house-latency-missing", severity=WARNING, area=AREA, function=house_latency_missing,
        summary="An operation has no `x-latency-category`, in a document that uses it.",
        fix="Add `x-latency-category`: responsive, interactive or background.",
        why="Clients choose their timeouts by it, and latency is judged by it.",
    ),
    Rule(
        id="house-latency-unknown", severity=WARNING, area=AREA, function=house_latency_unknown,
        summary="An `x-latency-category` is not one of the known ones.",
        fix="Use responsive, interactive or background.",
        why="No timeout belongs to it.",
    ),
)  # fmt: skip
