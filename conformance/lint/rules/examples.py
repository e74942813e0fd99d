"""Examples, defaults and enumerated values, judged by the schemas that they belong to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from conformance.lint.rule import ERROR, WARNING, Defect, Rule
from conformance.lint.subject import Subject
from conformance.model.ports import SchemaError
from conformance.spec.body import is_json
from conformance.spec.places import Place
from conformance.spec.pointer import follow, join, split
from conformance.spec.schema import SchemaNode

AREA = "examples"
_DIRECTIONS = ("any", "request", "response")
_JSON_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object", type(None): "null"}
_PLAIN = frozenset({"type", "description", "title", "example", "examples", "default", "deprecated", "readOnly", "writeOnly",
                    "nullable", "externalDocs", "xml"})  # fmt: skip

_CONSTRAINING = frozenset({"pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
                           "multipleOf", "format", "not", "required", "minItems", "maxItems", "items"})  # fmt: skip


def _errors(node: SchemaNode | None, value: Any) -> tuple[SchemaError, ...]:
    """What is wrong with a value as seen from the direction that accepts it best."""
    if node is None or _plainly_valid(node, value):
        return ()
    found = node.errors(value)
    if found and any(error.keyword == "required" or error.keyword in {"anyOf", "oneOf"} for error in found):
        found = min((node.errors(value, direction=direction) for direction in _DIRECTIONS), key=len)
    return found


def _plainly_valid(node: SchemaNode, value: Any) -> bool:
    """Whether a schema that says no more than a type allows the value; it saves compiling thousands of them."""
    if not isinstance(node.value, dict) or not (node.value.keys() <= _PLAIN):
        return False
    types = node.types()
    return not types or _json_type(value) in types or (_json_type(value) == "integer" and "number" in types)


def _json_type(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return "integer"
    return _JSON_TYPES.get(type(value), "string")


def _shown(value: Any) -> str:
    """A value as the document writes it."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _refused(subject: Subject, what: str, pointer: str, value: Any, errors: tuple[SchemaError, ...]) -> Defect:
    """A defect at the deepest place that holds all that is wrong with a value."""
    within = _shared([split(error.instance_pointer) for error in errors])
    place = join(pointer, *within)
    try:
        follow(subject.raw, place)
    except LookupError:  # The value stands elsewhere: a reference leads there.
        return Defect(pointer, _told(what, value, errors, ""))
    try:
        return Defect(place, _told(what, follow(value, join("", *within)), errors, join("", *within)))
    except LookupError:
        return Defect(place, _told(what, value, errors, ""))


def _shared(paths: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The tokens that all paths begin with."""
    first = min(paths, key=len)
    return first[: next((index for index, token in enumerate(first) if any(path[index] != token for path in paths)), len(first))]


def _told(what: str, value: Any, errors: tuple[SchemaError, ...], above: str) -> str:
    shown = _shown(value)
    shown = shown if len(shown) <= 40 else ""
    inside = errors[0].instance_pointer.removeprefix(above)
    at = f" at {inside}" if inside else ""
    message = errors[0].message if len(errors[0].message) <= 160 else f"{errors[0].message[:100]} ... {errors[0].message[-50:]}"
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return f"the {what}{' ' + shown if shown else ''} does not match its schema{at}: {message}{more}"


def _in_schemas(subject: Subject, keyword: str) -> Iterator[tuple[Place, SchemaNode | None]]:
    for place in subject.having(keyword):
        yield place, subject.node(place.pointer)


def default_invalid(subject: Subject) -> Iterator[Defect]:
    """Defaults match their schemas."""
    for place, node in _in_schemas(subject, "default"):
        errors = _errors(node, place.value["default"])
        if errors:
            yield _refused(subject, "default", join(place.pointer, "default"), place.value["default"], errors)


def example_invalid(subject: Subject) -> Iterator[Defect]:
    """Examples match their schemas, wherever they stand."""
    for pointer, value, node in (*_schema_examples(subject), *_carried_examples(subject)):
        errors = _errors(node, value)
        if errors:
            yield _refused(subject, "example", pointer, value, errors)


def _schema_examples(subject: Subject) -> Iterator[tuple[str, Any, SchemaNode | None]]:
    for place, node in _in_schemas(subject, "example"):
        yield join(place.pointer, "example"), place.value["example"], node
    for place, node in _in_schemas(subject, "examples"):
        listed = place.value["examples"]
        for index, value in enumerate(listed if isinstance(listed, list) and not subject.is_30 else ()):
            yield join(place.pointer, "examples", index), value, node


def _carried_examples(subject: Subject) -> Iterator[tuple[str, Any, SchemaNode | None]]:
    """Those of media types, parameters and headers."""
    for place in subject.of("media-type", "parameter", "header"):
        if isinstance(place.value.get("schema"), (dict, bool)) and ("example" in place.value or "examples" in place.value):
            yield from _of_one(subject, place)


def _of_one(subject: Subject, place: Place) -> Iterator[tuple[str, Any, SchemaNode | None]]:
    node = subject.node(join(place.pointer, "schema"))
    found = [(join(place.pointer, "example"), place.value["example"])] if "example" in place.value else []
    for _, pointer, example in subject.mapped(place, "examples", "example"):
        if "value" in example.value:
            # A shared example that one place uses is wrong itself; one that many use may be right elsewhere.
            own = example.pointer == pointer or subject.example_uses[example.pointer] == 1
            found.append((join(example.pointer, "value") if own else pointer, example.value["value"]))
        elif is_json(split(place.pointer)[-1]):
            found.extend(_read(subject, join(example.pointer, "externalValue")))
    for pointer, value in found:
        if not _stands_for_text(place, value):
            yield pointer, value, node


def _read(subject: Subject, pointer: str) -> Iterator[tuple[str, Any]]:
    """The JSON in the file of an external example."""
    content = subject.attached.get(pointer)
    with suppress(ValueError, RecursionError):
        if content is not None:
            yield pointer, json.loads(content)


def example_file_missing(subject: Subject) -> Iterator[Defect]:
    """External examples are there."""
    for pointer, content in subject.attached.items() if not subject.is_30 else ():
        if content is None:
            yield Defect(pointer, f"there is no file {follow(subject.raw, pointer)!r} beside the document")


def _stands_for_text(place: Place, value: Any) -> bool:
    """Whether the text is the message itself, as it may be where JSON cannot write the media type (Example Object)."""
    return place.kind == "media-type" and isinstance(value, str) and not is_json(split(place.pointer)[-1])


def example_direction(subject: Subject) -> Iterator[Defect]:
    """Examples hold only what is sent in their direction."""
    for flag, bodies, other in (("readOnly", _requests(subject), "answers"), ("writeOnly", _answers(subject), "requests")):
        for media in bodies:
            has_any = ("example" in media.value or "examples" in media.value) and isinstance(media.value.get("schema"), dict)
            node = subject.node(join(media.pointer, "schema")) if has_any else None
            if node is None or not node.holds(flag):
                continue
            for pointer, value, _ in _of_one(subject, media):
                for path in _flagged(node, value, flag):
                    told = join(pointer, *path)
                    yield Defect(
                        told, f"{path[-1]!r} is {flag}, so it is only in {other}, and this is an example of the other direction"
                    )


def _requests(subject: Subject) -> Iterator[Place]:
    return (
        place
        for place in subject.of("media-type")
        if "/requestBody/" in place.pointer or place.pointer.startswith("/components/requestBodies/")
    )


def _answers(subject: Subject) -> Iterator[Place]:
    return (
        place for place in subject.of("media-type") if "/responses/" in place.pointer and "/requestBody/" not in place.pointer
    )


def _flagged(node: SchemaNode, value: Any, flag: str, depth: int = 0) -> Iterator[tuple[str | int, ...]]:
    """Where a value has properties that are flagged."""
    if isinstance(value, list) and depth < 6:
        items = node.child("items")
        for index, item in enumerate(value if items is not None else ()):
            yield from ((index, *rest) for rest in _flagged(items, item, flag, depth + 1)) if items is not None else ()
    if isinstance(value, dict) and depth < 6:
        flagged, known = node.flagged(flag), node.all_properties()
        for name, item in value.items():
            if name in flagged:
                yield (name,)
            elif name in known:
                yield from ((name, *rest) for rest in _flagged(known[name], item, flag, depth + 1))


def example_and_examples(subject: Subject) -> Iterator[Defect]:
    """Nothing has both ``example`` and ``examples``."""
    for place in subject.of("media-type", "parameter", "header"):
        if "example" in place.value and "examples" in place.value:
            yield Defect(place.pointer, "`example` and `examples` exclude each other")


def example_value_twice(subject: Subject) -> Iterator[Defect]:
    """No example has both ``value`` and ``externalValue``."""
    for place in subject.of("example"):
        if "value" in place.value and "externalValue" in place.value:
            yield Defect(place.pointer, "`value` and `externalValue` exclude each other")


def enum_value_invalid(subject: Subject) -> Iterator[Defect]:
    """Enumerated values satisfy the rest of the schema."""
    for place in subject.having("enum"):
        values = place.value["enum"]
        node = subject.node(place.pointer) if isinstance(values, list) and "$ref" not in place.value else None
        if node is None or not isinstance(values, list):
            continue
        types = node.types()
        is_more = bool(_CONSTRAINING & place.value.keys())
        for index, value in enumerate(values):
            pointer = join(place.pointer, "enum", index)
            if types and _json_type(value) not in types and not (_json_type(value) == "integer" and "number" in types):
                yield Defect(pointer, f"{_shown(value)[:60]} can never be, for the type is {' or '.join(sorted(types))}")
            elif is_more:
                errors = node.errors(value)
                if errors:
                    yield Defect(pointer, f"{_shown(value)[:60]} can never be: {errors[0].message[:160]}")


def enum_value_duplicate(subject: Subject) -> Iterator[Defect]:
    """No value is enumerated twice."""
    for place in subject.having("enum"):
        seen: set[str] = set()
        values = place.value["enum"]
        for index, value in enumerate(values if isinstance(values, list) else ()):
            key = f"{_json_type(value)} {value!r}"
            if key in seen:
                yield Defect(join(place.pointer, "enum", index), f"{value!r:.60} is in this list before")
            seen.add(key)


RULES = (
    Rule(
        id="default-invalid", severity=ERROR, area=AREA, function=default_invalid,
        summary="A default does not match its schema.",
        fix="Use a default that the schema allows, or allow it (for null: add the type `null`, or in 3.0 `nullable: true`).",
        why="A client or server that fills in the default breaks the contract (OpenAPI, Schema Object).",
    ),
    Rule(
        id="enum-value-duplicate", severity=WARNING, area=AREA, function=enum_value_duplicate,
        summary="A value is enumerated twice.",
        fix="Remove one of the two.",
        why="Generated code has two names for one value; often another value was meant (JSON Schema validation 6.1.2).",
    ),
    Rule(
        id="enum-value-invalid", severity=ERROR, area=AREA, function=enum_value_invalid,
        summary="An enumerated value does not satisfy the rest of its schema.",
        fix="Write the value in the schema's type (mind quotes), or correct the schema (for null: see `default-invalid`).",
        why="No value can be both, so this one is never valid.",
    ),
    Rule(
        id="example-and-examples", severity=ERROR, area=AREA, function=example_and_examples,
        summary="Both `example` and `examples` are given.",
        fix="Keep one of the two.",
        why="They are mutually exclusive (OpenAPI, Media Type Object and Parameter Object).",
    ),
    Rule(
        id="example-direction", severity=WARNING, area=AREA, function=example_direction,
        summary="An example of a request holds what is read-only, or one of an answer what is write-only.",
        fix="Remove the property from the example.",
        why="It is not sent in this direction, and readers copy examples (OpenAPI, Schema Object).",
    ),
    Rule(
        id="example-file-missing", severity=WARNING, area=AREA, function=example_file_missing,
        summary="An external example leads to a file that is not there.",
        fix="Correct the path, which starts where the document is, or add the file.",
        why="`externalValue` is resolved against the place of the document (OpenAPI 3.1, Example Object).",
    ),
    Rule(
        id="example-invalid", severity=WARNING, area=AREA, function=example_invalid,
        summary="An example does not match its schema.",
        fix="Correct the example, or the schema if the example shows what is really sent.",
        why="Readers copy examples; mock servers answer with them. One of the two is wrong.",
    ),
    Rule(
        id="example-value-twice", severity=ERROR, area=AREA, function=example_value_twice,
        summary="An example has both `value` and `externalValue`.",
        fix="Keep one of the two.",
        why="They are mutually exclusive (OpenAPI, Example Object).",
    ),
)  # fmt: skip
