"""Schemas that say something else than they seem to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.lint.rule import ERROR, NOTE, WARNING, Defect, Rule
from conformance.lint.subject import Subject, dict_of, list_of, texts_of
from conformance.spec.patterns.ecma import syntax_problem
from conformance.spec.pointer import join
from conformance.spec.schema import SchemaNode

AREA = "schemas"
_PAIRS = (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems"), ("minProperties", "maxProperties"),
          ("minContains", "maxContains"))  # fmt: skip
_UPPER = (*(high for _, high in _PAIRS), "exclusiveMaximum")
_TEXT_FORMATS = frozenset({
    "date", "date-time", "time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6", "uri",
    "uri-reference", "iri", "iri-reference", "uri-template", "uuid", "regex", "json-pointer", "relative-json-pointer", "byte",
    "binary", "password",
})  # fmt: skip
_NUMBER_FORMATS = frozenset({"int32", "float", "double"})
_KEYWORDS = {
    "string": ("minLength", "maxLength", "pattern", "contentEncoding", "contentMediaType"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "array": ("items", "minItems", "maxItems", "uniqueItems", "prefixItems", "contains", "unevaluatedItems"),
    "object": (
        "properties",
        "required",
        "additionalProperties",
        "minProperties",
        "maxProperties",
        "patternProperties",
        "propertyNames",
        "dependentRequired",
        "dependentSchemas",
        "unevaluatedProperties",
    ),
}
_IDLE: tuple[Any, ...] = (0, False, {}, [])
"""Values with which a keyword asks for nothing; generators write them everywhere."""


def _types(schema: dict[str, Any]) -> frozenset[str]:
    declared = schema.get("type")
    return frozenset([declared] if isinstance(declared, str) else texts_of(declared))


def _number(value: Any) -> float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def pattern_invalid(subject: Subject) -> Iterator[Defect]:
    """Patterns are regular expressions of ECMA-262."""
    for place in subject.having("pattern", "patternProperties"):
        own = place.value.get("pattern")
        problem = syntax_problem(own) if isinstance(own, str) else None
        if problem:
            yield Defect(join(place.pointer, "pattern"), f"the pattern {own!r:.80} is not valid: {problem}")
        for pattern in dict_of(place.value.get("patternProperties")):
            problem = syntax_problem(pattern)
            if problem:
                yield Defect(
                    join(place.pointer, "patternProperties", pattern), f"the pattern {pattern!r:.80} is not valid: {problem}"
                )


def bounds_impossible(subject: Subject) -> Iterator[Defect]:
    """Some value lies within the bounds."""
    for place in subject.having(*_UPPER):
        schema = place.value
        for low, high in _PAIRS:
            least, most = _number(schema.get(low)), _number(schema.get(high))
            if least is not None and most is not None and (least > most or (least == most and _is_open(schema, low, high))):
                yield Defect(place.pointer, f"{low} {least} and {high} {most} leave no value", low)
        least, most = _number(schema.get("exclusiveMinimum")), _number(schema.get("exclusiveMaximum"))
        above, below = _number(schema.get("minimum")), _number(schema.get("maximum"))
        for bottom, top in ((least, most), (least, below), (above, most)):
            if bottom is not None and top is not None and bottom >= top:
                yield Defect(place.pointer, f"the bounds {bottom} and {top} leave no value", "exclusive")
                break


def _is_open(schema: dict[str, Any], low: str, high: str) -> bool:
    """Whether a bound itself is excluded, as booleans say in 3.0."""
    return (
        low == "minimum"
        and (schema.get("exclusiveMinimum") is True or schema.get("exclusiveMaximum") is True)
        and high == "maximum"
    )


def nullable_without_effect(subject: Subject) -> Iterator[Defect]:
    """In 3.1 nobody relies on ``nullable``."""
    for place in subject.having("nullable"):
        if subject.is_30 or place.value["nullable"] is not True:
            continue
        node = subject.node(place.pointer)
        if node is not None and not node.is_valid(None):
            yield Defect(join(place.pointer, "nullable"), "`nullable` has no meaning in OpenAPI 3.1; null is not allowed here")


def required_property_forbidden(subject: Subject) -> Iterator[Defect]:
    """No schema requires a property that it forbids."""
    for place in subject.having("additionalProperties"):
        schema = place.value
        if schema.get("additionalProperties") is False and "patternProperties" not in schema:
            for name in dict.fromkeys(texts_of(schema.get("required"))):
                if name not in dict_of(schema.get("properties")):
                    yield Defect(
                        join(place.pointer, "required"),
                        f"{name!r} is required, and no other than the listed properties is allowed",
                        name,
                    )


def required_property_undescribed(subject: Subject) -> Iterator[Defect]:
    """Every required property is described somewhere in the schema."""
    for place in subject.having("required"):
        schema = place.value
        required = dict.fromkeys(texts_of(schema.get("required")))
        if not required or schema.get("additionalProperties") is False or not dict_of(schema.get("properties")):
            continue
        node = subject.node(place.pointer)
        known = node.all_properties() if node is not None else {}
        nested = "/allOf/" in place.pointer or "/anyOf/" in place.pointer or "/oneOf/" in place.pointer
        for name in required if not nested and "patternProperties" not in schema and "$ref" not in schema else ():
            if name not in known:
                yield Defect(join(place.pointer, "required"), f"{name!r} is required, and nothing says what it is", name)


def array_items_missing(subject: Subject) -> Iterator[Defect]:
    """In 3.0 an array says what its items are."""
    for place in subject.having("type") if subject.is_30 else ():
        if place.value.get("type") == "array" and "items" not in place.value and "$ref" not in place.value:
            yield Defect(place.pointer, "the array does not say what its items are")


def format_type_mismatch(subject: Subject) -> Iterator[Defect]:
    """The format is one for the type."""
    for place in subject.having("format"):
        types, name = _types(place.value), place.value.get("format")
        if not types or not isinstance(name, str):
            continue
        if name in _TEXT_FORMATS and "string" not in types:
            fitting = "string"
        elif name in _NUMBER_FORMATS and not types & {"integer", "number"}:
            fitting = "number"
        else:
            continue
        yield Defect(
            join(place.pointer, "format"), f"the format {name!r} is for the type {fitting}, not {' or '.join(sorted(types))}"
        )


def keyword_without_effect(subject: Subject) -> Iterator[Defect]:
    """Keywords are for a type that the schema allows."""
    for kind, keyword in ((kind, keyword) for kind, keywords in _KEYWORDS.items() for keyword in keywords):
        for place in subject.having(keyword):
            types, value = _types(place.value), place.value[keyword]
            if not types or kind in types or (kind == "number" and "integer" in types) or "$ref" in place.value:
                continue
            if (value in _IDLE and not keyword.startswith("max")) or (keyword == "required" and not isinstance(value, list)):
                continue
            told = " or ".join(sorted(types))
            yield Defect(
                join(place.pointer, keyword), f"{keyword!r} says something of the type {kind}, and the type here is {told}"
            )


def access_contradictory(subject: Subject) -> Iterator[Defect]:
    """Nothing is both read-only and write-only."""
    for place in subject.having("readOnly"):
        if place.value.get("readOnly") is True and place.value.get("writeOnly") is True:
            yield Defect(place.pointer, "the property is both read-only and write-only")


def type_unsatisfiable(subject: Subject) -> Iterator[Defect]:
    """The parts of an ``allOf`` agree on some type."""
    for place in subject.having("allOf"):
        if not isinstance(place.value.get("allOf"), list):
            continue
        node = subject.node(place.pointer)
        parts = [types for part in (node, *node.branches("allOf")) if (types := _widened(part))] if node is not None else []
        if parts and not frozenset.intersection(*parts):
            told = ", ".join(" or ".join(sorted(types - {"integer"} or types)) for types in dict.fromkeys(parts))
            yield Defect(join(place.pointer, "allOf"), f"its parts want different types: {told}")


def _widened(node: SchemaNode) -> frozenset[str]:
    types = node.types()
    return types | {"integer"} if "number" in types else types


def required_repeated(subject: Subject) -> Iterator[Defect]:
    """No property is required twice."""
    for place in subject.having("required"):
        required = list_of(place.value.get("required"))
        names = texts_of(required)
        for index, name in enumerate(names if len(names) == len(required) else ()):
            if name in names[:index]:
                yield Defect(join(place.pointer, "required", index), f"{name!r} is in this list before")


RULES = (
    Rule(
        id="access-contradictory", severity=ERROR, area=AREA, function=access_contradictory,
        summary="A property is both read-only and write-only.",
        fix="Keep the one that is meant.",
        why="It could never be sent in either direction (OpenAPI, Schema Object).",
    ),
    Rule(
        id="array-items-missing", severity=ERROR, area=AREA, function=array_items_missing,
        summary="An array of OpenAPI 3.0 does not say what its items are.",
        fix="Add `items`; `items: {}` allows anything.",
        why="`items` must be present when the type is array (OpenAPI 3.0, Schema Object).",
    ),
    Rule(
        id="bounds-impossible", severity=ERROR, area=AREA, function=bounds_impossible,
        summary="A lower bound lies above the upper one.",
        fix="Swap the two, or correct the one that is wrong.",
        why="No value satisfies the schema.",
    ),
    Rule(
        id="format-type-mismatch", severity=WARNING, area=AREA, function=format_type_mismatch,
        summary="A format is given for another type.",
        fix="Correct the type or the format.",
        why="The format has no effect on this type, so what it promises is not kept (JSON Schema validation 7.1).",
    ),
    Rule(
        id="keyword-without-effect", severity=WARNING, area=AREA, function=keyword_without_effect,
        summary="A keyword constrains a type that the schema does not allow.",
        fix="Remove the keyword, or correct the type.",
        why="It has no effect; the constraint looks promised and is not (JSON Schema validation 6).",
    ),
    Rule(
        id="nullable-without-effect", severity=WARNING, area=AREA, function=nullable_without_effect,
        summary="`nullable` is used in OpenAPI 3.1, which does not know it.",
        fix="Add `null` to the type instead: `type: [string, 'null']`.",
        why="A conforming reader refuses the null that the writer meant to allow (OpenAPI 3.1, Schema Object).",
    ),
    Rule(
        id="pattern-invalid", severity=ERROR, area=AREA, function=pattern_invalid,
        summary="A pattern is not a valid regular expression.",
        fix="Write it in the dialect of ECMA-262.",
        why="Validators fail on the schema, or skip the pattern (JSON Schema validation 6.3.3).",
    ),
    Rule(
        id="required-property-forbidden", severity=ERROR, area=AREA, function=required_property_forbidden,
        summary="A property is required that `additionalProperties: false` forbids.",
        fix="Describe the property, or stop requiring it.",
        why="No object satisfies the schema.",
    ),
    Rule(
        id="required-property-undescribed", severity=NOTE, area=AREA, function=required_property_undescribed,
        summary="A required property is not described.",
        fix="Add it to `properties`, or correct the name.",
        why="Clients must send something that nobody explains; often the name is misspelt.",
    ),
    Rule(
        id="required-repeated", severity=ERROR, area=AREA, function=required_repeated, explains=("", "/.."),
        summary="A property is required twice.",
        fix="Remove one of the two.",
        why="The names must be unique (JSON Schema validation 6.5.3).",
    ),
    Rule(
        id="type-unsatisfiable", severity=ERROR, area=AREA, function=type_unsatisfiable,
        summary="The parts of an `allOf` want different types.",
        fix="Use `anyOf` or `oneOf`, or let the parts agree.",
        why="No value satisfies the schema.",
    ),
)  # fmt: skip
