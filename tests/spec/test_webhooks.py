"""Webhooks, callbacks, and the expressions that say where they go."""

from __future__ import annotations

import pytest

from conformance.model.message import Request, Response
from conformance.spec.expressions import Said, evaluate

SAID = Said(
    request=Request(method="POST", url="http://h/a/b?u=http%3A%2F%2Fx%3Fy&u=2&e=", headers=(("X-Url", "http://x"),)),
    response=Response(
        status=201, headers=(("Location", "/a/7"),), body=b'{"id": 7, "a/b": [{"~c": "d"}], "f": 1.5, "n": null, "t": true}'
    ),
    path={"name": "b"},
    body={"url": "http://x", "list": ["http://y"], "deep": {"": "z"}},
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$url", SAID.request.url),
        ("$method", "POST"),
        ("$statusCode", "201"),
        ("$request.query.u", "http://x?y"),
        ("$request.query.e", ""),
        ("$request.header.x-url", "http://x"),
        ("$request.path.name", "b"),
        ("$request.body#/url", "http://x"),
        ("$request.body#/list/0", "http://y"),
        ("$request.body#/deep/", "z"),
        ("$response.body#/id", "7"),
        ("$response.body#/a~1b/0/~0c", "d"),
        ("$response.body#/a%7E1b/0/~0c", "d"),
        ("$response.body#/t", "true"),
        ("$response.header.Location", "/a/7"),
        ("{$request.body#/url}", "http://x"),
        ("{$request.body#/url}/{$response.body#/id}?s={$statusCode}", "http://x/7?s=201"),
        ("http://constant/{braces}", "http://constant/{braces}"),
        ("$request.body#/list", None),
        ("$request.body", None),
        ("$request.body#/list/1", None),
        ("$request.body#/url/0", None),
        ("$response.body#/n", None),
        ("$response.query.u", None),
        ("$request.query.nothing", None),
        ("$request.elsewhere.x", None),
        ("$nothing", None),
        ("{$request.body#/nothing}/a", None),
    ],
)
def test_an_expression_names_a_place_or_nothing(text, value):
    assert evaluate(text, SAID) == value


def test_what_is_not_there_is_named_by_nothing():
    said = Said(request=Request(method="GET", url="http://h/"), response=Response(status=204))
    assert evaluate("$request.body#/a", said) is None
    assert evaluate("$request.body", said) is None
    assert evaluate("$response.body#/a", said) is None


BODY = {"content": {"application/json": {"schema": {"type": "string", "nullable": True}}}}


@pytest.mark.parametrize(
    ("version", "member", "null"), [("3.1.0", "webhooks", False), ("3.0.3", "x-webhooks", True), ("3.1.0", "x-webhooks", False)]
)
def test_webhooks_are_read_in_the_dialect_of_their_document(make_document, version, member, null):
    item = {"post": {"operationId": "a", "tags": ["t"], "requestBody": BODY, "responses": {}}, "summary": "s", "get": 7}
    document = make_document(
        {}, openapi=version, **{member: {"made": item, "gone": {"$ref": "#/nowhere"}, "odd": 7, "x-a": item}}
    )
    assert [(webhook.name, webhook.expression, webhook.operation.label) for webhook in document.webhooks] == [
        ("made", "", "POST made")
    ]
    schema = document.webhooks[0].operation.request_body.content["application/json"].schema
    assert (schema.is_valid("a"), schema.is_valid(None), schema.is_valid(5)) == (True, null, False)


def test_callbacks_are_read_with_their_references_followed(make_document):
    document = make_document(
        {"/a": {"post": {"responses": {}, "callbacks": {"one": {"$ref": "#/components/callbacks/one"}, "odd": [], "x-b": {}}},
                "get": {"responses": {}, "callbacks": 7}, "put": 7}},
        components={"callbacks": {"one": {"$url": {"$ref": "#/components/pathItems/p"}, "x-c": {}}},
                    "pathItems": {"p": {"post": {"requestBody": BODY}, "put": {"requestBody": {"$ref": "#/nowhere"}}}}},
    )  # fmt: skip
    assert list(document.callbacks) == ["POST /a"]
    found = document.callbacks["POST /a"]
    assert [(webhook.name, webhook.expression, webhook.operation.method) for webhook in found] == [
        ("one", "$url", "put"),
        ("one", "$url", "post"),
    ]
    assert [webhook.operation.broken is None for webhook in found] == [False, True]


def test_a_document_without_any_has_none(make_document):
    for others in ({}, {"webhooks": None}, {"webhooks": []}, {"webhooks": {"a": None}}):
        document = make_document({"/a": {"get": {"responses": {}}}}, **others)
        assert (document.webhooks, document.callbacks) == ((), {})
