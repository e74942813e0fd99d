from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.model.message import Request
from conformance.spec.reading import RequestReading, read_request
from conformance.spec.router import Router

JSON = (("Content-Type", "application/json"),)


def read(make_document: Any, schema: dict[str, Any], value: Any, *, method: str = "post") -> RequestReading:
    body = {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
    document = make_document({"/x": {method: {**body, "responses": {"200": {"description": "ok"}}}}})
    match = Router(document.operations).match(method, "/x")
    assert match is not None
    assert match.operation is not None
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return read_request(match.operation, Request(method=method.upper(), url="/x", headers=JSON, body=text), match.values)


def asked(make_document: Any, schema: dict[str, Any], url: str, *, location: str = "query") -> RequestReading:
    path = "/x/{p}" if location == "path" else "/x"
    parameter = {"name": "p", "in": location, "required": location == "path", "schema": schema}
    document = make_document({path: {"get": {"parameters": [parameter], "responses": {"200": {"description": "ok"}}}}})
    match = Router(document.operations).match("get", url)
    assert match is not None
    assert match.operation is not None
    return read_request(match.operation, Request(method="GET", url=url), match.values)


OWN = {"type": "object", "required": ["name"], "properties": {
    "name": {"type": "string", "maxLength": 5}, "id": {"type": "integer", "readOnly": True}, "n": {"type": "integer"},
    "x": {"type": "number"}, "parts": {"type": "array", "items": {"type": "object", "properties": {
        "at": {"type": "string", "format": "date-time", "readOnly": True}}}}}}  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [
        {"name": "a", "id": 3},
        {"name": "a", "id": "not a number"},
        {"name": "a", "parts": [{}, {"at": "never"}]},
        {"name": "a", "n": 2**60},
        b'{"name": "a", "n": 3.0}',
        b'{"name": "a", "n": 1e2}',
        {"name": " a"},
        {"name": "a     "},
        {"name": "   \t  "},
        {"name": "a\x00"},
        {"name": "\u202e"},
        {"name": "a", "\x01": 1},
        {"name": "a", "other": "x" * 2000},
        b'{"name": "a", "name": "b"}',
        b'{"name": "\\ud800"}',
        b'{"name": "a", "x": 1e999}',
    ],
)
def test_what_good_services_differ_on_is_odd_and_no_breach(make_document: Any, value: Any) -> None:
    reading = read(make_document, OWN, value)
    assert reading.errors == ()
    assert reading.oddities


@pytest.mark.parametrize(
    "value",
    [{"name": "a"}, {"name": "é日"}, {"name": "😀"}, b'{"name": "a", "x": 3.0}', {"name": "a", "x": 2**60}, {"name": "a\nb"}],
)
def test_what_every_service_has_to_take_is_not_odd(make_document: Any, value: Any) -> None:
    reading = read(make_document, OWN, value)
    assert reading.errors == ()
    assert reading.oddities == ()


@pytest.mark.parametrize("value", [{"name": "abcdef"}, {"name": "abcdef "}, {"name": 1}, {"id": 1}, {"name": "a", "n": "3"}])
def test_a_breach_stays_one(make_document: Any, value: Any) -> None:
    assert read(make_document, OWN, value).errors


def test_a_read_only_property_inside_a_union_spoils_no_branch(make_document: Any) -> None:
    schema = {"oneOf": [{"allOf": [OWN, {"properties": {"kind": {"const": "a"}}, "required": ["kind"]}]}, {"type": "string"}]}
    reading = read(make_document, schema, {"name": "a", "kind": "a", "id": []})
    assert reading.errors == ()
    assert reading.oddities == ("/id is readOnly",)


@pytest.mark.parametrize("method", ["get", "delete", "head"])
def test_a_bad_body_where_none_has_a_meaning_is_odd(make_document: Any, method: str) -> None:
    reading = read(make_document, OWN, {}, method=method)
    assert reading.errors == ()
    assert reading.oddities


@pytest.mark.parametrize(
    ("schema", "url"),
    [
        ({"type": "integer"}, "/x?p=1e3"),
        ({"type": "integer"}, "/x?p=5.0"),
        ({"type": "integer"}, "/x?p=99999999999999999999"),
        ({"type": "array", "items": {"type": "integer"}}, "/x?p=1&p=2.0"),
        ({"type": "string", "enum": ["a"]}, "/x?p=%20a"),
        ({"type": "integer"}, "/x?p=5%20"),
        ({"type": "string"}, "/x?p=%00"),
    ],
)
def test_a_parameter_that_is_written_oddly_is_odd(make_document: Any, schema: dict[str, Any], url: str) -> None:
    reading = asked(make_document, schema, url)
    assert reading.errors == ()
    assert reading.oddities


def test_a_whole_number_with_a_fraction_is_read_as_one(make_document: Any) -> None:
    value = asked(make_document, {"type": "integer"}, "/x?p=5.0").values["query", "p"]
    assert value == 5
    assert isinstance(value, int)


def test_a_number_is_not_odd_for_its_fraction(make_document: Any) -> None:
    assert asked(make_document, {"type": "number"}, "/x?p=5.0").oddities == ()


@pytest.mark.parametrize("segment", ["a%2Fb", "..", "%2E", "%00", "a%0Ab"])
def test_a_path_that_servers_rewrite_is_fragile(make_document: Any, segment: str) -> None:
    assert asked(make_document, {"type": "string"}, f"/x/{segment}", location="path").is_fragile
    assert not asked(make_document, {"type": "string"}, "/x/abc", location="path").is_fragile


def test_white_space_in_a_list_of_a_header_is_no_part_of_its_members(make_document: Any) -> None:
    parameter = {"name": "X-List", "in": "header", "schema": {"type": "array", "items": {"type": "integer"}}}
    document = make_document({"/x": {"get": {"parameters": [parameter], "responses": {"200": {"description": "ok"}}}}})
    match = Router(document.operations).match("get", "/x")
    assert match is not None
    assert match.operation is not None
    reading = read_request(match.operation, Request(method="GET", url="/x", headers=(("X-List", "1, 2 ,3"), ("x-list", "4"))), {})
    assert reading.values["header", "X-List"] == [1, 2, 3, 4]
    assert reading.errors == ()
