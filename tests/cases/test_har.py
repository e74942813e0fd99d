"""HAR files of every kind can be read, and what is written is HAR 1.2 and reads back the same."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.cases.har import recording_from_har, to_har
from conformance.cases.recorded import RecordedExchange
from conformance.cases.recordings import recordings
from conformance.errors import RecordingError
from conformance.model.message import Request, Response


def har(*entries, **log):
    return json.dumps({"log": {"version": "1.2", "entries": list(entries), **log}})


def entry(request=None, response=None, **rest):
    return {
        "request": {"method": "GET", "url": "https://a.test/x", **(request or {})},
        "response": {"status": 200, **(response or {})},
        **rest,
    }


def read(text):
    return recording_from_har(text, name="n", source="dir/n.har")


def only(*args, **kwargs):
    recording = read(har(entry(*args, **kwargs)))
    assert recording.skipped == ()
    (exchange,) = recording.exchanges
    return exchange


def test_an_entry_with_next_to_nothing_can_be_used():
    exchange = only()
    assert exchange.request == Request(method="GET", url="https://a.test/x")
    assert exchange.response == Response(status=200)
    assert (exchange.source_file, exchange.index, exchange.started) == ("dir/n.har", 0, "")


def test_a_full_entry_is_read_whole():
    exchange = only(
        {
            "method": "POST",
            "url": "https://a.test/x?a=%5B1%5D",
            "headers": [{"name": ":authority", "value": "a.test"}, {"name": "X-a", "value": "1"}, {"name": "X-a", "value": "2"}],
            "postData": {"mimeType": "application/json", "text": '{"caf\u00e9":1}'},
        },
        {"status": 201, "headers": [{"name": "Content-Type", "value": "text/plain"}], "content": {"text": "caf\u00e9"}},
        time=12.5,
        startedDateTime="2026-01-01T00:00:00Z",
    )
    assert exchange.request.headers == (("X-a", "1"), ("X-a", "2"), ("Content-Type", "application/json"))
    assert exchange.request.body == '{"caf\u00e9":1}'.encode()
    assert (exchange.response.status, exchange.response.body) == (201, "caf\u00e9".encode())
    assert exchange.response.elapsed == pytest.approx(0.0125)
    assert exchange.started == "2026-01-01T00:00:00Z"


def test_binary_bodies_come_out_of_base64():
    binary = bytes(range(256))
    text = base64.b64encode(binary).decode()
    exchange = only({"postData": {"text": text, "_encoding": "base64"}}, {"content": {"text": text, "encoding": "base64"}})
    assert exchange.request.body == exchange.response.body == binary
    assert only({}, {"content": {"text": "%%%not base64", "encoding": "base64"}}).response.body == b"%%%not base64"


def test_a_body_given_as_parameters_is_made_again():
    params = [{"name": "a", "value": "1 2"}, {"name": "b", "value": "\u00e9&"}]
    exchange = only({"postData": {"mimeType": "application/x-www-form-urlencoded", "params": params}})
    assert exchange.request.body == b"a=1+2&b=%C3%A9%26"
    assert exchange.request.header("content-type") == "application/x-www-form-urlencoded"


def test_a_multipart_body_given_as_parameters_is_made_again():
    params = [{"name": "a", "value": "1"}, {"name": "f", "value": "<svg/>", "fileName": "a.svg", "contentType": "image/svg+xml"}]
    headers = [{"name": "Content-Type", "value": "multipart/form-data; boundary=gone"}]
    exchange = only({"headers": headers, "postData": {"mimeType": "multipart/form-data; boundary=gone", "params": params}})
    boundary = exchange.request.header("content-type").partition("boundary=")[2]
    assert (
        exchange.request.body
        == (
            f'--{boundary}\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
            f'--{boundary}\r\nContent-Disposition: form-data; name="f"; filename="a.svg"\r\nContent-Type: image/svg+xml\r\n\r\n<svg/>\r\n'
            f"--{boundary}--\r\n"
        ).encode()
    )
    assert len([name for name, _ in exchange.request.headers if name.lower() == "content-type"]) == 1


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (None, "no http or https URL"),
        ({}, "no http or https URL"),
        ([], "no http or https URL"),
        (entry({"url": 5}), "no http or https URL"),
        (entry({"url": "data:text/plain,x"}), "no http or https URL"),
        (entry({"url": "wss://a.test/x"}), "no http or https URL"),
        (entry({"url": "/relative"}), "no http or https URL"),
        (entry({"url": "http://[broken/"}), "no http or https URL"),
        (entry({}, {"status": 0}), "no answer"),
        (entry({}, {"status": True}), "no answer"),
        (entry({}, {"status": None}), "no answer"),
        ({"request": {"url": "http://a.test/"}}, "no answer"),
        (entry({}, {"status": 101}), "switches protocols"),
    ],
)
def test_an_entry_that_is_no_exchange_is_skipped_with_its_reason_and_the_others_stay(broken, reason):
    recording = read(har(entry(), broken, entry()))
    assert [exchange.index for exchange in recording.exchanges] == [0, 2]
    (skipped,) = recording.skipped
    assert skipped.index == 1
    assert reason in skipped.reason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda below: st.lists(below) | st.dictionaries(st.text(), below),
    max_leaves=5,
)
MEMBERS = (
    "method",
    "headers",
    "postData",
    "cookies",
    "content",
    "text",
    "encoding",
    "params",
    "name",
    "value",
    "mimeType",
    "time",
)


@given(st.dictionaries(st.sampled_from(MEMBERS), JSON | st.dictionaries(st.sampled_from(MEMBERS), JSON)), JSON)
def test_members_of_the_wrong_type_never_end_in_a_traceback(members, anything):
    recording = read(
        har(entry(members, members, startedDateTime=anything, time=anything), {"request": anything, "response": anything})
    )
    assert len(recording.exchanges) + len(recording.skipped) == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not well-formed JSON at line 1, column 1"),
        ('{"log":\n  nope}', "not well-formed JSON at line 2, column 3"),
        ("[]", "no list at log.entries"),
        ('{"log": []}', "no list at log.entries"),
        ('{"log": {"entries": {}}}', "no list at log.entries"),
        ("[" * 100_000, "not JSON that can be read"),
    ],
)
def test_a_file_that_is_no_har_says_why(text, reason):
    with pytest.raises(RecordingError) as raised:
        read(text)
    assert str(raised.value).startswith("cannot read the recording dir/n.har: ")
    assert reason in str(raised.value)


def test_a_byte_order_mark_is_allowed():
    assert len(read("\ufeff" + har(entry())).exchanges) == 1


TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=8)
NAME = st.from_regex(r"[A-Za-z][A-Za-z-]{0,6}", fullmatch=True).filter(lambda name: name.lower() != "content-type")
KINDS = st.sampled_from(
    [
        "application/json",
        "image/png",
        "text/plain; charset=latin-1",
        "application/octet-stream",
        "multipart/form-data; boundary=x",
    ]
)


@given(
    method=st.sampled_from(["GET", "POST", "PROPFIND"]),
    path=st.from_regex(r"/[a-z%2F]{0,5}(\?[a-z=&%]{0,9})?", fullmatch=True),
    headers=st.lists(st.tuples(NAME, TEXT), max_size=3),
    sent_kind=KINDS,
    sent=st.binary(max_size=20),
    status=st.integers(200, 599),
    kind=KINDS,
    body=st.binary(max_size=20),
)
def test_what_is_written_reads_back_the_same(*, method, path, headers, sent_kind, sent, status, kind, body):
    exchange = RecordedExchange(
        request=Request(method=method, url="https://a.test" + path, headers=(*headers, ("Content-Type", sent_kind)), body=sent),
        response=Response(status=status, headers=(("Content-Type", kind), *headers), body=body, elapsed=0.25),
        started="2026-01-01T00:00:00.000Z",
        source_file="f",
    )
    assert recording_from_har(json.dumps(to_har([exchange])), name="n", source="f").exchanges == (exchange,)


REQUIRED = {
    "log": {"version", "creator", "entries"},
    "entry": {"startedDateTime", "time", "request", "response", "cache", "timings"},
    "request": {"method", "url", "httpVersion", "cookies", "headers", "queryString", "headersSize", "bodySize"},
    "response": {
        "status",
        "statusText",
        "httpVersion",
        "cookies",
        "headers",
        "content",
        "redirectURL",
        "headersSize",
        "bodySize",
    },
    "content": {"size", "mimeType"},
    "timings": {"send", "wait", "receive"},
    "postData": {"mimeType", "params", "text"},
}


def test_what_is_written_is_har_1_2():
    request = Request(
        method="POST",
        url="https://a.test/x?a=%5B1%5D&b=",
        headers=(("Cookie", "c=d; e=f"), ("Content-Type", "text/plain")),
        body=b"hi",
    )
    response = Response(status=302, headers=(("Location", "/y"), ("Set-Cookie", "g=h; Path=/")), body=b"\xff", elapsed=0.5)
    (written,) = (log := to_har([RecordedExchange(request=request, response=response)])["log"])["entries"]
    assert (log["version"], set(log["creator"])) == ("1.2", {"name", "version"})
    assert log.keys() >= REQUIRED["log"]
    assert written.keys() >= REQUIRED["entry"]
    for name in ("request", "response", "timings"):
        assert written[name].keys() >= REQUIRED[name], name
    assert written["response"]["content"].keys() >= REQUIRED["content"]
    assert written["request"]["postData"].keys() >= REQUIRED["postData"]
    assert written["request"]["queryString"] == [{"name": "a", "value": "[1]"}, {"name": "b", "value": ""}]
    assert written["request"]["cookies"] == [{"name": "c", "value": "d"}, {"name": "e", "value": "f"}]
    assert written["response"]["cookies"] == [{"name": "g", "value": "h"}]
    assert (written["response"]["redirectURL"], written["response"]["statusText"]) == ("/y", "Found")
    assert (written["request"]["headersSize"], written["request"]["bodySize"], written["response"]["content"]["size"]) == (
        -1,
        2,
        1,
    )
    assert written["time"] == sum(written["timings"].values()) == 500


def test_a_folder_gives_every_file_and_a_bad_one_does_not_stop_the_others(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c.har").write_text(har(entry()))
    (tmp_path / "a.HAR").write_text(har(entry(), entry()))
    (tmp_path / "bad.har").write_text("{")
    (tmp_path / "binary.har").write_bytes(b"\xff\xfe")
    (tmp_path / "notes.txt").write_text("not a recording")
    (tmp_path / "gone.har").symlink_to(tmp_path / "nowhere")
    found = list(recordings(tmp_path))
    assert [(one.name, len(one.exchanges)) for one in found if not isinstance(one, RecordingError)] == [("a", 2), ("b/c", 1)]
    errors = {one.source.rpartition("/")[2]: one.reason for one in found if isinstance(one, RecordingError)}
    assert errors["bad.har"].startswith("not well-formed JSON")
    assert errors["binary.har"].startswith("not UTF-8")
    assert errors["gone.har"] == "No such file or directory"


def test_one_file_can_be_named_whatever_its_ending(tmp_path):
    file = tmp_path / "traffic.json"
    file.write_text(har(entry()))
    (one,) = recordings(file)
    assert (one.name, len(one.exchanges)) == ("traffic", 1)
    with pytest.raises(RecordingError, match="no such file or folder"):
        list(recordings(tmp_path / "nowhere"))
