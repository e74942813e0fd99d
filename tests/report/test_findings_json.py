"""The shape of ``findings.json``."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

from conformance.model.message import Request
from conformance.model.record import Finding
from conformance.redaction.mask import Redactor
from conformance.report.findings_json import finding_json, findings_json
from conformance.report.messages import LIMIT, body_json, request_text, response_text
from conformance.report.results import RunInfo

TOKEN = "KEY0123+/=s3cr3t&<é>"
REDACTOR = Redactor([TOKEN])


def test_a_finding_is_written_whole(findings: list[Finding]) -> None:
    found = findings[2]
    assert finding_json(found, REDACTOR) == {
        "id": "status-undocumented",
        "severity": "error",
        "stage": "fuzz",
        "phase": "",
        "operation": "POST /cats/{id}",
        "operation_id": "petCat",
        "tags": ["Cats"],
        "message": "500 is not one of 200, 404 (sent REDACTED)",
        "detail": "",
        "why": "",
        "fix": "",
        "pointer": "/paths/~1cats~1{id}/post/responses",
        "line": None,
        "column": None,
        "status": 500,
        "request": {
            "method": "POST",
            "url": "https://api.example.com/v2/cats/1?api_key=REDACTED&name=x",
            "headers": [["Authorization", "Bearer REDACTED"], ["Content-Type", "application/json"], ["Cookie", "REDACTED"]],
            "body": '{"name": "it\'s", "echo": "REDACTED"}',
            "body_bytes": 36,
        },
        "response": {
            "status": 500,
            "headers": [["content-type", "application/json"], ["Set-Cookie", "REDACTED"]],
            "body": '{"api_key": "REDACTED", "echo": "REDACTED"}',
            "body_bytes": 43,
            "elapsed": 0.25,
        },
        "curl": "curl -sS -i -X POST 'https://api.example.com/v2/cats/1?api_key=REDACTED&name=x' "
        "-H \"Authorization: Bearer $TELNYX_API_KEY\" -H 'Content-Type: application/json' -H 'Cookie: REDACTED' "
        '--data-raw \'{"name": "it\'"\'"\'s", "echo": "REDACTED"}\'',
        "fingerprint": found.fingerprint,
        "group": found.group,
        "flaky": False,
        "seed": None,
        "lead": [],
        "known": None,
    }


def test_new_findings_come_before_known_ones_and_the_worst_first(findings: list[Finding], run_info: RunInfo) -> None:
    found = findings_json(findings, run_info, REDACTOR)
    assert [(one["id"], one["known"]) for one in found["findings"]] == [
        ("status-undocumented", None),
        ("slow", None),
        ("lint-rule", "accepted"),
    ]
    assert found["version"] == 1
    assert found["run"]["seed"] == 42
    assert found["run"]["stages"] == ["lint", "fuzz"]
    assert found["run"]["target"] == "https://REDACTED@api.example.com/v2?api_key=REDACTED"


def test_a_finding_of_the_document_has_no_exchange(findings: list[Finding]) -> None:
    found = finding_json(findings[0], REDACTOR)
    assert (found["request"], found["response"], found["curl"]) == (None, None, "")


def test_a_curl_line_that_the_finding_brings_is_kept_without_secrets(findings: list[Finding]) -> None:
    assert finding_json(replace(findings[2], curl=f"curl {TOKEN}"), REDACTOR)["curl"] == "curl REDACTED"


def test_bodies_are_text_or_base64_or_nothing() -> None:
    assert body_json(b"") == {"body": None, "body_bytes": 0}
    assert body_json("é".encode()) == {"body": "é", "body_bytes": 2}
    assert body_json(b"\xff") == {"body": {"base64": base64.b64encode(b"\xff").decode()}, "body_bytes": 1}


def test_a_long_body_is_cut_and_says_by_how_much() -> None:
    found = body_json("é".encode() * LIMIT)
    assert found["body"] == "é" * (LIMIT // 2)
    assert (found["body_bytes"], found["body_left_out"]) == (2 * LIMIT, LIMIT)
    odd = body_json(b"x" + "é".encode() * LIMIT)["body"]
    assert odd == "x" + "é" * ((LIMIT - 1) // 2)


def test_the_whole_is_json_whatever_was_generated(findings: list[Finding], run_info: RunInfo) -> None:
    odd: Any = replace(
        findings[2], message="lone \ud800", request=Request(method="\x00", url="http://h/\udfff", headers=(("\x01", "\xff"),))
    )
    text = json.dumps(findings_json([odd], run_info, REDACTOR))
    assert json.loads(text)["findings"][0]["request"]["method"] == "\x00"


def test_messages_for_attachments_show_json_laid_out_and_no_secret(findings: list[Finding]) -> None:
    request, response = findings[2].request, findings[2].response
    assert request is not None
    assert response is not None
    assert request_text(request, REDACTOR) == (
        "POST https://api.example.com/v2/cats/1?api_key=REDACTED&name=x\n"
        "Authorization: Bearer REDACTED\nContent-Type: application/json\nCookie: REDACTED\n\n"
        '{\n  "name": "it\'s",\n  "echo": "REDACTED"\n}\n'
    )
    assert response_text(response, REDACTOR) == (
        "500 Internal Server Error (250 ms)\ncontent-type: application/json\nSet-Cookie: REDACTED\n\n"
        '{\n  "api_key": "REDACTED",\n  "echo": "REDACTED"\n}\n'
    )
