"""A curl line sends the same request again."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator

import pytest

from conformance.model.message import Request
from conformance.redaction.mask import Redactor
from conformance.report.curl import LONGEST, curl

NOBODY = Redactor()


class _Listener:
    """Takes one request after the other, byte for byte, and answers each with an empty 200."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.received: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                self.received.append(_whole(connection))
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def _whole(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@pytest.fixture
def listener() -> Iterator[_Listener]:
    if shutil.which("curl") is None:
        pytest.skip("no curl is installed")
    found = _Listener()
    yield found
    found.socket.close()


def _sent(line: str, listener: _Listener) -> tuple[str, dict[str, str], bytes]:
    done = subprocess.run(
        ["sh", "-c", line],
        capture_output=True,
        timeout=20,
        check=False,
        env={"PATH": "/usr/bin:/bin", "TELNYX_API_KEY": "from-env"},
    )
    assert done.returncode == 0, done.stderr
    head, _, body = listener.received[-1].partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    return first, {name.lower(): value for name, _, value in (one.partition(": ") for one in lines)}, body


@pytest.mark.parametrize(
    "body",
    [b'{"name": "it\'s $HOME `x` \\\\ \\"q\\"", "n": "\xc3\xa9\\n"}', b"@file", b"line\nline\n", b"\x00\xff\x01'", b"%s %d"],
)
def test_any_body_arrives_as_it_was(listener: _Listener, body: bytes) -> None:
    request = Request(method="POST", url=f"{listener.url}/x", headers=(("Content-Type", "application/json"),), body=body)
    line = curl(request, redactor=NOBODY)
    assert "\n" not in line or b"\n" in body
    first, headers, received = _sent(line, listener)
    assert (first, headers["content-type"], received) == ("POST /x HTTP/1.1", "application/json", body)


@pytest.mark.parametrize("target", ["/a?filter[x]={1}&b='%27", "/a/../b/./c", "/%2F%00?q=a%20b&&", "/$(id)`id`;ls|x"])
def test_any_target_arrives_as_it_was(listener: _Listener, target: str) -> None:
    first, _, _ = _sent(curl(Request(method="GET", url=listener.url + target), redactor=NOBODY), listener)
    assert first == f"GET {target} HTTP/1.1"


def test_headers_arrive_as_they_were(listener: _Listener) -> None:
    request = Request(
        method="DELETE",
        url=f"{listener.url}/x",
        headers=(("X-Quote", 'it\'s "$HOME"'), ("X-Empty", ""), ("X-Latin", "\xe9\\"), ("Host", "no")),
    )
    first, headers, _ = _sent(curl(request, redactor=NOBODY), listener)
    assert first == "DELETE /x HTTP/1.1"
    assert (headers["x-quote"], headers["x-latin"]) == ('it\'s "$HOME"', "\xe9\\")
    assert "x-empty:" in {name.strip() for name in headers}
    assert headers["host"].startswith("127.0.0.1")


def test_a_body_without_content_type_gets_none(listener: _Listener) -> None:
    _, headers, body = _sent(curl(Request(method="PUT", url=listener.url, body=b"x"), redactor=NOBODY), listener)
    assert "content-type" not in headers
    assert body == b"x"


def test_the_credential_is_left_to_the_environment(listener: _Listener) -> None:
    request = Request(
        method="GET", url=f"{listener.url}/x", headers=(("Authorization", "Bearer my-token"), ("X-Api-Key", "my-token"))
    )
    line = curl(request, redactor=Redactor(["my-token"]))
    assert "my-token" not in line
    assert '-H "Authorization: Bearer $TELNYX_API_KEY"' in line
    _, headers, _ = _sent(line, listener)
    assert (headers["authorization"], headers["x-api-key"]) == ("Bearer from-env", "from-env")


def test_the_name_of_the_variable_can_be_chosen() -> None:
    request = Request(method="GET", url="http://h/", headers=(("authorization", "secret"),))
    assert curl(request, redactor=NOBODY, variable="MY_KEY") == 'curl -sS -i http://h/ -H "authorization: $MY_KEY"'


def test_a_wrong_token_of_a_probe_is_shown_so_that_the_line_repeats_the_probe() -> None:
    request = Request(method="GET", url="http://h/", headers=(("Authorization", "Bearer wrong"),))
    assert "'Authorization: Bearer wrong'" in curl(request, redactor=Redactor(["right-token"], public=["wrong"]))


def test_a_head_request_does_not_wait_for_a_body(listener: _Listener) -> None:
    first, _, _ = _sent(curl(Request(method="HEAD", url=f"{listener.url}/x"), redactor=NOBODY), listener)
    assert first == "HEAD /x HTTP/1.1"


def test_a_body_too_long_for_a_command_line_is_named() -> None:
    line = curl(Request(method="POST", url="http://h/", body=b"x" * (LONGEST + 1)), redactor=NOBODY)
    assert line.endswith(f"--data-binary @body.bin # body.bin: {LONGEST + 1} bytes, not shown")
