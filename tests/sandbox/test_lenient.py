"""What a lenient service excuses, and what it never does."""

from __future__ import annotations

import json

import pytest
from sandbox.conftest import from_value

from conformance.model.message import Request
from conformance.sandbox.lenience import EXCUSED
from conformance.sandbox.responder import Sandbox
from conformance.sandbox.sample import Sampler

THING = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {
        "id": {"type": "string", "format": "uuid", "readOnly": True},
        "name": {"type": "string", "minLength": 3},
        "kind": {"enum": ["a", "b"]},
        "size": {"type": "integer", "minimum": 1},
    },
}
LIST = {"type": "object", "properties": {"data": {"type": "array", "items": THING}}}


def answer(schema):
    return {"description": "", "content": {"application/json": {"schema": schema}}}


def body(schema, media="application/json", **more):
    return {"content": {media: {"schema": schema}}, **more}


PAGE = {"name": "page", "in": "query", "style": "deepObject", "explode": True,
        "schema": {"type": "object", "properties": {"number": {"type": "integer", "minimum": 1},
                                                    "size": {"type": "integer", "minimum": 1, "maximum": 50}}}}  # fmt: skip
ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
NEEDED = {"name": "type", "in": "query", "required": True, "schema": {"enum": ["x", "y"]}}
CHOICE = {"oneOf": [{"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
                    {"type": "object", "required": ["b"], "properties": {"b": {"type": "string"}}}]}  # fmt: skip
FORM = {"type": "object", "required": ["To"], "properties": {"To": {"type": "string"}, "Times": {"type": "integer"}}}
PATHS = {
    "/things": {
        "get": {"parameters": [PAGE], "responses": {"200": answer(LIST)}},
        "post": {"requestBody": body(THING, required=True), "responses": {"201": answer(THING)}},
    },
    "/things/{id}": {
        "parameters": [ID],
        "get": {"responses": {"200": answer(THING)}},
        "patch": {"requestBody": body({**THING, "minProperties": 1}), "responses": {"200": answer(THING)}},
        "delete": {"responses": {"204": {"description": ""}}},
    },
    "/typed": {"get": {"parameters": [NEEDED], "responses": {"200": answer(LIST)}}},
    "/choices": {"post": {"requestBody": body(CHOICE, required=True), "responses": {"200": answer({"type": "object"})}}},
    "/calls": {"post": {"requestBody": body(FORM, "application/x-www-form-urlencoded", required=True),
                        "responses": {"200": answer({"type": "object", "properties": {"To": {"type": "string"}}})}}},
    "/files": {"post": {"requestBody": body({"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}},
                                            "multipart/form-data"), "responses": {"200": answer({"type": "object"})}}},
    "/sounds": {"post": {"requestBody": body({"type": "string", "format": "binary"}, "audio/mpeg"),
                         "responses": {"200": answer({"type": "object"})}}},
}  # fmt: skip
DOCUMENT = from_value({"paths": PATHS})
UUID = "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e"


def ask(method, path, sent=None, media="application/json", *, state="lenient", document=DOCUMENT):
    sandbox = Sandbox(document, state=state)
    data = sent if isinstance(sent, bytes) else b"" if sent is None else json.dumps(sent).encode()
    headers = (("content-type", media),) if sent is not None else ()
    return sandbox.respond(Request(method=method, url=f"http://h{path}", headers=headers, body=data))


def excused(response):
    return [value for name, value in response.headers if name == EXCUSED]


MULTIPART = "multipart/form-data; boundary=abc"
EXCUSES = [
    pytest.param(
        "GET", "/things?page[number]=0&page[size]=0", None, "application/json", "/query/page", id="a page below the first"
    ),
    pytest.param("GET", "/things?page[size]=1000", None, "application/json", "/query/page", id="a page above the greatest"),
    pytest.param("GET", "/things/id", None, "application/json", "/path/id", id="an id of another format"),
    pytest.param("GET", "/typed", None, "application/json", "/query/type", id="a parameter left out"),
    pytest.param("POST", "/things", {"name": "xy", "size": 0}, "application/json", "/body", id="bounds in a body"),
    pytest.param("POST", "/things", {}, "application/json", "/body", id="a property left out"),
    pytest.param("POST", "/things", None, "application/json", "/body", id="a body left out"),
    pytest.param("PATCH", f"/things/{UUID}", {}, "application/json", "/body", id="fewer properties than asked for"),
    pytest.param("POST", "/choices", {}, "application/json", "/body", id="no branch chosen"),
    pytest.param("POST", "/calls", {"To": "x"}, "application/json", "/header/content-type", id="JSON for a form"),
    pytest.param("POST", "/things", b"name=long&size=3", "application/x-www-form-urlencoded", "/header", id="a form for JSON"),
]


@pytest.mark.parametrize(("method", "path", "sent", "media", "pointer"), EXCUSES)
def test_what_is_made_up_or_left_out_is_excused_and_said(method, path, sent, media, pointer):
    response = ask(method, path, sent, media)
    assert response.status < 300, response.body
    assert any(line.startswith(pointer) for line in excused(response))
    operation = next(found for found in DOCUMENT.operations if found.path.split("/")[1] == path.split("?")[0].split("/")[1]
                     and found.method == method.lower() and found.path.count("/") == path.split("?")[0].count("/"))  # fmt: skip
    spec = operation.response_for(response.status)
    assert all(not media.schema.errors(json.loads(response.body), direction="response") for media in spec.content.values())


@pytest.mark.parametrize(("method", "path", "sent", "media", "pointer"), EXCUSES)
def test_a_strict_service_excuses_nothing(method, path, sent, media, pointer):
    response = ask(method, path, sent, media, state="strict")
    assert response.status >= 400
    assert excused(response) == []


REFUSALS = [
    pytest.param("GET", "/things?page[number]=one", None, "application/json", 422, id="a word for a number"),
    pytest.param("GET", "/typed?type=z", None, "application/json", 422, id="a value that is not listed"),
    pytest.param("POST", "/things", {"name": 3}, "application/json", 422, id="a number for a text"),
    pytest.param("POST", "/things", {"name": "long", "kind": "c"}, "application/json", 422, id="an unlisted value in a body"),
    pytest.param("POST", "/choices", {"a": 1, "b": 1}, "application/json", 422, id="a union of which no branch has the types"),
    pytest.param("POST", "/things", b"{", "application/json", 400, id="no JSON"),
    pytest.param("POST", "/calls", {"To": 1}, "application/json", 422, id="a number in JSON for a form"),
    pytest.param("POST", "/things", b"abc", "text/plain", 415, id="a text for JSON"),
    pytest.param("POST", "/sounds", {}, "application/json", 415, id="JSON for a sound"),
    pytest.param("GET", "/nothing", None, "application/json", 404, id="no such path"),
    pytest.param("PUT", "/things", {}, "application/json", 405, id="no such method"),
]


@pytest.mark.parametrize(("method", "path", "sent", "media", "status"), REFUSALS)
def test_what_is_said_wrongly_is_refused(method, path, sent, media, status):
    response = ask(method, path, sent, media)
    assert response.status == status
    assert excused(response) == []


def test_a_good_request_is_answered_without_a_word_about_it():
    assert excused(ask("POST", "/things", {"name": "long"})) == []


def test_a_page_below_the_first_is_the_first():
    sandbox = Sandbox(DOCUMENT, state="lenient")
    for name in ("one", "two", "three"):
        sandbox.respond(Request(method="POST", url="http://h/things", headers=(("content-type", "application/json"),),
                                body=json.dumps({"name": name}).encode()))  # fmt: skip
    pages = [json.loads(sandbox.respond(Request(method="GET", url=f"http://h/things?page[number]={number}")).body)
             for number in (0, 1)]  # fmt: skip
    assert pages[0] == pages[1]
    assert len(pages[0]["data"]) == 3


def test_a_deleted_thing_comes_back_when_asked_for():
    sandbox = Sandbox(DOCUMENT, state="lenient")
    asked = [
        sandbox.respond(Request(method=method, url=f"http://h/things/{UUID}")) for method in ("GET", "DELETE", "DELETE", "GET")
    ]
    assert [response.status for response in asked] == [200, 204, 204, 200]
    assert json.loads(asked[-1].body)["id"] == UUID


def test_a_multipart_body_without_parts_is_an_empty_form():
    assert ask("POST", "/files", b"--abc--\r\n", MULTIPART).status == 200
    assert ask("POST", "/files", b"--other--\r\n", MULTIPART).status == 400


def test_every_operation_is_served_below_every_base_path():
    operation = {"responses": {"200": answer({"type": "object", "properties": {"a": {"const": "x"}}})}}
    other = {"responses": {"200": answer({"type": "object", "required": ["b"], "properties": {"b": {"const": "y"}}})}}
    document = from_value({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://h/v2"}],
                           "paths": {"/v2/taken": {"get": other, "servers": [{"url": "https://h"}]}, "/taken": {"post": operation},
                                     "/.well-known/x": {"get": operation, "servers": [{"url": "https://h"}]}}})  # fmt: skip
    assert ask("GET", "/.well-known/x", document=document).status == 200
    assert ask("GET", "/v2/.well-known/x", document=document).status == 200
    assert json.loads(ask("GET", "/v2/taken", document=document).body) == {"b": "y"}


def made(schema, partial=None):
    document = from_value({"paths": {"/a": {"get": {"responses": {"200": answer(schema)}}}}})
    node = document.operations[0].responses["200"].content["application/json"].schema
    sampler = Sampler(direction="response")
    return sampler.sample(node) if partial is None else sampler.complete(node, partial)


UNION = {"anyOf": [{}, {"type": "object", "required": ["kind"], "properties": {"kind": {"enum": ["azure"]}}}]}


def test_nothing_is_made_up_where_the_document_says_nothing():
    assert made({"type": "object", "properties": {"a": {}, "b": UNION, "c": {"title": "C"}, "d": {"example": 3}}}) == {"d": 3}


def test_what_must_be_there_is_what_its_name_tells():
    names = ["clusters", "address", "status", "is_alive", "user_id"]
    found = made({"type": "object", "required": names, "properties": {name: {} for name in names}})
    assert {name: type(value) for name, value in found.items()} == {
        "clusters": list, "address": dict, "status": dict, "is_alive": bool, "user_id": str,
    }  # fmt: skip


def test_a_branch_that_takes_everything_keeps_what_the_client_said_and_is_no_first_choice():
    schema = {"type": "object", "required": ["settings"], "properties": {"settings": UNION}}
    assert made(schema, {"settings": {"voice": "x"}}) == {"settings": {"voice": "x"}}
    assert made(schema) == {"settings": {"kind": "azure"}}


def test_items_tell_that_a_list_is_meant_whatever_the_default():
    schema = {"type": "object", "properties": {"kinds": {"default": "", "items": {"enum": ["local", "mobile"]}}}}
    assert made(schema) == {"kinds": ["local"]}
    assert made(schema, {"kinds": "local"}) == {"kinds": ["local"]}
    assert made(schema, {"kinds": ["mobile"]}) == {"kinds": ["mobile"]}


def test_what_cannot_be_null_and_is_said_to_be_is_left_out():
    text = {"type": "string"}
    schema = {"type": "object", "required": ["c"], "properties": {"a": text, "b": {"type": ["string", "null"]}, "c": text}}
    assert made(schema, {"a": None, "b": None, "c": None}).keys() == {"b", "c"}
    assert made(schema, {"b": None})["b"] is None
    shown = {**schema, "example": {"a": None, "b": None, "c": "x"}}
    assert made(shown) == {"b": None, "c": "x"}
    assert made(shown, {"c": "y"}).keys() == {"b", "c"}
    assert made(shown, {"a": "y", "c": "y"})["a"] == "y"


def test_a_thing_without_things_of_its_own_kind_has_no_list_of_them():
    document = from_value({
        "paths": {"/a": {"get": {"responses": {"200": answer({"$ref": "#/components/schemas/Tree"})}}}},
        "components": {"schemas": {"Tree": {"type": "object", "properties": {
            "name": {"const": "n"}, "branches": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}}}}},
    })  # fmt: skip
    node = document.operations[0].responses["200"].content["application/json"].schema
    assert Sampler(direction="response").sample(node) == {"name": "n"}
    assert Sampler(direction="response").complete(node, {"branches": [{}]}) == {"name": "n", "branches": [{"name": "n"}]}
