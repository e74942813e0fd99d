"""Values that the user knows: how they are read, and where they go."""

import json
import re

import pytest

from conformance.cases.values import Values
from conformance.errors import ConformanceError
from conformance.model.message import Response
from conformance.run.fuzz import fuzz
from conformance.run.plan import Unit
from conformance.run.setting import Setting, settle
from conformance.run.values import values

TEXT = {"type": "string", "minLength": 1, "maxLength": 12}
PATHS = {
    "/calls": {"post": {
        "operationId": "dial",
        "parameters": [{"name": "region", "in": "query", "schema": TEXT}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": {
            "type": "object", "required": ["connection", "via"], "properties": {
                "connection": TEXT, "to": TEXT, "via": {"type": "array", "items": TEXT, "minItems": 1}}}}}},
        "responses": {"201": {"description": "made"}}}},
    "/lines/{line_id}": {
        "parameters": [{"name": "line_id", "in": "path", "required": True, "schema": TEXT}],
        "get": {"responses": {"200": {"description": "it"}}}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("v.yaml", "connection: ['a', 'b']\n/lines/{line_id}: 7\nPOST /calls: {to: '+1'}\n"),
        ("v.json", '{"connection": ["a", "b"], "/lines/{line_id}": 7, "dial": {"to": "+1"}}'),
        ("v.toml", 'connection = ["a", "b"]\n"/lines/{line_id}" = 7\n["POST /calls"]\nto = "+1"\n'),
    ],
)
def test_a_file_in_any_of_three_forms_says_the_same(make_document, tmp_path, name, text):
    (tmp_path / name).write_text(text)
    assert values(tmp_path / name, make_document(PATHS)) == Values(
        names={"connection": ("a", "b")}, places={"/lines/{line_id}": (7,)}, operations={"POST /calls": {"to": ("+1",)}}
    )


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("v.yaml", "a: 1\nb: [\n", r"v\.yaml:3:1: not well-formed YAML"),
        ("v.yaml", "a: 1\nPOST /cals: {to: 1}\n", r"v\.yaml:2: the document has no operation 'POST /cals'; did you mean 'POST /calls'\?"),
        ("v.json", '{"a": 1,\n "/line/{line_id}": 2}', r"v\.json:2: no path of the document has the place '/line/\{line_id\}'; did you mean"),
        ("v.toml", 'a = 1\n"POST /calls" = 3\n', r"v\.toml:2: 'POST /calls' must hold values by name"),
        ("v.toml", "a = \n", r"v\.toml:1:5: not well-formed TOML"),
        ("v.yaml", "- 1\n", r"v\.yaml:1: the values must be a mapping"),
        ("none.yaml", None, r"cannot read .*none\.yaml: no such file or directory; check --values"),
    ],
)  # fmt: skip
def test_a_bad_file_is_one_sentence_with_its_line(make_document, tmp_path, name, text, message):
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(ConformanceError) as raised:
        values(tmp_path / name, make_document(PATHS))
    assert re.search(message, str(raised.value)), str(raised.value)
    assert "\n" not in str(raised.value)


class Service:
    def __init__(self):
        self.seen = []

    def respond(self, request):
        self.seen.append(request)
        return Response(status=404)


def test_known_values_are_sent(make_document):
    document, service = make_document(PATHS), Service()
    known = Values(names={"connection": ("known",), "via": ("v1", "v2")}, places={"/lines/{line_id}": ("line-1",)},
                   operations={"POST /calls": {"to": ("+1",), "region": ("eu",)}})  # fmt: skip
    setting = Setting(spec=document.source.uri, base_url="http://127.0.0.1:9", values=known)
    settle(setting, document)
    unit = Unit(name="u", labels=("POST /calls", "GET /lines/{line_id}"), phases=("fuzzing",), seed=1, max_examples=20)
    fuzz(unit, setting, through=service)
    bodies = []
    for request in service.seen:
        try:
            body = json.loads(request.body)
        except ValueError:
            continue
        if isinstance(body, dict) and body.get("to") == "+1":
            bodies.append((body, request.url))
    assert len(bodies) > 5
    assert sum("region=eu" in url for _, url in bodies) > 0.6 * len(bodies), (
        "what holds for the operation is taken, but when it is tried"
    )
    connections = [body.get("connection") for body, _ in bodies]
    assert connections.count("known") > len(connections) / 3, "known names are preferred, but where they are what is tried"
    assert any(one != "known" for one in connections), "and others are tried too"
    assert {json.dumps(body.get("via")) for body, _ in bodies} >= {'["v1"]', '["v2"]'}, "a list stays a list"
    assert any(request.url.endswith("/lines/line-1") for request in service.seen)
