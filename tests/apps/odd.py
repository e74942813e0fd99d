"""Documents that are odd but legal, or partly broken, each with a service that keeps what can be kept."""

from __future__ import annotations

from typing import Any

from apps.kit import Call, Refused, Response, Service, answer, check, text, thing, whole

_OK = {"description": "ok", "content": {"application/json": {"schema": {"type": "object", "required": ["ok"]}}}}
INFO = {"title": "Odd", "version": "1"}
EMPTY: dict[str, Any] = {"openapi": "3.1.0", "info": INFO, "paths": {}}
NO_PATHS: dict[str, Any] = {"openapi": "3.1.0", "info": INFO, "components": {}}

# Broken operations among healthy ones; null, numbers and strings where objects should be.
BROKEN: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": INFO,
    "paths": {
        "/healthy": {"get": {"responses": {"200": _OK}}, "summary": "x", "x-mine": 1},
        "/unresolvable": {"get": {"parameters": [{"$ref": "#/components/parameters/None"}], "responses": {"200": _OK}}},
        "/undeclared/{id}": {"get": {"responses": {"200": _OK}}},
        "/null": {"get": None},
        "/string": {"post": "no"},
        "/unknown-schema": {"post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/nowhere"}}}},
                                     "responses": {"200": _OK}}},
        "/bad-type": {"post": {"requestBody": {"content": {"application/json": {"schema": {"type": "strin"}}}},
                               "responses": {"200": _OK, "400": {"description": "bad"}}}},
        "/bad-pattern": {"get": {"parameters": [{"name": "q", "in": "query", "schema": {"type": "string", "pattern": "["}}],
                                 "responses": {"200": _OK}}},
        "/no-responses": {"get": {}},
        "/number-status": {"get": {"responses": {200: _OK}}},
        "/impossible": {"post": {"requestBody": {"required": True, "content": {"application/json": {"schema": {
            "type": "integer", "minimum": 5, "maximum": 1}}}}, "responses": {"200": _OK, "400": {"description": "bad"}}}},
        "/also-healthy": {"post": {"requestBody": {"required": True, "content": {"application/json": {"schema": {
            "type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}}}},
            "responses": {"200": _OK, "400": {"description": "bad"}, "415": {"description": "kind"}}}},
    },
    "components": {},
}  # fmt: skip


class Broken(Service):
    """Answers what anybody would make of the document."""

    def __init__(self) -> None:
        super().__init__()
        for path in ("/healthy", "/unresolvable", "/undeclared/{id}", "/bad-pattern", "/no-responses", "/number-status"):
            self.route("GET", path, lambda _: answer(200, {"ok": 1}))
        for path in ("/unknown-schema", "/bad-type"):
            self.route("POST", path, lambda _: answer(200, {"ok": 1}))
        self.route("POST", "/impossible", self._impossible)
        self.route("POST", "/also-healthy", self._checked)

    def _impossible(self, call: Call) -> Response:
        call.json()
        raise Refused(400, "nothing fits")

    def _checked(self, call: Call) -> Response:
        check(thing({"n": whole()}, closed=False), call.json(), status=400)
        return answer(200, {"ok": 1})

    def problem(self, status: int, why: str, headers: Any) -> Response:
        return super().problem(400 if status == 422 else status, why, headers)


# Servers of their own: the well-known path stands at the origin, the second version beside the first.
PLACES: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": INFO,
    "servers": [{"url": "https://places.test/v2"}, {"url": "https://eu.places.test/v2"}],
    "paths": {
        "/": {"get": {"responses": {"200": _OK}}},
        "/things/": {"get": {"responses": {"200": _OK}}},
        "/.well-known/x.json": {"servers": [{"url": "https://places.test"}], "get": {"responses": {"200": _OK}}},
        "/v3-thing": {"get": {"servers": [{"url": "https://places.test/v2/v3"}], "responses": {"200": _OK}}},
        "/日本/{名}": {"parameters": [{"name": "名", "in": "path", "required": True, "schema": {"type": "string", "maxLength": 5}}],
                     "get": {"operationId": "読む", "tags": ["日本"], "responses": {"200": _OK, "400": {"description": "bad"}}}},
        "/a b/{x}-{y}": {"parameters": [
            {"name": "x", "in": "path", "required": True, "schema": {"type": "integer"}},
            {"name": "y", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[a-z]+$"}}],
            "get": {"responses": {"200": _OK, "400": {"description": "bad"}}}},
    },
}  # fmt: skip


class Places(Service):
    """Stands at three bases."""

    def __init__(self) -> None:
        super().__init__()
        for path in ("/v2/", "/v2/things/", "/.well-known/x.json", "/v2/v3/v3-thing"):
            self.route("GET", path, lambda _: answer(200, {"ok": 1}))
        self.route("GET", "/v2/日本/{name}", self._named)
        self.route("GET", "/v2/a b/{pair}", self._pair)

    def _named(self, call: Call) -> Response:
        check(text(0, 5), call.path["name"], status=400)
        return answer(200, {"ok": 1})

    def _pair(self, call: Call) -> Response:
        import re

        if not re.fullmatch(r"-?[0-9]+-[a-z]+", call.path["pair"], re.ASCII):
            raise Refused(400, "no pair")
        return answer(200, {"ok": 1})
