"""Fields of an answer that no schema names.

JSON Schema lets an object have further properties unless it says otherwise, and OpenAPI documents seldom say so. A schema that
names properties and is silent on further ones is still read as the list of what there is: documentation and clients are made
from it. So what it does not name is worth a note, and no more than that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias, TypeVar

from conformance.model.ports import Schema
from conformance.spec.pointer import join

_OPENS = frozenset({
    "additionalProperties", "patternProperties", "unevaluatedProperties", "propertyNames", "dependentSchemas", "if", "then",
    "else", "not", "maxProperties", "$dynamicRef", "$recursiveRef", "dependencies", "contentSchema",
})  # fmt: skip
"""Keywords by which a schema says something of properties that it does not name."""

T = TypeVar("T")
Properties: TypeAlias = dict[str, tuple[Schema, ...]]
Told: TypeAlias = tuple[tuple[str, tuple[Schema, ...] | None], ...]
_STRUCTURED = frozenset({"object", "array"})
_MOST_KNOWN = 64
_MOST = 50
_ITEMS = 20


def unnamed(value: Any, schema: Schema) -> Iterator[tuple[str, str, Schema]]:
    """Pointers to the fields that no schema names, with their names and the schema that could have named them."""
    stack: list[tuple[str, Any, tuple[Schema, ...]]] = [("", value, (schema,))]
    count = 0
    while stack and count < _MOST:
        pointer, held, schemas = stack.pop()
        if isinstance(held, list):
            items = _noted("items", schemas, _items)
            stack.extend((f"{pointer}/{index}", inner, items) for index, inner in enumerate(held[:_ITEMS]) if items)
            continue
        if not isinstance(held, dict):
            continue
        nodes, properties, known = _noted("objects", schemas, _objects)
        if not properties:
            continue
        names = tuple(held)
        found = known.get(names)
        if found is None:
            found = _told(names, properties)
            if len(known) < _MOST_KNOWN:
                known[names] = found
        for name, inner in found:
            if inner is None:
                count += 1
                yield join(pointer, name), name, _owner(nodes)
            elif (value := held[name]) and isinstance(value, (dict, list)):
                stack.append((join(pointer, name), value, inner))


def _noted(what: str, schemas: tuple[Schema, ...], work_out: Callable[[Sequence[Schema]], T]) -> T:
    """What schemas together say, worked out once."""
    # There is one object for a schema, and comparing these is quicker than comparing pointers.
    notes, key = schemas[0].notes, ("unnamed", what, schemas[1:])
    if key not in notes:
        notes[key] = work_out(schemas)
    found: T = notes[key]
    return found


def _objects(schemas: Sequence[Schema]) -> tuple[Sequence[Schema], Properties, dict[tuple[str, ...], Told]]:
    """The schemas with their branches, and every property; nothing when one leaves open what an object may hold.

    The last is for what is known of objects by their names: services say the same few sets of them over and over.
    """
    nodes = _united(schemas) or ()
    return nodes, _properties(nodes), {}


def _told(names: Sequence[str], properties: Properties) -> Told:
    """Of an object's names those that matter: not in the schemas, or of what may be an object or a list."""
    return tuple((name, properties.get(name)) for name in names if name not in properties or _may_hold(properties[name]))


def _may_hold(schemas: Sequence[Schema]) -> bool:
    return any(not node.types() or not node.types().isdisjoint(_STRUCTURED) for node in schemas)


def _properties(nodes: Sequence[Schema]) -> Properties:
    """Every property with all that is said of it."""
    found: dict[str, tuple[Schema, ...]] = {}
    for node in nodes:
        for name, child in node.properties().items():
            found[name] = (*found.get(name, ()), child)
    return found


def _owner(nodes: Sequence[Schema]) -> Schema:
    return next(node for node in nodes if node.properties())


def _united(schemas: Sequence[Schema]) -> list[Schema] | None:
    """The schemas with their branches; ``None`` when one of them leaves open what an object may hold."""
    found: dict[str, Schema] = {}
    # A branch of a union that says nothing of properties allows any; beside others in ``allOf`` it only adds to them.
    stack = [(schema, True) for schema in schemas]
    while stack:
        node, alone = stack.pop()
        if node.pointer in found:
            continue
        found[node.pointer] = node
        if not isinstance(node.value, dict) or not _OPENS.isdisjoint(node.value):
            return None
        unions = [branch for keyword in ("anyOf", "oneOf") for branch in node.branches(keyword)]
        if "discriminator" in node.value and not unions:
            # Others extend it, and an object that is one of them has their properties too.
            return None
        parts = node.branches("allOf")
        if alone and not node.properties() and not unions and not parts and _may_be_object(node):
            return None
        stack.extend((branch, not node.properties()) for branch in unions)
        stack.extend((part, False) for part in parts)
    return list(found.values())


def _may_be_object(node: Schema) -> bool:
    types = node.types()
    return "object" in types if types else node.get("enum") is None and node.get("const") is None


def _items(schemas: Sequence[Schema]) -> tuple[Schema, ...]:
    """What the schemas say of the items of a list; nothing where one of them says it by more than ``items``."""
    found: list[Schema] = []
    stack = list(schemas)
    seen: set[str] = set()
    while stack:
        node = stack.pop()
        if node.pointer in seen:
            continue
        seen.add(node.pointer)
        if node.branches("prefixItems") or node.get("unevaluatedItems") is not None or node.child("contains") is not None:
            return ()
        items = node.child("items")
        if items is not None:
            found.append(items)
        elif "array" in node.types() and not any(node.branches(keyword) for keyword in ("allOf", "anyOf", "oneOf")):
            return ()
        for keyword in ("allOf", "anyOf", "oneOf"):
            stack.extend(node.branches(keyword))
    return tuple(found)
