"""How a client writes what it sends: what is told, whose it is, and what is nobody's."""

from __future__ import annotations

import pytest

from conformance.model.record import Severity

NOTE = {"type": "object", "properties": {"id": {"type": "string"}}}
NEW = {"type": "object", "required": ["text"], "properties": {
    "text": {"type": "string"}, "media_urls": {"type": "array", "items": {"type": "string"}},
    "to": {"type": "object", "properties": {"e_mail": {"type": "string"}}},
    "labels": {"type": "object", "additionalProperties": {"type": "string"}, "properties": {"a_b": {"type": "string"}}},
    "shown": {"$ref": "#/components/schemas/Shown", "nullable": True},
    "kind": {"type": "string", "enum": ["sms", "mms"]}, "day": {"type": "string", "format": "date"},
    "LABELLED": {"type": "array"}, "both": {"oneOf": [{"type": "string"}, {"minLength": 1}]}, "way": {"oneOf": [{"type": "string", "maxLength": 3}, {"type": "object", "required": ["by"]}]}}}  # fmt: skip


def query(name, schema, **others):
    return {"name": name, "in": "query", "schema": schema, **others}


def ok(schema):
    return {"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}}


def document():
    words = {"type": "array", "items": {"type": "string", "enum": ["queued", "sent"]}}
    keyed = {"type": "object", "properties": {"kind": {"type": "string"}}}
    return {
        "openapi": "3.1.0", "info": {"title": "Notes", "version": "1"}, "servers": [{"url": "https://api.example.com/v2"}],
        "components": {"schemas": {"Shown": {"type": "object"}}, "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"},
                                           "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}},
        "paths": {
            "/notes": {
                "get": {"operationId": "list", "responses": ok({"type": "array"}), "parameters": [
                    query("joined", words, explode=False), query("listed", words), query("free", {"type": "array"}),
                    query("filter", keyed, style="deepObject", explode=True), query("shape", keyed),
                    query("q", {"type": "string"}), query("word", {"type": "string", "enum": ["undefined"]}),
                    query("deep", {"type": "boolean"}), query("limit", {"type": "integer"})]},
                "post": {"operationId": "create", "responses": ok(NOTE),
                         "requestBody": {"content": {"application/json": {"schema": NEW, "example": {"labelled": []}}}}},
            },
            "/notes/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "get": {"operationId": "read", "responses": ok(NOTE), "security": [{"bearer": []}]},
                "delete": {"operationId": "drop", "responses": ok(NOTE)},
                "put": {"operationId": "keep", "responses": ok(NOTE), "security": [{"key": []}], "parameters": [
                    query("labels", {"type": "object", "additionalProperties": {"type": "string"}})]},
            },
            "/notes/{id}/send": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "post": {"operationId": "send", "responses": ok(NOTE)},
            },
        },
    }  # fmt: skip


@pytest.fixture
def gate(gated):
    return gated(document())


def told(found):
    return [(one.id, one.blame) for one in found]


STYLE, SHOWN, URL, BODY, FIELD = ("parameter-style", "value-unserialised", "url-unencoded", "body-undocumented",
                                  "field-undocumented")  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "rule", "blame", "words"),
    [
        (("GET", "/v2/notes?joined=queued&joined=sent"), STYLE, "sdk", "more than once; the document writes it joined=a,b"),
        (("GET", "/v2/notes?joined[]=queued"), STYLE, "sdk", "is written as 'joined[]'"),
        (("GET", "/v2/notes?listed[0]=queued"), STYLE, "sdk", "as 'listed[0]'; the document writes it listed=a&listed=b"),
        (("GET", "/v2/notes?joined=queued%7Csent"), STYLE, "sdk", "has '|' between its values"),
        (("GET", "/v2/notes?listed=queued,sent"), STYLE, "sdk", "has ',' between its values"),
        (("GET", "/v2/notes?listed=%5B%22queued%22%5D"), STYLE, "sdk", "is written as JSON"),
        (("GET", "/v2/notes?filter=%7B%22kind%22%3A1%7D"), STYLE, "sdk", "one value; the document writes it filter[key]=value"),
        (("GET", "/v2/notes?shape[kind]=a"), STYLE, "ambiguous", "is written in brackets; the document writes it key=value"),
        (("GET", "/v2/notes?deep=True"), STYLE, "sdk", "is written as 'True'"),
        (("GET", "/v2/notes?limit="), STYLE, "sdk", "is empty"),
        (("GET", "/v2/notes?q=%5Bobject%20Object%5D"), SHOWN, "sdk", "'[object Object]'"),
        (("GET", "/v2/notes?joined=%5B%27queued%27%2C%20%27sent%27%5D"), SHOWN, "sdk", "what a language shows of a value"),
        (("GET", "/v2/notes?q=%7B%27text%27%3A%20%27private%27%7D"), SHOWN, "sdk", "/query/q: {'…} is what"),
        (("GET", "/v2/notes?q=undefined"), SHOWN, "ambiguous", "where there is no value"),
        (("DELETE", "/v2/notes/None"), SHOWN, "ambiguous", "/path/id: 'None'"),
        (("DELETE", "/v2/notes/%7Bid%7D"), SHOWN, "sdk", "a template that was not filled in"),
        (("GET", "/v2/notes?q=100%"), URL, "sdk", "the query of the URL has '%' in it"),
        (("GET", '/v2/notes?q=a"b'), URL, "sdk", "percent-encoded"),
        (("GET", "/v2/notes?q=+14155552671"), URL, "sdk", "it is to be %2B"),
        (("GET", "/v2/notes", {"limit": 1}), BODY, "sdk", "on GET has no meaning"),
        (("POST", "/v2/notes/1/send", {"now": True}), BODY, "ambiguous", "which the document does not have"),
        (("POST", "/v2/notes", {"text": "a", "mediaUrls": []}), FIELD, "sdk", "'mediaUrls' is not in the document; it has 'media_urls'"),
        (("POST", "/v2/notes", {"text": "a", "to": {"eMail": "a"}}), FIELD, "sdk", "/body/to: the field 'eMail'"),
        (("DELETE", "/v2/notes/"), "path-parameter-empty", "ambiguous", "{id} is empty; the nearest is DELETE /notes/{id}"),
        (("POST", "/v2/notes//send"), "path-parameter-empty", "ambiguous", "{id} is empty"),
        (("GET", "/v2/notes/"), "path-undocumented", "sdk", "it ends with a slash, or {id} is empty; the nearest is GET /notes"),
        (("DELETE", "/v2/notes/a/b"), "path-undocumented", "ambiguous", "a slash in {id} is written %2F"),
        (("HEAD", "/v2/notes/1/send"), "method-undocumented", "sdk", "/notes/{id}/send has POST"),
        (("POST", "/v2/notes", {"text": "[object Object]"}), SHOWN, "sdk", "/body/text: '[object Object]' is what a language"),
        (("POST", "/v2/notes", {"text": "a", "to": {"name": "com.example.Name@1a2b3c4d"}}), SHOWN, "sdk", "/body/to/name"),
        (("POST", "/v2/notes", {"text": "a", "day": "Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)"}),
         "request-body", "sdk", "date"),
        (("POST", "/v2/notes", {"text": "a", "day": "Thu Jan 01 00:00:00 UTC 1970"}), "request-body", "sdk", "date"),
        (("POST", "/v2/notes", {"text": "a", "day": "1970-01-01 00:00:00 +0000 UTC"}), "request-body", "sdk", "date"),
        (("POST", "/v2/notes", {"Text": "a"}), "request-body", "sdk", "is a required property; there is 'Text'"),
        # The value may be the test's own; its type, and how an enumeration is written, are the client's.
        (("POST", "/v2/notes", {"text": "a", "kind": "fax"}), "request-body", "ambiguous", '"fax" is not one of'),
        (("POST", "/v2/notes", {"text": "a", "kind": "Kind.SMS"}), "request-body", "sdk", '"Kind.SMS" is not one of'),
        (("POST", "/v2/notes", {"text": "a", "kind": None}), "request-body", "sdk", 'null is not of type "string"'),
        (("POST", "/v2/notes", {"text": "a", "shown": None}), "request-body", "document", 'null is not of type "object"'),
        (("POST", "/v2/notes", {"text": "a", "labelled": []}), FIELD, "document", "it has 'LABELLED'"),
        (("POST", "/v2/notes", {"text": "a", "both": "b"}), "request-body", "document", "more than one"),
        (("POST", "/v2/notes", {"text": "a", "day": "today"}), "request-body", "ambiguous", "date"),
        (("POST", "/v2/notes", {"text": "a", "way": "long"}), "request-body", "ambiguous", "/body/way"),
        (("POST", "/v2/notes", {"text": "a", "way": 5}), "request-body", "sdk", "/body/way"),
        (("POST", "/v2/notes", {}), "request-body", "sdk", '"text" is a required property'),
    ],
)  # fmt: skip
def test_what_is_written_wrongly_is_told_once_with_who_has_to_mend_it(gate, sent, rule, blame, words):
    found = gate.send(*sent)
    assert told(found) == [(rule, blame)]
    assert words in found[0].message


@pytest.mark.parametrize(
    "sent",
    [
        ("GET", "/v2/notes?joined=queued,sent&listed=queued&listed=sent&filter[kind]=a&kind=b&deep=true&limit=5"),
        ("GET", "/v2/notes?free=a,b&q=a%2Bb+c&word=undefined"),
        ("GET", "/v2/notes?q=None"),
        ("GET", "/v2/notes?q=Thu%20Jan%2001%2000:00:00%20UTC%201970"),
        ("POST", "/v2/notes", {"text": "['a', 'b'] at <b>noon</b>, ann@example.com, {'k': 1}"}),
        ("DELETE", "/v2/notes/nonesuch"),
        ("POST", "/v2/notes/1/send", {}),
        ("PUT", "/v2/notes/1?colour=red"),
        ("POST", "/v2/notes", {"text": "None", "more": 1, "labels": {"aB": "x"}, "media_urls": [], "mediaUrls": []}),
    ],
)  # fmt: skip
def test_what_is_as_the_document_has_it_or_may_be_meant_is_nobodys_fault(gate, sent):
    assert gate.send(*sent) == []


def test_a_body_without_a_content_type_is_told(gate):
    assert told(gate.send("POST", "/v2/notes", {"text": "a"}, headers={"Content-Type": None})) == [("request-media-type", "sdk")]


def test_a_browser_that_asks_beforehand_is_not_the_client(gate):
    assert gate.send("OPTIONS", "/v2/notes", headers={"Access-Control-Request-Method": "POST"}) == []


def test_head_where_there_is_get_is_a_note_for_servers_have_both(gate):
    (found,) = gate.send("HEAD", "/v2/notes")
    assert (found.id, found.blame, found.severity) == ("method-undocumented", "ambiguous", Severity.NOTE)


def test_a_template_in_a_path_is_told_beside_a_value_that_is_not_there(gate):
    found = [*gate.send("DELETE", "/v2/notes/undefined"), *gate.send("DELETE", "/v2/notes/%7Bid%7D")]
    assert [one.blame for one in found] == ["ambiguous", "sdk"]


def test_a_violation_counts_once_a_request_however_often_it_stands_there(gate):
    (found,) = gate.send("GET", "/v2/notes?joined=a,b,c")
    assert gate.watch.watched.times[found.fingerprint] == 1


def ended(gate):
    return {(one.id, one.operation): one for one in gate.end().findings.values()}


def test_a_client_that_drops_the_path_of_its_base_url_is_told_at_the_end(gate):
    gate.send("GET", "/notes", test="a")
    found = ended(gate)["base-missing", "GET /notes"]
    assert (found.blame, found.test) == ("sdk", "a")
    assert found.message == "GET /notes is called without the path of the base URL, /v2"


def test_where_other_calls_have_the_path_it_may_be_the_document_that_is_behind(gate):
    gate.send("GET", "/notes")
    gate.send("DELETE", "/v2/notes/1")
    assert ended(gate)["base-missing", "GET /notes"].blame == "ambiguous"


@pytest.mark.parametrize(
    ("headers", "blame", "words"),
    [
        ({"Authorization": None}, "ambiguous", "asks for (Authorization: Bearer)"),
        ({"Authorization": "KEY123"}, "sdk", "there is Authorization in another form"),
        ({"Authorization": None, "X-Api-Key": "a"}, "sdk", "there is X-Api-Key"),
    ],
)
def test_credentials_at_the_wrong_place_are_the_clients_and_none_at_all_may_be_the_tests(gate, headers, blame, words):
    gate.send("GET", "/v2/notes/1", headers=headers)
    found = ended(gate)["credentials-missing", "GET /notes/{id}"]
    assert found.blame == blame
    assert words in found.message
    assert gate.end().orders[found.fingerprint] == 1


def test_a_credential_that_is_no_value_is_told(gate):
    assert told(gate.send("GET", "/v2/notes/1", headers={"Authorization": "Bearer undefined"})) == [(SHOWN, "ambiguous")]
