"""Schemas with all that stands beside them: what a value has to satisfy at once, and what that says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from conformance.spec.schema import SchemaNode

TYPES = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})
_MOST = 40


def whole(node: SchemaNode) -> list[SchemaNode]:
    """A schema with every part of its ``allOf``, theirs too: what a value has to satisfy at once."""
    found: dict[str, SchemaNode] = {}
    stack = [node]
    while stack and len(found) < _MOST:
        part = stack.pop(0)
        if part.pointer not in found:
            found[part.pointer] = part
            stack.extend(part.branches("allOf"))
    return list(found.values())


def types_of(parts: Sequence[SchemaNode]) -> frozenset[str]:
    """The types that all parts allow, with ``integer`` wherever ``number`` is."""
    left = TYPES
    for part in parts:
        own = part.types()
        if own:
            left &= own | {"integer"} if "number" in own else own
    return left


def type_of(value: Any) -> str:
    """The type of a JSON value; a whole number is an integer."""
    if isinstance(value, float) and value.is_integer():
        return "integer"
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object", type(None): "null"}
    return names.get(type(value), "string")


def listed(parts: Sequence[SchemaNode]) -> list[Any] | None:
    """The values that ``enum`` and ``const`` of all parts leave, or ``None`` when none of them lists any."""
    left: list[Any] | None = None
    for part in parts:
        lists = [part.get("enum")] if isinstance(part.get("enum"), list) else []
        if isinstance(part.value, dict) and "const" in part.value:
            lists.append([part.value["const"]])
        for values in lists:
            keys = {key(value) for value in values}
            left = list(values) if left is None else [value for value in left if key(value) in keys]
    return left


def key(value: Any) -> str:
    """A text that equal JSON values share."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, sort_keys=True, default=str)


def numbers(parts: Sequence[SchemaNode], keyword: str) -> list[Any]:
    """The values that parts give a keyword, those that are numbers."""
    values = (part.get(keyword) for part in parts)
    return [value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]


def takes_all(node: SchemaNode | None) -> bool:
    """Whether a schema constrains nothing."""
    return node is not None and (node.value is True or (isinstance(node.value, dict) and not meant(node)))


_SAID = frozenset(
    {
        "title",
        "description",
        "default",
        "example",
        "examples",
        "deprecated",
        "readOnly",
        "writeOnly",
        "externalDocs",
        "xml",
        "$comment",
        "discriminator",
        "$id",
        "$anchor",
        "$dynamicAnchor",
        "$defs",
        "$schema",
        "nullable",
    }
)


def meant(node: SchemaNode) -> set[str]:
    """The keywords that constrain."""
    return (
        {keyword for keyword in node.value if keyword not in _SAID and not keyword.startswith("x-")}
        if isinstance(node.value, dict)
        else set()
    )


def described(parts: Sequence[SchemaNode], name: str) -> Iterator[SchemaNode]:
    """What parts say of one property."""
    return (part.properties()[name] for part in parts if name in part.properties())
