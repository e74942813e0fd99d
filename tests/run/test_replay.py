"""Chains are sent again with live values in place of recorded ones, and every drift has its finding."""

import json
from dataclasses import replace

import pytest

from conformance.cases.recorded import RecordedExchange, Recording
from conformance.model.message import NoResponse, Request, Response
from conformance.model.record import Observation, Severity
from conformance.run.compare import BY_ID, COMPARISONS, differences
from conformance.run.judge import Judge, Judged
from conformance.run.replay import Replay
from conformance.spec.document import Document
from conformance.spec.load import Source
from conformance.transport.target import Target

PET = {
    "type": "object",
    "properties": {
        "id": {"type": ["string", "integer"]}, "name": {"type": "string"}, "owner_id": {"type": "string"},
        "either": {"type": ["string", "number"]}, "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}  # fmt: skip


def answers(*statuses):
    return {status: {"description": "", "content": {"application/json": {"schema": PET}}} for status in statuses}


def parameter(name, location):
    return {"name": name, "in": location, "required": location == "path", "schema": {}}


PATHS = {
    "/pets": {"get": {"parameters": [parameter("after", "query")], "responses": answers("200")},
              "post": {"requestBody": {"content": {"application/json": {}}}, "responses": answers("201")}},
    "/pets/{petId}": {"parameters": [parameter("petId", "path")], "get": {"responses": answers("200", "404")},
                      "delete": {"responses": {"204": {"description": ""}}}},
    "/owners": {"post": {"responses": answers("201")}},
    "/owners/{id}/pets/{petId}": {"parameters": [parameter("id", "path"), parameter("petId", "path")],
                                  "put": {"responses": answers("200")}},
}  # fmt: skip
RAW = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "https://api.test/v1"}], "paths": PATHS}
DOCUMENT = Document(Source(uri="mem", text=json.dumps(RAW), value=RAW, form="JSON"))


def recorded(
    method, path, status=200, body=None, *, sent=None, headers=(), origin="https://api.test/v1", kind="application/json"
):
    request = Request(method=method, url=origin + path, headers=headers, body=b"" if sent is None else json.dumps(sent).encode())
    if sent is not None:
        request = request.with_header("Content-Type", "application/json")
    answer = Response(status=status, headers=(("content-type", kind),) if body is not None else (),
                      body=b"" if body is None else json.dumps(body).encode())  # fmt: skip
    return RecordedExchange(request=request, response=answer)


def recording(*exchanges):
    return Recording(name="r", source="r.har", exchanges=tuple(replace(one, index=index) for index, one in enumerate(exchanges)))


class Fake:
    """Answers in order, and remembers what it was asked."""

    def __init__(self, *given):
        self.given, self.asked = list(given), []

    def respond(self, request):
        self.asked.append(request)
        answer = self.given.pop(0)
        if isinstance(answer, (NoResponse, Response)):
            return answer
        status, body = answer
        return Response(status=status, headers=(("Content-Type", "application/json"),), body=json.dumps(body).encode())


def silent(exchange):
    return Judged(observation=Observation(exchange=exchange), operation=None, reading=None)


def replay(chain, fake, *, headers=(), judge=silent, **rest):
    target = Target("http://127.0.0.1:1/v1", servers=DOCUMENT.servers)
    return list(Replay(DOCUMENT, target=target, responder=fake, judge=judge, headers=headers).run(chain, **rest))


def found(entries):
    return [(finding.id, finding.detail) for entry in entries for finding in entry.findings]


UUID = "6a09cf1e-3a57-4c59-b3d6-3a1f8f1f7a10"
OTHER = "11111111-2222-4333-8444-555555555555"


def test_an_id_goes_on_into_path_query_header_and_body():
    chain = recording(
        recorded("POST", "/pets", 201, {"data": {"id": UUID}}, sent={"name": "a"}),
        recorded("GET", f"/pets/{UUID}?x=%5B1%5D", body={"data": {}}),
        recorded("GET", f"/pets?after={UUID}&q=a+b", body={"data": []}, headers=(("X-Ref", f"Ref {UUID};v=1"),)),
        recorded(
            "POST",
            "/pets",
            201,
            {},
            sent={"name": "b", "parent": {"ref": UUID, "url": f"https://x.test/{UUID}/y"}, "n": [1, UUID]},
        ),
    )
    fake = Fake((201, {"data": {"id": OTHER}}), (200, {"data": {}}), (200, {"data": []}), (201, {}))
    entries = replay(chain, fake)
    assert [request.url.removeprefix("http://127.0.0.1:1/v1") for request in fake.asked] == [
        "/pets", f"/pets/{OTHER}?x=%5B1%5D", f"/pets?after={OTHER}&q=a+b", "/pets",
    ]  # fmt: skip
    assert fake.asked[2].header("x-ref") == f"Ref {OTHER};v=1"
    assert json.loads(fake.asked[3].body) == {
        "name": "b",
        "parent": {"ref": OTHER, "url": f"https://x.test/{OTHER}/y"},
        "n": [1, OTHER],
    }
    assert fake.asked[0].body == chain.exchanges[0].request.body
    assert found(entries) == []
    assert [str(link) for link in entries[1].links] == ["entry 0, answer /data/id -> entry 1, the path parameter 'petId'"]
    assert entries[1].exchange.case.parent == "r-0"


@pytest.mark.parametrize(
    ("was", "now", "sent", "expected"),
    [
        ({"id": 7}, {"id": 5001}, "/pets/7", "/pets/5001"),
        ({"id": 7}, {"id": "p/ 1"}, "/pets/7", "/pets/p%2F%201"),
        ({"id": "abc"}, {"id": "xyz"}, "/pets/abc", "/pets/xyz"),
        ({"data": {"pet_id": 7}}, {"data": {"pet_id": 8}}, "/pets/7", "/pets/8"),
        ({"meta": {"cursor": "abc"}}, {"meta": {"cursor": "x&y"}}, "/pets?after=abc", "/pets?after=x%26y"),
        ([{"id": 7}, {"id": 4000}], [{"id": 1}, {"id": 2}], "/pets/4000", "/pets/2"),
        ([{"id": 7}, {"id": 4000}], [{"id": 4000}, {"id": 2}], "/pets/4000", "/pets/4000"),
    ],
)
def test_small_ids_go_on_where_the_names_agree(was, now, sent, expected):
    fake = Fake((200, now), (200, {}))
    replay(recording(recorded("GET", "/pets", body=was), recorded("GET", sent, body={})), fake)
    assert fake.asked[1].url == "http://127.0.0.1:1/v1" + expected


@pytest.mark.parametrize(
    ("was", "now", "sent"),
    [
        ({"id": 7}, {"id": 8}, "/owners/7/pets/9"),  # the id of a pet is not that of an owner
        ({"age": 5000}, {"age": 6000}, "/pets/5000"),
        ({"name": "rex"}, {"name": "max"}, "/pets/rex"),
        ({"ok": True, "n": None, "id": 1.5}, {"ok": False, "n": 1, "id": 2.5}, "/pets/1.5?after=true"),
        ({"id": "2026-01-01T00:00:00Z"}, {"id": "2027-01-01T00:00:00Z"}, "/pets?after=2026-01-01T00:00:00Z"),
        ({"id": "abc"}, {"id": "xyz"}, "/pets?q=abc"),
        ({"id": "pets"}, {"id": "dogs"}, "/pets"),
    ],
)
def test_what_may_be_coincidence_stays(was, now, sent):
    method = "PUT" if sent.startswith("/owners") else "GET"
    fake = Fake((200, now), (200, {}))
    replay(recording(recorded("GET", "/pets", body=was), recorded(method, sent, body={})), fake)
    assert fake.asked[1].url == "http://127.0.0.1:1/v1" + sent


def test_what_the_client_chose_stays_its_choice():
    chain = recording(
        recorded("POST", "/pets", 201, {"id": "p-1", "ref": UUID}, sent={"ref": UUID}),
        recorded("GET", f"/pets?after={UUID}", body={}),
    )
    fake = Fake((201, {"id": "p-2", "ref": OTHER}), (200, {}))
    assert replay(chain, fake)[1].links == ()
    assert fake.asked[1].url.endswith(UUID)


def test_a_token_from_an_answer_wins_over_the_header_of_the_run():
    chain = recording(
        recorded("POST", "/owners", 201, {"access_token": "recorded-token-0001"}),
        recorded("GET", "/pets", body={}, headers=(("Authorization", "Bearer recorded-token-0001"),)),
    )
    fake = Fake((201, {"access_token": "live-token-77777"}), (200, {}))
    replay(chain, fake, headers=(("Authorization", "Bearer ours"),))
    assert [request.header("authorization") for request in fake.asked] == ["Bearer ours", "Bearer live-token-77777"]


def test_credentials_of_the_run_are_set_and_the_connections_headers_are_left_out():
    headers = (("Host", "api.test"), ("authorization", "[redacted]"), ("Cookie", "[redacted]"), ("Content-Length", "9"),
               ("Accept-Encoding", "gzip"), ("X-a", "1"))  # fmt: skip
    chain = recording(
        recorded("GET", "/pets", body={}, headers=headers), recorded("GET", "/pets", 401, {}), recorded("GET", "/pets", body={})
    )
    fake = Fake((200, {}), (401, {}), (200, {}))
    replay(chain, fake, headers=(("Authorization", "Bearer ours"),))
    assert [request.headers for request in fake.asked] == [
        (("X-a", "1"), ("Authorization", "Bearer ours")), (), (("Authorization", "Bearer ours"),),
    ]  # fmt: skip
    fake = Fake((200, {}), (401, {}), (200, {}))
    assert replay(chain, fake)[0].exchange.request.headers == (("X-a", "1"),)


def test_what_needs_a_value_that_never_came_is_not_sent():
    chain = recording(
        recorded("POST", "/pets", 201, {"data": {"id": UUID}}),
        recorded("DELETE", f"/pets/{UUID}", 204),
        recorded("GET", "/pets", body={}),
    )
    fake = Fake((500, {"errors": []}), (200, {}))
    entries = replay(chain, fake)
    assert [request.method for request in fake.asked] == ["POST", "GET"]
    assert entries[1].skipped == "entry 0 gave nothing at /data/id, which the path parameter 'petId' needs"
    assert (entries[1].exchange, entries[1].live_status, entries[1].recorded_status) == (None, None, 204)
    assert found(entries) == [("recording-status-class", "201 -> 500")]
    fake = Fake(NoResponse(kind="reset", reason="gone"), (200, {}))
    assert [entry.skipped != "" for entry in replay(chain, fake)] == [False, True, False]


def test_a_call_that_the_document_does_not_have_is_sent_and_found():
    chain = recording(
        recorded("GET", "/pets", body={}),
        recorded("GET", f"/nowhere/{UUID}/12345/x7", body={"id": 1}),
        recorded("PATCH", "/pets/1"),
        recorded("PUT", "/pets/1", 405),
    )
    fake = Fake((200, {}), (200, {}), (200, {}), (405, {}))
    entries = replay(chain, fake)
    assert fake.asked[1].url == f"http://127.0.0.1:1/v1/nowhere/{UUID}/12345/x7"
    assert found(entries) == [
        ("path-undocumented", "GET /v1/nowhere/{}/{}/x7"), ("recording-field-removed", "/id"), ("path-undocumented", "PATCH /v1/pets/{}"),
    ]  # fmt: skip
    assert entries[1].operation is None
    assert "only with DELETE, GET" in entries[2].findings[0].message
    assert entries[3].findings == ()  # nobody uses what was refused then and is refused now


def test_calls_to_other_services_are_left_alone():
    chain = recording(recorded("GET", "/pets", body={}), recorded("GET", "/font.css", origin="https://fonts.test"))
    fake = Fake((200, {}))
    assert replay(chain, fake)[1].skipped == "it was sent to another service, https://fonts.test"
    elsewhere = recording(
        recorded("GET", "/pets", body={}, origin="http://localhost:4010"),
        recorded("GET", "/nowhere", origin="http://localhost:4010"),
    )
    fake = Fake((200, {}), (404, {}))
    assert [request.url for request in (replay(elsewhere, fake), fake.asked)[1]] == [
        "http://127.0.0.1:1/v1/pets",
        "http://127.0.0.1:1/v1/nowhere",
    ]


def test_the_budget_ends_the_sending_and_whoever_stops_reading_stops_it_too():
    chain = recording(*[recorded("GET", "/pets", body={}) for _ in range(4)])
    fake = Fake(*[(200, {})] * 4)
    assert [entry.skipped for entry in replay(chain, fake, max_requests=2)] == ["", "", *["the request budget is spent"] * 2]
    assert len(fake.asked) == 2
    fake = Fake(*[(200, {})] * 4)
    target = Target("http://h/v1", servers=DOCUMENT.servers)
    next(Replay(DOCUMENT, target=target, responder=fake, judge=silent).run(chain))
    assert len(fake.asked) == 1


def test_the_contract_is_judged_with_the_recording():
    chain = recording(recorded("GET", "/pets/1", body={"name": "a"}))
    (entry,) = replay(chain, Fake((200, {"name": 5})), judge=Judge(DOCUMENT, base_url="http://127.0.0.1:1/v1"))
    assert [finding.id for finding in entry.findings] == ["body-schema", "recording-type-changed"]
    assert (entry.findings[0].operation, entry.findings[0].stage) == ("GET /pets/{petId}", "replay")
    (entry,) = replay(chain, Fake(NoResponse(kind="timeout", reason="slow")), judge=Judge(DOCUMENT))
    assert [finding.id for finding in entry.findings] == ["no-response"]


def test_a_finding_says_where_in_the_document_why_and_what_to_do():
    chain = recording(recorded("POST", "/pets", 201, {"id": UUID, "name": "a"}))
    (entry,) = replay(chain, Fake((201, {"id": OTHER})))
    (one,) = entry.findings
    assert (one.id, one.severity, one.detail) == ("recording-field-removed", Severity.WARNING, "/name")
    assert (one.pointer, one.operation, one.status) == ("/paths/~1pets/post/responses/201", "POST /pets", 201)
    assert one.why
    assert one.fix
    assert one.request == entry.exchange.request
    assert OTHER not in one.message + one.detail


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        ((200, {"a": 1}), (200, {"a": 2}), []),
        ((200, {"a": 1}), (200, {"a": 1, "name": "in the document"}), []),
        ((200, {"a": 1}), (404, {"b": 2}), [("recording-status-class", "200 -> 404")]),
        ((200, {"a": 1}), (201, {"a": 1}), [("recording-status", "200 -> 201")]),
        ((200, {"a": 1}), (204, None), [("recording-status", "200 -> 204")]),
        ((200, {"a": 1}), (200, None), [("recording-media-type", "application/json -> nothing")]),
        ((204, None), (204, None), []),
        ((200, {"a": 1, "b": 1}), (200, {"b": 1, "c": 1}), [("recording-field-removed", "/a"), ("recording-field-added", "/c")]),
        ((200, {"a": {"b/c": 1}}), (200, {"a": {"b/c": "1"}}), [("recording-type-changed", "/a/b~1c")]),
        ((200, {"a": {"b": 1}}), (200, {"a": [1]}), [("recording-type-changed", "/a")]),
        ((200, [1]), (200, {"a": 1}), [("recording-type-changed", "/")]),
        ((200, {"a": 1}), (200, {"a": 1.5}), []),
        ((200, {"a": 1}), (200, {"a": None}), []),
        ((200, {"a": None}), (200, {"a": 1}), []),
        ((200, {"a": 1}), (200, {"a": True}), [("recording-type-changed", "/a")]),
        ((200, [{"a": 1}, {"b": 1}]), (200, [{"b": 1, "a": 2}]), []),
        ((200, [{"a": 1}]), (200, [{"b": 1}]), [("recording-field-removed", "/*/a"), ("recording-field-added", "/*/b")]),
        ((200, [{"a": 1}]), (200, []), []),
        ((200, {"x": [["a"]]}), (200, {"x": [[1]]}), [("recording-type-changed", "/x/*/*")]),
        ((200, {UUID: {"a": 1}}), (200, {OTHER: {"b": 1}}),
         [("recording-field-removed", "/*/a"), ("recording-field-added", "/*/b")]),
        ((200, {"labels": {"x": "1"}}), (200, {"labels": {"y": "2", "z": "3"}}), []),
        ((200, {"either": "x"}), (200, {"either": 5}), []),
        ((200, {"either": "x"}), (200, {"either": []}), [("recording-type-changed", "/either")]),
    ],
)  # fmt: skip
def test_what_counts_as_drift(was, now, expected):
    def response(status, body):
        headers = (("content-type", "application/json"),) if body is not None else ()
        return Response(status=status, headers=headers, body=json.dumps(body).encode() if body is not None else b"")

    operation = DOCUMENT.by_label["GET /pets/{petId}"]
    assert [(one.id, one.detail) for one in differences(response(*was), response(*now), operation)] == expected


def test_other_media_types_are_compared_by_name():
    def response(kind, body):
        return Response(status=200, headers=(("Content-Type", kind),), body=body)

    def details(was, now):
        return [(one.id, one.detail) for one in differences(was, now, None)]

    assert details(response("audio/mpeg", b"a"), response("audio/mpeg", b"b")) == []
    assert details(response("audio/mpeg", b"a"), response("text/html", b"b")) == [
        ("recording-media-type", "audio/mpeg -> text/html")
    ]
    assert details(response("application/json", b"{}"), response("text/html", b"b")) == [
        ("recording-media-type", "application/json -> text/html")
    ]
    assert details(response("application/json", b"{}"), response("application/json", b"{")) == [
        ("recording-type-changed", "/ json")
    ]
    deep = b"[" * 900 + b"]" * 900
    assert details(response("application/json", deep), response("application/json", deep)) == []


def test_the_table_of_comparisons_is_sorted_and_told():
    ids = [comparison.id for comparison in COMPARISONS]
    assert ids == sorted(set(ids)) == sorted(BY_ID)
    for comparison in COMPARISONS:
        assert all(text.endswith(".") for text in (comparison.summary, comparison.why, comparison.fix))
