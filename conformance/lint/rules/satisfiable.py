"""Schemas that nothing satisfies, and parts of schemas that can never matter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from conformance.lint.parts import key, type_of, types_of, whole
from conformance.lint.rule import ERROR, WARNING, Defect, Rule
from conformance.lint.rules.schemas import bounds_impossible, required_property_forbidden, type_unsatisfiable
from conformance.lint.space import conflict, impossible
from conformance.lint.subject import Subject, dict_of, list_of, texts_of
from conformance.spec.places import Place
from conformance.spec.pointer import join
from conformance.spec.schema import SchemaNode

AREA = "schemas"
_TELLING = (
    "not",
    "enum",
    "const",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "required",
    "contains",
    "propertyNames",
    "allOf",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
)
_UNIONS = ("oneOf", "anyOf")


def _whole_ones(subject: Subject) -> Iterator[tuple[Place, SchemaNode]]:
    """Schemas that could be impossible, each with its node; a mere reference is judged where it leads."""
    for place in subject.having(*_TELLING, "$ref"):
        if "$ref" in place.value and (subject.is_30 or len(place.value) == 1):
            continue
        node = subject.node(place.pointer)
        if node is not None and (node.pointer == place.pointer or "$ref" not in place.value):
            yield place, node


def schema_unsatisfiable(subject: Subject) -> Iterator[Defect]:
    """Some value satisfies every schema."""
    told = {
        defect.pointer.rpartition("/")[0]
        for rule in (required_property_forbidden, type_unsatisfiable)
        for defect in rule(subject)
    }
    told |= {defect.pointer for defect in bounds_impossible(subject)}
    for place, node in _whole_ones(subject):
        enum = place.value.get("enum")
        if place.pointer in told or (
            (isinstance(enum, list) or "const" in place.value) and "allOf" not in place.value and "$ref" not in place.value
        ):
            continue
        parts = whole(node)
        reason = impossible(parts)
        if reason is not None and not any(_own(place, part) for part in parts if part is not node):
            pointer = join(place.pointer, "allOf") if "allOf" in place.value else place.pointer
            yield Defect(pointer, f"no value satisfies this schema: {reason}")


def _own(place: Place, part: SchemaNode) -> bool:
    """Whether a part of a schema cannot be satisfied even alone, so that the defect is there."""
    return part.pointer != place.pointer and isinstance(part.value, dict) and impossible([part]) is not None


def property_contradictory(subject: Subject) -> Iterator[Defect]:
    """The parts of an ``allOf`` agree on some value for each property."""
    for place in subject.having("allOf"):
        node = subject.node(place.pointer)
        if node is None or impossible(whole(node)) is not None:
            continue
        parts = whole(node)
        if len(parts) > 1:
            for name in dict.fromkeys(name for part in parts for name in part.properties()):
                held = [part.properties()[name] for part in parts if name in part.properties()]
                # A part that says `false` refuses the property on purpose.
                reason = conflict(parts, name) if all(inner.value is not False for inner in held) else None
                if reason is not None:
                    yield Defect(join(place.pointer, "allOf"), f"the property {name!r} can have no value: {reason}", name)


def property_pattern_contradictory(subject: Subject) -> Iterator[Defect]:
    """What ``patternProperties`` says of a property agrees with what ``properties`` says of it."""
    for place in subject.having("patternProperties"):
        node = subject.node(place.pointer)
        for name, inner in node.properties().items() if node is not None and "properties" in place.value else ():
            for pattern in dict_of(place.value["patternProperties"]) if impossible(whole(inner)) is None else ():
                other = node.child("patternProperties", pattern) if node is not None and _is_found(pattern, name) else None
                reason = impossible([*whole(inner), *whole(other)]) if other is not None else None
                if reason is not None:
                    yield Defect(
                        join(place.pointer, "properties", name),
                        f"it is also judged by `patternProperties` {pattern!r}, and can have no value: {reason}",
                    )


def _is_found(pattern: str, name: str) -> bool:
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return False


def property_refused(subject: Subject) -> Iterator[Defect]:
    """No part of an ``allOf`` refuses the properties that its siblings describe."""
    for place in subject.having("allOf"):
        node = subject.node(place.pointer)
        if node is None or impossible(whole(node)) is not None:
            continue
        parts = whole(node)
        for part in parts:
            if part.get("additionalProperties") is not False or part.get("patternProperties"):
                continue
            names = [name for other in parts if other is not part for name in other.properties() if name not in part.properties()]
            if names:
                more = f" and {len(set(names)) - 1} more" if len(set(names)) > 1 else ""
                own = part.pointer.startswith(place.pointer) and part.get("additionalProperties") is False
                pointer = join(part.pointer if own else join(place.pointer, "allOf"), *(["additionalProperties"] if own else []))
                yield Defect(
                    pointer, f"{names[0]!r}{more} of another part of the `allOf` is refused by `additionalProperties: false`"
                )
                break


def null_unlisted(subject: Subject) -> Iterator[Defect]:
    """Where null is allowed by the type, the enumerated values have it too."""
    for place in subject.having("enum"):
        values, types = place.value["enum"], texts_of(place.value.get("type"))
        nullable = place.value.get("nullable") is True and "type" in place.value if subject.is_30 else "null" in types
        if isinstance(values, list) and values and nullable and None not in values:
            what = "`nullable`" if subject.is_30 else "the type `null`"
            yield Defect(join(place.pointer, "enum"), f"{what} has no effect, for null is not one of the listed values")


def const_invalid(subject: Subject) -> Iterator[Defect]:
    """A constant is of the schema's own type, and one of its values."""
    for place in subject.having("const"):
        node = subject.node(place.pointer)
        types = types_of([node]) if node is not None and node.pointer == place.pointer else frozenset()
        kind = type_of(place.value["const"])
        wanted = " or ".join(sorted(node.types())) if node is not None else ""
        if types and kind not in types and not (kind == "integer" and "number" in types):
            yield Defect(join(place.pointer, "const"), f"the constant is of the type {kind}, and {wanted} is wanted")
        elif isinstance(place.value.get("enum"), list) and key(place.value["const"]) not in map(key, place.value["enum"]):
            yield Defect(join(place.pointer, "const"), "the constant is not one of the enumerated values")


def recursion_endless(subject: Subject) -> Iterator[Defect]:
    """What a schema requires of itself comes to an end."""
    edges: dict[str, list[tuple[str, str]]] = {}
    starts = [node for place in subject.having("required", "minItems") if (node := subject.node(place.pointer)) is not None]
    for start in starts:
        if start.pointer in edges:
            continue
        stack = [start]
        while stack:
            node = stack.pop()
            if node.pointer not in edges:
                held = list(_needed(node))
                edges[node.pointer] = [(where, inner.pointer) for where, inner in held]
                stack.extend(inner for _, inner in held)
    told: set[str] = set()
    for pointer in edges:
        path = _circle(edges, pointer)
        if path and not told & {target for _, target in path}:
            told |= {target for _, target in path}
            yield Defect(path[-1][0], "a value of this schema needs another one inside, and that one too, without end")


def _needed(node: SchemaNode) -> Iterator[tuple[str, SchemaNode]]:
    """What every value of a schema needs inside or beside itself, with where that is said."""
    for index, part in enumerate(node.branches("allOf")):
        yield join(node.pointer, "allOf", index), part
    is_object = node.types() == {"object"} or (not node.types() and bool(node.properties()) and not node.get("enum"))
    for name, inner in node.properties().items() if is_object else ():
        if name in texts_of(node.get("required")):
            yield join(node.pointer, "properties", name), inner
    items = node.child("items")
    if node.types() == {"array"} and items is not None and (node.get("minItems") or 0) != 0 and not node.get("prefixItems"):
        yield join(node.pointer, "items"), items
    for keyword in _UNIONS:
        branches = node.branches(keyword)
        if len(branches) == 1 and len(list_of(node.get(keyword))) == 1:
            yield join(node.pointer, keyword, 0), branches[0]


def _circle(edges: dict[str, list[tuple[str, str]]], start: str) -> list[tuple[str, str]]:
    """The way from a schema back to itself, or nothing."""
    ways: dict[str, list[tuple[str, str]]] = {start: []}
    stack = [start]
    while stack:
        here = stack.pop()
        for where, target in edges.get(here, ()):
            if target == start:
                return [*ways[here], (where, target)]
            if target not in ways:
                ways[target] = [*ways[here], (where, target)]
                stack.append(target)
    return []


def items_unreachable(subject: Subject) -> Iterator[Defect]:
    """An array may have all the items that ``prefixItems`` describes."""
    for place in subject.having("prefixItems"):
        most, first = place.value.get("maxItems"), list_of(place.value["prefixItems"])
        if isinstance(most, int) and most < len(first):
            yield Defect(
                join(place.pointer, "prefixItems", most), f"there are never more than {most} items, so this one never is"
            )


def property_name_refused(subject: Subject) -> Iterator[Defect]:
    """``propertyNames`` allows the names of the properties that are described."""
    for place in subject.having("propertyNames"):
        node = subject.node(place.pointer)
        names = node.child("propertyNames") if node is not None else None
        for name in dict_of(place.value.get("properties")) if names is not None else ():
            if names is not None and not names.is_valid(name):
                yield Defect(join(place.pointer, "properties", name), f"`propertyNames` refuses the name {name!r}")


def dependent_property_undescribed(subject: Subject) -> Iterator[Defect]:
    """What ``dependentRequired`` names is described."""
    for place in subject.having("dependentRequired"):
        node = subject.node(place.pointer)
        known: Any = node.all_properties() if node is not None else {}
        if not known or "patternProperties" in place.value:
            continue
        for name, needed in dict_of(place.value["dependentRequired"]).items():
            if name not in known:
                yield Defect(join(place.pointer, "dependentRequired", name), f"nothing says what the property {name!r} is")
            for index, other in enumerate(texts_of(needed)):
                if other not in known:
                    yield Defect(
                        join(place.pointer, "dependentRequired", name, index), f"nothing says what the property {other!r} is"
                    )


RULES = (
    Rule(
        id="const-invalid", severity=ERROR, area=AREA, function=const_invalid,
        summary="A constant is not of the schema's type or not one of its values.",
        fix="Correct the constant or the type.",
        why="No value satisfies the schema (JSON Schema validation 6.1.3).",
    ),
    Rule(
        id="dependent-property-undescribed", severity=WARNING, area=AREA, function=dependent_property_undescribed,
        summary="A dependency names a property that is not described.",
        fix="Correct the name, or describe the property.",
        why="The dependency never matters, or asks for something unknown (JSON Schema validation 6.5.4).",
    ),
    Rule(
        id="items-unreachable", severity=WARNING, area=AREA, function=items_unreachable,
        summary="`maxItems` forbids items that `prefixItems` describes.",
        fix="Raise `maxItems`, or remove the items that cannot be.",
        why="What is described can never be sent (JSON Schema validation 6.4.1).",
    ),
    Rule(
        id="null-unlisted", severity=WARNING, area=AREA, function=null_unlisted,
        summary="The type allows null, and the enumerated values do not.",
        fix="Add null to `enum`, or take it from the type.",
        why="A value must satisfy both, so null is never valid (OpenAPI 3.0.3 on `nullable`; JSON Schema validation 6.1.2).",
    ),
    Rule(
        id="property-contradictory", severity=ERROR, area=AREA, function=property_contradictory,
        summary="The parts of an `allOf` contradict each other on a property.",
        fix="Let the parts agree; `allOf` adds constraints and never replaces them.",
        why="The property can never be sent (JSON Schema core 10.2.1.1).",
    ),
    Rule(
        id="property-name-refused", severity=ERROR, area=AREA, function=property_name_refused,
        summary="A property is described under a name that `propertyNames` refuses.",
        fix="Correct the name, or allow it.",
        why="An object that has the property is never valid (JSON Schema core 10.3.2.4).",
    ),
    Rule(
        id="property-pattern-contradictory", severity=ERROR, area=AREA, function=property_pattern_contradictory,
        summary="A property contradicts a pattern for properties that its name matches.",
        fix="Narrow the pattern so that it leaves the property out, or let both agree.",
        why="Both are asked, so the property can never be sent (JSON Schema core 10.3.2.2).",
    ),
    Rule(
        id="property-refused", severity=WARNING, area=AREA, function=property_refused,
        summary="A part of an `allOf` refuses the properties of the other parts.",
        fix="Use `unevaluatedProperties: false` beside the `allOf` (3.1), or leave the parts open.",
        why="`additionalProperties` sees the properties of its own schema alone (JSON Schema core 10.3.2.3).",
    ),
    Rule(
        id="recursion-endless", severity=ERROR, area=AREA, function=recursion_endless,
        summary="A schema requires a value of itself inside of itself.",
        fix="Make the property optional, allow null, or put it into an array that may be empty.",
        why="Only an endless value would satisfy it, so none does.",
    ),
    Rule(
        id="schema-unsatisfiable", severity=ERROR, area=AREA, function=schema_unsatisfiable, explains=(),
        summary="No value satisfies a schema.",
        fix="Loosen one of the keywords that contradict each other.",
        why="Nothing that is sent can ever be valid.",
    ),
)  # fmt: skip
