"""Keywords: those of other dialects, those that are misspelt, those that need another one; names and dialects of schemas."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.lint.nearness import nearest
from conformance.lint.rule import ERROR, NOTE, WARNING, Defect, Rule
from conformance.lint.subject import Subject, dict_of
from conformance.spec.older import Dialects
from conformance.spec.places import MANY, MAPS, ONE
from conformance.spec.pointer import join, split

AREA = "schemas"
_DIALECTS = ("https://json-schema.org/draft/2020-12/schema", "https://spec.openapis.org/oas/3.1/dialect/base",
             "https://json-schema.org/draft/2019-09/schema", "http://json-schema.org/draft-07/schema",
             "http://json-schema.org/draft-06/schema", "http://json-schema.org/draft-04/schema")  # fmt: skip
_OLD = {
    "additionalItems": "use `items` beside `prefixItems`", "dependencies": "use `dependentRequired` or `dependentSchemas`",
    "$recursiveRef": "use `$dynamicRef`", "$recursiveAnchor": "use `$dynamicAnchor`", "divisibleBy": "use `multipleOf`",
    "disallow": "use `not`", "extends": "use `allOf`", "definitions": "use `$defs`", "id": "use `$id`",
}  # fmt: skip
_KEYWORDS = frozenset({
    "$schema", "$id", "$ref", "$anchor", "$dynamicRef", "$dynamicAnchor", "$vocabulary", "$comment", "$defs", "definitions",
    "type", "enum", "const", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength", "minLength",
    "pattern", "maxItems", "minItems", "uniqueItems", "maxContains", "minContains", "maxProperties", "minProperties", "required",
    "dependentRequired", "format", "contentEncoding", "contentMediaType", "contentSchema", "title", "description", "default",
    "deprecated", "readOnly", "writeOnly", "examples", "example", "discriminator", "xml", "externalDocs", "nullable",
    *ONE, *MANY, *MAPS, *_OLD,
})  # fmt: skip
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:.")
_LONG = tuple(sorted(keyword for keyword in _KEYWORDS if len(keyword) > 3))


def keyword_outdated(subject: Subject) -> Iterator[Defect]:
    """In 3.1 no schema uses keywords that its dialect dropped."""
    if subject.is_30:
        return
    dialects = Dialects(subject.raw, subject.of("schema"))
    for keyword, instead in _OLD.items():
        for place in subject.having(keyword):
            # An `id` that is no text is more likely a property in the wrong place.
            is_meant = keyword != "id" or isinstance(place.value[keyword], str)
            if is_meant and dialects.at(place.pointer) in (None, *_DIALECTS[:2]):
                yield Defect(
                    join(place.pointer, keyword), f"{keyword!r} is not of JSON Schema 2020-12 and has no effect; {instead}"
                )


def keyword_misspelt(subject: Subject) -> Iterator[Defect]:
    """Unknown keywords are not nearly known ones."""
    for keyword in subject.keywords:
        if keyword in _KEYWORDS or keyword.startswith("x-") or subject.is_30:
            continue
        meant = nearest(keyword, _LONG)
        for place in subject.having(keyword) if meant is not None else ():
            yield Defect(join(place.pointer, keyword), f"{keyword!r} is no keyword and has no effect; {meant!r} may be meant")


def keyword_incomplete(subject: Subject) -> Iterator[Defect]:
    """Keywords that work together stand together."""
    pairs = (("then", ("if",)), ("else", ("if",)), ("if", ("then", "else")), ("minContains", ("contains",)),
             ("maxContains", ("contains",)), ("contentSchema", ("contentMediaType",)))  # fmt: skip
    for keyword, others in () if subject.is_30 else pairs:
        for place in subject.having(keyword):
            if not any(other in place.value for other in others):
                told = " or ".join(f"`{other}`" for other in others)
                yield Defect(join(place.pointer, keyword), f"`{keyword}` has no effect without {told}")
    for exclusive, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")) if subject.is_30 else ():
        for place in subject.having(exclusive):
            if place.value[exclusive] is True and limit not in place.value:
                yield Defect(join(place.pointer, exclusive), f"`{exclusive}` has no effect without `{limit}`")


def keyword_overshadowed(subject: Subject) -> Iterator[Defect]:
    """Nothing is left unevaluated for what another keyword of the same schema decides already."""
    for keyword, other in (("unevaluatedProperties", "additionalProperties"), ("unevaluatedItems", "items")):
        for place in subject.having(keyword):
            if other in place.value:
                yield Defect(join(place.pointer, keyword), f"`{keyword}` has no effect, for `{other}` evaluates all that is left")


def schema_id_duplicate(subject: Subject) -> Iterator[Defect]:
    """No two schemas have the same ``$id``, and no two of one resource the same anchor."""
    ids: dict[str, str] = {}
    anchors: dict[tuple[str, str], str] = {}
    for place in () if subject.is_30 else subject.having("$id", "$anchor", "$dynamicAnchor"):
        own = place.value.get("$id")
        if isinstance(own, str) and ids.setdefault(own, place.pointer) != place.pointer:
            yield Defect(join(place.pointer, "$id"), f"{own!r} is the id of the schema at {ids[own]} too")
        for keyword in ("$anchor", "$dynamicAnchor"):
            name = place.value.get(keyword)
            if isinstance(name, str):
                first = anchors.setdefault((_resource(subject, place.pointer), name), place.pointer)
                if first != place.pointer and not (keyword == "$dynamicAnchor" and _is_extended(subject, first, place.pointer)):
                    yield Defect(join(place.pointer, keyword), f"{name!r} is the anchor of the schema at {first} too")


def _is_extended(subject: Subject, first: str, second: str) -> bool:
    """Whether the two are components of which one refers to the other.

    Components are widely read as schemas of their own; this is how a recursive one is extended.
    """
    roots = {first, second}
    if any(len(split(root)) != 3 or not root.startswith("/components/schemas/") for root in roots):
        return False
    return any(
        place.value["$ref"].removeprefix("#") in roots - {root}
        for root in roots
        for place in subject.having("$ref")
        if isinstance(place.value["$ref"], str) and f"{place.pointer}/".startswith(f"{root}/")
    )


def _resource(subject: Subject, pointer: str) -> str:
    """The nearest schema with an ``$id`` that a schema is or stands in; the document when there is none."""
    tokens = split(pointer)
    named = {place.pointer for place in subject.having("$id")}
    return next((start for length in range(len(tokens), 0, -1) if (start := join("", *tokens[:length])) in named), "")


def dialect_unknown(subject: Subject) -> Iterator[Defect]:
    """Dialects are known ones."""
    found = [("/jsonSchemaDialect", subject.raw["jsonSchemaDialect"])] if "jsonSchemaDialect" in subject.raw else []
    found += [(join(place.pointer, "$schema"), place.value["$schema"]) for place in subject.having("$schema")]
    for pointer, dialect in () if subject.is_30 else found:
        if not isinstance(dialect, str) or dialect.removesuffix("#") in _DIALECTS:
            continue
        plain = dialect.removesuffix("#")
        if any(sign in plain for sign in ("json-schema.org", "spec.openapis.org")) and not _is_openapi(plain):
            yield Defect(pointer, f"{dialect!r} is none of the dialects that are published there")


def _is_openapi(dialect: str) -> bool:
    """Whether it is one of the dated dialects of OpenAPI."""
    return dialect.startswith("https://spec.openapis.org/oas/3.1/dialect/")


def dialect_outdated(subject: Subject) -> Iterator[Defect]:
    """The dialect of all schemas is not older than the one that OpenAPI 3.1 builds on."""
    dialect = subject.raw.get("jsonSchemaDialect")
    if not subject.is_30 and isinstance(dialect, str) and dialect.removesuffix("#") in _DIALECTS[2:]:
        yield Defect("/jsonSchemaDialect", f"{dialect!r} is older than JSON Schema 2020-12, which OpenAPI 3.1 builds on")


def dialect_misplaced(subject: Subject) -> Iterator[Defect]:
    """``$schema`` stands where a schema resource begins."""
    for place in () if subject.is_30 else subject.having("$schema"):
        owner, _, _ = place.pointer.rpartition("/")
        if "$id" not in place.value and _is_inside(subject, owner):
            yield Defect(
                join(place.pointer, "$schema"), "`$schema` must not stand in a schema inside another one that has no `$id`"
            )


def _is_inside(subject: Subject, pointer: str) -> bool:
    """Whether the place, or what holds it, is a schema."""
    kinds = subject.kinds
    return kinds.get(pointer) == "schema" or kinds.get(pointer.rpartition("/")[0]) == "schema"


def xml_without_effect(subject: Subject) -> Iterator[Defect]:
    """Wrapping is for arrays, and attributes are for simple properties."""
    for place in subject.having("xml"):
        xml, types = dict_of(place.value["xml"]), place.value.get("type")
        if xml.get("wrapped") is True and isinstance(types, str) and types != "array":
            yield Defect(join(place.pointer, "xml", "wrapped"), f"`wrapped` is for arrays, and this is of the type {types}")
        if xml.get("attribute") is True and types in ("object", "array"):
            yield Defect(join(place.pointer, "xml", "attribute"), f"an attribute of XML cannot hold a value of the type {types}")


def xml_namespace_relative(subject: Subject) -> Iterator[Defect]:
    """Namespaces of XML are absolute."""
    for place in subject.having("xml"):
        namespace = dict_of(place.value["xml"]).get("namespace")
        if isinstance(namespace, str) and not _ABSOLUTE.match(namespace):
            yield Defect(join(place.pointer, "xml", "namespace"), f"{namespace!r} is no absolute URI")


RULES = (
    Rule(
        id="dialect-misplaced", severity=ERROR, area=AREA, function=dialect_misplaced,
        summary="`$schema` stands inside a schema.",
        fix="Move it to the root of the schema, or give the inner schema an `$id`.",
        why="It must not stand in a subschema that is no resource of its own (JSON Schema core 8.1.1).",
    ),
    Rule(
        id="dialect-outdated", severity=WARNING, area=AREA, function=dialect_outdated,
        summary="All schemas of a document are read by an older JSON Schema than OpenAPI 3.1 builds on.",
        fix="Leave `jsonSchemaDialect` out, and write the schemas in JSON Schema 2020-12.",
        why="Keywords of 2020-12 and of OpenAPI have no meaning in it, and tools need not know it (OpenAPI 3.1, Schema Object).",
    ),
    Rule(
        id="dialect-unknown", severity=WARNING, area=AREA, function=dialect_unknown,
        summary="A schema names a dialect that does not exist.",
        fix="Use https://json-schema.org/draft/2020-12/schema or https://spec.openapis.org/oas/3.1/dialect/base.",
        why="Tools refuse schemas of a dialect that they do not know (JSON Schema core 8.1.1).",
    ),
    Rule(
        id="keyword-incomplete", severity=WARNING, area=AREA, function=keyword_incomplete,
        summary="A keyword stands without the one that it needs.",
        fix="Add the other keyword, or remove this one.",
        why="Alone it is ignored (JSON Schema core 10.2.2, validation 6.4 and 8.5; OpenAPI 3.0, Schema Object).",
    ),
    Rule(
        id="keyword-misspelt", severity=WARNING, area=AREA, function=keyword_misspelt,
        summary="A keyword is nearly a known one.",
        fix="Correct the spelling, or begin an extension with `x-`.",
        why="Unknown keywords are ignored without a word (JSON Schema core 4.3.1).",
    ),
    Rule(
        id="keyword-outdated", severity=WARNING, area=AREA, function=keyword_outdated,
        summary="A keyword of an older JSON Schema is used in OpenAPI 3.1.",
        fix="Use what took its place; the message names it.",
        why="It is unknown in 2020-12 and therefore ignored (JSON Schema core 4.3.1).",
    ),
    Rule(
        id="keyword-overshadowed", severity=WARNING, area=AREA, function=keyword_overshadowed,
        summary="An `unevaluated` keyword stands beside one that leaves nothing unevaluated.",
        fix="Keep the one that is meant.",
        why="Whatever the other one sees counts as evaluated (JSON Schema core 11.2 and 11.3).",
    ),
    Rule(
        id="schema-id-duplicate", severity=ERROR, area=AREA, function=schema_id_duplicate,
        summary="Two schemas have the same `$id` or anchor.",
        fix="Give each a name of its own.",
        why="References to the name can mean either (JSON Schema core 8.2).",
    ),
    Rule(
        id="xml-namespace-relative", severity=ERROR, area=AREA, function=xml_namespace_relative,
        summary="The namespace of an XML element is no absolute URI.",
        fix="Write the whole URI of the namespace.",
        why="It must be a non-relative URI (OpenAPI, XML Object; Namespaces in XML 2.2).",
    ),
    Rule(
        id="xml-without-effect", severity=NOTE, area=AREA, function=xml_without_effect,
        summary="A setting for XML has no effect on the type.",
        fix="Remove it, or correct the type.",
        why="`wrapped` is defined for arrays alone, and attributes hold simple values (OpenAPI, XML Object).",
    ),
)  # fmt: skip
