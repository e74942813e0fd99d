"""Names that are spelt in another way than all the others of their kind."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from conformance.lint.nearness import folded
from conformance.lint.rule import NOTE, Defect, Rule
from conformance.lint.subject import Subject, dict_of
from conformance.spec.pointer import join

AREA = "consistency"
_STYLES = {
    "snake_case": re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+"),
    "kebab-case": re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+"),
    "camelCase": re.compile(r"[a-z][a-z0-9]*(?:[A-Z][a-z0-9]*)+"),
    "PascalCase": re.compile(r"(?:[A-Z][a-z0-9]+){2,}"),
}
"""How names of several words are written; names of one word look alike in most of them."""


def _style(name: str) -> str | None:
    return next((style for style, pattern in _STYLES.items() if pattern.fullmatch(name)), None)


def name_style_differs(subject: Subject) -> Iterator[Defect]:
    """Names of one kind are written in one style, where nearly all of them are."""
    fields = (*_properties(subject), *_parameters(subject, "query"), *_parameters(subject, "path"))
    told: set[str] = set()
    for kind, rows in (
        ("properties", _properties(subject)),
        ("query parameters", _parameters(subject, "query")),
        ("path parameters", _parameters(subject, "path")),
        ("properties and parameters", fields),
        ("segments of paths", _segments(subject)),
        ("operation ids", _operation_ids(subject)),
    ):
        places: dict[str, str] = {}
        for name, pointer in rows:
            places.setdefault(name, pointer)
        styles = {name: style for name in places if (style := _style(name)) is not None}
        counts = Counter(styles.values())
        usual, most = counts.most_common(1)[0] if counts else ("", 0)
        twins = Counter(folded(name) for name in places)
        # What differs from another name in spelling alone is told by other rules.
        others = [name for name, style in styles.items() if style != usual and twins[folded(name)] == 1]
        if most >= 3 and (len(others) == 1 or len(others) * 20 <= most):
            for name in [name for name in others if places[name] not in told]:
                told.add(places[name])
                yield Defect(places[name], f"{name!r} is in {styles[name]}, and {most} other {kind} are in {usual}", name)


def _properties(subject: Subject) -> Iterator[tuple[str, str]]:
    for place in subject.having("properties"):
        for name in dict_of(place.value["properties"]):
            yield name, join(place.pointer, "properties", name)


def _parameters(subject: Subject, location: str) -> Iterator[tuple[str, str]]:
    for place in subject.of("parameter"):
        name = place.value.get("name")
        if place.value.get("in") == location and isinstance(name, str):
            yield name, join(place.pointer, "name")


def _segments(subject: Subject) -> Iterator[tuple[str, str]]:
    for entry in subject.paths:
        for segment in entry.path.split("/"):
            yield segment, entry.pointer


def _operation_ids(subject: Subject) -> Iterator[tuple[str, str]]:
    for operation in subject.document.operations:
        if operation.operation_id:
            yield operation.operation_id, join(operation.pointer, "operationId")


def path_slash_differs(subject: Subject) -> Iterator[Defect]:
    """No path ends in a slash where the others end in none."""
    slashed = [entry for entry in subject.paths if entry.path.endswith("/") and entry.path != "/"]
    plain = {entry.path for entry in subject.paths if not entry.path.endswith("/")}
    if len(plain) >= 3 and len(slashed) * 4 <= len(plain):
        for entry in slashed:
            if entry.path.rstrip("/") not in plain:
                yield Defect(entry.pointer, f"{entry.path} ends in a slash, and {len(plain)} other paths do not")


RULES = (
    Rule(
        id="name-style-differs", severity=NOTE, area=AREA, function=name_style_differs,
        summary="A name is written in another style than the others of its kind.",
        fix="Write it as the others are written; where the service knows it under this name, leave it.",
        why="Users guess names from those that they know, and generated code looks uneven.",
    ),
    Rule(
        id="path-slash-differs", severity=NOTE, area=AREA, function=path_slash_differs,
        summary="A path ends in a slash, and the others do not.",
        fix="Leave the slash out, if the service takes the path without it.",
        why="Many servers know only one of the two; clients that join paths from parts lose it (RFC 3986 section 6.2.4).",
    ),
)  # fmt: skip
