"""Parameters that cannot be written, or read back, as they are declared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.lint.rule import ERROR, NOTE, WARNING, Defect, Rule
from conformance.lint.subject import Subject, dict_of
from conformance.spec.places import Place
from conformance.spec.pointer import join
from conformance.spec.schema import SchemaNode

AREA = "parameters"
_DEFAULT = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}
_SCALARS = frozenset({"string", "number", "integer", "boolean", "null"})
_DEEPEST = 4
"""How far unions in unions are followed."""


def _styled(subject: Subject) -> Iterator[tuple[Place, str, str, bool, SchemaNode]]:
    """Parameters with a schema: the place, where it is, its style, whether it explodes, and the schema."""
    for place in subject.of("parameter"):
        location = place.value.get("in")
        if not isinstance(location, str) or location not in _DEFAULT or not isinstance(place.value.get("schema"), dict):
            continue
        node = subject.node(join(place.pointer, "schema"))
        style = place.value.get("style", _DEFAULT[location])
        if node is not None and isinstance(style, str):
            yield place, location, style, place.value.get("explode", style == "form") is True, node


def _types(node: SchemaNode | None, depth: int = 0) -> frozenset[str]:
    """The types that a value may have, those of a union together; empty when the schema does not say."""
    if node is None:
        return frozenset()
    own = node.types()
    branches = node.branches("oneOf") or node.branches("anyOf")
    if not own and branches and depth < _DEEPEST:
        each = [_types(branch, depth + 1) for branch in branches]
        return frozenset().union(*each) if all(each) else frozenset()
    return own or frozenset({"object"} if node.all_properties() else {"array"} if node.child("items") is not None else ())


def style_unfit(subject: Subject) -> Iterator[Defect]:
    """Styles fit the types of the values."""
    for place, _, style, explode, node in _styled(subject):
        types = _types(node) - {"null"}
        pointer = join(place.pointer, "style")
        if style == "deepObject" and types and "object" not in types:
            yield Defect(pointer, f"deepObject is for objects, and the type is {' or '.join(sorted(types))}")
        elif style in {"spaceDelimited", "pipeDelimited"} and types and types <= _SCALARS:
            yield Defect(pointer, f"{style} is for arrays and objects, and the type is {' or '.join(sorted(types))}")
        elif style in {"spaceDelimited", "pipeDelimited"} and explode:
            yield Defect(join(place.pointer, "explode"), f"{style} has no form that is exploded")
        elif style == "deepObject" and place.value.get("explode") is False:
            yield Defect(join(place.pointer, "explode"), "deepObject has no form that is not exploded")


def cookie_exploded(subject: Subject) -> Iterator[Defect]:
    """Lists and objects in cookies are not exploded."""
    for place, location, style, explode, node in _styled(subject):
        types = _types(node) - {"null"}
        if location == "cookie" and style == "form" and explode and types and types <= {"array", "object"}:
            told = f"{' or '.join(sorted(types))} that is exploded is joined by '&', which cookies do not part"
            yield Defect(place.pointer, f"an {told}")


def parameter_nested(subject: Subject) -> Iterator[Defect]:
    """Values of parameters are not nested deeper than their style can write."""
    for place, location, style, _, node in _styled(subject):
        for where, inner in _inside(node):
            kinds = _types(inner) - {"null"}
            # Many servers read lists inside of deepObject; nothing says how (OpenAPI 3.1.1, Style Examples).
            if kinds and kinds <= {"object", "array"}:
                yield Defect(
                    join(place.pointer, "schema"),
                    f"no style says how to write the {min(kinds)} {where} into a {location} ({style})",
                )
                break


def _inside(node: SchemaNode) -> Iterator[tuple[str, SchemaNode]]:
    types = _types(node) - {"null"}
    items = node.child("items")
    if types == {"array"} and items is not None:
        yield "in each item", items
    if types == {"object"}:
        yield from ((f"under {name!r}", inner) for name, inner in node.all_properties().items())


def parameter_collision(subject: Subject) -> Iterator[Defect]:
    """No property of an object that is spread over the query has the name of another query parameter."""
    for entry in subject.paths:
        for _, operation in entry.operations():
            held = [*subject.listed(entry.item, "parameters", "parameter"), *subject.listed(operation, "parameters", "parameter")]
            names = {
                str(place.value.get("name"))
                for _, place in held
                if place.value.get("in") == "query" and not _spread(subject, place)
            }
            for pointer, place in held:
                for name in _spread(subject, place):
                    if name in names:
                        yield Defect(pointer, f"its property {name!r} is written like the query parameter {name!r}", name)


def _spread(subject: Subject, place: Place) -> tuple[str, ...]:
    """The names under which an exploded object is written into the query."""
    if place.value.get("in") != "query" or not isinstance(place.value.get("schema"), dict):
        return ()
    if place.value.get("style", "form") != "form" or place.value.get("explode", True) is not True:
        return ()
    node = subject.node(join(place.pointer, "schema"))
    return tuple(node.all_properties()) if node is not None and _types(node) - {"null"} == {"object"} else ()


def allow_reserved_without_effect(subject: Subject) -> Iterator[Defect]:
    """Reserved characters are allowed in queries alone."""
    for place in subject.of("parameter"):
        location = place.value.get("in")
        if place.value.get("allowReserved") is True and location in ("path", "header", "cookie"):
            yield Defect(
                join(place.pointer, "allowReserved"),
                f"`allowReserved` applies to query parameters, and this one is in the {location}",
            )
        if "allowEmptyValue" in place.value and location in ("path", "header", "cookie"):
            yield Defect(
                join(place.pointer, "allowEmptyValue"),
                f"`allowEmptyValue` is for query parameters, and this one is in the {location}",
            )


def path_parameter_empty(subject: Subject) -> Iterator[Defect]:
    """A path parameter is never null or empty."""
    for place, location, _, _, node in _styled(subject):
        if location != "path":
            continue
        if "null" in node.types():
            yield Defect(join(place.pointer, "schema"), "a segment of a path cannot be null")
        elif node.get("maxLength") == 0 or "" in _listed(node):
            yield Defect(join(place.pointer, "schema"), "a segment of a path cannot be empty")


def _listed(node: SchemaNode) -> list[Any]:
    values = node.get("enum")
    return values if isinstance(values, list) else []


def default_on_required(subject: Subject) -> Iterator[Defect]:
    """A parameter that must be sent has no default."""
    for place in subject.of("parameter"):
        if place.value.get("required") is True and "default" in dict_of(place.value.get("schema")):
            yield Defect(join(place.pointer, "schema", "default"), "the parameter is required, so its default is never used")


RULES = (
    Rule(
        id="allow-reserved-without-effect", severity=WARNING, area=AREA, function=allow_reserved_without_effect,
        explains=("",),
        summary="A setting for query parameters stands in another one.",
        fix="Remove it; it has no meaning in this place.",
        why="`allowReserved` and `allowEmptyValue` apply to the query alone (OpenAPI, Parameter Object).",
    ),
    Rule(
        id="default-on-required", severity=NOTE, area=AREA, function=default_on_required,
        summary="A required parameter has a default.",
        fix="Make the parameter optional, or remove the default.",
        why="A default says what a server assumes when nothing is sent (OpenAPI, Schema Object).",
    ),
    Rule(
        id="cookie-exploded", severity=WARNING, area=AREA, function=cookie_exploded,
        summary="A list or an object in a cookie is exploded, as it is by default.",
        fix="Say `explode: false`, or describe the text by `content`.",
        why="Its parts are joined by '&' and not by '; ' as cookies are (OpenAPI 3.1.1, appendix D; RFC 6265 section 4.2.1).",
    ),
    Rule(
        id="parameter-collision", severity=ERROR, area=AREA, function=parameter_collision,
        summary="An object spread over the query has a property that is a parameter too.",
        fix="Rename one of the two, or use `style: deepObject`.",
        why="Both are written as the same name, so that a server cannot tell them apart (OpenAPI, Style Values).",
    ),
    Rule(
        id="parameter-nested", severity=NOTE, area=AREA, function=parameter_nested,
        summary="A parameter is nested deeper than any style can write.",
        fix="Flatten it, or use `content` with application/json.",
        why="The serialisation of nested objects and arrays is undefined (OpenAPI, Style Values).",
    ),
    Rule(
        id="path-parameter-empty", severity=WARNING, area=AREA, function=path_parameter_empty,
        summary="A path parameter may be null or empty.",
        fix="Allow neither null nor the empty text.",
        why="A path without the segment is another path (OpenAPI, Path Templating; RFC 6570 section 3.2).",
    ),
    Rule(
        id="style-unfit", severity=ERROR, area=AREA, function=style_unfit,
        summary="A style does not fit the type of its parameter.",
        fix="Use a style that is defined for the type.",
        why="There is no way to write the value (OpenAPI, Style Values).",
    ),
)  # fmt: skip
