"""What lures a run to do damage: links, redirections, pages elsewhere, methods in headers and fields, reads that do things."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from conformance.model.message import Request, Response
from conformance.sandbox.responder import Sandbox
from conformance.serve.server import serve_in_background
from conformance.spec.document import Document

READS = {"GET", "HEAD", "OPTIONS", "TRACE", "QUERY"}
TOKEN = "key-for-the-target-alone"


def content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def traps() -> dict[str, Any]:
    text = {"type": "string", "maxLength": 40}
    thing = {"type": "object", "required": ["id", "name"], "properties": {"id": {"type": "string"}, "name": text}}
    listed = {"type": "object", "required": ["data"], "properties": {
        "data": {"type": "array", "items": thing},
        "links": {"type": "object", "properties": {"next": {"type": "string"}}}}}  # fmt: skip
    new = content({"type": "object", "required": ["name"], "properties": {"name": text, "_method": text}})
    no = {status: {"description": "no"} for status in ("307", "400", "401", "404", "422")}
    ids = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}]
    override = {"name": "X-HTTP-Method-Override", "in": "header", "schema": {"enum": ["DELETE", "PUT", "GET"]}}
    field_ = {"name": "_method", "in": "query", "schema": {"enum": ["delete", "patch"]}}
    follow = {"send": {"operationId": "createMessage", "requestBody": {"name": "$response.body#/name"}},
              "drop": {"operationId": "deleteThing", "parameters": {"id": "someone-else-s"}},
              "wipe": {"operationRef": "#/paths/~1things/delete"}}  # fmt: skip
    return {
        "openapi": "3.1.0", "info": {"title": "Traps", "version": "1"}, "servers": [{"url": "https://api.example.com/v1"}],
        "security": [{"bearer": []}], "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
        "paths": {
            "/things": {
                "get": {"operationId": "listThings", "parameters": [field_, override], "responses": {
                    "200": {"description": "all", **content(listed)}, **no}},
                "post": {"operationId": "createThing", "requestBody": {"required": True, **new}, "responses": {
                    "201": {"description": "made", "links": follow, **content(thing)}, **no}},
                "delete": {"operationId": "deleteThings", "responses": {"204": {"description": "gone"}, **no}}},
            "/things/{id}": {"parameters": ids,
                "get": {"operationId": "getThing", "parameters": [override, field_], "responses": {
                    "200": {"description": "it", "links": follow, **content(thing)}, **no}},
                "patch": {"operationId": "changeThing", "requestBody": {"required": True, **new}, "responses": {
                    "200": {"description": "it", **content(thing)}, **no}},
                "delete": {"operationId": "deleteThing", "responses": {"204": {"description": "gone"}, **no}}},
            "/messages": {"post": {"operationId": "createMessage", "requestBody": {"required": True, **new}, "responses": {
                "201": {"description": "sent", **content(thing)}, **no}}},
            "/lookup/{id}": {"parameters": ids, "get": {"operationId": "lookUp", "x-endpoint-cost": 0.01, "responses": {
                "200": {"description": "it", **content(thing)}, **no}}},
            "/drafts/send": {"get": {"operationId": "sendDrafts", "responses": {"200": {"description": "sent"}, **no}}},
        },
    }  # fmt: skip


def elsewhere() -> str:
    """An address of this machine that is not its loopback: the one that packets to others would leave from."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.254", 9))  # nothing is sent
        except OSError:
            pytest.skip("this machine has no address but its loopback")
        address = str(probe.getsockname()[0])
    if address.startswith("127."):
        pytest.skip("this machine has no address but its loopback")
    return address


@dataclass
class Trap:
    """A service that lures: every third success is a redirection, every page leads elsewhere, and it obeys whatever asks."""

    sandbox: Sandbox
    bystander: str = ""
    luring: bool = True
    seen: list[Request] = field(default_factory=list)
    ours: set[str] = field(default_factory=set)
    trespasses: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def respond(self, request: Request) -> Response:
        with self.lock:
            self.seen.append(request)
            path = urlsplit(request.url).path
            for method in self._meant(request):
                if method not in READS and (method, path) != ("POST", "/v1/things") and path.rpartition("/")[2] not in self.ours:
                    self.trespasses.append(f"{method} {path}")
            if path.startswith(("/v1/lookup", "/v1/drafts")) and request.method in {"GET", "HEAD"}:
                self.trespasses.append(f"{request.method} {path}")
            answer = self.sandbox.respond(request)
            assert isinstance(answer, Response)
            if request.method == "POST" and path == "/v1/things" and answer.status == 201:
                self.ours.add(json.loads(answer.body)["id"])
                return answer
            return self._luring(request, answer, path) if self.luring and answer.status < 300 else answer

    def _meant(self, request: Request) -> set[str]:
        """Every method that somebody may take a request for."""
        found = {request.method, request.header("x-http-method-override") or request.method}
        found |= {value.upper() for name, value in parse_qsl(urlsplit(request.url).query) if name == "_method"}
        try:
            body = json.loads(request.body)
        except ValueError:
            body = None
        return found | (
            {str(body["_method"]).upper()} & {"PUT", "PATCH", "DELETE"} if isinstance(body, dict) and "_method" in body else set()
        )

    def _luring(self, request: Request, answer: Response, path: str) -> Response:
        if len(self.seen) % 3 == 0 and request.method != "DELETE":
            to = self.bystander if len(self.seen) % 2 else f"http://{urlsplit(request.url).netloc}"
            return Response(status=307, headers=(("Location", f"{to}/v1/messages"), ("Content-Length", "0")))
        if path == "/v1/things" and request.method == "GET":
            page = {"data": json.loads(answer.body)["data"], "links": {"next": f"{self.bystander}/v1/things?page=2"}}
            return Response(status=200, headers=(("Content-Type", "application/json"),), body=json.dumps(page).encode())
        return answer


@dataclass
class Bystander:
    """Another service, which nobody is to speak to."""

    seen: list[Request] = field(default_factory=list)

    def respond(self, request: Request) -> Response:
        self.seen.append(request)
        return Response(status=200)


@pytest.fixture
def trap(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "traps.json").write_text(json.dumps(traps()))
    address = elsewhere()
    with ExitStack() as stack:
        other = Bystander()
        service = Trap(Sandbox(Document.load(tmp_path / "traps.json"), seed=5))
        for name in ("a", "b", "c"):
            body = json.dumps({"name": name}).encode()
            headers = (("Content-Type", "application/json"), ("Authorization", f"Bearer {TOKEN}"))
            service.sandbox.respond(Request(method="POST", url="http://x/v1/things", headers=headers, body=body))
        service.bystander = stack.enter_context(serve_in_background(other, address))
        url = stack.enter_context(serve_in_background(service, address)) + "/v1"
        yield service, other, ("--spec", tmp_path / "traps.json", "--base-url", url)


def theirs(service: Trap) -> dict[str, str]:
    """The things of others, by id."""
    headers = (("Authorization", f"Bearer {TOKEN}"),)
    answer = service.sandbox.respond(Request(method="GET", url="http://x/v1/things", headers=headers))
    assert isinstance(answer, Response)
    return {thing["id"]: thing["name"] for thing in json.loads(answer.body)["data"] if thing["id"] not in service.ours}


def test_nothing_that_a_service_says_lures_a_run_to_do_damage(conformance: Any, trap: Any, monkeypatch: Any) -> None:
    service, other, target = trap
    before = theirs(service)
    assert len(before) == 3
    monkeypatch.setenv("TELNYX_API_KEY", TOKEN)
    ran = conformance("run", *target, "--workers", 1, "--only", "fuzz", "--max-requests", 200)
    assert ran.code in {0, 1}, ran.out + ran.err
    assert service.trespasses == []
    assert other.seen == []
    assert theirs(service) == before
    methods = {request.method for request in service.seen}
    assert {"GET", "POST", "PATCH", "DELETE"} <= methods, "it must have tested what it made itself"
    assert any(request.header("x-http-method-override") == "GET" for request in service.seen), "it must have tried the header"


def test_what_lures_is_there_to_be_taken(conformance: Any, trap: Any, monkeypatch: Any) -> None:
    """The same run, with leave to do all that: the service notices."""
    service, _, target = trap
    service.luring = False
    monkeypatch.setenv("TELNYX_API_KEY", TOKEN)
    conformance("run", *target, "--workers", 1, "--only", "fuzz", "--max-requests", 200, "--allow-side-effects")
    paths = {trespass.split()[1] for trespass in service.trespasses}
    assert {"/v1/messages", "/v1/things", "/v1/drafts/send"} <= paths
    assert any(path.startswith("/v1/lookup/") for path in paths)


def test_a_finding_that_is_sent_again_is_guarded_too(conformance: Any, trap: Any, tmp_path: Any, monkeypatch: Any) -> None:
    service, other, target = trap
    monkeypatch.setenv("TELNYX_API_KEY", TOKEN)
    conformance("run", *target, "--workers", 1, "--only", "fuzz", "--max-requests", 60)
    report = tmp_path / "reports" / "findings.json"
    held = json.loads(report.read_text())
    assert held["findings"], "a redirection that is not documented for the page is a finding"
    there = next(iter(theirs(service)))
    for finding in held["findings"]:
        finding["request"] = {**finding["request"], "method": "DELETE", "url": f"{target[3]}/things/{there}"}
    report.write_text(json.dumps(held))
    service.luring = False
    before = len(service.seen)
    for finding in held["findings"][:3]:
        conformance("reproduce", finding["fingerprint"])
    assert service.trespasses == []
    assert not any(request.method == "DELETE" for request in service.seen[before:] if urlsplit(request.url).path.endswith(there))
    assert there in theirs(service)
    assert other.seen == []
