"""Shapes of OpenAPI 3.1: type lists, const, tuples, unevaluated properties, dynamic references, conditions."""

from __future__ import annotations

import re
from typing import Any

from apps.kit import Call, Response, Service, answer, check, many, maybe, number, one_of, text, thing, whole

BAD = {"description": "bad", "content": {"application/json": {"schema": {
    "type": "object", "properties": {"errors": {"type": "array", "items": {"type": "object"}}}}}}}  # fmt: skip


def _echo(schema: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}}
    return {"post": {"requestBody": {"required": True, "content": content},
                     "responses": {"200": {"description": "the same", "content": content}, "400": BAD, "415": BAD, "422": BAD}}}  # fmt: skip


DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Shapes", "version": "1"},
    "paths": {
        "/lists": _echo({"type": ["string", "integer", "null"], "maxLength": 10, "maximum": 99}),
        "/consts": _echo({"type": "object", "required": ["v"], "properties": {"v": {"const": 2}, "w": {"const": None}}}),
        "/tuples": _echo({"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": {"type": "boolean"},
                          "minItems": 2}),
        "/closed": _echo({
            "allOf": [{"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
                      {"type": "object", "properties": {"b": {"type": "integer"}}}],
            "unevaluatedProperties": False,
        }),
        "/trees": _echo({"$ref": "#/components/schemas/StrictTree"}),
        "/conditions": _echo({
            "type": "object", "required": ["country"],
            "properties": {"country": {"enum": ["NL", "US"]}, "code": {"type": "string"}},
            "if": {"properties": {"country": {"const": "NL"}}},
            "then": {"properties": {"code": {"pattern": "^[0-9]{4}[A-Z]{2}$"}}},
            "else": {"properties": {"code": {"pattern": "^[0-9]{5}$"}}},
        }),
        "/maps": _echo({
            "type": "object", "propertyNames": {"pattern": "^[a-z]+$"}, "maxProperties": 3,
            "additionalProperties": {"type": "number", "exclusiveMinimum": 0},
        }),
        "/dependents": _echo({
            "type": "object", "properties": {"card": {"type": "string"}, "address": {"type": "string"}},
            "dependentRequired": {"card": ["address"]}, "additionalProperties": False,
        }),
        "/contains": _echo({"type": "array", "items": {"type": ["integer", "string"]}, "contains": {"const": 1}, "maxItems": 6}),
        "/not": _echo({"type": "string", "minLength": 1, "not": {"enum": ["forbidden"]}}),
        "/any": _echo({"anyOf": [
            {"type": "object", "required": ["kind", "x"], "properties": {"kind": {"const": "p"}, "x": {"type": "integer"}}},
            {"type": "object", "required": ["kind", "s"], "properties": {"kind": {"const": "q"}, "s": {"type": "string"}}}]}),
        "/multiple": _echo({"type": "object", "required": ["n"], "properties": {"n": {"type": "integer", "multipleOf": 5}}}),
        "/true": _echo(True),
        "/empty": {"get": {"responses": {"204": {"description": "nothing"}}}},
    },
    "components": {"schemas": {
        "Tree": {"$id": "https://shapes.test/tree", "$dynamicAnchor": "node", "type": "object", "required": ["name"], "properties": {
            "name": {"type": "string"}, "children": {"type": "array", "maxItems": 2, "items": {"$dynamicRef": "#node"}}}},
        "StrictTree": {"$id": "https://shapes.test/strict", "$dynamicAnchor": "node", "$ref": "https://shapes.test/tree",
                       "unevaluatedProperties": False},
    }},
}  # fmt: skip


def _tree(value: Any) -> bool:
    return thing({"name": text()}, {"children": many(_tree, 0, 2)})(value)


def _condition(value: Any) -> bool:
    if not thing({"country": one_of("NL", "US")}, {"code": text()}, closed=False)(value):
        return False
    pattern = r"^[0-9]{4}[A-Z]{2}\Z" if value["country"] == "NL" else r"^[0-9]{5}\Z"
    return "code" not in value or re.search(pattern, value["code"], re.ASCII) is not None


def _map(value: Any) -> bool:
    return isinstance(value, dict) and len(value) <= 3 and all(
        re.fullmatch("[a-z]+", name) and number(above=0)(held) for name, held in value.items())  # fmt: skip


_whole = whole()
RULES = {
    "/lists": maybe(lambda held: text(0, 10)(held) or whole(None, 99)(held)),
    "/consts": thing({"v": whole(2, 2)}, {"w": lambda value: value is None}, closed=False),
    "/tuples": lambda value: isinstance(value, list) and len(value) >= 2 and isinstance(value[0], str) and _whole(value[1])
    and all(isinstance(item, bool) for item in value[2:]),
    "/closed": thing({"a": text()}, {"b": _whole}),
    "/trees": _tree,
    "/conditions": _condition,
    "/maps": _map,
    "/dependents": lambda value: thing({}, {"card": text(), "address": text()})(value) and ("card" not in value or "address" in value),
    "/contains": lambda value: many(lambda item: _whole(item) or isinstance(item, str), 0, 6)(value)
    and any(whole(1, 1)(item) for item in value),
    "/not": lambda value: text(1)(value) and value != "forbidden",
    "/any": lambda value: thing({"kind": one_of("p"), "x": _whole}, closed=False)(value)
    or thing({"kind": one_of("q"), "s": text()}, closed=False)(value),
    "/multiple": thing({"n": lambda value: _whole(value) and value % 5 == 0}, closed=False),
    "/true": lambda value: True,
}  # fmt: skip


class Shapes(Service):
    """Gives back what it takes."""

    def __init__(self) -> None:
        super().__init__()
        for path, rule in RULES.items():
            self.route("POST", path, self._handler(rule))
        self.route("GET", "/empty", lambda _: answer(204))

    @staticmethod
    def _handler(rule: Any) -> Any:
        def handler(call: Call) -> Response:
            value = check(rule, call.json())
            body = call.request.body
            return Response(status=200, headers=(("Content-Type", "application/json; charset=utf-8"),), body=body) \
                if value is None else answer(200, value)  # fmt: skip

        return handler
