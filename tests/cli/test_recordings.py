"""``conformance recordings``: what there is, what drifted, and recordings made anew without what must not be written."""

import base64
import json
from urllib.parse import quote, quote_plus, urlencode

import pytest

from conformance import shipped
from conformance.cases.har import recording_from_har, to_har
from conformance.cases.recorded import RecordedExchange
from conformance.model.message import Request, Response
from conformance.sandbox.responder import Sandbox
from conformance.spec.document import Document

TOKEN, COOKIE = "KEY0189ABCDEF0123456789ABCDEF01234_abcDEFghi", "c00kie-of-0ur-user-77aa55"
NUMBER, OTHER, MAIL = "+4915112345678", "+33612345678", "ada.lovelace@corp.example.org"
WORDS = "the parcel is behind the green door"
SECRETS = (TOKEN, COOKIE, NUMBER, NUMBER[1:], OTHER, OTHER[1:], MAIL, WORDS, "green door", "lovelace")

MESSAGE = {"type": "object", "required": ["id", "to", "text"], "properties": {
    "id": {"type": "string", "readOnly": True}, "to": {"type": "string"}, "from": {"type": "string"}, "text": {"type": "string"},
    "contact": {"type": "string"}}}  # fmt: skip


def answered(schema):
    return {"description": "d", "content": {"application/json": {"schema": schema}}}


@pytest.fixture
def spec(tmp_path):
    value = {
        "openapi": "3.1.0", "info": {"title": "Messages", "version": "1"}, "servers": [{"url": "https://api.example.com/v1"}],
        "security": [{"bearer": []}],
        "paths": {
            "/messages": {"post": {
                "requestBody": {"required": True, "content": {"application/json": {"schema": MESSAGE}}},
                "responses": {"201": answered(MESSAGE)}}},
            "/messages/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "get": {"parameters": [{"name": "to", "in": "query", "schema": {"type": "string"}}],
                        "responses": {"200": answered(MESSAGE), "404": {"description": "none"}}}},
        },
        "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
    }  # fmt: skip
    path = tmp_path / "messages.json"
    path.write_text(json.dumps(value))
    return path


def recorded(form="har"):
    """Traffic as a tool without redaction writes it."""
    message = {"to": NUMBER, "from": OTHER, "text": WORDS, "contact": MAIL}
    shown = {"id": "6a09cf1e-3a57-4c59-b3d6-3a1f8f1f7a10", **message}
    headers = (("Authorization", f"Bearer {TOKEN}"), ("Cookie", f"session={COOKIE}"), ("Content-Type", "application/json"))
    back = (("Content-Type", "application/json"), ("Set-Cookie", f"session={COOKIE}; Path=/"))
    base = "https://api.example.com/v1/messages"
    url = f"{base}/{shown['id']}?to={NUMBER.replace('+', '%2B')}"
    exchanges = [
        RecordedExchange(request=Request(method="POST", url=base, headers=headers, body=json.dumps(message).encode()),
                         response=Response(status=201, headers=back, body=json.dumps(shown).encode())),
        RecordedExchange(request=Request(method="GET", url=url, headers=headers),
                         response=Response(status=200, headers=back, body=json.dumps(shown).encode())),
    ]  # fmt: skip
    if form == "har":
        return json.dumps(to_har(exchanges))
    lines = [{"request": {"method": one.request.method, "url": one.request.url, "headers": one.request.headers,
                          "body": one.request.body.decode()},
              "response": {"status": one.response.status, "headers": one.response.headers, "body": one.response.body.decode()}}
             for one in exchanges]  # fmt: skip
    return "".join(json.dumps(line) + "\n" for line in lines)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "recorded").mkdir()
    (tmp_path / "recorded" / "a.har").write_text(recorded())
    (tmp_path / "recorded" / "b.ndjson").write_text(recorded("ndjson"))
    return tmp_path / "recorded"


def assert_clean(texts):
    for name, text in texts.items():
        for secret in SECRETS:
            assert secret not in text, f"{secret} is in {name}"


def test_the_list_tells_age_origin_and_coverage(conformance, spec, folder):
    ran = conformance("recordings", "list", folder, "--spec", spec)
    assert ran.code == 0
    assert "2 recordings, 4 calls, 2 of 2 operations" in ran.out
    first = next(line for line in ran.out.splitlines() if line.startswith("a "))
    assert first.split()[1:] == ["har", "56", "years", "2", "calls", "2", "operations", "api.example.com"]
    assert_clean({"the list": ran.out + ran.err})


def test_a_check_shows_links_and_drift_by_layer(conformance, spec, folder):
    ran = conformance("recordings", "check", folder, "--spec", spec, "--links")
    assert (ran.code, ran.out.count("no drift")) == (0, 2)
    assert "link: entry 0, answer /id -> entry 1, the path parameter 'id'" in ran.out
    drifted = conformance("recordings", "check", folder, "--spec", spec, "--fault", "drift-field-removed")
    assert drifted.code == 1
    assert "warning shape recording-field-removed: POST /messages: the recording has /" in drifted.out
    assert_clean({"check": ran.out + ran.err, "drift": drifted.out + drifted.err})


def test_nothing_that_a_run_writes_of_a_raw_recording_holds_what_people_said(conformance, spec, folder, tmp_path):
    for fault in ("drift-type-changed", "drift-text-changed", "response-error-as-success", "drift-status-changed"):
        out = tmp_path / f"out-{fault}"
        ran = conformance("run", "--spec", spec, "--only", "replay", "--recordings", folder, "--fault", fault, "--out", out)
        files = {str(path): path.read_bytes().decode("utf-8", "replace") for path in out.rglob("*") if path.is_file()}
        assert len(files) > 5
        if fault != "response-error-as-success":
            assert ran.code == 1
            assert json.loads((out / "findings.json").read_text())["findings"]
        assert_clean({**files, "stdout": ran.out, "stderr": ran.err})


def test_a_service_that_tells_everything_back_brings_nothing_into_what_is_written(
    conformance, spec, folder, serve, tmp_path, monkeypatch
):
    def echo(request):
        told = {"id": 7, "url": request.url.partition("/v1")[2], "sent": request.body.decode(), "who": dict(request.headers),
                "form": urlencode({"to": NUMBER, "body": WORDS}), "coded": base64.b64encode(f"{WORDS} {MAIL} {TOKEN}".encode()).decode(),
                "line": f"{request.method} {request.url}: Bearer {TOKEN}"}  # fmt: skip
        headers = (("Content-Type", "application/json"), ("X-Echo", f"{TOKEN} {NUMBER}"), ("Set-Cookie", f"session={COOKIE}"))
        return Response(status=200 if request.method == "GET" else 201, headers=headers, body=json.dumps(told).encode())

    service, out = serve(echo), tmp_path / "out"
    monkeypatch.setenv("TELNYX_API_KEY", TOKEN)
    common = ("--spec", spec, "--base-url", service.url)
    ran = [
        conformance("run", *common, "--only", "replay", "--recordings", folder, "--out", out),
        conformance("recordings", "check", folder, *common, "--links", "--out", tmp_path / "kept"),
        conformance("recordings", "refresh", folder / "a.har", *common, "--out", tmp_path / "made"),
    ]
    assert [one.code for one in ran] == [1, 1, 0]
    places = [path for place in (out, tmp_path / "kept", tmp_path / "made") for path in place.rglob("*") if path.is_file()]
    files = {str(path): path.read_bytes().decode("utf-8", "replace") for path in (*places, folder / "a.har")}
    assert len(files) > 10
    coded = {base64.b64encode(secret[: len(secret) // 3 * 3].encode()).decode() for secret in (WORDS, TOKEN)}
    written = {**files, **{f"output {at}": one.out + one.err for at, one in enumerate(ran)}}
    assert_clean(written)
    for secret in (*coded, quote_plus(WORDS), quote(NUMBER)):
        assert [name for name, text in written.items() if secret in text] == []


@pytest.mark.parametrize("name", ["a.har", "b.ndjson"])
def test_a_refresh_keeps_the_format_and_the_chain_and_leaves_no_secret(conformance, spec, folder, name):
    (folder / name).chmod(0o640)
    ran = conformance("recordings", "refresh", folder / name, "--spec", spec, "--takes", 3)
    assert (ran.code, "2 calls written" in ran.out) == (0, True), ran.out
    text = (folder / name).read_text()
    assert_clean({name: text, "stdout": ran.out, "stderr": ran.err})
    assert (folder / name).stat().st_mode & 0o777 == 0o640
    assert text.startswith('{"recording"' if name.endswith("ndjson") else '{\n "log"')
    assert sorted(path.name for path in folder.iterdir()) == ["a.har", "b.ndjson"]
    again = conformance("recordings", "check", folder / name, "--spec", spec, "--seed", 9, "--links")
    assert (again.code, again.out.count("no drift"), again.out.count("link: ")) == (0, 1, 1), again.out


def test_a_refresh_tells_what_moved_between_takes(conformance, spec, folder):
    conformance("recordings", "refresh", folder / "a.har", "--spec", spec, "--takes", 2)
    recording = recording_from_har((folder / "a.har").read_text(), name="a", source="a")
    assert recording.origin == "sandbox"
    assert [(one.volatile, one.takes) for one in recording.exchanges] == [(frozenset({"/id"}), 2)] * 2
    assert all(one.request.url.startswith("https://api.example.com/v1/messages") for one in recording.exchanges)


def test_a_call_that_ends_otherwise_keeps_its_recording(conformance, spec, folder):
    before = (folder / "a.har").read_bytes()
    ran = conformance("recordings", "refresh", folder / "a.har", "--spec", spec, "--fault", "input-valid-refused")
    assert ran.code == 1
    assert "a: kept: entry 0, POST /messages: the recording has 201, the answer is 4" in ran.out
    assert (folder / "a.har").read_bytes() == before


def test_what_has_another_format_is_written_as_har_beside_it(conformance, spec, tmp_path):
    cassette = tmp_path / "tape.yaml"
    body = '{"to": "+12015550123", "text": "hello there everybody"}'
    cassette.write_text(
        f"interactions:\n- request:\n    method: POST\n    uri: https://api.example.com/v1/messages\n    body: '{body}'\n"
        "    headers: {Content-Type: [application/json]}\n  response:\n    status: {code: 201}\n"
        '    headers: {Content-Type: [application/json]}\n    body: {string: \'{"id": "1", "to": "x", "text": "y"}\'}\n'
    )
    before = cassette.read_bytes()
    ran = conformance("recordings", "refresh", cassette, "--spec", spec, "--takes", 1)
    assert (ran.code, ran.out) == (0, "tape: 1 call written, as tape.har beside it\n")
    assert cassette.read_bytes() == before
    assert (tmp_path / "tape.har").stat().st_mode & 0o777 == 0o600
    assert "hello there" not in (tmp_path / "tape.har").read_text()


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_checked(conformance, spec, folder):
    (folder / "c.har").write_text('{"log": {"entries": [')
    ran = conformance("recordings", "check", folder, "--spec", spec)
    assert ran.code == 2
    assert "c.har" in ran.out
    assert "not well-formed JSON at line 1" in ran.out
    assert ran.out.count("no drift") == 2
    assert conformance("recordings", "list", folder, "--spec", spec).code == 2


def test_what_the_guard_holds_back_is_not_sent_and_nothing_is_written(conformance, spec, folder, serve, tmp_path):
    service = serve(Sandbox(Document.load(spec), seed=3).respond)
    settings = tmp_path / "settings.toml"
    settings.write_text('[guard]\neverywhere = true\ncostly = ["POST /messages"]\n')
    arguments = (
        folder / "a.har",
        "--spec",
        spec,
        "--base-url",
        service.url,
        "--config",
        settings,
        "--header",
        "Authorization: Bearer x",
    )
    before = (folder / "a.har").read_bytes()
    ran = conformance("recordings", "refresh", *arguments)
    assert ran.code == 1
    assert "a: kept: entry 0, POST /messages: no answer" in ran.out
    assert "POST" not in {request.method for request in service.seen}
    assert (folder / "a.har").read_bytes() == before
    ran = conformance("recordings", "refresh", *arguments, "--allow-side-effects")
    assert (ran.code, ran.out) == (0, "a: 2 calls written\n")
    assert recording_from_har((folder / "a.har").read_text(), name="a", source="a").origin == service.url
    assert_clean({"a.har": (folder / "a.har").read_text()})


def test_without_a_path_the_shipped_ones_are_meant_and_only_for_the_shipped_document(conformance, spec):
    ran = conformance("recordings", "list")
    assert f"{len(list(shipped.recordings().glob('*.har')))} recordings" in ran.out
    ran = conformance("recordings", "list", "--spec", spec)
    assert (ran.code, "which recordings?" in ran.err) == (2, True)
