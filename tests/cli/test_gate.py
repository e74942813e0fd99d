"""The ``conformance gate`` command as a user runs it: a client's tests, a verdict, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from conformance.redaction.scan import Sought

RUN = [sys.executable, "-m", "conformance"]
TOKEN, NUMBER, TEXT = "KEY0123456789ABCDEF_secret", "+14155552671", "parcel"

CLIENT = """
import json, os, sys, urllib.error, urllib.request
BASE = os.environ.get("MY_URL") or os.environ["TELNYX_BASE_URL"]
def call(method, path, body=None, **headers):
    named = {"Authorization": "Bearer TOKEN", **({"Content-Type": "application/json"} if body is not None else {}), **headers}
    sent = urllib.request.Request(BASE + path, method=method, headers=named, data=json.dumps(body).encode() if body else None)
    try:
        with urllib.request.urlopen(sent) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as raised:
        with raised:
            return raised.code, None
""".replace("TOKEN", TOKEN)

TESTS = (
    CLIENT
    + """
def test_send(): assert call("POST", "/notes", {"text": "hello"})[0] in (200, 201)
def test_read(): assert call("GET", "/notes/1")[1]["text"]
def test_unit(): pass
"""
)


@pytest.fixture
def script(tmp_path):
    def write(text, name="client.py"):
        path = tmp_path / name
        path.write_text(CLIENT + text)
        return [sys.executable, str(path)]

    return write


def findings(out):
    return {(one["id"], one["blame"]): one for one in json.loads((out / "findings.json").read_text())["findings"]}


def test_a_client_that_conforms_passes(conformance, document, script):
    ran = conformance("gate", "--spec", document, "--", *script('print(call("GET", "/notes")[0], call("GET", "/notes/1")[0])'))
    assert ran.code == 0
    assert "gate: conforms: no violation; the command ended with exit code 0" in ran.out
    assert "2 exchanges; 2 of 3 operations (67 %)" in ran.out


def test_a_violation_says_what_where_why_whose_and_how_to_send_it_again(conformance, document, script, tmp_path):
    command = script('call("GET", "/v1/notes")\ncall("POST", "/notes", {"text": "x" * 30})')
    ran = conformance("gate", "--spec", document, "--out", tmp_path / "out", "--", *command)
    assert ran.code == 1
    assert (
        "gate: does not conform: 2 violations: 1 by the SDK, 1 by the SDK or its tests; the command ended with exit code 0"
        in ran.out
    )
    assert (
        "sdk: path-undocumented: GET /v1/v1/notes is not in the document: /v1 stands twice; the nearest is GET /notes" in ran.out
    )
    found = findings(tmp_path / "out")["request-body", "ambiguous"]
    assert found["operation"] == "POST /notes"
    assert found["tags"] == ["Notes"]
    assert found["line"]
    assert found["why"]
    assert found["curl"].startswith("curl -sS -i -X POST http://127.0.0.1:8080/v1/notes ")  # conformance sandbox --port 8080
    assert '-H "Authorization: Bearer $TELNYX_API_KEY"' in found["curl"]
    gate = json.loads((tmp_path / "out" / "gate.json").read_text())
    assert gate["undocumented"] == [{"call": "GET /v1/v1/notes", "times": 1, "nearest": "GET /notes", "slip": "/v1 stands twice"}]
    summary = (tmp_path / "out" / "summary.md").read_text()
    assert "    gate: does not conform: 2 violations" in summary
    assert "`path-undocumented` (sdk)" in summary
    again = conformance("reproduce", found["fingerprint"], "--out", tmp_path / "out")
    assert (again.code, "run the client's tests before `conformance gate` again" in again.out) == (2, True)
    assert gate["tags"]["Single"]["never_called"] == ["GET /notes/{id}"]
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {
        "allure-results", "coverage.json", "coverage.html", "findings.json", "gate.json", "junit.xml", "summary.md"}  # fmt: skip


def test_nothing_captured_is_never_green(conformance, document):
    ran = conformance("gate", "--spec", document, "--", sys.executable, "-c", "")
    assert ran.code == 2
    assert "the client did not use http://127.0.0.1:" in ran.out
    assert "--env NAME" in ran.out


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 32,
            "1 connection spoke TLS: its base URL is to begin with http://",
        ),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "1 connection spoke HTTP/2 without asking first"),
        (b"CONNECT api.example.com:443 HTTP/1.1\r\nHost: api.example.com:443\r\n\r\n", "1 request asked for a tunnel"),
        (b"GET http://h.example/v1/notes HTTP/1.1\r\nHost: other.example\r\n\r\n", "1 request was for another host"),
    ],
)
def test_a_client_that_comes_with_what_cannot_be_passed_on_is_told_what_to_do(conformance, document, script, sent, words):
    code = f"""
import socket
from urllib.parse import urlsplit
there = urlsplit(BASE)
with socket.create_connection((there.hostname, there.port)) as one:
    one.sendall({sent!r})
    one.recv(1000)
"""
    ran = conformance("gate", "--spec", document, "--", *script(code))
    assert ran.code == 2
    assert "not with a request that could be passed on" in ran.out
    assert words in ran.out


def test_a_command_that_fails_is_not_green_though_it_conforms(conformance, document, script):
    ran = conformance("gate", "--spec", document, "--", *script('call("GET", "/notes")\nsys.exit(7)'))
    assert ran.code == 1
    assert "gate: conforms: no violation; the command ended with exit code 7" in ran.out


def test_too_few_operations_have_an_exit_code_of_their_own(conformance, document, script):
    command = script('call("GET", "/notes")')
    assert conformance("gate", "--spec", document, "--min-operations", 50, "--", *command).code == 3
    assert conformance("gate", "--spec", document, "--min-operations", 33, "--", *command).code == 0


def test_known_findings_do_not_fail_it_and_another_variable_takes_the_url(conformance, document, script, tmp_path):
    command = script('call("GET", "/v2/weather")')
    options = ("gate", "--spec", document, "--env", "MY_URL={origin}")
    conformance(*options, "--out", tmp_path / "out", "--", *command)
    (found,) = findings(tmp_path / "out").values()
    known = tmp_path / "known.json"
    known.write_text(json.dumps({"version": 1, "entries": [
        {"fingerprint": found["fingerprint"], "id": found["id"], "reason": "we know"}]}))  # fmt: skip
    ran = conformance(*options, "--baseline", known, "--", *command)
    assert (ran.code, "no violation, 1 known" in ran.out) == (0, True)


def test_since_an_earlier_document_only_what_changed_counts(conformance, document, script, tmp_path):
    raw = json.loads(document.read_text())
    del raw["paths"]["/notes"]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]["text"]["maxLength"]
    old = tmp_path / "old.json"
    old.write_text(json.dumps(raw))
    command = script('call("POST", "/notes", {"text": "x" * 30})\ncall("GET", "/weather")')
    ran = conformance("gate", "--spec", document, "--since", old, "--", *command)
    assert ran.code == 1
    assert "1 violation: 1 by the SDK" in ran.out
    assert "1 of 1 operations that changed, 2 left out (100 %)" in ran.out
    ran = conformance("gate", "--spec", document, "--since", document, "--", *command)
    assert (ran.code, "none of 3 operations changed since the earlier document; the command was not run" in ran.out) == (0, True)


def test_vacuous_tests_are_named_and_so_is_the_test_of_a_violation(conformance, document, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    (tmp_path / "test_notes.py").write_text(TESTS + '\ndef test_bad(): call("GET", "/v1/notes")\n')
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(tmp_path),
               f"--junit-xml={tmp_path / 'junit.xml'}", str(tmp_path / "test_notes.py")]  # fmt: skip
    options = ("--vacuity", "--junit", tmp_path / "junit.xml", "--out", tmp_path / "out")
    ran = conformance("gate", "--spec", document, *options, "--", *command)
    assert ran.code == 1
    assert "2 of 3 tests (67 %) pass against {} too: test_notes::test_send, test_notes::test_bad" in ran.out
    gate = json.loads((tmp_path / "out" / "gate.json").read_text())
    assert gate["vacuity"]["silent"] == 1
    assert gate["response_fields_read"] == {"never": ["POST /notes"], "read": ["GET /notes/{id}"], "not_known": 0}
    assert gate["findings"][0]["tests"] == ["test_notes.py::test_bad"]


def test_retries_are_seen_when_the_sandbox_is_disturbed(conformance, document, script):
    command = script('print([call("GET", "/notes/%d" % i, **{"X-Retry-Count": str(n)})[0] for i, n in ((0, 0), (1, 0), (1, 1))])')
    ran = conformance("gate", "--spec", document, "--disturb", 2, "--", *command)
    assert "tried again after 1 of 1 failures" in ran.out
    assert "retry-after-ignored" in ran.out
    assert ran.code == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "there is no command to run"),
        (["--disturb", "2", "--target", "http://127.0.0.1:9", "--", "true"], "--disturb is for the sandbox"),
        (["--env", "=x", "--", "true"], "--env '=x'"),
        (["--", "no-such-program"], "cannot run 'no-such-program'"),
        (["--nonsense", "--", "true"], "no such option"),
    ],
)
def test_a_mistake_is_one_sentence(conformance, document, options, words):
    ran = conformance("gate", "--spec", document, *options)
    assert ran.code == 2
    assert words in ran.err


def test_what_is_secret_is_in_no_line_and_no_file(conformance, document, script, tmp_path):
    body = {"text": f"{TEXT} {NUMBER} {TEXT * 5}", "password": "hunter2-hunter2"}
    command = script(f'call("POST", "/notes", {body!r}, **{{"X-Conformance-Test": "send[{NUMBER}]"}})\n'
                     f'call("GET", "/v1/notes?token={TOKEN}&to=%2B{NUMBER[1:]}")\n'
                     f'call("GET", "/notes?api_key={TOKEN}&to=%2B{NUMBER[1:]}", **{{"Authorization": "{TOKEN}", "X-API-Key": "{TOKEN}"}})\n'
                     f'call("GET", "/notes/%2B{NUMBER[1:]}/{TOKEN}")\n'
                     f'call("GET", "/notes?text=%7B%27text%27%3A+%27{TEXT}%27%7D&to=+{NUMBER[1:]}")\n'
                     f'call("POST", "/notes", "{NUMBER} {TOKEN}")\n'
                     f'call("POST", "/notes", {{"text": "{TEXT}", "Text": "{TEXT}", "note": None}})')  # fmt: skip
    out = tmp_path / "out"
    ran = conformance("gate", "--spec", document, "--out", out, "--", *command, TOKEN, NUMBER)
    assert ran.code == 1
    sought = Sought((TOKEN, NUMBER[1:], TEXT, "hunter2-hunter2"))
    assert not sought.stands_in(ran.out.encode())
    files = [path for path in out.rglob("*") if path.is_file()]
    assert len(files) > 6
    assert [path.name for path in files if sought.stands_in_file(path)] == []


def test_a_target_is_judged_too_and_keeps_its_path(conformance, document, serve, always, script, tmp_path):
    service = serve(always(200, b'{"id": 5}'))
    ran = conformance("gate", "--spec", document, "--target", service.url, "--out", tmp_path / "out", "--",
                      *script('call("GET", "/notes/1", **{"X-Conformance-Test": "a"})'))  # fmt: skip
    assert ran.code == 1
    assert ("body-schema", "target") in findings(tmp_path / "out")
    assert service.seen[0].url.endswith("/v1/notes/1")
    assert service.seen[0].header("x-conformance-test") is None


def test_sigterm_ends_the_command_and_reports_what_there_is(document, tmp_path, without_node):
    ready = tmp_path / "ready"
    (tmp_path / "client.py").write_text(
        CLIENT + f'call("GET", "/v1/notes")\nopen({str(ready)!r}, "w").write(str(os.getpid()))\nimport time\ntime.sleep(60)\n'
    )
    command = [*RUN, "gate", "--spec", str(document), "--", sys.executable, str(tmp_path / "client.py")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    until = time.monotonic() + 30
    while not (ready.exists() and ready.read_text()) and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "1 violation: 1 by the SDK; the command was interrupted" in said
    with pytest.raises(ProcessLookupError):
        os.kill(int(ready.read_text()), 0)
