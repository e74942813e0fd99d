"""Refusals, in the shape and at the place that the document gives them, and documents that are hard to keep."""

from __future__ import annotations

import base64
import gzip
import json
import pickle

import pytest

from conformance.model.message import UNABLE, Request

JSON = "application/json"


def answer_with(schema, status="200", media=JSON, **extra):
    return {status: {"description": "", "content": {media: {"schema": schema}}, **extra}}


def operation(responses, **extra):
    return {"paths": {"/a": {"post": {"responses": responses, **extra}}}}


BODY = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {
                "schema": {
                    "type": "object",
                    "required": ["name"],
                    "properties": {"name": {"type": "string"}, "n": {"type": "integer", "maximum": 3}},
                }
            }
        },
    }
}
TELNYX = {
    "type": "object",
    "properties": {
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "title"],
                "properties": {
                    "code": {"type": "string"},
                    "title": {"type": "string"},
                    "detail": {"type": "string"},
                    "source": {"type": "object", "properties": {"pointer": {"type": "string"}, "parameter": {"type": "string"}}},
                },
            },
        }
    },
}
FASTAPI = {
    "type": "object",
    "properties": {
        "detail": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["loc", "msg", "type"],
                "properties": {
                    "loc": {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]}},
                    "msg": {"type": "string"},
                    "type": {"type": "string"},
                },
            },
        }
    },
}
PROBLEM = {
    "type": "object",
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}
FLAT = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "properties": {"code": {"type": "integer"}, "message": {"type": "string"}, "field": {"type": "string"}},
        }
    },
}


@pytest.mark.parametrize(
    ("schema", "media", "expected"),
    [
        (
            TELNYX,
            JSON,
            {
                "errors": [
                    {
                        "code": "422",
                        "title": "Invalid body",
                        "detail": "5 is greater than the maximum of 3",
                        "source": {"pointer": "/n"},
                    }
                ]
            },
        ),
        (
            FASTAPI,
            JSON,
            {"detail": [{"loc": ["body", "n"], "msg": "5 is greater than the maximum of 3", "type": "invalid_body"}]},
        ),
        (
            PROBLEM,
            "application/problem+json",
            {"type": "about:blank", "title": "Invalid body", "status": 422, "detail": "5 is greater than the maximum of 3"},
        ),
        (FLAT, JSON, {"error": {"code": 422, "message": "5 is greater than the maximum of 3", "field": "n"}}),
    ],
)
def test_a_fault_is_told_in_the_document_s_own_shape(client_for, document_of, schema, media, expected):
    client = client_for(document_of(operation({**answer_with({}), **answer_with(schema, "4XX", media)}, **BODY)))
    answer = client.ask("POST", "/a", {"name": "x", "n": 5})
    assert (answer.status, answer.header("content-type"), json.loads(answer.body)) == (422, media, expected)


@pytest.mark.parametrize(("documented", "expected"), [("422", 422), ("400", 400), ("4XX", 422), ("default", 422), (None, 422)])
def test_an_invalid_body_is_refused_with_the_status_that_is_documented(client_for, document_of, documented, expected):
    responses = {**answer_with({}), **(answer_with(TELNYX, documented) if documented else {})}
    client = client_for(document_of(operation(responses, **BODY)))
    assert client.ask("POST", "/a", {"n": 1}).status == expected
    assert client.ask("POST", "/a", {"name": "x"}).status == 200


def test_malformed_json_wrong_types_of_media_and_no_body_are_refused(client_for, document_of):
    client = client_for(
        document_of(operation({**answer_with({}), "400": {"description": ""}, "422": {"description": ""}}, **BODY))
    )

    def status(body, content_type):
        return client.sandbox.respond(
            Request(method="POST", url="http://h/a", headers=(("content-type", content_type),), body=body)
        ).status

    assert (status(b"{", JSON), status(b"<a/>", "application/xml"), client.ask("POST", "/a").status) == (400, 415, 422)


def test_an_undocumented_refusal_takes_the_shape_that_the_document_uses_most(client_for, document_of):
    document = operation({**answer_with({}), **answer_with(TELNYX, "409")})
    answer = client_for(document_of(document)).ask("GET", "/nowhere")
    assert (answer.status, json.loads(answer.body)["errors"][0]["title"]) == (404, "Not Found")


SCHEMES = {
    "bearer": ({"type": "http", "scheme": "bearer"}, ("authorization", "Bearer t"), ("authorization", "Basic t"), "Bearer"),
    "basic": (
        {"type": "http", "scheme": "basic"},
        ("authorization", "Basic " + base64.b64encode(b"u:t").decode()),
        ("authorization", "Bearer t"),
        "Basic",
    ),
    "key": ({"type": "apiKey", "in": "header", "name": "X-Key"}, ("x-key", "t"), ("x-key", " "), "ApiKey"),
    "worded": ({"type": "apiKey", "in": "header", "name": "Authorization"}, ("authorization", "Bot t"), ("x-key", "t"), "ApiKey"),
    "cookie": ({"type": "apiKey", "in": "cookie", "name": "sid"}, ("cookie", "a=1; sid=t"), ("cookie", "a=1"), "ApiKey"),
    "oauth": ({"type": "oauth2", "flows": {}}, ("authorization", "Bearer t"), ("authorization", "Bearer "), "Bearer"),
}


@pytest.mark.parametrize("name", SCHEMES)
def test_credentials_are_asked_for_by_the_declared_scheme(client_for, document_of, name):
    scheme, good, bad, challenge = SCHEMES[name]
    document = document_of({**operation(answer_with({}), security=[{"s": []}]), "components": {"securitySchemes": {"s": scheme}}})
    for token, passes in ((None, True), ("t", True), ("other", False)):
        client = client_for(document, token=token)
        assert (client.ask("POST", "/a", headers=(good,)).status == 200) is passes
        refused = client.ask("POST", "/a", headers=(bad,))
        assert refused.status == 401
        assert refused.header("www-authenticate").startswith(challenge)


def test_a_key_in_the_query_and_an_optional_scheme_pass(client_for, document_of):
    key = {"securitySchemes": {"s": {"type": "apiKey", "in": "query", "name": "key"}}}
    client = client_for(document_of({**operation(answer_with({}), security=[{"s": []}]), "components": key}))
    assert (client.ask("POST", "/a?key=t").status, client.ask("POST", "/a").status) == (200, 401)
    client = client_for(document_of({**operation(answer_with({}), security=[{"s": []}, {}]), "components": key}))
    assert client.ask("POST", "/a", headers=()).status == 200


def test_routes_answer_with_and_without_the_base_path_of_the_servers(client_for, document_of):
    client = client_for(document_of({"servers": [{"url": "https://api.example.com/v2"}], **operation(answer_with({}))}))
    assert [client.ask("POST", path).status for path in ("/a", "/v2/a", "/v3/a")] == [200, 200, 404]


TRICKY = {
    "no content": {"204": {"description": ""}},
    "a created thing with a place": answer_with(
        {"type": "object"},
        "201",
        headers={
            "Location": {"required": True, "schema": {"type": "string", "format": "uri"}},
            "X-Rate": {"required": True, "schema": {"type": "integer", "minimum": 7}},
        },
    ),
    "a redirect": {"302": {"description": "", "headers": {"Location": {"required": True, "schema": {"type": "string"}}}}},
    "only a default": answer_with({"type": "object", "properties": {"a": {"const": 1}}, "required": ["a"]}, "default"),
    "a range": answer_with({"type": "boolean"}, "2XX"),
    "only an error": answer_with({"type": "object"}, "400"),
    "text": answer_with({"type": "string", "minLength": 4}, media="text/plain"),
    "an image": answer_with({"type": "string", "format": "binary"}, media="image/png"),
    "xml": answer_with({"type": "object", "properties": {"a": {"type": "string"}}}, media="application/xml"),
    "an event stream": answer_with({"type": "object"}, media="text/event-stream"),
    "any media type": answer_with({"type": "object"}, media="*/*"),
    "a suffix": answer_with({"type": "object", "required": ["links"]}, media="application/vnd.api+json"),
    "a charset": answer_with({"type": "object", "required": ["a"]}, media="application/json; charset=utf-8"),
    "no schema": {"200": {"description": "", "content": {JSON: {}}}},
    "a scalar": answer_with({"type": "integer", "minimum": 3}),
    "a list of scalars": answer_with({"type": "array", "items": {"type": "string"}, "minItems": 2}),
    "an impossible first success": {
        **answer_with({"not": {}}, "200"),
        **answer_with({"type": "integer"}, "202"),
    },
    "an example that is wrong": {
        "200": {
            "description": "",
            "content": {
                JSON: {
                    "schema": {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}},
                    "example": {"a": "no", "b": 1},
                }
            },
        }
    },
    "nullable data": answer_with(
        {
            "type": "object",
            "required": ["data"],
            "properties": {"data": {"type": ["object", "null"], "properties": {"id": {"type": "integer"}}}},
        }
    ),
    "data in one of two shapes": answer_with(
        {
            "type": "object",
            "properties": {
                "data": {
                    "oneOf": [
                        {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
                        {"type": "object", "required": ["b"], "properties": {"b": {"type": "string"}}},
                    ]
                }
            },
        }
    ),
    "a closed object": answer_with({"type": "object", "additionalProperties": False, "properties": {"id": {"type": "integer"}}}),
    "minimum of items": answer_with(
        {
            "type": "object",
            "required": ["data"],
            "properties": {
                "data": {"type": "array", "minItems": 1, "items": {"type": "object", "properties": {"id": {"type": "string"}}}}
            },
        }
    ),
}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize("name", TRICKY)
def test_a_tricky_answer_keeps_the_document(client_for, document_of, name, version):
    document = document_of(
        {
            "openapi": version,
            "info": {"title": "t", "version": "1"},
            "paths": {
                "/a": {"post": {"responses": TRICKY[name]}, "get": {"responses": TRICKY[name]}},
                "/a/{id}": {
                    "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                    "get": {"responses": TRICKY[name]},
                },
            },
        }
    )
    client = client_for(document)
    assert client.sandbox.broken == {}
    for operation in document.operations:
        for request in (client.request(operation), client.request(operation, client.learn(operation))):
            answer = client.sandbox.respond(request)
            assert client.breaches(operation, answer) == []
            assert answer.status != 501


@pytest.mark.parametrize(
    ("responses", "reason"),
    [
        ({}, "no answer"),
        (answer_with({"not": {}}), "cannot be made"),
        (answer_with({"type": "integer", "minimum": 2, "maximum": 1}), "cannot be made"),
        (answer_with({"$ref": "#/components/schemas/Absent"}), "Absent"),
    ],
)
def test_an_operation_that_cannot_be_kept_is_listed_and_the_others_serve(client_for, document_of, responses, reason):
    document = document_of({"paths": {"/a": {"get": {"responses": responses}}, "/b": {"get": {"responses": answer_with({})}}}})
    client = client_for(document)
    assert list(client.sandbox.broken) == ["GET /a"]
    assert reason in client.sandbox.broken["GET /a"]
    one, other = client.ask("GET", "/a"), client.ask("GET", "/b")
    assert [(answer.status, answer.header(UNABLE)) for answer in (one, other)] == [(501, "yes"), (200, None)]


@pytest.mark.parametrize(
    "value",
    [
        {"paths": []},
        {"paths": {"/a": 5}},
        {"paths": {"/a": {"get": []}}},
        {"paths": {"/a": {"get": {"responses": [1]}}}},
        {
            "paths": {
                "/a": {
                    "get": {
                        "responses": {"200": {"content": {JSON: {"schema": {"properties": {"data": 5}}}}}},
                        "parameters": [{"name": 1}],
                    }
                }
            }
        },
        {
            "paths": {"/a/{}": {"get": {"responses": {"200": {}}}}, "/{a}{b}/": {"get": {"responses": {"2": {}}}}},
            "servers": 5,
            "components": 7,
        },
        {
            "paths": {
                "/a": {
                    "get": {
                        "responses": {
                            "200": {
                                "content": {
                                    JSON: {"schema": {"type": "object", "required": 3, "properties": {"id": {"type": {}}}}}
                                }
                            }
                        }
                    }
                }
            }
        },
        {"paths": {"/a": {"get": {"security": [{"s": []}, 5], "responses": {"default": {"headers": {"X": 5, "Y": {}}}}}}}},
    ],
)
def test_a_malformed_document_never_ends_in_a_traceback(client_for, document_of, value):
    client = client_for(document_of(value))
    assert isinstance(client.sandbox.broken, dict)
    for path in ("/a", "/a/x", "/xy/", "/"):
        assert 200 <= client.ask("GET", path).status < 600


def test_strange_values_from_a_client_never_get_into_an_answer_that_cannot_be_read(client_for, document_of):
    document = document_of(
        operation(
            answer_with({"type": "object", "properties": {"name": {"type": "string"}, "n": {"type": "number"}}}),
            requestBody={"content": {JSON: {"schema": {"type": "object"}}}},
        )
    )
    client = client_for(document)
    for body in (
        b'{"name": "\\ud800"}',
        b'{"n": 1e999}',
        b'{"n": ' + b"9" * 500 + b"}",
        b'{"\\udfff": 1}',
        '{"name": "\u0000é🙂"}'.encode(),
        b'{"name": null}',
    ):
        answer = client.sandbox.respond(Request(method="POST", url="http://h/a", headers=(("content-type", JSON),), body=body))
        assert isinstance(json.loads(answer.body.decode("utf-8")), dict)


def test_a_head_answer_has_no_body(client_for, document_of):
    client = client_for(document_of({"paths": {"/a": {"head": {"responses": answer_with({"type": "object"})}}}}))
    answer = client.ask("HEAD", "/a")
    assert (answer.status, answer.body) == (200, b"")


def test_what_a_worker_needs_to_build_a_sandbox_can_be_pickled(client_for, shipped):
    copy = pickle.loads(pickle.dumps(shipped))
    assert client_for(copy).ask("POST", "/billing_groups", {"name": "a"}) == client_for(shipped).ask(
        "POST", "/billing_groups", {"name": "a"}
    )


ECHO = answer_with({"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}})


def sent(client, body, *headers, path="/a"):
    return client.sandbox.respond(
        Request(method="POST", url=f"http://h{path}", headers=(("content-type", JSON), *headers), body=body)
    )


def test_a_compressed_body_is_read_like_any_other(client_for, document_of):
    client = client_for(document_of(operation(ECHO, **BODY)))
    packed = gzip.compress(b'{"name": "packed"}')
    answer = sent(client, packed, ("content-encoding", "gzip"))
    assert (answer.status, json.loads(answer.body)) == (200, {"name": "packed"})
    assert sent(client, gzip.compress(b'{"name": 5}'), ("content-encoding", "gzip")).status == 422
    assert sent(client, packed).status == 400


def test_a_coding_that_nobody_knows_is_refused_with_those_that_are_known(client_for, document_of):
    responses = {**ECHO, **answer_with(TELNYX, "4XX")}
    answer = sent(client_for(document_of(operation(responses, **BODY))), b"{}", ("content-encoding", "compress"))
    assert (answer.status, answer.header("accept-encoding")) == (415, "gzip, deflate, br, zstd")
    known = "gzip, deflate, br, zstd"
    assert json.loads(answer.body)["errors"][0]["detail"] == f"the content coding 'compress' is not one of {known}"


@pytest.mark.parametrize(("documented", "expected"), [("400", 400), ("422", 422), (None, 400)])
def test_a_body_without_its_coding_is_malformed(client_for, document_of, documented, expected):
    responses = {**ECHO, **(answer_with(TELNYX, documented) if documented else {})}
    client = client_for(document_of(operation(responses, **BODY)))
    assert sent(client, b"not gzip", ("content-encoding", "gzip")).status == expected


def test_a_body_beyond_the_limit_is_refused_also_when_it_is_packed_small(client_for, document_of):
    responses = {**ECHO, **answer_with(TELNYX, "413")}
    client = client_for(document_of(operation(responses, **BODY)), max_body=100)
    fits = b'{"name": "a"}'
    assert sent(client, fits.ljust(100)).status == 200
    for body, headers in ((fits.ljust(101), ()), (gzip.compress(fits.ljust(10**6)), (("content-encoding", "gzip"),))):
        answer = sent(client, body, *headers)
        assert (answer.status, json.loads(answer.body)["errors"][0]["code"]) == (413, "413")


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "format": "uri"}, "http://h/v1/a/7"),
        ({"type": "string", "pattern": "^/v1/"}, "/v1/a/7"),
        ({"type": "string", "pattern": "^/a/"}, "/a/7"),
        ({"type": "string", "pattern": "^[0-9]+$"}, "7"),
        ({"type": "string", "enum": ["elsewhere"]}, "elsewhere"),
    ],
)
def test_a_location_is_written_as_its_schema_asks(client_for, document_of, schema, expected):
    made = answer_with({"type": "object", "required": ["id"], "properties": {"id": {"const": 7}}}, "201",
                       headers={"Location": {"required": True, "schema": schema}})  # fmt: skip
    item = {
        "get": {"responses": ECHO, "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}]}
    }
    document = document_of({"servers": [{"url": "/v1"}], "paths": {"/a": {"post": {"responses": made}}, "/a/{id}": item}})
    assert sent(client_for(document), b"", path="/v1/a").header("location") == expected


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/json"),
        ("text/csv", "text/csv"),
        ("text/csv;q=0.2, text/html;q=0.5", "text/html"),
        ("application/json;q=0.1, text/*;q=0.9", "text/plain"),
        ("application/json;q=0, */*", "text/plain"),
        ("image/png", None),
    ],
)
def test_a_range_of_the_document_is_named_as_the_client_asks(client_for, document_of, accept, expected):
    content = {JSON: {"schema": {"type": "integer"}}, "text/*": {"schema": {"type": "string"}}}
    client = client_for(document_of({"paths": {"/a": {"get": {"responses": {"200": {"description": "", "content": content}}}}}}))
    answer = client.ask("GET", "/a", headers=(("accept", accept),) if accept else ())
    assert (answer.status, answer.header("content-type")) == ((200, expected) if expected else (406, "application/problem+json"))
