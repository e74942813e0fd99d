"""Every way to write a parameter: styles, places, content; and every place for credentials."""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from urllib.parse import unquote, urlsplit

from apps.kit import Call, Refused, Response, Service, answer, check, integer

BAD = {"description": "bad", "content": {"application/json": {"schema": {
    "type": "object", "required": ["errors"], "properties": {"errors": {"type": "array", "minItems": 1}}}}}}  # fmt: skip
OK = {"description": "fine", "content": {"application/json": {"schema": {"type": "object", "required": ["seen"], "properties": {
    "seen": {}}}}}}  # fmt: skip


def _get(parameters: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"get": {"parameters": parameters, "responses": {"200": OK, "400": BAD}, **more}}


def _query(name: str, schema: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, **more}


_INTS = {"type": "array", "items": {"type": "integer"}, "maxItems": 4}
_WORDS = {"type": "array", "items": {"type": "string", "pattern": "^[a-z]+$"}, "minItems": 1, "maxItems": 3}


def _path(name: str, schema: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": schema, **more}


DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Wires", "version": "1"},
    "servers": [{"url": "/wires"}],
    "paths": {
        "/exploded": _get([_query("n", _INTS, required=True)]),
        "/commas": _get([_query("n", _INTS, explode=False)]),
        "/spaces": _get([_query("w", _WORDS, style="spaceDelimited", explode=False)]),
        "/pipes": _get([_query("w", _WORDS, style="pipeDelimited", explode=False)]),
        "/deep": _get([_query("f", {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"enum": ["x", "y"]}},
                                    "additionalProperties": False}, style="deepObject")]),
        "/spread": _get([_query("p", {"type": "object", "properties": {"r": {"type": "integer"}, "g": {"type": "integer"}}})]),
        "/content": _get([{"name": "q", "in": "query", "content": {"application/json": {"schema": {
            "type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}, "additionalProperties": False}}}}]),
        "/headers": _get([
            {"name": "X-Count", "in": "header", "required": True, "schema": {"type": "integer", "minimum": 1, "maximum": 9}},
            {"name": "X-Mode", "in": "header", "schema": {"type": "string", "enum": ["fast", "slow"]}},
            {"name": "X-List", "in": "header", "schema": {"type": "array", "items": {"type": "integer"}}}]),
        "/cookies": _get([{"name": "theme", "in": "cookie", "schema": {"enum": ["dark", "light"]}},
                          {"name": "depth", "in": "cookie", "required": True, "schema": {"type": "integer"}}]),
        "/files/{name}.csv": _get([_path("name", {"type": "string", "pattern": "^[a-z]{1,8}$"})]),
        "/files/{name}.{form}": _get([_path("name", {"type": "string", "pattern": "^[a-z]{1,8}$"}),
                                      _path("form", {"type": "string", "enum": ["txt", "xml"]})]),
        "/items/{id}": _get([_path("id", {"type": "integer", "minimum": 1})]),
        "/items/special": {"get": {"responses": {"200": OK}}},
        "/items/{id}:archive": {"parameters": [_path("id", {"type": "integer", "minimum": 1})],
                                "post": {"responses": {"200": OK, "400": BAD}}},
        "/matrix/{m}": _get([_path("m", {"type": "integer"}, style="matrix")]),
        "/label/{l}": _get([_path("l", {"type": "integer"}, style="label")]),
        "/lists/{ids}": _get([_path("ids", {"type": "array", "items": {"type": "integer"}, "minItems": 1})]),
        "/größe/{ort}": _get([_path("ort", {"type": "string", "minLength": 1, "maxLength": 12}),
                              _query("größe", {"type": "integer", "maximum": 50})]),
        "/flags": _get([_query("on", {"type": "boolean"}), _query("when", {"type": "string", "format": "date"}),
                        _query("ref", {"type": "string", "format": "uuid"}), _query("mail", {"type": "string", "format": "email"})]),
        "/keys/query": _get([], security=[{"inQuery": []}]),
        "/keys/cookie": _get([], security=[{"inCookie": []}]),
        "/keys/basic": _get([], security=[{"basic": []}]),
        "/keys/either": _get([], security=[{"basic": []}, {"inHeader": []}]),
        "/keys/both": _get([], security=[{"basic": [], "inHeader": []}]),
        "/keys/optional": _get([], security=[{"inHeader": []}, {}]),
    },
    "components": {"securitySchemes": {
        "inQuery": {"type": "apiKey", "in": "query", "name": "key"},
        "inCookie": {"type": "apiKey", "in": "cookie", "name": "session"},
        "inHeader": {"type": "apiKey", "in": "header", "name": "X-Key"},
        "basic": {"type": "http", "scheme": "basic"},
    }},
}  # fmt: skip
_BASIC = "Basic " + base64.b64encode(b"u:p").decode()
HEADERS = {"Authorization": _BASIC, "X-Key": "k", "Cookie": "session=s"}


def _bad() -> Refused:
    return Refused(400, "bad")


def _ints(texts: list[str]) -> list[int]:
    return [integer(piece, -(10**17), 10**17, 0, status=400) for piece in texts]


def _words(texts: list[str]) -> list[str]:
    if not 1 <= len(texts) <= 3 or not all(re.fullmatch("[a-z]+", word) for word in texts):
        raise _bad()
    return texts


class Wires(Service):
    """Reads its parameters by hand and says what it has seen."""

    def __init__(self) -> None:
        super().__init__(base="/wires")
        for name in ("exploded", "commas", "spaces", "pipes", "deep", "spread", "content", "headers", "cookies", "flags"):
            self.route("GET", f"/{name}", self._seen(getattr(self, f"_{name}")))
        self.route("GET", "/items/special", self._seen(lambda _: "special"))
        self.route("POST", "/items/{id}:archive", self._seen(self._item))
        self.route("GET", "/items/{id}", self._seen(self._item))
        self.route("GET", "/files/{name}.csv", self._seen(self._file))
        self.route("GET", "/files/{name}.{form}", self._seen(self._file))
        self.route("GET", "/matrix/{m}", self._seen(lambda call: self._prefixed(call.path["m"], ";m=")))
        self.route("GET", "/label/{l}", self._seen(lambda call: self._prefixed(call.path["l"], ".")))
        self.route("GET", "/lists/{ids}", self._seen(lambda call: _ints(call.path["ids"].split(","))))
        self.route("GET", "/größe/{ort}", self._seen(self._size))
        for name in ("query", "cookie", "basic", "either", "both", "optional"):
            self.route("GET", f"/keys/{name}", self._key(name))

    @staticmethod
    def _seen(read: Any) -> Any:
        return lambda call: answer(200, {"seen": read(call)})

    def _exploded(self, call: Call) -> Any:
        found = _ints(call.all("n"))
        if not 1 <= len(found) <= 4:
            raise _bad()
        return found

    def _raw(self, call: Call, name: str) -> str | None:
        pairs = (part.partition("=") for part in urlsplit(call.request.url).query.split("&"))
        return next((value for key, _, value in pairs if unquote(key) == name), None)

    def _commas(self, call: Call) -> Any:
        raw = call.one("n")
        found = _ints(raw.split(",")) if raw else []
        if len(found) > 4:
            raise _bad()
        return found

    def _spaces(self, call: Call) -> Any:
        raw = call.one("w")
        return _words(raw.split(" ")) if raw is not None else None

    def _pipes(self, call: Call) -> Any:
        raw = call.one("w")
        return _words(raw.split("|")) if raw is not None else None

    def _deep(self, call: Call) -> Any:
        for name, value in call.query:
            if name == "f[a]":
                _ints([value])
            elif name == "f[b]":
                check(lambda held: held in {"x", "y"}, value, status=400)
            elif name.startswith("f["):
                raise _bad()
        return dict(call.query)

    def _spread(self, call: Call) -> Any:
        return {name: _ints([value]) for name, value in call.query if name in {"r", "g"}}

    def _content(self, call: Call) -> Any:
        raw = call.one("q")
        if raw is None:
            return None
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError):
            raise _bad() from None
        held = value.get("a") if isinstance(value, dict) and set(value) == {"a"} else None
        is_whole = isinstance(held, (int, float)) and not isinstance(held, bool) and held == held // 1
        if not is_whole:
            raise _bad()
        return value

    def _headers(self, call: Call) -> Any:
        count = integer(call.header("x-count") or "", 1, 9, 1, status=400)
        if call.header("x-mode") not in {None, "fast", "slow"}:
            raise _bad()
        raw = call.header("x-list")
        return [count, _ints([piece.strip() for piece in raw.split(",")]) if raw else []]

    def _cookies(self, call: Call) -> Any:
        if call.cookies.get("theme") not in {None, "dark", "light"}:
            raise _bad()
        return integer(call.cookies.get("depth", ""), -(10**17), 10**17, 0, status=400)

    def _item(self, call: Call) -> Any:
        return integer(call.path["id"], 1, 10**17, 1, status=400)

    def _file(self, call: Call) -> Any:
        if not re.fullmatch("[a-z]{1,8}", call.path["name"]) or call.path.get("form", "txt") not in {"txt", "xml"}:
            raise _bad()
        return call.path

    def _prefixed(self, raw: str, prefix: str) -> Any:
        if not raw.startswith(prefix):
            raise _bad()
        return _ints([raw.removeprefix(prefix)])

    def _size(self, call: Call) -> Any:
        if not 1 <= len(call.path["ort"]) <= 12:
            raise _bad()
        return integer(call.one("größe"), -(10**17), 50, 0, status=400)

    def _flags(self, call: Call) -> Any:
        rules = {"on": "true|false", "when": r"\d{4}-\d\d-\d\d", "mail": r"[^@\s]+@[^@\s]+",
                 "ref": "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"}  # fmt: skip
        for name, value in call.query:
            if name in rules and not re.fullmatch(rules[name], value, re.ASCII):
                raise _bad()
            if name == "when":
                from datetime import date

                try:
                    date.fromisoformat(value)
                except (ValueError, RecursionError):
                    raise _bad() from None
        return dict(call.query)

    def _key(self, name: str) -> Any:
        def handler(call: Call) -> Response:
            basic, in_header = call.header("authorization") == _BASIC, call.header("x-key") == "k"
            allowed = {"query": call.one("key") == "q", "cookie": call.cookies.get("session") == "s", "basic": basic,
                       "either": basic or in_header, "both": basic and in_header, "optional": True}[name]  # fmt: skip
            if not allowed:
                raise Refused(401, "who", (("WWW-Authenticate", 'Basic realm="wires"'),))
            return answer(200, {"seen": name})

        return handler
