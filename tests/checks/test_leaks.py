"""Errors that tell too much, and those that only look like it."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest

from conformance.model.message import Request, Response
from conformance.model.record import Case, Exchange, Finding, Intent
from conformance.run.judge import Judge

LEAKS = {"credentials-repeated", "internals-shown"}
TOKEN = "c2VjcmV0Ok5vYm9keQ=="
ERROR = {
    "type": "object",
    "properties": {"detail": {"type": "string"}, "stackTrace": {"type": "array", "items": {"type": "string"}}},
}
PATHS = {
    "/pets": {"post": {
        "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
        "responses": {"200": {"description": "ok"}, "default": {"description": "no", "content": {"application/json": {"schema": ERROR}}}},
    }},
}  # fmt: skip
SCHEMES = {"bearer": {"type": "http", "scheme": "bearer"}, "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
           "crumb": {"type": "apiKey", "in": "cookie", "name": "sid"}}  # fmt: skip
BEARER = (("Authorization", f"Bearer {TOKEN}"),)


@pytest.fixture
def judge(make_document: Any) -> Judge:
    security: list[dict[str, list[str]]] = [{"bearer": []}, {"key": []}, {"crumb": []}]
    return Judge(make_document(PATHS, security=security, components={"securitySchemes": SCHEMES}), base_url="http://api/")


def leaks(
    judge: Judge, said: Any, *, status: int = 422, asked: tuple[tuple[str, str], ...] = BEARER, sent: Any = None,
    shown: tuple[tuple[str, str], ...] = (), squeezed: bool = False,
) -> list[Finding]:  # fmt: skip
    raw = said if isinstance(said, bytes) else json.dumps(said).encode()
    kind = "text/html" if isinstance(said, bytes) else "application/json"
    if squeezed:
        raw, shown = gzip.compress(raw), (("Content-Encoding", "gzip"), *shown)
    request = Request(method="POST", url="http://api/pets", body=json.dumps(sent or {}).encode(),
                      headers=(("Content-Type", "application/json"), *asked))  # fmt: skip
    response = Response(status=status, headers=(("Content-Type", kind), *shown), body=raw)
    case = Case(id="1", operation="POST /pets", stage="fuzz", phase="coverage", intent=Intent.POSITIVE)
    found = judge(Exchange(request=request, response=response, case=case, operation="POST /pets")).observation.findings
    return [finding for finding in found if finding.id in LEAKS]


@pytest.mark.parametrize(
    ("said", "more"),
    [
        ({"detail": f"bad token {TOKEN}"}, {}),
        ({"detail": f"bad token Bearer {TOKEN}"}, {"status": 401, "squeezed": True}),
        (f"<p>{TOKEN}</p>".encode(), {"status": 500}),
        ({"detail": "who?"}, {"status": 401, "shown": (("WWW-Authenticate", f'Bearer error_description="{TOKEN}"'),)}),
        ({"detail": "https://api/?t=c2VjcmV0Ok5vYm9keQ%3D%3D"}, {}),
        ({"detail": "key abc-12345 is over"}, {"asked": (("X-Key", "abc-12345"),)}),
        ({"detail": "sid s-99887766 is over"}, {"asked": (("Cookie", "lang=en; sid=s-99887766"),)}),
        (
            {"detail": "not hunter2hunter"},
            {"asked": (("Authorization", f"Basic {base64.b64encode(b'me:hunter2hunter').decode()}"),)},
        ),
    ],
)
def test_an_error_that_repeats_a_credential_is_found_and_the_finding_does_not(judge: Judge, said: Any, more: Any) -> None:
    found = leaks(judge, said, **more)
    assert [finding.id for finding in found] == ["credentials-repeated"]
    secrets = (TOKEN, "abc-12345", "s-99887766", "hunter2hunter")
    assert not any(secret in text for text in (found[0].message, found[0].detail, found[0].place) for secret in secrets)


@pytest.mark.parametrize(
    ("said", "more"),
    [
        ({"token": TOKEN}, {"status": 200}),
        ({"detail": f"no {TOKEN}"}, {"sent": {"code": TOKEN}}),
        ({"detail": "the password is wrong"}, {"asked": (("X-Key", "password"),)}),
        ({"detail": "12345678 is too great"}, {"asked": (("X-Key", "12345678"),)}),
        ({"detail": "en-GB-oed is no language"}, {"asked": (("Cookie", "lang=en-GB-oed"),)}),
        ({"detail": "no"}, {"shown": (("Set-Cookie", f"again={TOKEN}"),)}),
        ({"detail": "unknown request-id-17"}, {"asked": (("X-Request-Id", "request-id-17"),)}),
    ],
)
def test_what_is_no_credential_or_was_said_otherwise_may_be_repeated(judge: Judge, said: Any, more: Any) -> None:
    assert leaks(judge, said, **more) == []


@pytest.mark.parametrize(
    "text",
    [
        'Traceback (most recent call last):\n  File "/srv/app/views.py", line 17, in create\nKeyError',
        "java.lang.NullPointerException\n\tat com.acme.Api.get(Api.java:12)",
        "   at Acme.Api.Get(String id) in C:\\build\\Api.cs:line 40",
        "TypeError: x is not a function\n    at handle (/srv/app/index.js:10:5)",
        "at node:internal/process/task_queues:95:5",
        "panic: runtime error: invalid memory address\n\ngoroutine 12 [running]:\nmain.go:33",
        "/app/models/pet.rb:12:in `save'",
        "#0 /var/www/html/index.php(12): main()",
        "thread 'main' panicked at src/main.rs:4:5",
        'ERROR: syntax error at or near "FROM" LINE 1: SELECT * FROM users',
        "SQLSTATE[23000]: Integrity constraint violation",
        'duplicate key value violates unique constraint "pets_name_key"',
        "You have an error in your SQL syntax; check the manual",
        "ORA-00942: table or view does not exist",
    ],
)
def test_an_error_that_shows_what_is_behind_the_service_is_found(judge: Judge, text: str) -> None:
    for said in ({"detail": text}, text.encode(), {"detail": "no", "more": [{"lines": [text]}]}):
        assert [finding.id for finding in leaks(judge, said)] == ["internals-shown"]


@pytest.mark.parametrize(
    ("said", "more"),
    [
        ({"detail": "Traceback (most recent call last): x"}, {"status": 200}),
        ({"detail": "no", "stackTrace": ["at com.acme.Api.get(Api.java:12)"]}, {}),
        ({"detail": 'syntax error at or near "WERE"'}, {"sent": {"q": "SELECT * FROM pets WERE id = 1"}}),
        ({"detail": "log is wrong: goroutine 12 [running]:"}, {"sent": {"log": "goroutine 12 [running]:"}}),
        ({"detail": "meet me at (12:30:00) or at /pets/12:30:15"}, {}),
        ({"detail": "syntax error at line 3: unexpected end; select another plan from the list"}, {}),
        ({"detail": "name must be unique; the key 'pets' has a duplicate entry"}, {}),
        ({"detail": "call me at the office (Main.street:12)"}, {}),
    ],
)
def test_what_was_sent_or_documented_or_only_sounds_like_it_is_none(judge: Judge, said: Any, more: Any) -> None:
    assert leaks(judge, said, **more) == []
