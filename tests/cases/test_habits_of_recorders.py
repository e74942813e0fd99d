"""What recorders of others write in their own way: cassettes of other languages, browsers' HAR files, and lines of events."""

import base64
import json
import time
from contextlib import suppress

import pytest

from conformance.cases.har import recording_from_har
from conformance.cases.ndjson import recording_from_ndjson
from conformance.cases.recordings import read
from conformance.errors import RecordingError

URL = "https://a.test/v1/things"


def only(recording):
    assert [one.reason for one in recording.skipped] == []
    (one,) = recording.exchanges
    return one


def file_of(tmp_path, text, name="x.yaml"):
    (tmp_path / name).write_text(text)
    return tmp_path / name


# Cassettes


@pytest.mark.parametrize("version", [1, 2])
def test_go_vcr_writes_the_status_line_beside_the_code(tmp_path, version):
    first = "id: 0" if version == 2 else "x: 1"
    one = only(read(file_of(tmp_path, f"""---
version: {version}
interactions:
    - {first}
      request:
        body: ""
        form: {{a: ["1", "2"]}}
        headers: {{Accept: [application/json]}}
        url: {URL}
        method: POST
      response:
        body: '{{"id":"t-1"}}'
        headers: {{Content-Type: [application/json]}}
        status: 201 Created
        code: 201
        duration: 85.9ms
""")))  # fmt: skip
    assert (one.response.status, one.response.body, one.request.body) == (201, b'{"id":"t-1"}', b"a=1&a=2")


def test_a_cassette_of_php_vcr_is_the_list_itself(tmp_path):
    php = f"""-
    request:
        method: POST
        url: '{URL}'
        headers: {{Host: a.test, Accept: '*/*'}}
        post_fields: {{name: 'a b'}}
    response:
        status: {{http_version: '1.1', code: '201', message: Created}}
        headers: {{Content-Type: application/json}}
        body: '{{"id":1}}'
    index: 0
"""
    one = only(read(file_of(tmp_path, php)))
    assert (one.response.status, one.request.body, one.response.body) == (201, b"name=a+b", b'{"id":1}')
    entries = [{"request": {"method": "GET", "url": URL}, "response": {"status": 200, "body": "{}"}}]
    one = only(read(file_of(tmp_path, json.dumps(entries), "x.json")))
    assert (one.request.method, one.response.status, one.response.body) == ("GET", 200, b"{}")


def test_bytes_are_bytes_whatever_a_language_calls_them(tmp_path):
    body = base64.b64encode(b"\xff\x00\x01").decode()
    for tagged in (
        f"!binary |-\n        {body}",
        f"!!binary |\n        {body}",
        f"!!python/bytes |\n        {body}",
        f"!!python/object/new:_io.BytesIO\n      state: !!python/tuple\n      - !!binary |\n        {body}\n      - 0\n      - null",
    ):
        text = f"interactions:\n- request:\n    uri: {URL}\n    method: POST\n    body: {tagged}\n  response:\n    status: {{code: 204}}\n"
        assert only(read(file_of(tmp_path, text))).request.body == b"\xff\x00\x01"


def test_aliases_that_multiply_cost_nothing(tmp_path):
    bomb = "a: &a0 {string: x}\n" + "".join(f"b{at}: &a{at + 1} [{', '.join([f'*a{at}'] * 9)}]\n" for at in range(12))
    text = f"{bomb}interactions:\n- request:\n    uri: {URL}\n    body: *a12\n  response:\n    status: {{code: 200}}\n    body: *a12\n"
    began = time.process_time()
    with suppress(RecordingError):
        read(file_of(tmp_path, text))
    assert time.process_time() - began < 2


# HAR


def har(request=None, response=None, source="x.har", **rest):
    entry = {"request": {"method": "GET", "url": URL, **(request or {})}, "response": {"status": 200, **(response or {})}, **rest}
    return recording_from_har(json.dumps({"log": {"entries": [entry]}}), name="x", source=str(source))


def test_a_body_may_stand_in_a_file_beside_and_only_there(tmp_path):
    (tmp_path / "0a1b.json").write_bytes(b'{"a":1}')
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "x.har").touch()
    one = only(har({"postData": {"mimeType": "application/json", "_file": "0a1b.json"}, "method": "POST"},
                   {"content": {"_file": "0a1b.json", "size": 7}}, source=tmp_path / "x.har"))  # fmt: skip
    assert (one.request.body, one.response.body) == (b'{"a":1}', b'{"a":1}')
    for name in ("../0a1b.json", str(tmp_path / "0a1b.json"), "missing.json", "", ".", "..", "a\0b"):
        one = only(har({}, {"content": {"_file": name}}, source=tmp_path / "inner" / "x.har"))
        assert one.response.body == b""


def test_a_request_whose_body_is_not_there_is_not_sent_without_it():
    (skipped,) = har({"method": "POST", "bodySize": 12}).skipped
    assert skipped.reason == "the body of its request was not recorded: 12 bytes"
    file = {
        "mimeType": "multipart/form-data; boundary=x",
        "params": [{"name": "f", "fileName": "a.png", "contentType": "image/png"}],
    }
    (skipped,) = har({"method": "POST", "postData": file}).skipped
    assert skipped.reason == "its body holds a file, which the recording does not"
    assert [only(har({"bodySize": size})).request.body for size in (-1, 0, None, "x")] == [b""] * 4


def test_a_method_that_is_none_is_not_sent_and_a_new_one_is():
    (skipped,) = har({"method": "GE T\r\nX: y", "url": "https://a.test/x"}).skipped
    assert skipped.reason == "its method is none of HTTP"
    assert only(har({"method": "M-SEARCH", "url": "https://a.test/x"})).request.method == "M-SEARCH"


def test_a_collection_in_which_nothing_is_saved_says_so(tmp_path):
    (skipped,) = postman(tmp_path / "c.json", {"name": "a", "request": {"method": "GET", "url": "https://a.test/x"}}).skipped
    assert "no request has a saved response" in skipped.reason


def test_headers_as_an_object_and_bodies_as_json_are_understood():
    one = only(har({"headers": {"Accept": "a/b"}}, {"headers": {"ETag": "1"}, "content": {"text": {"a": [1]}}}))
    assert (one.request.headers, one.response.headers) == ((("Accept", "a/b"),), (("ETag", "1"),))
    assert json.loads(one.response.body) == {"a": [1]}


@pytest.mark.parametrize(
    ("name", "start", "what"),
    [
        ("x.har", b"PK\x03\x04rest", "a ZIP archive"),
        ("x.zip", b"PK\x03\x04", "a ZIP archive"),
        ("x.har", b"\x1f\x8b\x08", "gzip"),
    ],
)
def test_what_is_packed_says_so(tmp_path, name, start, what):
    (tmp_path / name).write_bytes(start)
    with pytest.raises(RecordingError, match=f"{what}; unpack it first"):
        read(tmp_path / name)


# Collections


def postman(path, *items, **rest):
    path.write_text(
        json.dumps({"info": {"name": "c", "schema": "https://schema.getpostman.com/v2.1.0"}, "item": list(items), **rest})
    )
    return read(path)


def saved(name, auth=None, url="{{base}}/v1/things"):
    asked = {"url": url, "method": "GET", **({"auth": auth} if auth else {})}
    return {"name": name, "request": asked, "response": [{"name": "ok", "code": 200, "originalRequest": asked}]}


def key(place, value="k 1"):
    held = [{"key": "key", "value": "api_key"}, {"key": "value", "value": value}, {"key": "in", "value": place}]
    return {"type": "apikey", "apikey": held}


def test_auth_is_that_of_the_request_or_of_what_it_is_in(tmp_path):
    basic = {"type": "basic", "basic": {"username": "u", "password": "p"}}
    folder = {"name": "f", "auth": basic, "item": [saved("a"), saved("b", key("header")), saved("c", {"type": "noauth"})]}
    recording = postman(tmp_path / "x.json", folder, saved("d"), saved("e", key("query", "{{nothing}}")), auth=key("query"))
    found = [(one.request.url.partition("?")[2], dict(one.request.headers)) for one in recording.exchanges]
    assert found == [
        ("", {"Authorization": "Basic dTpw"}), ("", {"api_key": "k 1"}), ("", {}), ("api_key=k%201", {}), ("", {}),
    ]  # fmt: skip


def test_the_one_environment_beside_a_collection_gives_values(tmp_path):
    def environment(name, value):
        values = [{"key": "id", "value": value, "enabled": True}, {"key": "off", "value": "1", "enabled": False}]
        (tmp_path / f"{name}.postman_environment.json").write_text(json.dumps({"name": name, "values": values}))

    items = [saved("a", url="{{base}}/v1/things/{{id}}"), saved("b", url="{{base}}/v1/things/{{off}}")]
    assert [one.request.url for one in postman(tmp_path / "x.json", *items).exchanges] == []
    environment("staging", "s-1")
    recording = postman(tmp_path / "x.json", *items, variable=[{"key": "id", "value": "own"}])
    assert [one.request.parts().path for one in recording.exchanges] == ["/v1/things/s-1"]
    assert recording.unresolved == ("base", "off")
    environment("production", "p-1")
    assert postman(tmp_path / "x.json", *items).exchanges == ()


# Lines


def lines(*values):
    return recording_from_ndjson("".join(json.dumps(one) + "\n" for one in values), name="n", source="n.ndjson")


def test_the_events_of_schemathesis_hold_calls(tmp_path):
    call = {"request": {"method": "POST", "uri": URL, "headers": {"A": ["1", "2"]}, "body": {"$base64": "aGk="}},
            "response": {"status_code": 201, "headers": {"content-type": ["text/plain"]}, "content": {"$base64": "b2s="}, "elapsed": 0.5},
            "timestamp": 1767225600.5}  # fmt: skip
    silent = {"request": {"method": "GET", "uri": URL, "headers": {}}, "response": None, "timestamp": 1}
    events = [{"Initialize": {"seed": 1}}, {"ScenarioFinished": {"recorder": {"label": "x", "interactions": {"a": call, "b": silent}}}},
              {"ScenarioFinished": {"recorder": {"label": "y"}}}, {"EngineFinished": {}}]  # fmt: skip
    file = file_of(tmp_path, "".join(json.dumps(one) + "\n" for one in events), "report.json")
    recording = read(file)
    (one,) = recording.exchanges
    assert (one.request.method, one.request.headers, one.request.body) == ("POST", (("A", "1"), ("A", "2")), b"hi")
    assert (one.response.status, one.response.body, one.response.elapsed) == (201, b"ok", 0.5)
    assert one.started == "2026-01-01T00:00:00.500000+00:00"
    assert [skipped.reason for skipped in recording.skipped] == ["it has no answer"]


def test_other_lines_of_exchanges_are_understood():
    loose = {"request": {"method": "post", "url": URL, "headers": [{"name": "A", "value": "b"}], "body": {"base64": "aGk=", "more": 1}},
             "response": {"statusCode": "200", "headers": {"C": "d"}, "body": [1]}}  # fmt: skip
    entry = {"request": {"method": "GET", "url": URL, "headers": []},
             "response": {"status": 200, "headers": [{"name": "C", "value": "d"}], "content": {"text": "aGk=", "encoding": "base64"}}}  # fmt: skip
    first, second = lines(loose, entry).exchanges
    assert (first.request.method, first.request.headers, json.loads(first.request.body)) == (
        "POST",
        (("A", "b"),),
        {"base64": "aGk=", "more": 1},
    )
    assert (first.response.status, first.response.headers, first.response.body) == (200, (("C", "d"),), b"[1]")
    assert (second.response.headers, second.response.body) == ((("C", "d"),), b"hi")
