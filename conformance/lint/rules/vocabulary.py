"""Words for fields that mean one thing in an API, and are a number in one schema and a text in another."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from conformance.lint.parts import whole
from conformance.lint.rule import NOTE, Defect, Rule
from conformance.lint.subject import Subject, list_of
from conformance.spec.pointer import join

AREA = "consistency"
_UNIONS = ("oneOf", "anyOf")
_KINDS = {frozenset({"string"}): "string", frozenset({"integer"}): "number", frozenset({"number"}): "number",
          frozenset({"integer", "number"}): "number"}  # fmt: skip
_GENERIC = re.compile(
    r"values?|type|data|status|code|key|default|name|version|id|counts?|min|max|(min|max)_?length|from|to|state|level|results?|content|"
    r"fields?|files?|limit|offset|page|index|position|order|size|width|height|top|bottom|left|right|first|last|text|message|"
    r"errors?|title|label|description|source|target|start|end|since|until|date|time|timestamp|created|updated|year|month|day|"
    r"number|.*(_id|Id|_at|At|_url|Url)",
    re.IGNORECASE,
)
"""Names that each schema has in a sense of its own, and those that another rule looks at."""
_MEASURED = re.compile(r"amount|price|total|balance|cost|fee|quantity|phone|country|currency|zip|postal", re.IGNORECASE)
"""Names of which two schemas are enough to tell that they differ."""


def property_type_differs(subject: Subject) -> Iterator[Defect]:
    """A field that means one thing is not a number here and a text elsewhere."""
    for name, rows in _described(subject).items():
        counts = Counter(rows.values())
        usual, most = counts.most_common(1)[0]
        others = [pointer for pointer, kind in rows.items() if kind != usual]
        is_told = len(others) == 1 and (most >= 2 or _MEASURED.search(name) is not None)
        for pointer in others if is_told or (others and len(others) * 3 <= most) else ():
            where = f"{most} other schema{'s' if most > 1 else ''}"
            yield Defect(pointer, f"{name!r} is a {rows[pointer]} here, and a {usual} in {where}")


def _described(subject: Subject) -> dict[str, dict[str, str]]:
    """Properties by name: where each is described, and whether as a number or a text."""
    branches = {
        node.pointer
        for place in subject.having(*_UNIONS)
        for keyword in _UNIONS
        for index in range(len(list_of(place.value.get(keyword))))
        if (node := subject.node(join(place.pointer, keyword, index))) is not None
    }
    found: dict[str, dict[str, str]] = {}
    for place in subject.having("properties"):
        node = subject.node(place.pointer)
        # Variants of one thing hold what they like.
        if node is None or node.pointer in branches or "/oneOf/" in place.pointer or "/anyOf/" in place.pointer:
            continue
        for name, inner in node.properties().items():
            kind = _kind(inner.types() or next((part.types() for part in whole(inner) if part.types()), frozenset()))
            if kind is not None and not _GENERIC.fullmatch(name):
                found.setdefault(name, {})[inner.pointer] = kind
    return found


def _kind(types: frozenset[str]) -> str | None:
    return _KINDS.get(types - {"null"})


RULES = (
    Rule(
        id="property-type-differs", severity=NOTE, area=AREA, function=property_type_differs,
        summary="A field is a number in one schema and a text in the others, or the other way round.",
        fix="Use the type of the others, or another name if another thing is meant.",
        why="Users of the API take fields of one name for one thing.",
    ),
)  # fmt: skip
