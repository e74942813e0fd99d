"""The ``conformance proxy`` command as a user runs it: with real traffic, a real end, and a real death."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from conformance.cases.recordings import read
from conformance.model.message import Response
from conformance.redaction.scan import Sought

RUN = [sys.executable, "-m", "conformance"]
TOKEN, NUMBER, TEXT, EMAIL = (
    "KEY0123456789ABCDEF_secret",
    "+14155552671",
    "Your parcel is at 5 Main Street",
    "al@corp.example.net",
)
LIVE = (TOKEN, NUMBER[1:], TEXT, "parcel", EMAIL, "s1gn4tur3", "c00kie-value", "wh-secret-123")

DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Messages", "version": "1"},
    "servers": [{"url": "/v1"}],
    "security": [{"bearer": []}],
    "paths": {
        "/messages": {
            "post": {
                "operationId": "send", "tags": ["Messages"],
                "requestBody": {"required": True, "content": {"application/json": {"schema": {
                    "type": "object", "required": ["to", "text"], "properties": {
                        "to": {"type": "string", "pattern": "^\\+[1-9][0-9]{6,14}$"}, "text": {"type": "string", "maxLength": 40},
                        "mail": {"type": "string", "format": "email"}, "webhook_secret": {"type": "string"}}}}}},
                "responses": {"201": {"description": "sent", "content": {"application/json": {"schema": {
                    "type": "object", "required": ["id", "to", "text"], "properties": {
                        "id": {"type": "string"}, "to": {"type": "string", "pattern": "^\\+[1-9][0-9]{6,14}$"},
                        "text": {"type": "string", "maxLength": 40}}}}}},
                    "401": {"description": "who"}, "422": {"description": "no"}},
            },
        },
        "/messages/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {"operationId": "read", "tags": ["Messages"], "responses": {
                "200": {"description": "one", "content": {"application/json": {"schema": {
                    "type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "text": {"type": "string"}}}}}},
                "401": {"description": "who"}, "404": {"description": "none"}}},
        },
    },
    "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
}  # fmt: skip


@dataclass
class Proxy:
    process: subprocess.Popen
    url: str

    def client(self):
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {TOKEN}", "Cookie": "sid=c00kie-value"})

    def end(self, number=signal.SIGINT):
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "messages.json"
    path.write_text(json.dumps(DOCUMENT))
    return path


@contextmanager
def proxy(*arguments, environment=None):
    process = subprocess.Popen([*RUN, "proxy", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env=environment)  # fmt: skip
    try:
        first = process.stdout.readline()
        assert " -> " in first, process.stderr.read()
        yield Proxy(process, first.split()[0])
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.communicate()


def send(client, **more):
    return client.post("/v1/messages?X-Amz-Signature=s1gn4tur3", json={"to": NUMBER, "text": TEXT, "mail": EMAIL,
                                                                      "webhook_secret": "wh-secret-123", **more})  # fmt: skip


def written(folder):
    return [path for path in Path(folder).rglob("*") if path.is_file()]


def kill_witness(running, record, *, lines):
    children = Path(f"/proc/{running.process.pid}/task/{running.process.pid}/children")
    if not children.exists():
        pytest.skip("the system does not tell a process' children")
    until = time.monotonic() + 20
    while not (files := written(record)) or files[0].read_bytes().count(b"\n") < lines:
        assert time.monotonic() < until
        time.sleep(0.05)
    for pid in map(int, children.read_text().split()):
        os.kill(pid, signal.SIGKILL)


def test_what_goes_through_is_recorded_redacted_and_can_be_replayed(spec, tmp_path, without_node):
    record, report = tmp_path / "rec", tmp_path / "rep"
    with proxy(
        "--spec", spec, "--target", "sandbox", "--record", record, "--report", report, environment=without_node
    ) as running:
        with running.client() as client:
            for _ in range(3):
                made = send(client).json()
                assert client.get(f"/v1/messages/{made['id']}").json()["text"] == TEXT
        code, out, err = running.end()
    assert (code, err) == (0, "")
    assert "conforms: no new findings (0 known); 6 exchanges with 2 operations\n" in out
    (file,) = written(record)
    assert oct(file.stat().st_mode)[-3:] == "600"
    texts = out + err + "".join(path.read_text("utf-8", "replace") for path in (*written(record), *written(report)))
    assert not [live for live in LIVE if live in texts]
    recording = read(file)
    assert recording.origin == "sandbox"  # its port says nothing to those who replay
    assert [exchange.response.status for exchange in recording.exchanges] == [201, 200] * 3
    coverage = json.loads((report / "coverage.json").read_text())
    assert coverage["totals"]["operations"]["covered"] == 2
    assert coverage["totals"]["operations"]["sources"]["proxy"] == 2
    replayed = subprocess.run([*RUN, "run", "--spec", spec, "--only", "replay", "--recordings", record, "--out", tmp_path / "out"],
                              capture_output=True, text=True, env=without_node, check=False)  # fmt: skip
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
    assert "6 requests" in replayed.stdout


def test_findings_are_told_of_once_and_fail_the_command(spec, tmp_path, serve, without_node):
    def answer(request):
        headers = (("Content-Type", "application/json"), ("Content-Encoding", "identity"))
        return Response(status=200, headers=headers, body=json.dumps({"id": 5, "text": f"about {NUMBER}"}).encode())

    service, report = serve(answer), tmp_path / "rep"
    target = service.url.removesuffix("/v1")
    with proxy("--spec", spec, "--target", target, "--report", report, environment=without_node) as running:
        with running.client() as client:
            for _ in range(4):
                client.get("/v1/messages/1")
            client.get("/v1/nowhere/12345")
        code, out, _ = running.end(signal.SIGTERM)
    assert code == 1
    assert [line.split()[:2] for line in out.splitlines() if line.startswith(("error", "warning"))] == [
        ["error", "body-schema"], ["warning", "path-undocumented"]]  # fmt: skip
    found = json.loads((report / "findings.json").read_text())["findings"]
    assert {(one["id"], one["operation"]) for one in found} == {
        ("body-schema", "GET /messages/{id}"),
        ("path-undocumented", None),
    }
    texts = out + "".join(path.read_text("utf-8", "replace") for path in written(report))
    assert not [live for live in LIVE if live in texts]
    names = {json.loads(path.read_text())["name"] for path in (report / "allure-results").glob("*-result.json")}
    assert "GET /messages/{id} - proxy" in names
    assert service.seen[0].header("host") == target.partition("//")[2]


def test_a_baseline_makes_known_findings_pass(spec, tmp_path, serve, without_node):
    service = serve(lambda request: Response(status=200, headers=(("Content-Type", "application/json"),), body=b'{"id":5}'))
    report, target = tmp_path / "rep", service.url.removesuffix("/v1")
    for arguments, expected in (((), 1), (("--baseline", tmp_path / "known.json"), 0)):
        with proxy("--spec", spec, "--target", target, "--report", report, *arguments, environment=without_node) as running:
            with running.client() as client:
                client.get("/v1/messages/1")
            assert running.end()[0] == expected
        (found,) = json.loads((report / "findings.json").read_text())["findings"]
        entry = {name: found[name] for name in ("id", "stage", "operation", "pointer", "fingerprint", "message")} | {
            "reason": "known"
        }
        (tmp_path / "known.json").write_text(json.dumps({"version": 1, "entries": [entry]}))


def test_a_proxy_that_is_killed_leaves_every_answered_exchange_readable(spec, tmp_path):
    record = tmp_path / "rec"
    with proxy("--spec", spec, "--target", "sandbox", "--record", record) as running:
        answered = [0] * 4

        def talk(number):
            with running.client() as client, suppress(httpx.HTTPError):
                while True:
                    if send(client).status_code == 201:
                        answered[number] += 1

        threads = [threading.Thread(target=talk, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        while sum(answered) < 100:
            time.sleep(0.01)
        running.process.send_signal(signal.SIGKILL)
        running.process.wait()
        # The witness is still at work, and holds nothing that a client would wait at.
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", httpx.URL(running.url).port), timeout=5)
        for thread in threads:
            thread.join()
        # The witness has the other end of this; when it is gone, everything is written.
        running.process.communicate(timeout=30)
    (file,) = written(record)
    recording = read(file)
    assert not recording.skipped
    assert sum(answered) <= len(recording.exchanges) <= sum(answered) + 4
    assert not [live for live in LIVE if live in file.read_text()]


def test_a_proxy_and_its_witness_that_are_killed_leave_a_readable_recording(spec, tmp_path):
    record = tmp_path / "rec"
    with proxy("--spec", spec, "--target", "sandbox", "--record", record) as running:
        with running.client() as client:
            for _ in range(30):
                send(client)
            kill_witness(running, record, lines=20)
            assert send(client).status_code == 201
        code, _, err = running.end()
    assert code == 2
    (file,) = written(record)
    assert (
        f"was killed; what it recorded until then can be read, and none of the secrets that it had seen is in it: {file}" in err
    )
    # What was still on its way to the witness is lost with it.
    assert len(read(file).exchanges) >= 19


def test_a_witness_that_is_killed_leaves_no_secret_behind(spec, tmp_path, serve):
    body = b'{"id":"odd-token-9f8e7d6c"}'
    service = serve(lambda request: Response(status=200, headers=(("Content-Type", "application/json"),), body=body))
    record, target = tmp_path / "rec", service.url.removesuffix("/v1")
    with proxy("--spec", spec, "--target", target, "--record", record) as running:
        for bearer in (TOKEN, "odd-token-9f8e7d6c"):
            httpx.get(f"{running.url}/v1/messages/1", headers={"Authorization": f"Bearer {bearer}"})
        kill_witness(running, record, lines=3)
        code, _, err = running.end()
    assert code == 4
    assert "was killed; a secret was left in " in err
    assert written(record) == []


def test_a_long_body_passes_and_is_noted_as_not_judged(spec, tmp_path, serve):
    body = json.dumps({"id": "1", "text": "x" * 5000}).encode()
    service = serve(lambda request: Response(status=200, headers=(("Content-Type", "application/json"),), body=body))
    record, target = tmp_path / "rec", service.url.removesuffix("/v1")
    with proxy("--spec", spec, "--target", target, "--record", record, "--max-body", 1000) as running:
        with running.client() as client:
            assert client.get("/v1/messages/1").content == body
        code, out, _ = running.end()
    assert code == 0
    assert "1 exchange had bodies too long to be judged" in out
    (skipped,) = read(written(record)[0]).skipped
    assert skipped.reason == f"the body of its answer was not recorded: {len(body)} bytes"


def test_nothing_that_came_through_is_never_green(spec):
    with proxy("--spec", spec, "--target", "sandbox") as running:
        code, out, _ = running.end()
    assert code == 2
    assert "nothing came through" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--target", "api.example.com"], "has no scheme; did you mean 'https://api.example.com'?"),
        (["--target", "https://api.example.com", "--no-redact"], "--no-redact is for a target on this machine"),
        (["--target", "sandbox", "--record", "messages.json/rec"], "cannot write to messages.json/rec: Not a directory; choose another folder with --record"),
        (["--target", "sandbox", "--host", "203.0.113.1"], "cannot listen on 203.0.113.1:0"),
        ([], "missing option '--target'"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence_and_exit_code_2(conformance, spec, arguments, said):
    ran = conformance("proxy", "--spec", spec, *arguments)
    assert ran.code == 2
    assert said in ran.err
    assert ran.err.count("\n") == 1


def test_without_redaction_everything_is_as_it_was(spec, tmp_path):
    record = tmp_path / "rec"
    with proxy("--spec", spec, "--target", "sandbox", "--record", record, "--no-redact") as running:
        with running.client() as client:
            send(client)
        assert running.end()[0] == 0
    assert Sought([TOKEN]).stands_in_file(written(record)[0])
