"""Values at the very bounds that a document sets, each kind at every place at once: they are allowed, and easily left out.

The greatest and the least that a place takes, and the listed values in their order: the first of every place, the second of
every place, and so on.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from conformance.cases.everywhere import body_schema, fitted, leaves, plain_parameters
from conformance.cases.probe import Probe
from conformance.model.message import Request
from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.spec.reading import RequestReading

_LONGEST = 1000
"""Characters that a text is made to have at most: beyond, services may have a limit that they do not tell."""

_MOST_ITEMS = 20
_MOST_LISTED = 8


def bounds(operation: Operation, reading: RequestReading, request: Request) -> Iterator[Probe]:
    """The greatest wherever there is one, the least, and the listed values one after the other, the last ones first."""
    words = "Values at their bounds"
    yield from fitted(operation, reading, request, query=_greatest, body=_greatest, words=(words, "the greatest"))
    yield from fitted(operation, reading, request, query=_least, body=_least, words=(words, "the least"))
    for index in range(1, min(_MOST_LISTED, _longest_list(operation, reading, request))):
        listed = partial(_listed, index)
        yield from fitted(operation, reading, request, query=listed, body=listed,
                          words=("Listed values", f"number {index + 1} from the end"))  # fmt: skip


def _greatest(schema: Schema, held: Any) -> Any:
    types = schema.types()
    if schema.get("enum"):
        return _listed(0, schema, held)
    if types == {"boolean"}:
        return True
    if "string" in types and not _is_formed(schema):
        most = schema.get("maxLength")
        text = held if isinstance(held, str) and held else "x"
        return (text * most)[:most] if isinstance(most, int) and 0 < most <= _LONGEST else None
    if isinstance(held, list) and len(held) == 1 and "array" in types:
        most = schema.get("maxItems")
        return held * most if isinstance(most, int) and 1 < most <= _MOST_ITEMS else None
    return _bound(schema, "maximum", "exclusiveMaximum", -1)


def _least(schema: Schema, held: Any) -> Any:
    types = schema.types()
    if schema.get("enum"):
        return next(iter(schema.get("enum")), None)
    if types == {"boolean"}:
        return False
    if "string" in types and not _is_formed(schema):
        least = schema.get("minLength")
        text = held if isinstance(held, str) and held else "x"
        return (text * least)[:least] if isinstance(least, int) and 0 < least <= _LONGEST else None
    if isinstance(held, list) and held and "array" in types:
        least = schema.get("minItems")
        return held[:least] if isinstance(least, int) and least >= 0 else []
    return _bound(schema, "minimum", "exclusiveMinimum", 1)


def _bound(schema: Schema, name: str, beyond: str, inward: int) -> Any:
    types = schema.types()
    if not types or not types <= {"integer", "number", "null"}:
        return None
    bound, outer = schema.get(name), schema.get(beyond)
    if isinstance(bound, (int, float)) and not isinstance(bound, bool) and outer is not True:
        return int(bound) if float(bound).is_integer() else bound
    return outer + inward if "number" not in types and isinstance(outer, int) and not isinstance(outer, bool) else None


def _listed(index: int, schema: Schema, held: Any) -> Any:
    """A listed value, counted from the end; for a truth, the other one."""
    listed = schema.get("enum")
    if isinstance(listed, list) and len(listed) > index:
        return listed[-1 - index]
    if index == 1 and isinstance(held, bool):
        return not held
    return None


def _is_formed(schema: Schema) -> bool:
    return any(schema.get(keyword) is not None for keyword in ("format", "pattern", "const"))


def _longest_list(operation: Operation, reading: RequestReading, request: Request) -> int:
    """How many values the longest list of them has."""
    body = body_schema(operation, reading, request)
    schemas = [spot.schema for spot in leaves(reading.body, body)] if body is not None else []
    for parameter in plain_parameters(operation):
        assert parameter.schema is not None
        schemas += [parameter.schema, *parameter.schema.all_properties().values()]
        items = parameter.schema.child("items")
        schemas += [items] if items is not None else []
    return max((len(listed) for schema in schemas if isinstance(listed := schema.get("enum"), list)), default=0)
