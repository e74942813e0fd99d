"""The ``conformance sandbox`` command as a user runs it."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import httpx
import pytest

RUN = [sys.executable, "-m", "conformance", "sandbox"]


def start(*arguments):
    return subprocess.Popen([*RUN, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_it_serves_the_shipped_document_until_it_is_interrupted():
    process = start()
    try:
        urls = [process.stdout.readline().strip()]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+(/v2)?", urls[0])
        base = urls[0].removesuffix("/v2")
        refused = httpx.get(f"{base}/v2/billing_groups")
        assert (refused.status_code, refused.headers["server"]) == (401, "conformance-sandbox")  # so that replay knows it
        assert (
            httpx.post(f"{base}/v2/billing_groups", json={"name": "a"}, headers={"authorization": "Bearer t"}).json()["data"][
                "name"
            ]
            == "a"
        )
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert "Traceback" not in errors
    assert process.returncode in {0, 130}


def test_broken_operations_are_listed_and_the_others_serve(tmp_path):
    spec = tmp_path / "api.json"
    spec.write_text(
        json.dumps(
            {
                "openapi": "3.1.0",
                "info": {"title": "t", "version": "1"},
                "servers": [{"url": "https://x.example/base"}],
                "paths": {
                    "/a": {
                        "get": {
                            "responses": {
                                "200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/nowhere"}}}}
                            }
                        }
                    },
                    "/b": {"get": {"responses": {"204": {"description": ""}}}},
                },
            }
        )
    )
    process = start("--spec", str(spec))
    try:
        url = process.stdout.readline().strip()
        assert url.endswith("/base")
        assert "GET /a" in process.stderr.readline()
        assert [httpx.get(url + path).status_code for path in ("/a", "/b")] == [501, 204]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


@pytest.mark.parametrize(
    "arguments",
    [["--spec", "/nowhere/api.json"], ["--fault", "none"], ["--latency", "soon"], ["--port", "70000"], ["--host", "203.0.113.1"]],
)
def test_bad_usage_is_one_sentence_and_exit_code_2(arguments):
    done = subprocess.run([*RUN, *arguments], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


def test_a_port_in_use_is_one_sentence_and_exit_code_2():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run([*RUN, "--port", str(port)], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert str(port) in done.stderr


@pytest.fixture
def things(tmp_path):
    thing = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}
    content = {"content": {"application/json": {"schema": thing}}}
    named = {"content": {"application/json": {"schema": {"type": "object", "properties": {"name": {"type": "string"}}}}}}
    many = {"content": {"application/json": {"schema": {"type": "array", "items": thing}}}}
    ids = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
    paths = {
        "/things": {"get": {"responses": {"200": {"description": "d", **many}}},
                    "post": {"requestBody": named, "responses": {"201": {"description": "d", **content}}}},
        "/things/{id}": {"parameters": ids, "get": {"responses": {"200": {"description": "d", **content}}}},
    }  # fmt: skip
    document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths,
                "components": {"securitySchemes": {"b": {"type": "http", "scheme": "bearer"}}}, "security": [{"b": []}]}  # fmt: skip
    (tmp_path / "api.json").write_text(json.dumps(document))
    return tmp_path / "api.json"


@contextmanager
def served(*arguments):
    process = start(*arguments)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
        assert "Traceback" not in errors


def test_what_is_remembered_is_written_at_the_end_and_read_at_the_start(things, tmp_path):
    snapshot, headers = tmp_path / "state.json", {"authorization": "Bearer t", "X-Sandbox-Session": "s"}
    with served("--spec", str(things), "--snapshot", str(snapshot)) as url:
        made = httpx.post(f"{url}/things", json={"name": "kept"}, headers=headers).json()
    assert "kept" in snapshot.read_text()
    with served("--spec", str(things), "--snapshot", str(snapshot)) as url:
        assert httpx.get(f"{url}/things/{made['id']}", headers=headers).json() == made


def test_state_token_and_users_are_as_asked(things):
    with served("--spec", str(things), "--state", "lenient", "--token", "right") as url:
        assert httpx.get(f"{url}/things/any", headers={"authorization": "Bearer right"}).status_code == 200
        assert httpx.get(f"{url}/things/any", headers={"authorization": "Bearer wrong"}).status_code == 401
    with served("--spec", str(things), "--users", "a:T1,b:T2") as url:
        made = httpx.post(f"{url}/things", json={"name": "a"}, headers={"authorization": "Bearer T1"}).json()
        seen = [
            httpx.get(f"{url}/things/{made['id']}", headers={"authorization": f"Bearer {t}"}).status_code for t in ("T1", "T2")
        ]
        assert seen == [200, 404]


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--overlay", "nowhere.yaml"], "cannot read nowhere.yaml: No such file or directory; correct --overlay"),
        (["--users", "a:secret-1,secret-2"], "user 2 is not NAME:TOKEN with a token of its own"),
        (["--snapshot", __file__], "is no snapshot of a sandbox"),
        (["--state", "loose"], "'loose' is not one of 'strict', 'lenient'"),
    ],
)
def test_a_mistake_says_what_to_do_and_shows_no_token(things, arguments, what):
    done = subprocess.run([*RUN, "--spec", str(things), *arguments], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert what in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "secret" not in done.stderr


def test_faults_are_listed_and_planted_where_they_are_asked_for():
    listed = subprocess.run([*RUN, "--list-faults"], capture_output=True, text=True, timeout=30, check=True).stdout
    assert "protocol-body-short" in {line.split()[0] for line in listed.splitlines()}
    process = start(
        "--fault", "protocol-body-short@/billing_groups", "--fault", "response-json-invalid@/addresses", "--latency", "50ms"
    )
    try:
        url, headers = process.stdout.readline().strip(), {"authorization": "Bearer t"}
        with pytest.raises(httpx.RemoteProtocolError, match="closed connection without sending complete"):
            httpx.get(f"{url}/billing_groups", headers=headers)
        answer = httpx.get(f"{url}/addresses", headers=headers)
        assert answer.elapsed.total_seconds() > 0.04
        with pytest.raises(json.JSONDecodeError):
            answer.json()
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
