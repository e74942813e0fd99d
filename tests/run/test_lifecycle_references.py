"""A service that refuses what refers to nothing: what a body refers to is made first, where the document has a way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from apps.shelf import ANY, TEXT, takes

from conformance.model.message import Request, Response
from conformance.model.operation import Operation
from conformance.run.fuzz import fuzz
from conformance.run.plan import PHASES, units
from conformance.run.setting import Setting, opened, settle
from conformance.spec.document import Document

ID = {"type": "string", "minLength": 4, "maxLength": 40}


def collection(word: str, **fields: Any) -> dict[str, Any]:
    body = {
        "type": "object",
        "required": ["name", *fields],
        "properties": {"name": TEXT, **fields},
        "additionalProperties": False,
    }
    one = {"description": "one", "content": {"application/json": {"schema": {
        "type": "object", "properties": {"id": {"type": "string"}, **body["properties"]}}}}}  # fmt: skip
    return {
        f"/{word}": {"post": {**takes(body), "responses": {"201": one, "422": ANY, "404": ANY}}},
        f"/{word}/{{thing}}": {
            "parameters": [{"name": "thing", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {"responses": {"200": one, "404": ANY}},
        },
    }


class Library:
    """Keeps things in collections, and takes none that refers to what is not there."""

    def __init__(self, refers: dict[str, dict[str, str]]) -> None:
        self.refers = refers
        self.things: dict[str, dict[str, Any]] = {}

    def respond(self, request: Request) -> Response:
        path = urlsplit(request.url).path
        if request.method == "GET" and path in self.things:
            return self.answer(200, self.things[path])
        if request.method != "POST" or path not in self.refers:
            return self.answer(404)
        try:
            body = json.loads(request.body or b"0")
        except (ValueError, RecursionError):
            return self.answer(422)
        wanted = self.refers[path]
        known = {"name", *wanted}
        if not isinstance(body, dict) or set(body) != known or not self.fits(body):
            return self.answer(422)
        for name, other in wanted.items():
            held = body[name] if isinstance(body[name], list) else [body[name]]
            if not held or any(f"{other}/{each}" not in self.things for each in held):
                return self.answer(422, {"error": f"{name} does not exist"})
        made = {"id": f"thing-{len(self.things):06}", **body}
        self.things[f"{path}/{made['id']}"] = made
        return self.answer(201, made)

    def fits(self, body: dict[str, Any]) -> bool:
        lists = all(isinstance(held, list) == name.endswith("_ids") for name, held in body.items())
        texts = [each for held in body.values() for each in (held if isinstance(held, list) else [held])]
        return lists and all(isinstance(each, str) for each in texts) and 0 < len(body["name"]) <= 60

    def answer(self, status: int, body: Any = None) -> Response:
        content = json.dumps(body).encode() if body is not None else b""
        return Response(status=status, headers=(("content-type", "application/json"),), body=content)


def reached(tmp_path: Path, library: Library, paths: dict[str, Any], only: str) -> tuple[set[str], set[str]]:
    """The operations that were answered with success by one unit, and the checks that found something."""
    spec = tmp_path / "api.json"
    spec.write_text(json.dumps({"openapi": "3.1.0", "info": {"title": "Library", "version": "1"}, "paths": paths}))
    described, here = Document.load(spec), Setting(spec=str(spec), base_url="http://127.0.0.1:1")
    settle(here, described)
    operations: tuple[Operation, ...] = described.operations
    found = units(operations, {one.label: PHASES for one in operations}, order=PHASES, seed=1, max_examples=2,
                  layout=opened(here).layout)  # fmt: skip
    unit = next(unit for unit in found if only in unit.labels)
    succeeded: set[str] = set()

    class Noting:
        def respond(self, request: Request) -> Response:
            answer = library.respond(request)
            if 200 <= answer.status < 300:
                succeeded.add(f"{request.method} /{urlsplit(request.url).path.split('/')[1]}")
            return answer

    result = fuzz(unit, here, through=Noting())
    assert not result.accidents
    return succeeded, {finding.id for finding in result.findings.values()}


@pytest.mark.parametrize(
    ("name", "schema"),
    [("author_id", ID), ("authorId", ID), ("first_author_id", ID), ("author_ids", {"type": "array", "items": ID, "minItems": 1})],
)
def test_what_a_body_refers_to_is_made_first(tmp_path: Path, name: str, schema: Any) -> None:
    paths = {**collection("books", **{name: schema}), **collection("authors")}
    library = Library({"/books": {name: "/authors"}, "/authors": {}})
    succeeded, findings = reached(tmp_path, library, paths, "POST /books")
    assert {"POST /authors", "POST /books", "GET /books"} <= succeeded
    assert "valid-refused" not in findings


def test_what_is_referred_to_may_refer_itself(tmp_path: Path) -> None:
    paths = {**collection("books", author_id=ID), **collection("authors", country_id=ID), **collection("countries")}
    library = Library({"/books": {"author_id": "/authors"}, "/authors": {"country_id": "/countries"}, "/countries": {}})
    succeeded, findings = reached(tmp_path, library, paths, "POST /books")
    assert {"POST /countries", "POST /authors", "POST /books"} <= succeeded
    assert "valid-refused" not in findings


def test_nothing_else_is_made_where_nothing_is_refused(tmp_path: Path) -> None:
    paths = {**collection("books", author_id=ID), **collection("authors")}

    class Trusting(Library):
        def respond(self, request: Request) -> Response:
            self.things.setdefault("/authors/any", {})
            try:
                body = json.loads(request.body or b"0")
            except (ValueError, RecursionError):
                body = 0
            if isinstance(body, dict) and isinstance(body.get("author_id"), str):
                self.things[f"/authors/{body['author_id']}"] = {}
            return super().respond(request)

    succeeded, _ = reached(tmp_path, Trusting({"/books": {"author_id": "/authors"}, "/authors": {}}), paths, "POST /books")
    assert "POST /books" in succeeded
    assert "POST /authors" not in succeeded
