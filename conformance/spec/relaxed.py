"""What schemas say of the kind of a value, without how great, how long or how complete it has to be.

A client that makes values up by their type alone (as the test suites of generated SDKs do) sends ``0`` where a number
begins at 1, ``"id"`` where a pattern is asked for, and leaves out what it holds for optional. Types, listed values, closed
objects and unions stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from conformance.spec.places import Place
from conformance.spec.pointer import follow, join

BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern",
          "format", "minItems", "maxItems", "uniqueItems")  # fmt: skip
PRESENCE = ("required", "dependentRequired", "minProperties", "contains", "minContains")
# Inside these, to ask for less is to allow less.
_TURNED = ("not", "if")


def relaxed(tree: dict[str, Any], places: Sequence[Place]) -> dict[str, Any]:
    """A copy of a document whose schemas ask for no bounds and for nothing to be there.

    A ``oneOf`` becomes an ``anyOf``: branches that ask for less are not told apart any more.

    Args:
        tree: the document in JSON Schema 2020-12 terms.
        places: its schemas.
    """
    copy = _copied(tree)
    turned = tuple(_turned(places))
    names = {reference.rpartition("/oneOf/")[0] for reference in _references(tree)}
    # The innermost first: where a schema stands changes when a branch around it moves.
    for place in sorted(places, key=lambda place: -len(place.pointer)):
        schema = follow(copy, place.pointer)
        if not isinstance(schema, dict) or place.pointer.startswith(turned):
            continue
        for keyword in (*BOUNDS, *PRESENCE):
            schema.pop(keyword, None)
        if isinstance(schema.get("oneOf"), list) and f"#{place.pointer}" not in names:
            branches = schema.pop("oneOf")
            if "anyOf" not in schema:
                schema["anyOf"] = branches
            elif isinstance(schema.get("allOf", []), list):
                schema["allOf"] = [*schema.get("allOf", ()), {"anyOf": branches}]
    return dict(copy)


def _turned(places: Sequence[Place]) -> Iterator[str]:
    for place in places:
        if isinstance(place.value, dict):
            yield from (join(place.pointer, keyword) for keyword in _TURNED if keyword in place.value)


def _references(value: Any) -> Iterator[str]:
    """The references that lead into a union, and would lead nowhere if its branches were moved."""
    stack = [value]
    while stack:
        held = stack.pop()
        if isinstance(held, dict):
            reference = held.get("$ref")
            if isinstance(reference, str) and "/oneOf/" in reference:
                yield reference
            stack.extend(held.values())
        elif isinstance(held, list):
            stack.extend(held)


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copied(held) for name, held in value.items()}
    return [_copied(held) for held in value] if isinstance(value, list) else value
