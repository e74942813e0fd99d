"""What leaves for a target on another machine, seen by the target: nothing that costs money, nothing that is not the run's."""

from __future__ import annotations

import json
import re
import socket
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest

from conformance.model.message import Request, Response
from conformance.sandbox.responder import Sandbox
from conformance.serve.server import serve_in_background
from conformance.spec.document import Document

THING = {"type": "object", "required": ["id", "name"], "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}
NEW = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string", "maxLength": 30}},
    "additionalProperties": False,
}
ERROR = {"type": "object", "properties": {"error": {"type": "string"}}}
READS = {"GET", "HEAD", "OPTIONS", "TRACE", "QUERY"}


def answer(description, schema=None):
    return {"description": description, **({"content": {"application/json": {"schema": schema}}} if schema else {})}


def operation(name, summary, success, *, body=None, **others):
    refusals = {status: answer("no", ERROR) for status in ("400", "404", "422")}
    taken = {"requestBody": {"required": True, "content": {"application/json": {"schema": body}}}} if body else {}
    return {"operationId": name, "summary": summary, "tags": ["Shop"], "responses": {**success, **refusals}, **taken, **others}


def shop():
    made, shown, gone = {"201": answer("made", THING)}, {"200": answer("it", THING)}, {"204": answer("gone")}
    done = {"200": answer("done", ERROR)}
    ids = {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}]}
    return {
        "openapi": "3.1.0", "info": {"title": "Shop", "version": "1"}, "servers": [{"url": "https://api.example.com/v1"}],
        "paths": {
            "/things": {
                "get": operation("listThings", "List things", {"200": answer("all", {"type": "array", "items": THING})}),
                "post": operation("createThing", "Create a thing", made, body=NEW),
                "delete": operation("deleteThings", "Delete all things", gone),
            },
            "/things/{id}": {**ids,
                "get": operation("getThing", "Read a thing", shown),
                "put": operation("putThing", "Replace a thing", shown, body=NEW),
                "patch": operation("changeThing", "Change a thing", shown, body=NEW),
                "delete": operation("deleteThing", "Delete a thing", gone)},
            "/things/{id}/actions/archive": {**ids, "post": operation("archiveThing", "Archive a thing", done)},
            "/settings": {"put": operation("putSettings", "Replace the settings", done, body=NEW)},
            "/messages": {"post": operation("createMessage", "Create a message", made, body=NEW)},
            "/calls": {"post": operation("dial", "Dial", made, body=NEW)},
            "/orders": {"post": operation("createOrder", "Create an order", made, body=NEW)},
            "/phone_numbers": {"post": operation("addNumber", "Add", made, body=NEW)},
            "/reports": {"post": operation("createReport", "Create a report", made, body=NEW, **{"x-endpoint-cost": 0.01})},
            "/boxes": {"post": operation("createBox", "Create a box", made, body=NEW, description="You will be charged for it.")},
            "/tasks/purge": {"post": operation("runTask", "Clean up", done)},
        },
    }  # fmt: skip


def elsewhere():
    """An address of this machine that is not its loopback: the one that packets to others would leave from."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.254", 9))  # nothing is sent
        except OSError:
            pytest.skip("this machine has no address but its loopback")
        address = probe.getsockname()[0]
    if address.startswith("127."):
        pytest.skip("this machine has no address but its loopback")
    return address


@dataclass
class Shop:
    """The service, with things of others in it, and everything that arrived."""

    sandbox: Sandbox
    seen: list[Request] = field(default_factory=list)
    ours: set[str] = field(default_factory=set)
    theirs: set[str] = field(default_factory=set)
    trespasses: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""

    def respond(self, request):
        with self.lock:
            self.seen.append(request)
            path = urlsplit(request.url).path
            if request.method not in READS and path != "/v1/things" and not self._is_ours(path):
                self.trespasses.append(f"{request.method} {path}")
            answer = self.sandbox.respond(request)
            if request.method == "POST" and path == "/v1/things" and answer.status == 201:
                self.ours.add(json.loads(answer.body)["id"])
            return answer

    def _is_ours(self, path):
        found = re.fullmatch(r"/v1/things/([^/]+)(/actions/archive)?", path)
        return found is not None and found[1] in self.ours

    def there(self):
        """The ids of what is there."""
        found = set()
        for identity in self.ours | self.theirs:
            if self.sandbox.respond(Request(method="GET", url=f"http://x/v1/things/{identity}")).status == 200:
                found.add(identity)
        return found


def ask(sandbox, method, path, body=None) -> Response:
    return sandbox.respond(Request(method=method, url=f"http://x/v1{path}", headers=(("Content-Type", "application/json"),),
                                   body=json.dumps(body).encode() if body else b""))  # fmt: skip


@pytest.fixture
def shop_file(tmp_path):
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(shop()))
    return path


@pytest.fixture
def opened(shop_file, monkeypatch):
    """Open the shop at a host, with three things of others."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with ExitStack() as stack:

        def start(host):
            service = Shop(Sandbox(Document.load(shop_file), seed=5))
            for name in ("a", "b", "c"):
                service.theirs.add(json.loads(ask(service.sandbox, "POST", "/things", {"name": name}).body)["id"])
            service.url = stack.enter_context(serve_in_background(service, host)) + "/v1"
            return service

        yield start


COMMON = ("--workers", 1, "--only", "fuzz", "--max-examples", 6)


def test_nothing_billable_or_destructive_leaves_for_another_machine(conformance, opened, shop_file):
    service = opened(elsewhere())
    ran = conformance("run", "--spec", shop_file, "--base-url", service.url, *COMMON)
    assert ran.code == 0, ran.out + ran.err
    assert service.trespasses == []
    methods = {request.method for request in service.seen}
    assert {"POST", "PUT", "PATCH", "DELETE"} <= methods, "it must have tested what it made itself"
    assert not any(request.method == "DELETE" and request.url.endswith("/things") for request in service.seen)
    assert service.ours, "it must have made something"
    assert service.there() == service.theirs
    assert "things that the run created deleted again" in ran.out


def test_the_same_run_on_this_machine_does_send_all_of_it(conformance, opened, shop_file):
    service = opened("127.0.0.1")
    conformance("run", "--spec", shop_file, "--base-url", service.url, *COMMON)
    paths = {(request.method, urlsplit(request.url).path) for request in service.seen}
    assert {("POST", "/v1/messages"), ("POST", "/v1/orders"), ("PUT", "/v1/settings"), ("DELETE", "/v1/things")} <= paths


def test_a_name_that_is_not_this_machine_s_is_another_machine_wherever_it_leads(conformance, opened, shop_file):
    """A name may be the near end of a tunnel."""
    name = socket.gethostname()
    try:
        socket.create_connection((name, 9), timeout=1).close()
    except ConnectionRefusedError:
        pass
    except OSError:
        pytest.skip("this machine does not know its own name")
    service = opened(socket.gethostbyname(name))
    url = service.url.replace(urlsplit(service.url).hostname, name)
    conformance("run", "--spec", shop_file, "--base-url", url, "--workers", 1, "--only", "fuzz", "--max-requests", 60)
    assert len(service.seen) > 20
    assert service.trespasses == []
    assert service.there() == service.theirs
    assert len(service.seen) <= 60, "deletions are part of the budget"


def test_a_table_lets_one_operation_pass_and_another_not(conformance, opened, shop_file, tmp_path):
    service = opened(elsewhere())
    (tmp_path / "conformance.toml").write_text('[guard]\nallow = ["POST /messages"]\ndeny = ["listThings"]\n')
    conformance("run", "--spec", shop_file, "--base-url", service.url, *COMMON)
    assert {trespass.split()[1] for trespass in service.trespasses} == {"/v1/messages"}
    assert not any(request.method == "GET" and urlsplit(request.url).path == "/v1/things" for request in service.seen)


def test_a_plan_sends_nothing_and_says_what_is_held_back(conformance, opened, shop_file, tmp_path):
    service = opened(elsewhere())
    ran = conformance("run", "--plan", "--spec", shop_file, "--base-url", service.url, *COMMON)
    assert (ran.code, service.seen) == (0, [])
    assert not (tmp_path / "reports").exists()
    rows = {line[:30].strip(): line for line in ran.out.splitlines()}
    assert re.fullmatch(r"POST /messages +0 +0 +0 +all  it may send something \(the path has 'message'\)", rows["POST /messages"])
    assert rows["POST /calls"].endswith("all  it may place or steer calls (the operation id has 'dial')")
    assert rows["DELETE /things"].endswith("it changes or deletes what this run did not create")
    assert re.fullmatch(r"POST /things +[1-9][0-9]* +[0-9]+ +0", rows["POST /things"])
    assert re.search(
        r"^[0-9,]+ requests to http://.*: [0-9,]+ generated, 0 recorded; one or two more see that it is there$",
        ran.out,
        re.MULTILINE,
    )


def test_a_recording_is_guarded_too(conformance, opened, shop_file, tmp_path):
    service = opened(elsewhere())
    there = min(service.theirs)
    entries = [("POST", "/messages", 201), ("DELETE", f"/things/{there}", 204), ("GET", "/things", 200)]
    har = {"log": {"version": "1.2", "creator": {"name": "t", "version": "1"}, "entries": [
        {"startedDateTime": "2026-01-01T00:00:00Z", "time": 1, "request": {
            "method": method, "url": f"https://api.example.com/v1{path}", "httpVersion": "HTTP/1.1", "headers": [], "queryString": [],
            "cookies": [], "headersSize": -1, "bodySize": 0},
         "response": {"status": status, "statusText": "", "httpVersion": "HTTP/1.1", "headers": [], "cookies": [],
                      "content": {"size": 0, "mimeType": ""}, "redirectURL": "", "headersSize": -1, "bodySize": 0},
         "cache": {}, "timings": {"send": 0, "wait": 0, "receive": 0}} for method, path, status in entries]}}  # fmt: skip
    (tmp_path / "r.har").write_text(json.dumps(har))
    conformance("run", "--spec", shop_file, "--base-url", service.url, "--only", "replay", "--recordings", tmp_path / "r.har")
    assert {request.method for request in service.seen} == {"GET"}
    assert service.there() == service.theirs
