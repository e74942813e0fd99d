"""Where the schemas of a document stand: one walk that every room shares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.model.operation import METHODS
from conformance.spec.places import FILES, MANY, MAPS, ONE, schemas_elsewhere
from conformance.spec.pointer import join

Place = tuple[str, Any]


def subschemas(schema: Any, pointer: str) -> Iterator[Place]:
    """The direct sub-schemas of a schema, with their pointers."""
    if not isinstance(schema, dict):
        return
    for keyword in ONE:
        if isinstance(schema.get(keyword), (dict, bool)):
            yield join(pointer, keyword), schema[keyword]
    if isinstance(schema.get("items"), list):
        for index, value in enumerate(schema["items"]):
            yield join(pointer, "items", index), value
    for keyword in MANY:
        if isinstance(schema.get(keyword), list):
            for index, value in enumerate(schema[keyword]):
                yield join(pointer, keyword, index), value
    for keyword in MAPS:
        if isinstance(schema.get(keyword), dict):
            for name, value in schema[keyword].items():
                yield join(pointer, keyword, name), value


def schemas_below(schema: Any, pointer: str) -> Iterator[Place]:
    """A schema and everything under it, references not followed."""
    stack: list[Place] = [(pointer, schema)]
    while stack:
        place = stack.pop()
        yield place
        stack.extend(subschemas(place[1], place[0]))


def schemas(document: dict[str, Any]) -> Iterator[Place]:
    """Every schema of a document as ``(pointer, schema)``, nested ones too, references not followed."""
    for pointer, schema in root_schemas(document):
        yield from schemas_below(schema, pointer)


def root_schemas(document: dict[str, Any]) -> Iterator[Place]:
    """The schemas that do not stand inside another schema."""
    components = _dict(document.get("components"))
    for name, schema in _dict(components.get("schemas")).items():
        yield join("/components/schemas", name), schema
    for kind, walker in _COMPONENTS.items():
        for name, value in _dict(components.get(kind)).items():
            yield from walker(value, join("/components", kind, name))
    for key in ("paths", "webhooks"):
        for name, item in _dict(document.get(key)).items():
            yield from _path_item(item, join("", key, name))
    if FILES in document:
        yield from ((place.pointer, place.value) for place in schemas_elsewhere(document))


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _path_item(item: Any, pointer: str) -> Iterator[Place]:
    item = _dict(item)
    for index, parameter in enumerate(_list(item.get("parameters"))):
        yield from _parameter(parameter, join(pointer, "parameters", index))
    for method in METHODS:
        if isinstance(item.get(method), dict):
            yield from _operation(item[method], join(pointer, method))


def _operation(operation: dict[str, Any], pointer: str) -> Iterator[Place]:
    for index, parameter in enumerate(_list(operation.get("parameters"))):
        yield from _parameter(parameter, join(pointer, "parameters", index))
    yield from _content(_dict(operation.get("requestBody")), join(pointer, "requestBody"))
    for status, response in _dict(operation.get("responses")).items():
        yield from _response(response, join(pointer, "responses", status))
    for name, callback in _dict(operation.get("callbacks")).items():
        yield from _callback(callback, join(pointer, "callbacks", name))


def _callback(callback: Any, pointer: str) -> Iterator[Place]:
    for expression, item in _dict(callback).items():
        yield from _path_item(item, join(pointer, expression))


def _parameter(parameter: Any, pointer: str) -> Iterator[Place]:
    parameter = _dict(parameter)
    if isinstance(parameter.get("schema"), (dict, bool)):
        yield join(pointer, "schema"), parameter["schema"]
    yield from _content(parameter, pointer)


def _content(owner: Any, pointer: str) -> Iterator[Place]:
    for name, media in _dict(_dict(owner).get("content")).items():
        media = _dict(media)
        if isinstance(media.get("schema"), (dict, bool)):
            yield join(pointer, "content", name, "schema"), media["schema"]
        for field, encoding in _dict(media.get("encoding")).items():
            yield from _headers(encoding, join(pointer, "content", name, "encoding", field))


def _headers(owner: Any, pointer: str) -> Iterator[Place]:
    for name, header in _dict(_dict(owner).get("headers")).items():
        yield from _parameter(header, join(pointer, "headers", name))


def _response(response: Any, pointer: str) -> Iterator[Place]:
    yield from _content(response, pointer)
    yield from _headers(response, pointer)


_COMPONENTS = {
    "parameters": _parameter,
    "headers": _parameter,
    "requestBodies": _content,
    "responses": _response,
    "callbacks": _callback,
    "pathItems": _path_item,
}
