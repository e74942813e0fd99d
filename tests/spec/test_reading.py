from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.model.message import Request
from conformance.spec.reading import RequestReading, read_request
from conformance.spec.router import Router


def read(make_document: Any, operation: dict[str, Any], url: str, *, method: str = "get", path: str = "/things",
         body: bytes = b"", headers: tuple[tuple[str, str], ...] = (), **others: Any) -> RequestReading:  # fmt: skip
    document = make_document({path: {method: {"responses": {"200": {"description": "ok"}}, **operation}}}, **others)
    match = Router(document.operations).match(method, url)
    assert match is not None
    assert match.operation is not None
    return read_request(match.operation, Request(method=method.upper(), url=url, body=body, headers=headers), match.values)


def query(name: str, schema: dict[str, Any], **others: Any) -> dict[str, Any]:
    return {"parameters": [{"name": name, "in": "query", "schema": schema, **others}]}


@pytest.mark.parametrize(
    ("parameter", "url", "value"),
    [
        (query("n", {"type": "integer"}), "/things?n=5", 5),
        (query("n", {"type": "number"}), "/things?n=1.5", 1.5),
        (query("b", {"type": "boolean"}), "/things?b=true", True),
        (query("s", {"type": "string"}), "/things?s=5", "5"),
        (query("s", {"type": ["integer", "string"]}), "/things?s=5x", "5x"),
        (query("page[size]", {"type": "integer"}), "/things?page%5Bsize%5D=7", 7),
        (query("filter[a][eq]", {"type": "string"}), "/things?filter[a][eq]=x", "x"),
        (query("ids", {"type": "array", "items": {"type": "integer"}}), "/things?ids=1&ids=2", [1, 2]),
        (query("ids", {"type": "array", "items": {"type": "integer"}}, explode=False), "/things?ids=1,2", [1, 2]),
        (query("ids", {"type": "array", "items": {"type": "integer"}}, explode=False), "/things?ids=1%2C2", [1, 2]),
        (query("ids", {"type": "array"}, style="pipeDelimited", explode=False), "/things?ids=a|b", ["a", "b"]),
        (query("ids", {"type": "array"}, style="spaceDelimited", explode=False), "/things?ids=a%20b", ["a", "b"]),
        (query("ids", {"type": "array"}), "/things?ids[]=a&ids[]=b", ["a", "b"]),
        (
            query("filter", {"type": "object", "properties": {"n": {"type": "object", "properties": {"gte": {"type": "integer"}}}}},
                  style="deepObject"),
            "/things?filter[n][gte]=3",
            {"n": {"gte": 3}},
        ),
        (query("p", {"type": "object", "properties": {"R": {"type": "integer"}}}), "/things?R=100", {"R": 100}),
        (query("p", {"type": "object", "properties": {"R": {"type": "integer"}}}, explode=False), "/things?p=R,100", {"R": 100}),
        ({"parameters": [{"name": "q", "in": "query", "content": {"application/json": {"schema": {"type": "object"}}}}]},
         "/things?q=%7B%22a%22%3A1%7D", {"a": 1}),
    ],
)  # fmt: skip
def test_a_query_parameter_is_read_by_its_declared_style(
    make_document: Any, parameter: dict[str, Any], url: str, value: Any
) -> None:
    reading = read(make_document, parameter, url)
    assert list(reading.values.values()) == [value]
    assert reading.errors == ()
    assert reading.oddities == ()


@pytest.mark.parametrize(
    ("parameter", "url", "keyword", "pointer"),
    [
        (query("n", {"type": "integer"}), "/things?n=x", "type", "/query/n"),
        (query("n", {"type": "integer", "maximum": 5}), "/things?n=6", "maximum", "/query/n"),
        (query("n", {"type": "string"}, required=True), "/things", "required", "/query/n"),
        (query("e", {"enum": ["a", "b"]}), "/things?e=c", "enum", "/query/e"),
        (query("f", {"type": "object", "properties": {"n": {"type": "integer"}}}, style="deepObject"), "/things?f[n]=x", "type",
         "/query/f/n"),
    ],
)  # fmt: skip
def test_a_breach_names_its_place(make_document: Any, parameter: dict[str, Any], url: str, keyword: str, pointer: str) -> None:
    reading = read(make_document, parameter, url)
    assert [(error.keyword, error.pointer) for error in reading.errors] == [(keyword, pointer)]


@pytest.mark.parametrize(
    ("parameter", "url"),
    [
        (query("n", {"type": "integer"}), "/things?n="),
        (query("b", {"type": "boolean"}), "/things?b=True"),
        (query("n", {"type": "integer"}), "/things?other=1"),
        (query("n", {"type": "integer"}), "/things?n=1&n=2"),
        (query("f", {"type": "object"}, style="deepObject"), "/things?f=x"),
        (query("s", {"type": ["integer", "null"]}), "/things?s=null"),
        (query("s", {"anyOf": [{"enum": ["a"]}, {"type": "null"}]}), "/things?s=null"),
    ],
)
def test_what_services_differ_on_is_odd_and_no_breach(make_document: Any, parameter: dict[str, Any], url: str) -> None:
    reading = read(make_document, parameter, url)
    assert reading.errors == ()
    assert reading.oddities


def test_path_header_and_cookie_parameters_are_read(make_document: Any) -> None:
    parameters = [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}},
        {"name": "X-Limit", "in": "header", "schema": {"type": "integer"}},
        {"name": "lang", "in": "cookie", "schema": {"enum": ["en", "de"]}},
    ]
    reading = read(make_document, {"parameters": parameters}, "/things/5", path="/things/{id}",
                   headers=(("x-limit", "3"), ("Cookie", "a=b; lang=de")))  # fmt: skip
    assert dict(reading.values) == {("path", "id"): 5, ("header", "X-Limit"): 3, ("cookie", "lang"): "de"}
    assert reading.errors == ()


BODY = {"type": "object", "required": ["name"], "properties": {
    "name": {"type": "string"}, "count": {"type": "integer"}, "tags": {"type": "array", "items": {"type": "string"}},
    "file": {"type": "string", "format": "binary"}, "id": {"type": "string", "readOnly": True}}}  # fmt: skip


def with_body(media_type: str, schema: dict[str, Any] | None = None, *, required: bool = True) -> dict[str, Any]:
    return {"requestBody": {"required": required, "content": {media_type: {"schema": schema or BODY}}}}


MULTIPART = (
    b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nx\r\n'
    b'--b\r\nContent-Disposition: form-data; name="count"\r\n\r\n3\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n--b--\r\n'
)


@pytest.mark.parametrize(
    ("media_type", "sent_type", "body", "value"),
    [
        ("application/json", "application/json; charset=utf-8", b'{"name":"x","count":3}', {"name": "x", "count": 3}),
        ("application/*", "application/vnd.a+json", b'{"name":"x"}', {"name": "x"}),
        ("application/x-www-form-urlencoded", "application/x-www-form-urlencoded", b"name=x&count=3&tags=a&tags=b",
         {"name": "x", "count": 3, "tags": ["a", "b"]}),
        ("multipart/form-data", "multipart/form-data; boundary=b", MULTIPART, {"name": "x", "count": 3, "file": "\x89PNG"}),
    ],
)  # fmt: skip
def test_a_body_is_read_by_its_media_type(make_document: Any, media_type: str, sent_type: str, body: bytes, value: Any) -> None:
    reading = read(
        make_document, with_body(media_type), "/things", method="post", body=body, headers=(("Content-Type", sent_type),)
    )
    assert reading.body == value
    assert reading.errors == ()


@pytest.mark.parametrize(
    ("body", "content_type", "kind"),
    [
        (b'{"count":3}', "application/json", "body"),
        (b'{"name":NaN}', "application/json", "syntax"),
        (b'{"name":"x"', "application/json", "syntax"),
        (b"\xff", "application/json", "syntax"),
        (b"<a/>", "application/xml", "media-type"),
        (b"", None, "body"),
    ],
)
def test_a_bad_body_is_a_breach(make_document: Any, body: bytes, content_type: str | None, kind: str) -> None:
    headers = (("Content-Type", content_type),) if content_type else ()
    reading = read(make_document, with_body("application/json"), "/things", method="post", body=body, headers=headers)
    assert [error.kind for error in reading.errors] == [kind]


def test_a_read_only_property_is_not_required_of_a_request(make_document: Any) -> None:
    schema = {"type": "object", "required": ["id", "name"], "properties": BODY["properties"]}
    reading = read(make_document, with_body("application/json", schema), "/things", method="post", body=b'{"name":"x"}',
                   headers=(("Content-Type", "application/json"),))  # fmt: skip
    assert reading.errors == ()


@pytest.mark.parametrize(
    "flagged", [{"$ref": "#/components/schemas/Id", "readOnly": True}, {"$ref": "#/components/schemas/OwnId"}]
)
def test_a_read_only_flag_counts_beside_a_reference_and_behind_it(make_document: Any, flagged: dict[str, Any]) -> None:
    schema = {"type": "object", "required": ["id"], "properties": {"id": flagged}}
    schemas = {"Id": {"type": "string"}, "OwnId": {"type": "string", "readOnly": True}}
    reading = read(make_document, with_body("application/json", schema), "/things", method="post", body=b"{}",
                   headers=(("Content-Type", "application/json"),), components={"schemas": schemas})  # fmt: skip
    assert reading.errors == ()


_BASE = {
    "type": "object",
    "properties": {"id": {"type": "string", "readOnly": True}, "kind": {"type": "string", "readOnly": True}},
}


@pytest.mark.parametrize(
    "schema",
    [
        {
            "allOf": [
                {"$ref": "#/components/schemas/Base"},
                {"required": ["id", "name"], "properties": {"name": {"type": "string"}}},
            ]
        },
        {"allOf": [{"$ref": "#/components/schemas/Base"}], "required": ["id", "name"]},
        {"allOf": [{"allOf": [{"required": ["id"]}]}, {"$ref": "#/components/schemas/Base"}]},
    ],
)
def test_one_branch_may_require_what_another_flags(make_document: Any, schema: dict[str, Any]) -> None:
    reading = read(make_document, with_body("application/json", schema), "/things", method="post", body=b'{"name":"x"}',
                   headers=(("Content-Type", "application/json"),), components={"schemas": {"Base": _BASE}})  # fmt: skip
    assert reading.errors == ()


@pytest.mark.parametrize(("sent", "kinds"), [({"kind": "dog"}, []), ({"kind": "x"}, ["enum"]), ({}, ["required"])])
def test_what_one_branch_flags_and_another_declares_again_and_requires_is_the_clients_to_send(
    make_document: Any, sent: dict[str, Any], kinds: list[str]
) -> None:
    own = {"required": ["kind"], "properties": {"kind": {"enum": ["dog"]}}}
    schema = {"allOf": [{"$ref": "#/components/schemas/Base"}, own]}
    reading = read(make_document, with_body("application/json", schema), "/things", method="post", body=json.dumps(sent).encode(),
                   headers=(("Content-Type", "application/json"),), components={"schemas": {"Base": _BASE}})  # fmt: skip
    assert [error.keyword for error in reading.errors] == kinds


def test_the_deepest_cause_inside_a_union_is_named(make_document: Any) -> None:
    schema = {"oneOf": [{"type": "string"}, {"type": "object", "properties": {"n": {"type": "integer"}}}]}
    reading = read(make_document, with_body("application/json", schema), "/things", method="post", body=json.dumps({"n": "x"}).encode(),
                   headers=(("Content-Type", "application/json"),))  # fmt: skip
    assert [(error.pointer, error.keyword) for error in reading.errors] == [("/body/n", "type")]
