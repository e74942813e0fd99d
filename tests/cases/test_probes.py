from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from conformance.cases.probes import Probe, echoes, probes
from conformance.model.message import Request, Response
from conformance.model.record import Intent
from conformance.spec.document import Document
from conformance.spec.reading import read_request
from conformance.spec.router import Router

OK = {"responses": {"200": {"description": "ok"}}}
BODY = {"type": "object", "required": ["name"], "properties": {
    "name": {"type": "string", "maxLength": 12}, "code": {"type": "string", "pattern": "^[a-c]+$"}, "age": {"type": "integer"},
    "level": {"type": "integer", "minimum": 1, "maximum": 9}, "born": {"type": "string", "format": "date"},
    "id": {"type": "string", "readOnly": True}, "notes": {"type": "array", "items": {"type": "string"}}}}  # fmt: skip
PATHS = {
    "/pets": {
        "post": {"requestBody": {"content": {"application/json": {"schema": BODY}}}, **OK},
        "get": {"parameters": [{"name": "q", "in": "query", "schema": {"type": "string"}},
                               {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1}}], **OK},
    },
    "/pets/{id}": {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                   "get": OK, "put": OK, "delete": OK},
    "/toys": {"post": OK, "delete": OK},
    "/mine": {"get": {**OK, "security": [{"key": []}, {"cookie": [], "header": []}]}},
}  # fmt: skip
SCHEMES = {"key": {"type": "apiKey", "in": "query", "name": "key"}, "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
           "header": {"type": "apiKey", "in": "header", "name": "X-Key"}}  # fmt: skip
JSON = (("Content-Type", "application/json"),)


@pytest.fixture
def document(make_document: Any) -> Document:
    return make_document(PATHS, components={"securitySchemes": SCHEMES})  # type: ignore[no-any-return]


def probed(document: Document, request: Request) -> list[Probe]:
    match = Router(document.operations).match(request.method, request.url)
    assert match is not None
    assert match.operation is not None
    return list(probes(match.operation, read_request(match.operation, request, match.values), request))


def post(value: Any) -> Request:
    return Request(method="POST", url="http://api/pets", headers=JSON, body=json.dumps(value).encode())


def test_a_probe_at_the_edge_keeps_the_contract(document: Document) -> None:
    full = {"name": "a", "code": "b", "age": 3, "level": 2, "born": "2026-01-01", "id": "x", "notes": ["n"]}
    found = [probe for probe in probed(document, post(full)) if probe.intent is Intent.POSITIVE]
    assert len(found) == 5
    operation = document.by_label["POST /pets"]
    for probe in found:
        sent = json.loads(probe.request.body)
        assert read_request(operation, probe.request, {}).errors == ()
        assert (sent["code"], sent["born"], sent["id"], sent["level"]) == ("b", "2026-01-01", "x", 2)
        assert len(sent["name"]) <= 12
    texts = {json.loads(probe.request.body)["notes"][0] for probe in found}
    assert any("'" in text and "😀" in text for text in texts)
    assert any("\x00" in text for text in texts)
    assert "" in texts
    assert {json.loads(probe.request.body)["age"] for probe in found} == {-1, 0, 2**31, 2**53, -(2**53)}


def test_a_probe_at_the_edge_fills_the_query(document: Document) -> None:
    found = probed(document, Request(method="GET", url="http://api/pets?limit=3&other=1"))
    queries = [parse_qs(urlsplit(probe.request.url).query, keep_blank_values=True) for probe in found]
    assert len(queries) == 5
    assert all(query["other"] == ["1"] and "q" in query and int(query["limit"][0]) >= 1 for query in queries)


def test_a_damaged_body_is_no_longer_what_it_was(document: Document) -> None:
    found = [probe.request.body for probe in probed(document, post({"name": "a"})) if probe.intent is Intent.NEGATIVE]
    assert found == [b"{}", b'{"name": "a"', b'{"\xff\xfe": 1}']


def test_a_request_without_anything_to_change_has_no_probe(document: Document) -> None:
    assert probed(document, Request(method="GET", url="http://api/pets/a")) == []


def test_an_anonymous_probe_leaves_nothing_that_could_let_it_in(document: Document) -> None:
    request = Request(
        method="GET", url="http://api/mine?a=1&key=k", headers=(("Cookie", "theme=x; sid=s"), ("X-KEY", "k"), ("A", "b"))
    )
    [probe] = probed(document, request)
    assert probe.request.url == "http://api/mine?a=1"
    assert probe.request.headers == (("A", "b"), ("Cookie", "theme=x"))


MADE = Response(status=201, headers=JSON, body=b'{"data": {"id": "a/1"}}')


@pytest.mark.parametrize(
    ("method", "path", "answer", "asked"),
    [
        ("POST", "/pets", MADE, "http://api/pets/a%2F1"),
        ("POST", "/pets", Response(status=202, headers=JSON, body=MADE.body), None),
        ("POST", "/pets", Response(status=201, headers=JSON, body=b"[]"), None),
        ("POST", "/pets", Response(status=201, headers=JSON, body=b"{"), None),
        ("POST", "/toys", MADE, None),
        ("PUT", "/pets/7?x=1", Response(status=204), "http://api/pets/7"),
        ("DELETE", "/pets/7", Response(status=204), "http://api/pets/7"),
        ("DELETE", "/pets/7", Response(status=202), None),
        ("DELETE", "/toys", Response(status=204), None),
        ("GET", "/pets/7", Response(status=200), None),
    ],
)
def test_an_echo_reads_what_was_made_or_deleted(
    document: Document, method: str, path: str, answer: Response, asked: str | None
) -> None:
    match = Router(document.operations).match(method, path)
    assert match is not None
    assert match.operation is not None
    request = Request(method=method, url=f"http://api{path}", headers=(("Authorization", "t"), *JSON), body=b"{}")
    found = list(echoes(document.by_label, match.operation, request, answer))
    assert [probe.request.url for probe in found] == ([asked] if asked else [])
    assert all(
        (probe.request.method, probe.request.body, probe.request.headers) == ("GET", b"", request.headers[:1]) for probe in found
    )
