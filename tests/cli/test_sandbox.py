"""The ``conformance sandbox`` command as a user runs it."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys

import httpx
import pytest

RUN = [sys.executable, "-c", "from conformance.cli.main import run; run()", "sandbox"]


def start(*arguments):
    return subprocess.Popen([*RUN, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_it_serves_the_shipped_document_until_it_is_interrupted():
    process = start()
    try:
        urls = [process.stdout.readline().strip()]
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+(/v2)?", urls[0])
        base = urls[0].removesuffix("/v2")
        assert httpx.get(f"{base}/v2/billing_groups").status_code == 401
        assert (
            httpx.post(f"{base}/v2/billing_groups", json={"name": "a"}, headers={"authorization": "Bearer t"}).json()["data"][
                "name"
            ]
            == "a"
        )
    finally:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=15)
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
        process.communicate(timeout=15)


@pytest.mark.parametrize("arguments", [["--spec", "/nowhere/api.json"], ["--port", "70000"], ["--host", "203.0.113.1"]])
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
