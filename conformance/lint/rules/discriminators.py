"""Discriminators: whether a payload that names its variant finds it, and is accepted there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.lint.parts import key, whole
from conformance.lint.rule import ERROR, WARNING, Defect, Rule
from conformance.lint.subject import Subject, dict_of, list_of
from conformance.spec.places import Place
from conformance.spec.pointer import join, split
from conformance.spec.schema import SchemaNode

AREA = "schemas"
_UNIONS = ("oneOf", "anyOf")


def _unions(subject: Subject) -> Iterator[tuple[Place, str, SchemaNode, str, list[SchemaNode]]]:
    """Schemas with a discriminator and a union: the place, the property, the node, the keyword and the branches."""
    for place in subject.having("discriminator"):
        name = dict_of(place.value["discriminator"]).get("propertyName")
        node = subject.node(place.pointer)
        for keyword in _UNIONS if isinstance(name, str) and node is not None else ():
            branches = list(node.branches(keyword)) if node is not None else []
            if branches and len(branches) >= len(list_of(place.value.get(keyword))):
                yield place, str(name), node, keyword, branches  # type: ignore[misc]


def _mapped(subject: Subject, place: Place) -> dict[str, str]:
    """Where each value of the mapping leads; what leads nowhere is left out."""
    schemas = subject.components("schemas")
    found = {}
    for value, target in dict_of(dict_of(place.value["discriminator"]).get("mapping")).items():
        if isinstance(target, str):
            pointer = join("/components/schemas", target) if target in schemas else subject.target(target)
            node = subject.node(pointer) if pointer is not None else None
            if node is not None:
                found[value] = node.pointer
    return found


def discriminator_mapping_outside(subject: Subject) -> Iterator[Defect]:
    """Every value of a mapping leads to one of the branches."""
    for place, _, _, keyword, branches in _unions(subject):
        if any(place.value.get(other) for other in _UNIONS if other != keyword):
            continue
        known = {part.pointer for branch in branches for part in (branch, *branch.branches("oneOf"), *branch.branches("anyOf"))}
        for value, pointer in _mapped(subject, place).items():
            if pointer not in known:
                yield Defect(
                    join(place.pointer, "discriminator", "mapping", value), f"the schema of {value!r} is no branch of `{keyword}`"
                )


def discriminator_value_refused(subject: Subject) -> Iterator[Defect]:
    """Every branch accepts the value that leads to it, and every value that a branch lists leads somewhere."""
    for place, name, _, keyword, branches in _unions(subject):
        mapped = _mapped(subject, place)
        for index, branch in enumerate(branches):
            written = dict_of(
                list_of(place.value.get(keyword))[index] if index < len(list_of(place.value.get(keyword))) else None
            )
            values = {value for value, pointer in mapped.items() if pointer == branch.pointer}
            own = split(str(written.get("$ref")))[-1:] if isinstance(written.get("$ref"), str) else ()
            accepted = _listed(branch, name)
            for value in sorted(values - accepted) if accepted is not None else ():
                at = join(place.pointer, "discriminator", "mapping", value)
                yield Defect(at, f"the schema of {value!r} takes only {_told(accepted)} for {name!r}")
            if accepted and not values and own and own[0] not in accepted:
                yield Defect(
                    join(place.pointer, keyword, index),
                    f"nothing maps {_told(accepted)} to this branch, and it refuses its own name {own[0]!r} for {name!r}",
                )


def _told(accepted: set[str] | None) -> str:
    return " or ".join(repr(value) for value in sorted(accepted or ()))


def _listed(branch: SchemaNode, name: str) -> set[str] | None:
    """The values that a branch lists for a property, or ``None`` when it takes others too."""
    left: set[str] | None = None
    for part in whole(branch):
        node = part.properties().get(name)
        for inner in whole(node) if node is not None else ():
            values = inner.get("enum")
            held = [values] if isinstance(values, list) else []
            if isinstance(inner.value, dict) and "const" in inner.value:
                held.append([inner.value["const"]])
            for listed in held:
                texts = {value for value in listed if isinstance(value, str)}
                left = texts if left is None else left & texts
    return left


def discriminator_value_shared(subject: Subject) -> Iterator[Defect]:
    """No two branches list the same single value."""
    for place, name, _, keyword, branches in _unions(subject):
        seen: dict[str, int] = {}
        for index, branch in enumerate(branches):
            accepted = _listed(branch, name)
            value = key(sorted(accepted)) if accepted is not None and len(accepted) == 1 else None
            if value is not None and len({inner.pointer for inner in branches}) == len(branches):
                first = seen.setdefault(value, index)
                if first != index:
                    yield Defect(
                        join(place.pointer, keyword, index), f"branch {first} has the value {_told(accepted)} for {name!r} too"
                    )


def discriminator_property_optional(subject: Subject) -> Iterator[Defect]:
    """Every variant requires the property that tells the variants apart."""
    for place, name, node, keyword, branches in _unions(subject):
        if name in node.required():
            continue
        for index, branch in enumerate(branches):
            if (
                _has(branch, name)
                and name not in branch.required()
                and not branch.branches("oneOf")
                and not branch.branches("anyOf")
            ):
                yield Defect(
                    join(place.pointer, keyword, index), f"this variant does not require {name!r}, which tells the variants apart"
                )
    for place in subject.having("discriminator"):
        own = dict_of(place.value["discriminator"]).get("propertyName")
        base = subject.node(place.pointer)
        if not isinstance(own, str) or base is None or any(keyword in place.value for keyword in _UNIONS):
            continue
        if own in base.properties() and own not in base.required() and _is_extended(subject, place.pointer):
            yield Defect(
                join(place.pointer, "discriminator", "propertyName"),
                f"{own!r} is not required, and it tells the variants apart",
            )


def _has(branch: SchemaNode, name: str) -> bool:
    return any(name in part.properties() for part in whole(branch))


def discriminator_property_untold(subject: Subject) -> Iterator[Defect]:
    """A base schema has the property that tells its variants apart."""
    for place in subject.having("discriminator"):
        name = dict_of(place.value["discriminator"]).get("propertyName")
        node = subject.node(place.pointer)
        if not isinstance(name, str) or node is None or any(keyword in place.value for keyword in _UNIONS):
            continue
        if node.all_properties() and name not in node.all_properties():
            yield Defect(join(place.pointer, "discriminator", "propertyName"), f"the schema has no property {name!r}")


def discriminator_unused(subject: Subject) -> Iterator[Defect]:
    """A discriminator stands beside a union, or in a schema that others extend."""
    for place in subject.having("discriminator"):
        if any(keyword in place.value for keyword in (*_UNIONS, "allOf")) or not isinstance(place.value["discriminator"], dict):
            continue
        if not _is_extended(subject, place.pointer):
            yield Defect(
                join(place.pointer, "discriminator"), "there is no `oneOf` or `anyOf` here, and no schema extends this one"
            )


def _is_extended(subject: Subject, pointer: str) -> bool:
    """Whether a schema extends this one, or the one that this is a part of."""
    owners = {pointer}
    while (found := re.fullmatch(r"(.*)/allOf/\d+", pointer)) is not None:
        pointer = found.group(1)
        owners.add(pointer)
    for place in subject.having("allOf"):
        for part in list_of(place.value["allOf"]):
            reference = dict_of(part).get("$ref")
            if isinstance(reference, str) and subject.target(reference) in owners:
                return True
    return False


def discriminator_property_type(subject: Subject) -> Iterator[Defect]:
    """The property that tells variants apart is a text."""
    for place, name, _, keyword, branches in _unions(subject):
        for index, branch in enumerate(branches):
            for part in whole(branch):
                node = part.properties().get(name)
                types = node.types() if node is not None else frozenset()
                if types and "string" not in types:
                    yield Defect(
                        join(place.pointer, keyword, index), f"{name!r} is of the type {' or '.join(sorted(types))} here"
                    )
                    break


def discriminator_branch_inline(subject: Subject) -> Iterator[Defect]:
    """The branches of a discriminated union are references."""
    for place in subject.having("discriminator"):
        for keyword in _UNIONS:
            for index, branch in enumerate(list_of(place.value.get(keyword))):
                inline = (
                    isinstance(branch, dict)
                    and "$ref" not in branch
                    and "$dynamicRef" not in branch
                    and branch.get("type") != "null"
                )
                if inline and any(keyword in branch for keyword in ("properties", "allOf", "oneOf", "anyOf")):
                    yield Defect(join(place.pointer, keyword, index), "a schema in place is not considered by the discriminator")


def discriminator_property_missing(subject: Subject) -> Iterator[Defect]:
    """Every variant of a discriminated union has the property that tells them apart."""
    for place in subject.having("discriminator"):
        name = dict_of(place.value.get("discriminator")).get("propertyName")
        node = subject.node(place.pointer)
        if not isinstance(name, str) or node is None or name in node.properties():
            continue
        for keyword in ("oneOf", "anyOf"):
            for index, variant in enumerate(node.branches(keyword)):
                if variant.types() <= {"object"} and variant.all_properties() and not _carries(variant, name, frozenset()):
                    yield Defect(
                        join(place.pointer, keyword, index),
                        f"this variant has no property {name!r}, which tells the variants apart",
                    )


def _carries(node: SchemaNode, name: str, seen: frozenset[str]) -> bool:
    """Whether a schema, or each branch of its union, has a property."""
    if node.pointer in seen:
        return False
    seen |= {node.pointer}
    if name in node.properties() or any(_carries(part, name, seen) for part in node.branches("allOf")):
        return True
    return any(branches and all(_carries(part, name, seen) for part in branches)
               for branches in (node.branches("oneOf"), node.branches("anyOf")))  # fmt: skip


RULES = (
    Rule(
        id="discriminator-branch-inline", severity=WARNING, area=AREA, function=discriminator_branch_inline,
        summary="A branch of a discriminated union is no reference.",
        fix="Make it a component and refer to it.",
        why="Schemas in place are not considered, for they have no name (OpenAPI, Discriminator Object).",
    ),
    Rule(
        id="discriminator-mapping-outside", severity=ERROR, area=AREA, function=discriminator_mapping_outside,
        summary="A discriminator maps a value to a schema that is no branch of the union.",
        fix="Add the schema to the union, or correct the mapping.",
        why="The discriminator only chooses among the branches; the payload stays invalid (OpenAPI, Discriminator Object).",
    ),
    Rule(
        id="discriminator-property-missing", severity=WARNING, area=AREA, function=discriminator_property_missing,
        summary="A variant of a union does not have the discriminating property.",
        fix="Add the property to the variant and require it.",
        why="A payload of this variant cannot be told apart (OpenAPI, Discriminator Object).",
    ),
    Rule(
        id="discriminator-property-optional", severity=WARNING, area=AREA, function=discriminator_property_optional,
        summary="A variant of a union does not require the discriminating property.",
        fix="Add the property to `required`.",
        why="Without it the variant is undefined (OpenAPI, Discriminator Object).",
    ),
    Rule(
        id="discriminator-property-type", severity=ERROR, area=AREA, function=discriminator_property_type,
        summary="The discriminating property is no text.",
        fix="Give it the type string.",
        why="Its value is the name of a schema or a key of the mapping, which are texts (OpenAPI, Discriminator Object).",
    ),
    Rule(
        id="discriminator-property-untold", severity=ERROR, area=AREA, function=discriminator_property_untold,
        summary="A schema with a discriminator does not have the discriminating property.",
        fix="Correct `propertyName`, or describe and require the property.",
        why="No payload can be told apart (OpenAPI, Discriminator Object).",
    ),
    Rule(
        id="discriminator-unused", severity=WARNING, area=AREA, function=discriminator_unused,
        summary="A discriminator has nothing to tell apart.",
        fix="Add `oneOf` or `anyOf`, let variants extend the schema by `allOf`, or remove the discriminator.",
        why="It is legal only with one of the three (OpenAPI, Discriminator Object).",
    ),
    Rule(
        id="discriminator-value-refused", severity=ERROR, area=AREA, function=discriminator_value_refused,
        summary="A variant refuses the value that leads to it.",
        fix="Map the value that the variant lists, or list the value that is mapped.",
        why="No payload can both choose the variant and be valid (OpenAPI, Discriminator Object).",
    ),
    Rule(
        id="discriminator-value-shared", severity=ERROR, area=AREA, function=discriminator_value_shared,
        summary="Two variants of a union list the same value.",
        fix="Give each variant a value of its own.",
        why="The value does not tell the variants apart (OpenAPI, Discriminator Object).",
    ),
)  # fmt: skip
