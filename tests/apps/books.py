"""A library: create, read, list, replace, patch, delete, lend later; problem+json, bearer, pages, filters."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from apps.kit import (
    Call,
    Pairs,
    Refused,
    Response,
    Service,
    answer,
    check,
    integer,
    many,
    maybe,
    number,
    one_of,
    text,
    thing,
    whole,
)

PROBLEM = {"type": "object", "required": ["title", "status"], "properties": {
    "title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"}}}  # fmt: skip
ID = "^bk_[0-9]+$"
FIELDS = {
    "title": {"type": "string", "minLength": 1, "maxLength": 80},
    "pages": {"type": "integer", "minimum": 1, "maximum": 5000},
    "genre": {"type": "string", "enum": ["novel", "essay", "verse"]},
    "price": {"type": ["number", "null"], "minimum": 0},
    "tags": {"type": "array", "maxItems": 5, "uniqueItems": True, "items": {"type": "string", "minLength": 1, "maxLength": 20}},
    "isbn": {"type": "string", "pattern": "^[0-9]{13}$"},
    "published": {"type": "string", "format": "date"},
    "publisher": {"type": "object", "required": ["name"], "additionalProperties": False,
                  "properties": {"name": {"type": "string"}, "country": {"type": "string", "pattern": "^[A-Z]{2}$"}}},
}  # fmt: skip
NEW = {"type": "object", "required": ["title", "genre"], "additionalProperties": False, "properties": FIELDS}
CHANGES = {"type": "object", "minProperties": 1, "additionalProperties": False, "properties": FIELDS}
BOOK = {
    "type": "object", "required": ["id", "title", "genre", "created_at", "state"], "additionalProperties": False,
    "properties": {
        "id": {"type": "string", "pattern": ID}, "created_at": {"type": "string", "format": "date-time"},
        "state": {"type": "string", "enum": ["in", "out"]}, **FIELDS,
    },
}  # fmt: skip


def _json(schema: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _problem(text_: str) -> dict[str, Any]:
    return {"description": text_, "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def _responses(**others: Any) -> dict[str, Any]:
    return {**{key[1:]: value for key, value in others.items()}, "401": _problem("who"), "422": _problem("bad"),
            "415": _problem("kind"), "400": _problem("broken")}  # fmt: skip


_ID = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string", "pattern": ID}}]
_ONE = {"description": "a book", "content": _json("Book")}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Library", "version": "1"},
    "servers": [{"url": "https://library.test"}],
    "security": [{"bearer": []}],
    "paths": {
        "/books": {
            "get": {
                "operationId": "listBooks", "tags": ["books"],
                "parameters": [
                    {"name": "page[number]", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 1}},
                    {"name": "page[size]", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}},
                    {"name": "filter", "in": "query", "style": "deepObject", "explode": True, "schema": {
                        "type": "object", "additionalProperties": False, "properties": {
                            "genre": {"type": "string", "enum": ["novel", "essay", "verse"]},
                            "pages": {"type": "object", "additionalProperties": False, "properties": {
                                "gte": {"type": "integer"}, "lt": {"type": "integer"}}}}}},
                    {"name": "sort", "in": "query", "schema": {"type": "string", "enum": ["title", "-title"]}},
                ],
                "responses": _responses(_200={"description": "books", "content": _json("Page"),
                                              "headers": {"X-Total": {"required": True, "schema": {"type": "integer"}}}}),
            },
            "post": {
                "operationId": "createBook", "tags": ["books"],
                "requestBody": {"required": True, "content": _json("New")},
                "responses": _responses(_201={**_ONE, "headers": {"Location": {"required": True, "schema": {"type": "string"}}}}),
            },
        },
        "/books/{id}": {
            "parameters": _ID,
            "get": {"operationId": "readBook", "tags": ["books"], "responses": _responses(_200=_ONE, _404=_problem("unknown"))},
            "put": {"operationId": "putBook", "tags": ["books"], "requestBody": {"required": True, "content": _json("New")},
                    "responses": _responses(_200=_ONE, _201=_ONE)},
            "patch": {"operationId": "patchBook", "tags": ["books"], "requestBody": {"required": True, "content": _json("Changes")},
                      "responses": _responses(_200=_ONE, _404=_problem("unknown"))},
            "delete": {"operationId": "deleteBook", "tags": ["books"],
                       "responses": _responses(_204={"description": "gone"}, _404=_problem("unknown"))},
        },
        "/books/{id}/loan": {
            "parameters": _ID,
            "post": {"operationId": "lendBook", "tags": ["loans"],
                     "requestBody": {"content": {"application/json": {"schema": {
                         "type": "object", "properties": {"days": {"type": "integer", "minimum": 1, "maximum": 30}}}}}},
                     "responses": _responses(_202={"description": "later", "content": {"application/json": {"schema": {
                         "type": "object", "required": ["job"], "properties": {"job": {"type": "string"}}}}}},
                         _404=_problem("unknown"), _409=_problem("taken"))},
        },
    },
    "components": {
        "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        "schemas": {
            "Problem": PROBLEM, "New": NEW, "Changes": CHANGES, "Book": BOOK,
            "Page": {"type": "object", "required": ["data", "meta"], "properties": {
                "data": {"type": "array", "items": {"$ref": "#/components/schemas/Book"}},
                "meta": {"type": "object", "required": ["total"], "properties": {"total": {"type": "integer"}}}}},
        },
    },
}  # fmt: skip
HEADERS = {"Authorization": "Bearer secret"}
_GENRE = one_of("novel", "essay", "verse")


def _date(value: Any) -> bool:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


_FIELDS = {
    "title": text(1, 80), "pages": whole(1, 5000), "genre": _GENRE, "price": maybe(number(0)),
    "tags": many(text(1, 20), 0, 5, unique=True), "isbn": text(pattern=r"^[0-9]{13}$"), "published": _date,
    "publisher": thing({"name": text()}, {"country": text(pattern="^[A-Z]{2}$")}),
}  # fmt: skip
_NEW = thing({"title": _FIELDS["title"], "genre": _GENRE}, _FIELDS)
_CHANGES = thing({}, _FIELDS)


class Books(Service):
    """The library. ``order`` is the order in which doubts are raised: a, uthentication, p, ath, b, ody."""

    def __init__(self, *, invalid: int = 422, known_first: bool = True) -> None:
        super().__init__()
        self.shelf: dict[str, dict[str, Any]] = {}
        self.count, self.invalid, self.known_first = 0, invalid, known_first
        self.route("GET", "/books", self.list)
        self.route("POST", "/books", self.create)
        self.route("GET", "/books/{id}", self.read)
        self.route("PUT", "/books/{id}", self.put)
        self.route("PATCH", "/books/{id}", self.patch)
        self.route("DELETE", "/books/{id}", self.delete)
        self.route("POST", "/books/{id}/loan", self.lend)

    def problem(self, status: int, why: str, headers: Pairs) -> Response:
        return answer(status, {"title": why, "status": status}, headers, kind="application/problem+json")

    def admit(self, call: Call) -> None:
        scheme, _, token = (call.header("authorization") or "").partition(" ")
        if scheme.lower() != "bearer" or token.strip() != "secret":
            raise Refused(401, "who are you", (("WWW-Authenticate", "Bearer"),))

    def _id(self, call: Call) -> str:
        if not re.fullmatch("bk_[0-9]+", call.path["id"], re.ASCII):
            raise Refused(self.invalid, "not an id of a book")
        return call.path["id"]

    def _known(self, call: Call) -> dict[str, Any]:
        book = self.shelf.get(self._id(call))
        if book is None:
            raise Refused(404, "no such book")
        return book

    def list(self, call: Call) -> Response:
        size = integer(call.one("page[size]"), 1, 100, 20, status=self.invalid)
        page = integer(call.one("page[number]"), 1, 1000, 1, status=self.invalid)
        found = list(self.shelf.values())
        for key, value in call.query:
            if key == "filter[genre]":
                check(_GENRE, value, status=self.invalid)
                found = [book for book in found if book["genre"] == value]
            elif key in {"filter[pages][gte]", "filter[pages][lt]"}:
                bound = integer(value, -(10**18), 10**18, 0, status=self.invalid)
                found = [book for book in found if (book.get("pages", 0) >= bound) == key.endswith("[gte]")]
            elif key.startswith("filter["):
                raise Refused(self.invalid, "no such filter")
            elif key == "sort":
                check(one_of("title", "-title"), value, status=self.invalid)
                found.sort(key=lambda book: book["title"], reverse=value.startswith("-"))
        return answer(
            200, {"data": found[(page - 1) * size :][:size], "meta": {"total": len(found)}}, (("X-Total", str(len(found))),)
        )

    def _book(self, identity: str, value: dict[str, Any]) -> dict[str, Any]:
        return {"id": identity, "created_at": "2026-01-01T00:00:00Z", "state": "in", **value}

    def create(self, call: Call) -> Response:
        value = check(_NEW, call.json(), status=self.invalid)
        self.count += 1
        book = self._book(f"bk_{self.count}", value)
        self.shelf[book["id"]] = book
        return answer(201, book, (("Location", f"/books/{book['id']}"),))

    def read(self, call: Call) -> Response:
        return answer(200, self._known(call))

    def put(self, call: Call) -> Response:
        identity = self._id(call)
        value = check(_NEW, call.json(), status=self.invalid)
        new = identity not in self.shelf
        self.shelf[identity] = self._book(identity, value)
        return answer(201 if new else 200, self.shelf[identity])

    def patch(self, call: Call) -> Response:
        if not self.known_first:
            check(_CHANGES, call.json(), status=self.invalid)
        book = self._known(call)
        value = check(_CHANGES, call.json(), status=self.invalid)
        if not value:
            raise Refused(self.invalid, "nothing to change")
        book.update(value)
        return answer(200, book)

    def delete(self, call: Call) -> Response:
        del self.shelf[self._known(call)["id"]]
        return answer(204)

    def lend(self, call: Call) -> Response:
        book = self._known(call)
        wish = call.json(required=False)
        check(maybe(thing({}, {"days": whole(1, 30)}, closed=False)), wish, status=self.invalid)
        if call.request.body and wish is None:
            raise Refused(self.invalid, "null is no wish")
        if book["state"] == "out":
            raise Refused(409, "lent already")
        book["state"] = "out"
        return answer(202, {"job": f"loan-{book['id']}"})
