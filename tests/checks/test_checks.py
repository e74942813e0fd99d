from __future__ import annotations

import json
import zlib
from typing import Any

import pytest

from conformance.checks.over_time import OVER_TIME
from conformance.checks.table import BY_ID, CHECKS
from conformance.model.message import UNABLE, NoResponse, Request, Response
from conformance.model.record import Case, Exchange, Intent, Observation, Outcome
from conformance.run.judge import Judge

PET = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}, "age": {"type": "integer"}}}
ERROR = {"type": "object", "required": ["errors"], "properties": {"errors": {"type": "array"}}}


def content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def error(text: str = "refused") -> dict[str, Any]:
    return {"description": text, **content(ERROR)}


PATHS = {
    "/pets": {
        "get": {
            "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}},
                           {"name": "born", "in": "query", "schema": {"type": "string", "format": "date"}}],
            "responses": {
                "200": {"description": "ok", **content({"type": "array", "items": PET}),
                        "headers": {"X-Total": {"required": True, "schema": {"type": "integer"}}}},
                "400": error(),
            },
        },
        "post": {
            "requestBody": {"required": True, **content({"type": "object", "required": ["age"], "properties": {
                **PET["properties"], "note": {"type": "string"}, "born": {"type": "string", "readOnly": True, "format": "date"}}})},
            "responses": {"201": {"description": "made", **content(PET)}, "422": error(), "409": {"description": "taken"}},
        },
    },
    "/keyed": {"get": {"security": [{"api": []}], "responses": {"200": {"description": "ok"}, "401": {"description": "who"}}}},
    "/silent": {"get": {}},
    "/pets/{id}": {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "get": {"responses": {"200": {"description": "ok", **content(PET)}, "404": error("unknown")}},
        "delete": {"responses": {"204": {"description": "gone"}, "302": {"description": "to"}, "303": {
            "description": "see", "headers": {"Location": {"schema": {"type": "string"}}, "ETag": {"schema": {"type": "string"}}}}}},
    },
}  # fmt: skip
SECURE = {
    "security": [{"key": []}],
    "components": {
        "securitySchemes": {
            "key": {"type": "http", "scheme": "bearer"},
            "api": {"type": "apiKey", "in": "header", "name": "X-Key"},
        }
    },
}
TOTAL = (("X-Total", "1"),)


@pytest.fixture
def judge(make_document: Any) -> Judge:
    return Judge(make_document(PATHS, **SECURE), base_url="http://api/")


def observe(judge: Judge, method: str, path: str, status: int, body: Any = None, *, sent: Any = None, token: str | None = "t",
            headers: tuple[tuple[str, str], ...] = (), content_type: str | None = "application/json",
            asked: tuple[tuple[str, str], ...] = ()) -> Observation:  # fmt: skip
    raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    given = (("Content-Type", content_type),) if raw and content_type else ()
    asked += ((("Authorization", f"Bearer {token}"),) if token else ()) + (
        (("Content-Type", "application/json"),) if sent is not None else ()
    )
    request = Request(
        method=method,
        url=f"http://api{path}",
        headers=asked,
        body=sent if isinstance(sent, bytes) else json.dumps(sent).encode() if sent is not None else b"",
    )
    case = Case(id="1", operation=f"{method} {path}", stage="fuzz", phase="coverage", intent=Intent.POSITIVE)
    return judge(Exchange(request=request, response=Response(status=status, headers=(*given, *headers), body=raw), case=case,
                          operation=f"{method} {path}")).observation  # fmt: skip


def ids(observation: Observation) -> list[str]:
    return sorted(found.id for found in observation.findings)


CONFORMING = [
    ("GET", "/pets", 200, [{"id": "a"}], {"headers": TOTAL}),
    ("GET", "/pets?limit=5", 200, [], {"headers": TOTAL}),
    ("GET", "/pets?limit=x", 400, {"errors": []}, {}),
    ("GET", "/pets?born=soon", 400, {"errors": []}, {}),
    ("GET", "/pets?unknown=1", 400, {"errors": []}, {}),
    ("GET", "/pets", 401, {"errors": []}, {"token": None, "headers": (("WWW-Authenticate", "Bearer"),)}),
    ("POST", "/pets", 201, {"id": "a", "age": 3}, {"sent": {"age": 3}}),
    ("POST", "/pets", 422, {"errors": []}, {"sent": {"age": "x"}}),
    ("POST", "/pets", 409, None, {"sent": {"age": 3}}),
    ("POST", "/pets", 400, {"errors": []}, {"sent": b'{"age'}),
    ("GET", "/pets/a", 404, {"errors": []}, {}),
    ("DELETE", "/pets/a", 204, None, {}),
    ("DELETE", "/pets/a", 404, {"errors": []}, {}),
    ("GET", "/pets", 429, {"errors": []}, {"headers": (("Retry-After", "3"),)}),
    ("PUT", "/pets", 405, {"errors": []}, {"headers": (("Allow", "GET, POST"),)}),
    ("PUT", "/pets", 404, None, {}),
    ("HEAD", "/pets", 405, None, {"headers": (("Allow", "GET, POST"),)}),
    ("TRACE", "/pets", 501, None, {}),
    ("GET", "/pets/a", 501, None, {"headers": ((UNABLE, "yes"),)}),
    ("POST", "/pets", 413, None, {"sent": {"age": 3}}),
    ("GET", "/pets/a%2Fb", 404, b"<p>no such path", {"content_type": "text/html"}),
    ("GET", "/pets/%2E%2E", 308, None, {}),
    ("POST", "/pets", 422, {"errors": []}, {"sent": {"age": 2**60}}),
    ("POST", "/pets", 201, {"id": "a"}, {"sent": {"age": 2**60}}),
    ("GET", "/keyed", 401, None, {"token": None}),
    ("GET", "/silent", 418, None, {}),
    ("DELETE", "/pets/a?limit=1", 204, None, {}),
    ("POST", "/pets", 422, {"errors": []}, {"sent": {"age": 3, "note": " x "}}),
    ("POST", "/pets", 422, {"errors": []}, {"sent": {"age": 3, "note": "a\u0000b"}}),
    ("POST", "/pets", 422, {"errors": []}, {"sent": {"age": 3, "born": "today"}}),
    ("POST", "/pets", 201, {"id": "a"}, {"sent": {"age": 3, "born": "today"}}),
    ("OPTIONS", "/pets", 204, None, {}),
    ("OPTIONS", "/pets", 204, None, {"headers": (("Allow", "POST, GET"),)}),
    ("OPTIONS", "/pets", 405, None, {"headers": (("Allow", "POST, GET"),)}),
    ("GET", "/pets/a", 406, None, {"asked": (("Accept", "text/html"),)}),
    ("GET", "/pets/a", 400, None, {"token": None, "asked": (("Authorization", "Bearer"),)}),
    ("GET", "/pets/a", 406, None, {"asked": (("Accept", "*/*, application/json;q=0"),)}),
    ("GET", "/pets/a", 200, {"id": "a"}, {"headers": (("Content-Length", "11"), ("Content-Encoding", "identity"))}),
    ("GET", "/pets/a", 200, {"id": "a"}, {"headers": (("Content-Length", "7"), ("Transfer-Encoding", "chunked"))}),
    ("GET", "/pets/a", 200, zlib.compress(b'{"id": "a"}'), {"headers": (("Content-Encoding", "deflate"),)}),
    ("GET", "/pets/a", 200, {"id": "a"}, {"headers": (("Content-Encoding", "compress"),)}),
    ("GET", "/pets/a", 200, {"id": "a"}, {"headers": (("ETag", '"a"'), ("ETag", '"a"'))}),
    ("DELETE", "/pets/a", 302, None, {}),
    ("DELETE", "/pets/a", 303, None, {"headers": (("Location", "/pets"), ("ETag", "plain"))}),
    ("POST", "/pets", 201, {"id": "a", "own": {"x": 1}}, {"sent": {"age": 3, "own": {"x": 1}}}),
    ("POST", "/pets", 201, {"id": "a", "own": {"name": "Søren"}}, {"sent": {"age": 3, "own": {"name": " Søren"}}}),
    ("POST", "/pets", 201, {"id": "a", "own": {"name": f"{'x' * 32}…"}}, {"sent": {"age": 3, "own": {"name": "x" * 40}}}),
    ("POST", "/pets", 201, {"id": "a", "own": {"name": "x" * 40}}, {"sent": {"age": 3, "own": {"name": "x" * 40 + " . "}}}),
    ("POST", "/pets", 201, {"id": "a", "own": {"name": "half a l?"}}, {"sent": {"age": 3, "own": {"name": "half a l\ud83d"}}}),
    ("POST", "/pets", 201, {"id": "a", "own": {"type": "x" * 40}}, {"sent": {"age": 3, "own": {"type": "x" * 40 + "y"}}}),
    ("POST", "/pets", 201, {"id": "a", "own": {"of": {"name": "x" * 40}}}, {"sent": {"age": 3, "own": {"name": "x" * 40 + "y"}}}),
    ("POST", "/pets", 201, {"id": "a", "own": {"name": "x" * 9}}, {"sent": {"age": 3, "own": {"name": "x" * 40}}}),
    ("POST", "/pets", 201, {"id": "a", "own": {"name": "SOREN"}}, {"sent": {"age": 3, "own": {"name": "Søren"}}}),
    ("POST", "/pets", 201, {"id": "a", "own": {"name": "S?ren"}}, {"sent": {"age": 3, "own": {"name": "S?ren", "was": "Søren"}}}),
    (
        "GET",
        "/pets/a",
        200,
        {"id": "a"},
        {
            "content_type": "application/json; charset=utf-8",
            "headers": (
                ("ETag", 'W/"1"'),
                ("Date", "Sun, 06 Nov 1994 08:49:37 GMT"),
                ("Last-Modified", "Sunday, 06-Nov-94 08:49:37 GMT"),
                ("Age", "0"),
                ("Location", "/pets/a?b=%20#c"),
                ("Allow", ""),
                ("Retry-After", "Sun Nov  6 08:49:37 1994"),
            ),
        },
    ),
    ("GET", "/pets", 401, {"errors": []}, {"token": None, "headers": (("WWW-Authenticate", 'Bearer realm="x", Basic'),)}),
]
FAULTY = [
    ("server-error", "GET", "/pets", 500, {"errors": []}, {}),
    ("server-error", "POST", "/pets", 503, None, {"sent": {"age": "x"}}),
    ("status-undocumented", "GET", "/pets/a", 203, {"id": "a"}, {}),
    ("status-undocumented", "GET", "/pets", 404, {"errors": []}, {}),
    ("status-undocumented", "POST", "/pets", 400, {"errors": []}, {"sent": {"age": "x"}}),
    ("status-undocumented", "GET", "/pets/a", 410, {"errors": []}, {}),
    ("content-type-undocumented", "GET", "/pets/a", 200, b"<a/>", {"content_type": "text/xml"}),
    ("content-type-undocumented", "GET", "/pets/a", 200, b"{}", {"content_type": None}),
    ("body-missing", "GET", "/pets/a", 200, None, {}),
    ("body-syntax", "GET", "/pets/a", 200, b'{"id":', {}),
    ("body-schema", "GET", "/pets/a", 200, {"age": 3}, {}),
    ("body-schema", "GET", "/pets/a", 200, {"id": "a", "age": "3"}, {}),
    ("body-forbidden", "DELETE", "/pets/a", 204, {"id": "a"}, {}),
    ("header-schema", "GET", "/pets", 200, [], {}),
    ("header-schema", "GET", "/pets", 200, [], {"headers": (("X-Total", "many"),)}),
    ("status-undocumented", "POST", "/pets", 400, {"errors": []}, {"sent": {"age": "x"}}),
    ("error-envelope", "POST", "/pets", 409, {"oops": 1}, {"sent": {"age": 3}}),
    ("format-ignored", "GET", "/pets?born=soon", 200, [], {"headers": TOTAL}),
    ("invalid-accepted", "GET", "/pets?limit=101", 200, [], {"headers": TOTAL}),
    ("invalid-accepted", "POST", "/pets", 201, {"id": "a"}, {"sent": {}}),
    ("valid-refused", "GET", "/pets?limit=100", 400, {"errors": []}, {}),
    ("valid-refused", "POST", "/pets", 422, {"errors": []}, {"sent": {"age": 3}}),
    ("auth-ignored", "GET", "/pets/a", 200, {"id": "a"}, {"token": None}),
    ("auth-challenge-missing", "GET", "/pets/a", 401, {"errors": []}, {"token": None}),
    ("method-undeclared", "PUT", "/pets", 200, {}, {}),
    ("retry-after-missing", "GET", "/pets/a", 429, {"errors": []}, {}),
    ("auth-challenge-missing", "GET", "/pets/a", 401, {"errors": []}, {"token": None, "headers": (("WWW-Authenticate", "="),)}),
    ("body-name-repeated", "GET", "/pets/a", 200, b'{"id": "a", "id": "b"}', {}),
    ("charset-wrong", "GET", "/pets/a", 200, {"id": "a"}, {"content_type": 'application/json; charset="ISO-8859-1"'}),
    ("field-undocumented", "GET", "/pets/a", 200, {"id": "a", "secret": 1}, {}),
    ("field-undocumented", "GET", "/pets", 200, [{"id": "a"}, {"id": "b", "secret": 1}], {"headers": TOTAL}),
    ("header-malformed", "GET", "/pets/a", 200, {"id": "a"}, {"headers": (("ETag", "abc"),)}),
    ("header-malformed", "GET", "/pets/a", 200, {"id": "a"}, {"headers": (("Date", "2026-01-01T00:00:00Z"),)}),
    ("header-malformed", "GET", "/pets/a", 429, None, {"headers": (("Retry-After", "1.5"),)}),
    ("location-missing", "GET", "/pets/a", 307, None, {}),
    ("location-missing", "DELETE", "/pets/a", 303, None, {}),
    ("header-malformed", "GET", "/pets/a", 200, {"id": "a"}, {"headers": (("Content-Type", "text/html"),)}),
    ("content-length-wrong", "GET", "/pets/a", 200, {"id": "a"}, {"headers": (("Content-Length", "12"),)}),
    ("content-coding-wrong", "GET", "/pets/a", 200, {"id": "a"}, {"headers": (("Content-Encoding", "gzip"),)}),
    ("allow-incomplete", "OPTIONS", "/pets", 204, None, {"headers": (("Allow", "GET, OPTIONS"),)}),
    ("valid-refused", "GET", "/pets/a", 406, None, {"asked": (("Accept", "application/*, text/html"),)}),
    ("auth-ignored", "GET", "/pets/a", 200, {"id": "a"}, {"token": None, "asked": (("Authorization", "Bearer"),)}),
    (
        "letters-lost",
        "POST",
        "/pets",
        201,
        {"id": "a", "own": {"name": "S?ren ??"}},
        {"sent": {"age": 3, "own": {"name": "Søren 日本"}}},
    ),
    (
        "letters-lost",
        "POST",
        "/pets",
        201,
        {"id": "a", "own": {"name": "S\u00c3\u00b8rensen"}},
        {"sent": {"age": 3, "own": {"name": "Sørensen"}}},
    ),
    (
        "letters-lost",
        "POST",
        "/pets",
        201,
        {"id": "a", "own": {"name": "x" * 32}},
        {"sent": {"age": 3, "own": {"name": "x" * 40}}},
    ),
    ("credentials-repeated", "GET", "/pets/a", 404, {"errors": ["not for tok-12345"]}, {"token": "tok-12345"}),
    ("internals-shown", "GET", "/pets/a", 404, {"errors": ['File "/srv/a.py", line 3, in get']}, {}),
    ("allow-missing", "PUT", "/pets", 405, None, {}),
    ("allow-missing", "PUT", "/pets", 405, None, {"headers": (("Allow", "GET"),)}),
]


@pytest.mark.parametrize(("method", "path", "status", "body", "more"), CONFORMING)
def test_a_conforming_answer_is_not_accused(judge: Judge, method: str, path: str, status: int, body: Any, more: Any) -> None:
    assert ids(observe(judge, method, path, status, body, **more)) == []


@pytest.mark.parametrize(("check", "method", "path", "status", "body", "more"), FAULTY)
def test_a_fault_is_found_by_its_check(
    judge: Judge, check: str, method: str, path: str, status: int, body: Any, more: Any
) -> None:
    assert check in ids(observe(judge, method, path, status, body, **more))


def test_silence_is_a_finding(judge: Judge) -> None:
    case = Case(id="1", operation="GET /pets", stage="fuzz", phase="coverage", intent=Intent.POSITIVE)
    exchange = Exchange(request=Request(method="GET", url="http://api/pets"), response=NoResponse(kind="reset", reason="gone"), case=case,
                        operation="GET /pets")  # fmt: skip
    assert ids(judge(exchange).observation) == ["no-response"]


def test_what_could_not_be_sent_accuses_nobody(judge: Judge) -> None:
    case = Case(id="1", operation="GET /pets", stage="fuzz", phase="coverage", intent=Intent.POSITIVE)
    exchange = Exchange(request=Request(method="GET", url="http://api/pets"), response=NoResponse(kind="unsent", reason="no form"),
                        case=case, operation="GET /pets")  # fmt: skip
    observation = judge(exchange).observation
    assert ids(observation) == []
    assert [verdict.outcome for verdict in observation.verdicts] == [Outcome.SKIPPED]


def test_every_check_that_judges_alone_has_a_failing_example() -> None:
    chained = {
        "condition-ignored",
        "head-refused",
        "latency-exceeded",
        "no-response",
        "resource-unavailable-after-create",
        "use-after-delete",
    }
    over_time = {check.id for check in OVER_TIME}
    assert {row[0] for row in FAULTY} | chained | over_time == set(BY_ID)


def test_the_table_is_sorted_and_every_row_speaks() -> None:
    assert [check.id for check in CHECKS] == sorted({check.id for check in CHECKS})
    for check in CHECKS:
        assert check.summary.endswith(".")
        assert check.why.endswith(".")
        assert check.fix.endswith(".")


def test_a_check_that_does_not_apply_says_why(judge: Judge) -> None:
    verdicts = {verdict.check: verdict for verdict in observe(judge, "DELETE", "/pets/a", 204).verdicts}
    assert verdicts["body-schema"].outcome is Outcome.SKIPPED
    assert verdicts["body-schema"].reason == "the document gives no schema for the answer"


def test_a_fingerprint_ignores_generated_values(judge: Judge) -> None:
    first = observe(judge, "GET", "/pets/a", 200, {"id": "a", "age": "one"}).findings[0]
    second = observe(judge, "GET", "/pets/b", 200, {"id": "b", "age": "two"}).findings[0]
    assert first.message != second.message
    assert first.fingerprint == second.fingerprint
