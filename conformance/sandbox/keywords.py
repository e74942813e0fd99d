"""What keywords of schemas that hold together say of one place: a property, an item, an enumeration."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.model.ports import Schema
from conformance.sandbox.shapes import Shape

# fmt: off
_WORDS = frozenset({"title", "description", "summary", "deprecated", "example", "examples", "default", "readOnly", "writeOnly",
                    "$comment", "externalDocs", "xml", "nullable"})
_PLAIN = {"object": _WORDS | {"type", "properties", "required", "additionalProperties"}, "array": _WORDS | {"type", "items"}}
# fmt: on


def is_plain(schema: Schema, kind: str) -> bool:
    """Whether an ``object`` or ``array`` of a schema is right when its parts are, and are there."""
    return isinstance(schema.value, dict) and all(name in _PLAIN[kind] or name.startswith("x-") for name in schema.value)


def enumerated(shape: Shape) -> list[Any] | None:
    """The values that ``enum`` or ``const`` leave, or ``None`` when they say nothing."""
    for node in shape.nodes:
        if isinstance(node.value, Mapping) and "const" in node.value:
            return [node.value["const"]]
    found: list[Any] | None = None
    for node in shape.nodes:
        listed = node.get("enum")
        if isinstance(listed, list) and (found is None or len(listed) < len(found)):
            found = listed
    return list(found) if found is not None else None


def written_for(node: Schema) -> Iterator[Any]:
    """The values that the document's author wrote for a schema: examples, then the default."""
    if not isinstance(node.value, Mapping):
        return
    examples = node.value.get("examples")
    for value in (node.value.get("example"), *(examples[:3] if isinstance(examples, list) else ()), node.value.get("default")):
        if value is not None:
            yield value


def shown_as_null(shape: Shape) -> frozenset[str]:
    """The properties that the author's first example of an object has as null."""
    examples = (next(written_for(node), None) for node in shape.nodes)
    return frozenset(
        name for example in examples if isinstance(example, dict) for name, value in example.items() if value is None
    )


def names_of(value: Any) -> list[str]:
    """The names in a list such as ``required``, whatever else it holds."""
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []


def count_of(node: Schema, keyword: str, otherwise: int) -> int:
    """A keyword that counts."""
    value = node.get(keyword)
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 2**53 else otherwise


def children_at(shape: Shape, name: str) -> tuple[Schema, ...]:
    """What a property must satisfy: its declarations, and ``additionalProperties`` of the schemas that do not declare it."""
    found: list[Schema] = []
    for node in shape.nodes:
        child = node.properties().get(name) or by_pattern(node, name) or node.child("additionalProperties")
        if child is not None and child not in found:
            found.append(child)
    return tuple(found)


def by_pattern(node: Schema, name: str) -> Schema | None:
    """What ``patternProperties`` of one schema say of a property."""
    patterns = node.get("patternProperties")
    for pattern in patterns if isinstance(patterns, Mapping) else ():
        try:
            if re.search(pattern, name):
                return node.child("patternProperties", pattern)
        except re.error:
            continue
    return None


def has_pattern_for(shape: Shape, name: str) -> bool:
    """Whether a pattern of any of the schemas speaks of a property."""
    return any(by_pattern(node, name) is not None for node in shape.nodes)


def children_of_item(shape: Shape, index: int) -> tuple[Schema, ...]:
    """What an item of an array must satisfy."""
    found: list[Schema] = []
    for node in shape.nodes:
        prefix = node.branches("prefixItems") if node.get("prefixItems") else ()
        child = prefix[index] if index < len(prefix) else node.child("items")
        if child is not None and child not in found:
            found.append(child)
    return tuple(found)


def trimmed(found: dict[str, Any], shape: Shape, required: Mapping[str, Any]) -> dict[str, Any]:
    """Without the optional properties that ``maxProperties`` has no room for."""
    most = min(
        (node.get("maxProperties") for node in shape.nodes if isinstance(node.get("maxProperties"), int)), default=len(found)
    )
    for name in [name for name in reversed(found) if name not in required]:
        if len(found) <= most:
            break
        del found[name]
    return found
