"""A zoo in OpenAPI 3.0: nullable, exclusive bounds as booleans, readOnly and writeOnly, discriminator, allOf, 4XX, default."""

from __future__ import annotations

from typing import Any

from apps.kit import (
    Call,
    Pairs,
    Refused,
    Response,
    Service,
    answer,
    anything,
    check,
    integer,
    many,
    maybe,
    number,
    one_of,
    text,
    thing,
    truth,
    whole,
)

_FAIL = {"description": "no", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}


def _content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Zoo", "version": "1"},
    "servers": [{"url": "https://zoo.test/{stage}/v1", "variables": {"stage": {"default": "live", "enum": ["live", "try"]}}}],
    "security": [{"key": []}],
    "paths": {
        "/animals": {
            "get": {
                "parameters": [
                    {"name": "older_than", "in": "query", "schema": {"type": "number", "minimum": 0, "exclusiveMinimum": True}},
                    {"name": "tame", "in": "query", "schema": {"type": "boolean", "nullable": True}},
                    {"name": "limit", "in": "query", "allowEmptyValue": True,
                     "schema": {"type": "integer", "minimum": 0, "maximum": 50, "exclusiveMaximum": True}},
                ],
                "responses": {"200": {"description": "ok", **_content({"type": "array", "items": _ref("Animal")})}, "4XX": _FAIL},
            },
            "post": {
                "requestBody": {"required": True, **_content(_ref("NewAnimal"))},
                "responses": {"201": {"description": "made", **_content(_ref("Animal"))}, "default": _FAIL},
            },
        },
        "/animals/{animalId}": {
            "parameters": [{"name": "animalId", "in": "path", "required": True, "schema": {"type": "integer", "format": "int64"}}],
            "get": {"responses": {"200": {"description": "ok", **_content(_ref("Animal"))}, "4XX": _FAIL}},
            "delete": {"responses": {"200": {"description": "gone", **_content(_ref("Animal"))}, "4XX": _FAIL}},
        },
        "/keepers": {
            "post": {
                "requestBody": {"required": True, **_content(_ref("Keeper"))},
                "responses": {"201": {"description": "made", **_content(_ref("Keeper"))}, "default": _FAIL},
            },
        },
    },
    "components": {
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Zoo-Key"}},
        "schemas": {
            "Error": {"type": "object", "required": ["code", "message"],
                      "properties": {"code": {"type": "integer"}, "message": {"type": "string"}}},
            "Base": {
                "type": "object", "required": ["id", "kind", "name"],
                "properties": {
                    "id": {"type": "integer", "format": "int64", "readOnly": True},
                    "kind": {"type": "string"},
                    "name": {"type": "string", "minLength": 1},
                    "age": {"type": "number", "nullable": True, "minimum": 0, "maximum": 200, "exclusiveMaximum": True},
                    "mood": {"type": "string", "nullable": True, "enum": ["calm", "wild", None]},
                    "keeper": {"nullable": True, "allOf": [{"$ref": "#/components/schemas/Ref"}]},
                },
            },
            "Ref": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
            "Cat": {"allOf": [_ref("Base"), {"type": "object", "required": ["lives"], "properties": {
                "kind": {"type": "string", "enum": ["cat"]}, "lives": {"type": "integer", "minimum": 1, "maximum": 9}}}]},
            "Bird": {"allOf": [_ref("Base"), {"type": "object", "properties": {
                "kind": {"type": "string", "enum": ["bird"]}, "flies": {"type": "boolean"},
                "wings": {"type": "array", "items": {"type": "number"}, "maxItems": 2}}}]},
            "Animal": {"oneOf": [_ref("Cat"), _ref("Bird")], "discriminator": {
                "propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat", "bird": "#/components/schemas/Bird"}}},
            "NewAnimal": _ref("Animal"),
            "Keeper": {
                "type": "object", "required": ["name", "password", "since"],
                "properties": {
                    "name": {"type": "string", "maxLength": 30},
                    "password": {"type": "string", "writeOnly": True, "minLength": 4},
                    "since": {"type": "string", "format": "date-time", "readOnly": True},
                    "badge": {"type": "string", "format": "byte"},
                    "extra": {"type": "object", "additionalProperties": {"type": "integer", "format": "int32"}},
                },
            },
        },
    },
}  # fmt: skip
HEADERS = {"X-Zoo-Key": "k"}
_INT64 = whole(-(2**63), 2**63 - 1)
_BASE = {"name": text(1)}
_OPTIONAL = {
    "id": _INT64, "age": maybe(lambda value: number(0)(value) and value < 200), "mood": maybe(one_of("calm", "wild")),
    "keeper": maybe(thing({"name": text()}, closed=False)),
}  # fmt: skip
_CAT = thing({**_BASE, "kind": one_of("cat"), "lives": whole(1, 9)}, _OPTIONAL, closed=False)
_BIRD = thing({**_BASE, "kind": one_of("bird")}, {**_OPTIONAL, "flies": truth, "wings": many(number(), 0, 2)}, closed=False)


def _base64(value: Any) -> bool:
    import base64

    try:
        return isinstance(value, str) and base64.b64decode(value, validate=True) is not None
    except ValueError:
        return False


def _integers(value: Any) -> bool:
    return isinstance(value, dict) and all(whole(-(2**31), 2**31 - 1)(held) for held in value.values())


_KEEPER = thing(
    {"name": text(0, 30), "password": text(4)}, {"since": anything, "badge": _base64, "extra": _integers}, closed=False
)


class Zoo(Service):
    """Everything that is refused is a 400, also what others call 404: only ``4XX`` and ``default`` are promised."""

    def __init__(self) -> None:
        super().__init__(base="/live/v1")
        self.animals: dict[int, dict[str, Any]] = {}
        self.route("GET", "/animals", self.list)
        self.route("POST", "/animals", self.create)
        self.route("GET", "/animals/{animalId}", self.read)
        self.route("DELETE", "/animals/{animalId}", self.delete)
        self.route("POST", "/keepers", self.hire)

    def problem(self, status: int, why: str, headers: Pairs) -> Response:
        return answer(status, {"code": status, "message": why}, headers)

    def admit(self, call: Call) -> None:
        if call.header("x-zoo-key") != "k":
            raise Refused(403, "no key")

    def list(self, call: Call) -> Response:
        limit = call.one("limit")
        count = 10 if not limit else integer(limit, 0, 49, 10, status=400)
        older = call.one("older_than")
        if older is not None:
            try:
                if not float(older) > 0:
                    raise Refused(400, "older than nothing")
            except ValueError:
                raise Refused(400, "not a number") from None
        if call.one("tame") not in {None, "", "null", "true", "false"}:
            raise Refused(400, "tame or not")
        return answer(200, list(self.animals.values())[:count])

    def create(self, call: Call) -> Response:
        value = call.json()
        check(lambda held: _CAT(held) or _BIRD(held), value, status=400)
        animal = {**value, "id": len(self.animals) + 1}
        self.animals[animal["id"]] = animal
        return answer(201, animal)

    def _known(self, call: Call) -> dict[str, Any]:
        identity = integer(call.path["animalId"], -(2**63), 2**63 - 1, 0, status=400)
        if identity not in self.animals:
            raise Refused(404, "no such animal")
        return self.animals[identity]

    def read(self, call: Call) -> Response:
        return answer(200, self._known(call))

    def delete(self, call: Call) -> Response:
        return answer(200, self.animals.pop(self._known(call)["id"]))

    def hire(self, call: Call) -> Response:
        value = check(_KEEPER, call.json(), status=400)
        shown = {name: held for name, held in value.items() if name != "password"}
        return answer(201, {**shown, "since": "2026-01-01T00:00:00+02:00"})
