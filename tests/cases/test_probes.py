from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from conformance.cases.echoes import echoes
from conformance.cases.probe import Probe
from conformance.cases.probes import last_probes, probes
from conformance.cases.rewriting import GONE
from conformance.model.message import Request, Response
from conformance.model.record import Intent
from conformance.spec.document import Document
from conformance.spec.reading import read_request
from conformance.spec.router import Router

OK = {"responses": {"200": {"description": "ok"}}}
BODY = {"type": "object", "required": ["name"], "properties": {
    "name": {"type": "string", "maxLength": 12}, "code": {"type": "string", "pattern": "^[a-c]+$"}, "age": {"type": "integer"},
    "level": {"type": "integer", "minimum": 1, "maximum": 9}, "nick": {"type": ["string", "null"], "pattern": "^b"}, "born": {"type": "string", "format": "date"},
    "id": {"type": "string", "readOnly": True}, "notes": {"type": "array", "items": {"type": "string"}}}}  # fmt: skip
PATHS = {
    "/pets": {
        "post": {"requestBody": {"content": {"application/json": {"schema": BODY}}}, **OK},
        "get": {"parameters": [{"name": "q", "in": "query", "schema": {"type": "string"}},
                               {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1}}], **OK},
    },
    "/pets/{id}": {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                   "get": OK, "put": OK, "delete": OK},
    "/bearers": {"get": {**OK, "security": [{"bearer": []}]}},
    "/toys": {"post": OK, "delete": OK},
    "/mine": {"get": {**OK, "security": [{"key": []}, {"cookie": [], "header": []}]}},
}  # fmt: skip
SCHEMES = {"key": {"type": "apiKey", "in": "query", "name": "key"}, "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
           "header": {"type": "apiKey", "in": "header", "name": "X-Key"}, "bearer": {"type": "http", "scheme": "bearer"}}  # fmt: skip
JSON = (("Content-Type", "application/json"),)


@pytest.fixture
def document(make_document: Any) -> Document:
    return make_document(PATHS, components={"securitySchemes": SCHEMES})  # type: ignore[no-any-return]


def nothing(_schema: Any, _value: Any) -> Any:
    return GONE


def probed(document: Document, request: Request, *, fill: Any = nothing, **options: Any) -> list[Probe]:
    match = Router(document.operations).match(request.method, request.url)
    assert match is not None
    assert match.operation is not None
    return list(probes(match.operation, read_request(match.operation, request, match.values), request, fill=fill, **options))


def told(found: list[Probe], words: str) -> list[Probe]:
    return [probe for probe in found if probe.description.startswith(words)]


def post(value: Any) -> Request:
    return Request(method="POST", url="http://api/pets", headers=JSON, body=json.dumps(value).encode())


def test_a_probe_at_the_edge_keeps_the_contract(document: Document) -> None:
    full = {"name": "a", "code": "b", "age": 3, "level": 2, "born": "2026-01-01", "id": "x", "notes": ["n"]}
    found = told(probed(document, post(full)), "Values at the edge")
    assert len(found) == 6
    operation = document.by_label["POST /pets"]
    for probe in found:
        sent = json.loads(probe.request.body)
        assert probe.intent is Intent.POSITIVE
        assert read_request(operation, probe.request, {}).errors == ()
        assert (sent["code"], sent["id"], sent["level"]) == ("b", "x", 2)
        assert sent["born"] in {"2026-01-01", "0001-01-01", "9999-12-31"}
        assert len(sent["name"]) <= 12
    bodies = [json.loads(probe.request.body) for probe in found]
    assert "😀" in bodies[0]["notes"][0]
    assert "'" in bodies[2]["notes"][0]
    assert "\x00" in bodies[1]["notes"][0]
    assert (bodies[3]["name"], bodies[3]["notes"]) == ("", [])
    assert {body["age"] for body in bodies} == {-1, 0, 2**31, 2**53, 2**64}


def test_a_field_that_is_not_there_goes_to_the_edge_too(document: Document) -> None:
    found = told(probed(document, post({"name": "a"})), "Values at the edge")
    assert json.loads(found[0].request.body)["age"] == -1


def test_what_breaks_one_schema_of_many_stays_as_it_was(make_document: Any) -> None:
    either = {"oneOf": [{"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}, "b": {"type": "string"}}},
                        {"type": "object", "properties": {"a": {"const": ""}, "b": {"type": "string"}}}]}  # fmt: skip
    document = make_document({"/pets": {"post": {"requestBody": {"content": {"application/json": {"schema": either}}}, **OK}}})
    found = told(probed(document, post({"a": "x", "b": "y"})), "Values at the edge: nothing")
    assert [json.loads(probe.request.body) for probe in found] == [{"a": "x", "b": ""}]


def test_a_probe_at_the_edge_fills_the_query(document: Document) -> None:
    found = told(probed(document, Request(method="GET", url="http://api/pets?limit=3&other=1")), "Values at the edge")
    queries = [parse_qs(urlsplit(probe.request.url).query, keep_blank_values=True) for probe in found]
    assert len(queries) == 6
    assert all(query["other"] == ["1"] and "q" in query and int(query["limit"][0]) >= 1 for query in queries)


def test_a_probe_beyond_the_edge_breaks_only_what_no_schema_lets_in(document: Document) -> None:
    full = {"name": "a", "code": "b", "age": 3, "level": 2}
    found = told(probed(document, post(full)), "Values beyond the edge")
    operation = document.by_label["POST /pets"]
    for probe in found:
        sent = json.loads(probe.request.body)
        assert probe.intent is Intent.NEGATIVE
        assert read_request(operation, probe.request, {}).errors
        assert sent["age"] == 3
        assert sent["code"] != "b"


def test_null_goes_everywhere_at_once_where_it_may_and_where_it_may_not(document: Document) -> None:
    found = told(probed(document, post({"name": "a", "nick": "b"})), "Null")
    allowed, forbidden = (json.loads(probe.request.body) for probe in sorted(found, key=lambda probe: probe.intent, reverse=True))
    assert allowed == {"name": "a", "nick": None}
    assert forbidden["nick"] == "b"
    assert forbidden["name"] is None
    assert forbidden["level"] is None


def test_what_is_optional_is_left_out_and_put_in(document: Document) -> None:
    found = probed(document, post({"name": "a", "level": 2}), fill=lambda _, value: {**value, "age": 7})
    assert [json.loads(probe.request.body) for probe in told(found, "Without what is optional")] == [{"name": "a"}]
    assert [json.loads(probe.request.body)["age"] for probe in told(found, "With all that is optional")] == [7]
    found = probed(document, Request(method="GET", url="http://api/pets?limit=3&other=1"), fill=lambda _, __: "v/1")
    assert [probe.request.url for probe in told(found, "Without what is optional")] == ["http://api/pets?other=1"]
    assert [probe.request.url for probe in told(found, "With all that is optional")] == [
        "http://api/pets?limit=3&other=1&q=v%2F1"
    ]


def test_a_body_that_cannot_be_read_is_asked_about_too(document: Document) -> None:
    found = [probe.request.body for probe in told(probed(document, post({"name": "a"})), "Damaged body")]
    assert found[-1] == b'{"\xff\xfe": 1}'
    assert found[-2].startswith(b"[[[[[[[[[[[[")


def test_an_odd_id_takes_the_place_of_the_last_one(document: Document) -> None:
    found = told(probed(document, Request(method="GET", url="http://api/pets/a?x=1")), "An odd id")
    assert [urlsplit(probe.request.url).query for probe in found] == ["x=1"] * 4
    assert "'" in unquote(found[0].request.url)
    assert "%01" in found[1].request.url
    assert "%2e%2e%2f" in found[2].request.url
    assert len(found[3].request.url) > 300


def test_an_id_in_a_style_of_its_own_is_left_alone(make_document: Any) -> None:
    matrix = [{"name": "id", "in": "path", "required": True, "style": "matrix", "schema": {"type": "string"}}]
    document = make_document({"/pets/{id}": {"get": {**OK, "parameters": matrix}}})
    assert told(probed(document, Request(method="GET", url="http://api/pets/;id=a")), "An odd id") == []


def test_a_method_that_is_not_there_is_tried_once_and_safely_where_asked(document: Document) -> None:
    request = Request(method="GET", url="http://api/pets/a", headers=JSON, body=b"{}")
    for safely, method in ((True, "TRACE"), (False, "PATCH")):
        found = probed(document, request, declared=frozenset({"GET", "PUT", "DELETE"}), safely=safely)
        assert [(probe.request.method, probe.request.body, probe.request.headers)
                for probe in told(found, f"{method}, which")] == [(method, b"", ())]  # fmt: skip


def test_nobodys_credentials_hold_nothing_of_the_real_ones(document: Document) -> None:
    headers = (("Authorization", "Bearer s3cret"), ("A", "b"))
    found = told(probed(document, Request(method="GET", url="http://api/bearers", headers=headers)), "With credentials")
    sent = [dict(probe.request.headers)["Authorization"] for probe in found]
    assert [text.partition(" ")[0] for text in sent] == ["Bearer", "Basic"]
    assert all("s3cret" not in text for text in sent)
    assert all(probe.refused_by == "auth-unverified" for probe in found)


def test_what_follows_a_deletion_is_nothing_that_would_be_let_in(document: Document) -> None:
    request = Request(method="DELETE", url="http://api/pets/a", headers=(("Authorization", "Bearer s3cret"),))
    found = list(last_probes(document.by_label["DELETE /pets/{id}"], request))
    assert all(probe.request.url != request.url or "s3cret" not in str(probe.request.headers) for probe in found)


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


def test_a_path_that_leads_elsewhere_is_sent_only_to_what_cannot_suffer_by_it(document: Document) -> None:
    def climbs(method: str, **options: Any) -> bool:
        request = Request(method=method, url="http://api/pets/a")
        return any("%2e%2e%2f" in probe.request.url for probe in probed(document, request, **options))

    assert (climbs("GET"), climbs("PUT"), climbs("PUT", safely=False)) == (True, False, True)
    deletion = last_probes(document.by_label["DELETE /pets/{id}"], Request(method="DELETE", url="http://api/pets/a"))
    assert not any("%2e%2e%2f" in probe.request.url for probe in deletion)
