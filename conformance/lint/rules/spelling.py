"""Names that are spelt in another way than all the others of their kind."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

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
    properties = tuple(_properties(subject))
    queries, paths = tuple(_parameters(subject, "query")), tuple(_parameters(subject, "path"))
    told: set[str] = set()
    for kind, rows in (
        ("properties", properties),
        ("query parameters", queries),
        ("path parameters", paths),
        ("properties and parameters", (*properties, *queries, *paths)),
        ("segments of paths", tuple(_segments(subject))),
        ("operation ids", tuple(_operation_ids(subject))),
    ):
        places: dict[str, str] = {}
        for name, pointer in rows:
            places.setdefault(name, pointer)
        styles = {name: style for name in places if (style := _style(name)) is not None}
        counts = Counter(styles.values())
        usual, most = counts.most_common(1)[0] if counts else ("", 0)
        others = [name for name, style in styles.items() if style != usual]
        others = _told(others, most, rows) if most >= 3 else []
        for name in [name for name in others if places[name] not in told]:
            told.add(places[name])
            yield Defect(places[name], f"{name!r} is in {styles[name]}, and {most} other {kind} are in {usual}", name)


def _told(names: list[str], most: int, rows: Sequence[tuple[str, str]]) -> list[str]:
    """Those names of another style that are few enough to be told, beside how many of the usual one."""
    beside: dict[tuple[str, str], set[str]] = {}
    plain = {folded(name) for name in names}
    for name, pointer in rows:
        if folded(name) in plain:
            beside.setdefault((_owner(pointer), folded(name)), set()).add(name)
    # Two names of one schema that differ in spelling alone are told by other rules.
    twins = {name for held in beside.values() if len(held) > 1 for name in held}
    known = Counter(spelt for spelt, _ in {(folded(name), name) for held in beside.values() for name in held})
    # Where many differ from names of other schemas so, both styles are in use, and those that are spelt once are left.
    for found in [name for name in names if name not in twins], [name for name in names if known[folded(name)] == 1]:
        if len(found) == 1 or len(found) * 20 <= most:
            return found
    return []


def _owner(pointer: str) -> str:
    """The schema of a property, and the holder of a parameter; all paths and operations have one."""
    return max(pointer.rpartition("/properties/")[0], pointer.rpartition("/parameters/")[0], key=len)


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
