"""A small service that keeps things for several users, and what the stories about it find."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from conformance.model.message import Request, Response
from conformance.run.fuzz import fuzz
from conformance.run.lifecycle.teller import PHASE
from conformance.run.plan import Unit
from conformance.run.setting import Setting, settle
from conformance.spec.document import Document

TEXT = {"type": "string", "minLength": 1, "maxLength": 60}
BODY = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": TEXT, "note": TEXT, "size": {"type": "object", "properties": {"unit": TEXT, "shape": TEXT}}},
}
MERGED = {**BODY, "required": []}
THING = {"type": "object", "properties": {"id": {"type": "string"}, "created_at": {"type": "string"}, **BODY["properties"]}}
ONE = {"description": "one", "content": {"application/json": {"schema": THING}}}
MANY = {"description": "many", "content": {"application/json": {"schema": {"type": "array", "items": THING}}}}
ANY = {"description": "any"}


def takes(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def document(put: str = "Replace a thing", key: str = "id") -> dict[str, Any]:
    thing = {"type": "object", "properties": {key: {"type": "string"}, "created_at": {"type": "string"}, **BODY["properties"]}}
    text = json.dumps({
        "openapi": "3.1.0",
        "info": {"title": "Shelf", "version": "1"},
        "security": [{"token": []}],
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "paths": {
            "/things": {
                "get": {"responses": {"200": MANY}},
                "post": {**takes(BODY), "responses": {"201": ONE, "422": ANY, "401": ANY, "202": ANY}},
            },
            "/things/{thing_id}": {
                "parameters": [{"name": "thing_id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "get": {"responses": {"200": ONE, "304": ANY, "404": ANY, "401": ANY}},
                "put": {"summary": put, **takes(BODY), "responses": {"200": ONE, "202": ANY, "404": ANY, "422": ANY, "401": ANY}},
                "patch": {
                    **takes(MERGED),
                    "parameters": [{"name": "If-Match", "in": "header", "schema": {"type": "string"}}],
                    "responses": {"200": ONE, "202": ANY, "404": ANY, "412": ANY, "422": ANY, "401": ANY},
                },
                "delete": {"responses": {"204": ANY, "404": ANY, "401": ANY}},
            },
        },
    })  # fmt: skip
    return dict(json.loads(text.replace(json.dumps(THING), json.dumps(thing))))


class Shelf:
    """Keeps things for whoever asks, each user's apart. Its habits are its methods."""

    key = "id"

    def __init__(self) -> None:
        self.things: dict[str, dict[str, Any]] = {}
        self.owners: dict[str, str] = {}
        self.asked: list[Request] = []
        self.clock = 0

    def respond(self, request: Request) -> Response:
        self.asked.append(request)
        self.clock += 1
        name = unquote(urlsplit(request.url).path).removeprefix("/things").strip("/")
        try:
            body = json.loads(request.body) if request.body else {}
        except (ValueError, RecursionError):
            return self.answer(422)
        if request.body and not self.fits(body, request.method):
            return self.answer(422)
        who = request.header("authorization") or ""
        if not name:
            answer = self.create(who, body) if request.method == "POST" else self.list(who)
            return replace(answer, body=b"") if request.method == "HEAD" else answer
        if name not in self.things or not self.may(who, name, request.method):
            return self.answer(404)
        return getattr(self, request.method.lower(), lambda *_: self.answer(405))(name, body, request)

    def fits(self, body: Any, method: str) -> bool:
        if not isinstance(body, dict) or (method != "PATCH" and "name" not in body):
            return False
        right = all(isinstance(body.get(name, "x"), str) and 0 < len(body.get(name, "x")) <= 60 for name in ("name", "note"))
        return right and isinstance(body.get("size", {}), dict)

    def may(self, who: str, name: str, method: str) -> bool:
        return self.owners[name] == who

    def answer(self, status: int, body: Any = None, **headers: str) -> Response:
        content = json.dumps(body).encode() if body is not None else b""
        pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
        return Response(status=status, headers=(*pairs, ("content-type", "application/json")), body=content)

    def tag(self, name: str) -> str:
        return f'"{hash(json.dumps(self.things[name], sort_keys=True)) & 0xFFFFFF}"'

    def create(self, who: str, body: dict[str, Any]) -> Response:
        name = f"thing-{len(self.owners) + 1:08}"
        self.owners[name] = who
        self.things[name] = {self.key: name, "created_at": f"t{self.clock}", **body}
        return self.answer(201, self.things[name])

    def list(self, who: str) -> Response:
        return self.answer(200, [thing for name, thing in self.things.items() if self.owners[name] == who])

    def get(self, name: str, _body: Any, request: Request) -> Response:
        if request.header("if-none-match") == self.tag(name):
            return self.unchanged(name)
        return self.answer(200, self.things[name], etag=self.tag(name))

    def unchanged(self, name: str) -> Response:
        return Response(status=304, headers=(("etag", self.tag(name)),), body=b"")

    def head(self, name: str, _body: Any, request: Request) -> Response:
        return Response(status=200, headers=(("etag", self.tag(name)), ("content-type", "application/json")), body=b"")

    def put(self, name: str, body: dict[str, Any], request: Request) -> Response:
        kept = {key: self.things[name][key] for key in (self.key, "created_at")}
        self.things[name] = {**kept, **body}
        return self.answer(200, self.things[name])

    def patch(self, name: str, body: dict[str, Any], request: Request) -> Response:
        if request.header("if-match") not in {None, self.tag(name)}:
            return self.answer(412)
        self.things[name] = {**self.things[name], **body}
        return self.answer(200, self.things[name])

    def delete(self, name: str, _body: Any, request: Request) -> Response:
        del self.things[name]
        return self.answer(204)


def findings(
    tmp_path: Path, shelf: Shelf, spec: dict[str, Any] | None = None, *, stories: dict[str, dict[str, str]] | None = None,
    least: int = 20, **setting: Any,
) -> set[str]:  # fmt: skip
    """The checks that find something in the stories about a shelf; ``stories`` takes in why others were left out.

    More requests than ``least`` must have been sent.
    """
    path = tmp_path / "api.json"
    path.write_text(json.dumps(spec or document()))
    here = Setting(spec=str(path), base_url="http://127.0.0.1:1", headers=(("Authorization", "Bearer one"),),
                   other_user=(("Authorization", "Bearer two"),), **setting)  # fmt: skip
    described = Document.load(path)
    settle(here, described)
    unit = Unit(name="shelf", labels=tuple(operation.label for operation in described.operations), phases=(PHASE,), seed=1,
                max_examples=1)  # fmt: skip
    result = fuzz(unit, here, through=shelf)
    assert not result.accidents
    assert result.requests > least
    if stories is not None:
        stories.update(result.stories)
    return {finding.id for finding in result.findings.values()}
