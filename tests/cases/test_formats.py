"""Recordings of every format: told by what is in a file, read entry by entry, and what cannot be used has its reason."""

import base64
import gzip
import io
import json
import tracemalloc
from collections import deque
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.cases.har import recording_from_har
from conformance.cases.ndjson import heading, line, recording_from_ndjson
from conformance.cases.postman import recording_from_postman
from conformance.cases.recorded import Recording
from conformance.cases.recordings import files, form_of, read, recordings
from conformance.cases.streamed import Stream, Torn
from conformance.cases.vcr import recording_from_vcr, recording_from_vcr_json
from conformance.errors import RecordingError
from conformance.model.message import NoResponse, Request, Response

URL = "https://a.test/v1/things"
HAR = {"log": {"version": "1.2", "entries": [{"request": {"method": "GET", "url": URL}, "response": {"status": 200}}]}}
CASSETTE = {"interactions": [{"request": {"method": "GET", "uri": URL}, "response": {"status": {"code": 200}}}], "version": 1}
YAML = f"interactions:\n- request:\n    method: GET\n    uri: {URL}\n  response:\n    status:\n      code: 200\nversion: 1\n"
COLLECTION = {"info": {"name": "c", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
              "item": [{"name": "a", "request": URL, "response": [{"code": 200, "originalRequest": {"url": URL}}]}]}  # fmt: skip
LINE = {"request": {"method": "GET", "url": URL, "headers": []}, "response": {"status": 200, "headers": []}}
DOCUMENT = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/things": {"get": {"responses": {
    "200": {"description": "d", "content": {"application/json": {"example": {"a": 1}}}}}}}}}  # fmt: skip
TEXTS = {"har": json.dumps(HAR), "vcr-json": json.dumps(CASSETTE), "vcr": YAML, "postman": json.dumps(COLLECTION, indent=1),
         "ndjson": json.dumps(LINE) + "\n", "openapi": json.dumps(DOCUMENT)}  # fmt: skip


@pytest.mark.parametrize("name", ["a.har", "a.json", "a.yaml", "a.txt", "a"])
@pytest.mark.parametrize("form", TEXTS)
def test_the_format_is_told_by_what_is_in_a_file_and_not_by_its_name(tmp_path, name, form):
    (tmp_path / name).write_text("\ufeff" + TEXTS[form])
    recording = read(tmp_path / name)
    assert recording.form == {"vcr-json": "vcr"}.get(form, form)
    assert [
        (one.request.method, one.request.parts().path.rpartition("/")[2], one.response.status) for one in recording.exchanges
    ] == [("GET", "things", 200)]


@pytest.mark.parametrize("form", ["har", "vcr-json", "postman", "openapi"])
def test_members_in_any_order_make_no_other_format(tmp_path, form):
    file = tmp_path / "x.json"
    padding = {"x-padding": ["x" * 50] * 3000}
    file.write_text(json.dumps({**padding, **dict(reversed(json.loads(TEXTS[form]).items()))}))
    assert len(read(file).exchanges) == 1


def test_in_a_folder_only_what_is_a_recording_is_one(tmp_path):
    for form, text in TEXTS.items():
        (tmp_path / f"{form}.{'yaml' if form == 'vcr' else 'json'}").write_text(text)
    (tmp_path / "settings.json").write_text('{"interactions": "none"}')
    (tmp_path / "compose.yml").write_text("services:\n  web:\n    image: x\n")
    (tmp_path / "notes.txt").write_text(YAML)
    assert [file.name for file in files(tmp_path)] == ["har.json", "ndjson.json", "postman.json", "vcr-json.json", "vcr.yaml"]
    assert all(isinstance(one, Recording) for one in recordings(tmp_path))


@given(
    st.text(max_size=80)
    | st.sampled_from(list(TEXTS.values())).flatmap(lambda text: st.integers(0, len(text)).map(lambda at: text[:at]))
)
def test_no_text_ends_in_a_traceback(text):
    form_of(text)
    for reader in (
        recording_from_har,
        recording_from_ndjson,
        recording_from_vcr,
        recording_from_vcr_json,
        recording_from_postman,
    ):
        with suppress(RecordingError):
            assert reader(text, name="n", source="dir/n").name == "n"


# Large files


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
                    lambda below: st.lists(below) | st.dictionaries(st.text(), below), max_leaves=8), st.integers(1, 9))  # fmt: skip
def test_json_read_in_pieces_is_what_it_is_as_a_whole(value, size):
    class Pieces(io.StringIO):
        def read(self, count=-1):
            return super().read(min(count, size))

    text = json.dumps({"before": [1], "entries": [value, value], "after": value}, indent=1)
    stream = Stream(Pieces(text))
    found = {name: [stream.value() for _ in stream.items()] if name == "entries" else stream.value() for name in stream.members()}
    assert found == json.loads(text)


def test_a_large_file_is_never_in_memory_as_a_whole_but_for_what_it_holds(tmp_path):
    filler = json.dumps({"x": [{"name": "value", "n": n} for n in range(2000)]})
    entry = {"request": {"method": "GET", "url": URL}, "response": {"status": 204}, "_of_the_tool": json.loads(filler)}
    with (tmp_path / "big.har").open("w") as file:
        file.write('{"log": {"entries": [' + ", ".join([json.dumps(entry)] * 200) + "]}}")
    size = (tmp_path / "big.har").stat().st_size
    tracemalloc.start()
    recording = read(tmp_path / "big.har")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(recording.exchanges) == 200
    assert size > 10_000_000
    assert peak < size / 2


def test_a_file_that_breaks_off_gives_what_came_before():
    text = json.dumps({"log": {"entries": HAR["log"]["entries"] * 3}})
    recording = recording_from_har(text[: text.rindex('"response"')], name="n", source="n.har")
    assert (len(recording.exchanges), [one.index for one in recording.skipped]) == (2, [2])
    assert "the file breaks off here: not well-formed JSON at line 1, column" in recording.skipped[0].reason


@pytest.mark.parametrize("text", ["", "[1", '{"a"', '{"a":}', "{1:2}", '{"a":1 "b"}', "[1 2]", '{"a":1,}'])
def test_what_is_torn_says_where(text):
    stream = Stream(text)
    with pytest.raises(Torn, match=r"not well-formed JSON at line 1, column [0-9]+: "):
        deque((stream.value() for _ in (stream.members() if text.startswith("{") else stream.items())), maxlen=0)


# HAR


def har(request=None, response=None, **rest):
    entry = {"request": {"method": "GET", "url": URL, **(request or {})}, "response": {"status": 200, **(response or {})}, **rest}
    return recording_from_har(json.dumps({"log": {"entries": [entry]}}), name="n", source="n")


def test_pseudo_headers_go_and_headers_that_stand_twice_stay():
    pairs = [{"name": ":status", "value": "200"}, {"name": "set-cookie", "value": "a=1"}, {"name": "set-cookie", "value": "b=2"}]
    (one,) = har({"headers": [{"name": ":method", "value": "GET"}]}, {"headers": pairs}).exchanges
    assert (one.request.headers, one.response.headers) == ((), (("set-cookie", "a=1"), ("set-cookie", "b=2")))


def test_cookies_that_an_exporter_took_out_of_the_headers_come_back():
    (one,) = har({"cookies": [{"name": "a", "value": "1"}, {"name": "b", "value": "2"}]}).exchanges
    assert one.request.headers == (("Cookie", "a=1; b=2"),)


def test_bodies_are_plain_whether_the_tool_decoded_them_or_not():
    said = {"headers": [{"name": "Content-Encoding", "value": "gzip"}, {"name": "Content-Length", "value": "9"}]}
    packed = base64.b64encode(gzip.compress(b'{"a":1}')).decode()
    for content in ({"text": '{"a":1}'}, {"text": packed, "encoding": "base64"}):
        (one,) = har({}, {**said, "content": content}).exchanges
        assert (one.response.body, one.response.headers) == (b'{"a":1}', ())


def test_an_aborted_call_says_what_the_browser_said():
    (skipped,) = har({}, {"status": 0, "_error": "net::ERR_ABORTED"}).skipped
    assert skipped.reason == "it has no answer: net::ERR_ABORTED"


# Cassettes


def cassette(text):
    return recording_from_vcr(text, name="n", source="n.yaml")


def test_a_cassette_may_hold_bytes_and_compressed_bodies():
    packed = base64.b64encode(gzip.compress(b'{"a":1}')).decode()
    (one,) = cassette(f"""
interactions:
- request:
    body: !!binary |
      {base64.b64encode(bytes(range(250, 256))).decode()}
    headers: {{Accept: ['*/*'], X-Two: [a, b]}}
    method: post
    uri: {URL}
  response:
    body: {{string: !!binary {packed}}}
    headers: {{Content-Encoding: [gzip], Content-Type: [application/json]}}
    status: {{code: 201, message: Created}}
""").exchanges
    assert (one.request.method, one.request.body, one.request.headers[1:]) == (
        "POST",
        bytes(range(250, 256)),
        (("X-Two", "a"), ("X-Two", "b")),
    )
    assert (one.response.status, one.response.body, one.response.headers) == (
        201,
        b'{"a":1}',
        (("Content-Type", "application/json"),),
    )


def test_the_other_writers_of_cassettes_are_read_too():
    (one,) = cassette(f"""
http_interactions:
- id: 'x'
  recorded_at: 2026-01-01T00:00:00+00:00
  request:
    uri: '{URL}'
    method: 'PUT'
    headers: {{}}
    body: {{encoding: 'utf-8', base64_string: 'aGk='}}
  response:
    status: {{code: '200', message: OK}}
    elapsed: '0.25'
    headers:
      content-type: [text/plain]
    body: {{encoding: 'utf-8', string: "caf\\u00e9"}}
recorded_with: other
""").exchanges
    assert (one.request.method, one.request.body, one.started) == ("PUT", b"hi", "2026-01-01T00:00:00+00:00")
    assert (one.response.body, one.response.elapsed) == ("caf\u00e9".encode(), 0.25)


def test_one_interaction_that_cannot_be_read_leaves_the_others():
    good = YAML.partition("\n")[2].partition("version")[0]
    recording = cassette(
        f"interactions:\n{good}- request: [unclosed\n{good}- request:\n    uri: {URL}\n  response: {{}}\n{good}version: 1\n"
    )
    assert [one.index for one in recording.exchanges] == [0, 2, 4]
    assert [one.index for one in recording.skipped] == [1, 3]
    assert "not well-formed YAML" in recording.skipped[0].reason
    assert recording.skipped[1].reason == "it has no answer"


def test_a_cassette_with_anchors_from_one_interaction_to_another_is_read_as_a_whole():
    text = YAML.replace("    method: GET", "    headers: &h {A: [b]}\n    method: GET").replace("version: 1\n", "")
    text += YAML.partition("\n")[2].replace("    method: GET", "    headers: *h\n    method: GET")
    assert [one.request.headers for one in cassette(text).exchanges] == [(("A", "b"),)] * 2


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system ['true']", "!!python/name:os.system ''", "!ruby/object:X {}"])
def test_a_cassette_makes_no_objects(tag):
    (skipped,) = cassette(YAML.replace("method: GET", f"method: {tag}")).skipped
    assert skipped.reason.startswith("it asks for more than data")


def test_a_text_that_is_no_cassette_says_so():
    with pytest.raises(RecordingError, match="no list of interactions"):
        cassette("a: 1\n")


# Collections


def collection(*items, **rest):
    return recording_from_postman(json.dumps({"info": {}, "item": list(items), **rest}), name="n", source="n.json")


def saved(request, **response):
    return {"name": "r", "request": request, "response": [{"name": "ok", "originalRequest": request, "code": 200, **response}]}


def test_variables_come_from_the_collection_its_folders_and_the_path():
    request = {"method": "POST", "url": {"raw": "{{host}}/things/:id?q={{term}}&off=1", "variable": [{"key": "id", "value": "{{n}} 7"}],
               "query": [{"key": "off", "value": "1", "disabled": True}]},
               "header": [{"key": "X-A", "value": "{{term}}"}, {"key": "X-B", "value": "1", "disabled": True}],
               "body": {"mode": "raw", "raw": '{"a": "{{term}}"}', "options": {"raw": {"language": "json"}}}}  # fmt: skip
    folder = {"name": "f", "item": [{"name": "g", "item": [saved(request)]}], "variable": [{"key": "term", "value": "inner"}]}
    recording = collection(folder, variable=[{"key": "host", "value": "https://a.test/v1/"}, {"key": "term", "value": "outer"},
                                             {"key": "n", "value": "no"}])  # fmt: skip
    (one,) = recording.exchanges
    assert one.request == Request(method="POST", url="https://a.test/v1/things/no%207?q=inner", body=b'{"a": "inner"}',
                                  headers=(("X-A", "inner"), ("Content-Type", "application/json")))  # fmt: skip
    assert recording.unresolved == ()


def test_variables_without_a_value_are_listed_and_what_needs_them_is_left_out():
    recording = collection(
        saved("{{base}}/things"), saved("{{base}}/things/{{id}}"), saved({"url": "{{base}}/things/:key", "method": "GET"}),
        saved({"url": "{{base}}/things", "method": "GET", "header": [{"key": "Authorization", "value": "Bearer {{token}}"}]}),
        variable=[{"key": "loop", "value": "{{loop}}"}],
    )  # fmt: skip
    assert [one.request.url for one in recording.exchanges] == ["http://service.invalid/things"] * 2
    assert [one.request.headers for one in recording.exchanges] == [(), ()]
    assert [one.reason for one in recording.skipped] == [
        "r / ok: nothing gives a value to id",
        "r / ok: nothing gives a value to key",
    ]
    assert recording.unresolved == ("base", "id", "key", "token")


def test_forms_are_made_again_and_files_are_not_there():
    form = {"mode": "urlencoded", "urlencoded": [{"key": "a", "value": "1 2"}, {"key": "b", "value": "x", "disabled": True}]}
    parts = {"mode": "formdata", "formdata": [{"key": "a", "value": "1", "type": "text"}]}
    file = {"mode": "formdata", "formdata": [{"key": "a", "src": "/etc/passwd", "type": "file"}]}
    recording = collection(
        *[saved({"url": URL, "method": "POST", "body": body}) for body in (form, parts, file, {"mode": "graphql"})]
    )
    assert recording.exchanges[0].request.body == b"a=1+2"
    assert recording.exchanges[0].request.header("content-type") == "application/x-www-form-urlencoded"
    assert b'name="a"\r\n\r\n1\r\n' in recording.exchanges[1].request.body
    assert [one.reason.partition(": ")[2] for one in recording.skipped] == [
        "its body is a file, which the collection does not hold", "its body is GraphQL, which is no operation of an OpenAPI document",
    ]  # fmt: skip


def test_an_answer_without_a_header_has_the_media_type_that_the_app_shows():
    (one,) = collection(saved(URL, body='{"a":1}', _postman_previewlanguage="json")).exchanges
    assert (one.response.body, one.response.media_type) == (b'{"a":1}', "application/json")


def test_a_character_that_is_none_costs_its_entry_alone():
    recording = collection(saved(URL), saved("http://a.test/\ud800"), saved({"url": URL, "method": "POST", "body": {
        "mode": "urlencoded", "urlencoded": [{"key": "a", "value": "\ud800"}]}}))  # fmt: skip
    assert [one.index for one in recording.exchanges] == [0]
    assert {one.reason.partition(": ")[2] for one in recording.skipped} == {
        "it holds a character that is none (a lone surrogate)"
    }


# NDJSON


def test_what_the_recorder_writes_is_read_and_a_torn_line_costs_itself_alone():
    request = Request(method="POST", url=URL, headers=(("A", "b"), ("A", "c")), body=b"\xff\x00")
    answer = Response(status=200, headers=(("C", "d"),), body="\u00e9".encode(), elapsed=0.5)
    good = line(request, answer, started="2026-01-01T00:00:00Z", connection=1, volatile={"/id"}, takes=3)
    silent = line(request, NoResponse(kind="timeout", reason="slow"), started="", connection=1)
    text = (heading(target="https://a.test") + good + b"{torn\n" + silent + good + good[:40]).decode()
    recording = recording_from_ndjson(text, name="n", source="n.ndjson")
    assert recording.origin == "https://a.test"
    assert [one.index for one in recording.exchanges] == [0, 3]
    assert (recording.exchanges[0].request, recording.exchanges[0].response) == (request, answer)
    assert (recording.exchanges[0].volatile, recording.exchanges[0].takes) == (frozenset({"/id"}), 3)
    assert [one.reason.partition(":")[0] for one in recording.skipped] == [
        "line 3 is not well-formed JSON",
        "it has no answer (timeout)",
    ]


# Documents


def test_examples_of_one_name_belong_together_and_what_makes_a_thing_comes_first(tmp_path):
    thing = {"description": "d", "content": {"application/json": {"examples": {
        "red": {"value": {"id": "t-1", "colour": "red"}}, "blue": {"value": {"id": "t-2", "colour": "blue"}}}}}}  # fmt: skip
    sent = {
        "content": {
            "application/json": {"examples": {"blue": {"value": {"colour": "blue"}}, "red": {"value": {"colour": "red"}}}}
        }
    }
    key = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}, "examples": {"red": {"value": "t-1"}}}
    paths = {
        "/things/{id}": {"get": {"parameters": [key], "responses": {"200": thing}}},
        "/things": {"post": {"requestBody": sent, "responses": {"201": thing}}},
        "/bare/{id}": {"get": {"parameters": [{**key, "examples": {}}], "responses": {"200": thing}}},
    }
    (tmp_path / "d.json").write_text(json.dumps({**DOCUMENT, "servers": [{"url": "/v1"}], "paths": paths}))
    recording = read(tmp_path / "d.json")
    assert recording.illustrative
    assert [(one.request.method, one.request.url, one.request.body) for one in recording.exchanges] == [
        ("POST", "http://service.invalid/v1/things", b'{"colour":"red"}'), ("POST", "http://service.invalid/v1/things", b'{"colour":"blue"}'),
        ("GET", "http://service.invalid/v1/things/t-1", b""), ("GET", "http://service.invalid/v1/things/t-1", b""),
    ]  # fmt: skip
    assert {one.reason for one in recording.skipped} == {"GET /bare/{id}: the path parameter 'id' has no example"}
