"""Loading: every form that a document comes in, and one clear sentence for what is none."""

import io
import json
import os
import pickle
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from conformance.errors import DocumentError, DocumentMissing, DocumentSyntax, NotOpenAPI
from conformance.spec.load import load, parse

MINIMAL = '{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {}}'


@pytest.fixture
def put(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def server():
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            found = {
                "/api.json": MINIMAL,
                "/split.yaml": "openapi: 3.1.0\npaths:\n  /a: {$ref: 'other.yaml'}\n",
                "/other.yaml": "get: {}\n",
            }
            body = found.get(self.path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    service = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{service.server_port}"
    service.shutdown()
    service.server_close()


def test_json_and_yaml_give_the_same_value(put):
    yaml = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\n"
    assert load(put("a.json", MINIMAL)).value == load(put("a.yaml", yaml)).value
    assert (load(put("a.json", MINIMAL)).form, load(put("a.yaml", yaml)).form) == ("JSON", "YAML")


def test_yaml_values_are_what_json_knows_and_keys_are_text(put):
    text = (
        "openapi: 3.1.0\n200: 1\nyes: no\non: off\nwhen: 2020-01-31\nat: 12:30:45\nnull: ~\nzip: 01234\nbig: 1_000\nhex: 0x1F\n"
        "float: 1.5e3\ninf: .inf\ntagged: !Ref name\nforced: !!str 12\nquoted: '12'\nbool: True\n"
    )
    value = load(put("a.yaml", text)).value
    assert value == {
        "openapi": "3.1.0", "200": 1, "yes": "no", "on": "off", "when": "2020-01-31", "at": "12:30:45", "null": None, "zip": "01234",
        "big": "1_000", "hex": 31, "float": 1500.0, "inf": ".inf", "tagged": "name", "forced": "12", "quoted": "12", "bool": True,
    }  # fmt: skip
    json.dumps(value, allow_nan=False)


def test_yaml_aliases_are_copies_and_merge_keys_are_applied(put):
    value = load(put("a.yaml", "openapi: 3.1.0\nx: &x {a: {b: 1}, c: 2}\ny:\n  <<: *x\n  c: 3\nz: *x\n")).value
    assert (value["y"], value["z"]) == ({"c": 3, "a": {"b": 1}}, {"a": {"b": 1}, "c": 2})
    assert value["z"]["a"] is not value["x"]["a"]


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf" + MINIMAL.encode(), MINIMAL.encode("utf-16"), b"\n\n  " + MINIMAL.encode()])
def test_a_byte_order_mark_or_blank_lines_do_not_matter(put, content):
    assert load(put("a.json", content)).value["openapi"] == "3.1.0"


def test_a_document_is_read_from_standard_input(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(MINIMAL.encode())))
    assert load("-").value["paths"] == {}


def test_a_document_is_read_from_a_url(server):
    assert load(f"{server}/api.json").value["openapi"] == "3.1.0"
    with pytest.raises(DocumentMissing, match="the server answered 404"):
        load(f"{server}/nothing.json")


def test_neighbours_of_a_url_are_read_only_when_allowed(server):
    assert load(f"{server}/split.yaml").value["paths"]["/a"] == {"$ref": "other.yaml"}
    source = load(f"{server}/split.yaml", allow_remote=True)
    assert [name for name, _ in source.files] == [f"{server}/other.yaml"]


@pytest.mark.parametrize(
    ("name", "content", "line", "column", "reason"),
    [
        ("a.json", '{"openapi": "3.1.0",\n "a": 1,}', 2, 9, "property name"),
        ("a.json", '{"openapi": "3.1.0", "a": NaN}', 1, 27, "NaN"),
        ("a.json", '{\n"a": ' + "9" * 5000 + "}", 2, 6, "limit"),
        ("a.json", "<html>", 1, 1, "Expecting value"),
        ("a.json", b'{"a":\n "\xff"}', 2, 3, "UTF-8"),
        ("a.json", '{"a": ' + "[" * 100_000, 1, 1, "levels deep"),
        ("a.json", '{"a": ' + "[" * 300 + "]" * 300 + "}", 1, 1, "levels deep"),
        ("a.yaml", "a:\n\t- b\n", 2, 1, "cannot start"),
        ("a.yaml", "- " * 100_000, 1, 401, "levels deep"),
        ("a.yaml", "a: &a [*a]\n", 1, 8, "alias"),
        ("a.yaml", "a: 1\n---\nb: 2\n", 2, 1, "more than one document"),
        ("a.yaml", "? [a]\n: b\n", 1, 3, "key"),
        ("a.yaml", "a: \x00", 1, 4, "not allowed"),
        ("a.yaml", "a: *b", 1, 4, "alias"),
    ],
)
def test_what_does_not_parse_is_told_with_line_and_column(put, name, content, line, column, reason):
    with pytest.raises(DocumentSyntax) as raised:
        load(put(name, content))
    assert (raised.value.line, raised.value.column) == (line, column)
    assert reason in str(raised.value)


def test_aliases_that_unfold_without_end_are_refused(put):
    lines = ["openapi: 3.1.0", "a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{name}: &{name} [{', '.join(['*' + before] * 10)}]" for before, name in zip("abcdefgh", "bcdefghi", strict=True)]
    with pytest.raises(DocumentSyntax, match="unfold"):
        load(put("a.yaml", "\n".join(lines)))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "it is empty"),
        (" \n\n", "it is empty"),
        ("[1]", "it holds a list"),
        ("hello", "it holds a text"),
        ("null", "it holds nothing"),
        ("{}", "no 'openapi' field"),
        ('{"swagger": "2.0"}', "Swagger 2.0"),
        ('{"openapi": "4.0.0"}', "says '4.0.0'"),
        ('{"openapi": ["3.1.0"]}', "says"),
        ('{"openapi": true}', "says True"),
    ],
)
@pytest.mark.parametrize("name", ["a.json", "a.yaml"])
def test_what_is_no_openapi_document_is_told_so(put, name, content, reason):
    if name == "a.json" and content == "hello":
        content = '"hello"'
    with pytest.raises(NotOpenAPI) as raised:
        load(put(name, content))
    assert reason in str(raised.value)


@pytest.mark.parametrize(
    "source", ["/nowhere/at/all.json", "/", "", "http://127.0.0.1:1/a.json", "http://", "http://[x", "\0", "ftp://a/b"]
)
def test_what_cannot_be_read_is_told_so(source):
    with pytest.raises(DocumentMissing, match="cannot read the document"):
        load(source)


@pytest.mark.parametrize("name", ["a.json", "a.yaml"])
def test_random_bytes_never_raise_anything_else(put, name):
    for _ in range(50):
        with pytest.raises(DocumentError):
            load(put(name, os.urandom(300)))


@pytest.mark.parametrize(
    ("name", "text"), [("a.json", '{"openapi":"3.1.0","a":[{"b":1,"b":2}]}'), ("a.yaml", "openapi: 3.1.0\na:\n - {b: 1, b: 2}\n")]
)
def test_names_that_stand_twice_are_kept_for_the_linter(put, name, text):
    source = load(put(name, text))
    assert source.repeated == ("/a/0/b",)
    assert source.value["a"] == [{"b": 2}]


def test_lone_surrogates_and_endless_numbers_become_something_that_can_be_written(put):
    source = load(put("a.json", r'{"openapi":"3.1.0","\ud800":"\udfff \ud83d\ude00","n":1e999}'))
    assert source.value["\ufffd"] == "\ufffd \U0001f600"
    assert json.dumps(source.value, allow_nan=False)


def test_a_source_travels_to_other_processes(put):
    source = load(put("a.json", MINIMAL))
    assert pickle.loads(pickle.dumps(source)) == source


def test_a_bracket_at_the_start_may_be_yaml_too():
    assert parse("a.yaml", b"{openapi: 3.1.0, 200: 1}").value == {"openapi": "3.1.0", "200": 1}
    assert parse("-", b"{openapi: 3.1.0}").form == "YAML"
