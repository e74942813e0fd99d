"""The shipped recordings replay clean against the sandbox, and show every drift that is planted in it."""

import json
import re
from dataclasses import replace

import pytest

from conformance import shipped
from conformance.cases.recorded import Recording
from conformance.cases.recordings import recordings
from conformance.model.message import NoResponse, Response
from conformance.model.record import Severity
from conformance.run.judge import Judge
from conformance.run.replay import Replay
from conformance.sandbox.responder import Sandbox
from conformance.serve.server import serve_in_background
from conformance.spec.document import Document
from conformance.transport.network import Network
from conformance.transport.target import Target

BASE_URL = "http://127.0.0.1:8080/v2"


@pytest.fixture(scope="module")
def document():
    return Document.load(shipped.document())


@pytest.fixture(scope="module")
def judge(document):
    return Judge(document, base_url=BASE_URL)


@pytest.fixture(scope="module")
def shipped_recordings():
    found = list(recordings(shipped.recordings()))
    assert all(isinstance(one, Recording) and not one.skipped for one in found)
    return {one.name: one for one in found}


def replayed(document, judge, recording, *, seed=1, drift=None):
    sandbox = Sandbox(document, seed=seed)
    responder = drift(sandbox) if drift is not None else sandbox
    target = Target(BASE_URL, servers=document.servers)
    return list(
        Replay(document, target=target, responder=responder, judge=judge, headers=(("Authorization", "Bearer x"),)).run(recording)
    )


@pytest.mark.parametrize("seed", [20260101])
def test_nothing_is_found_on_the_clean_sandbox(document, judge, shipped_recordings, seed):
    entries = [entry for recording in shipped_recordings.values() for entry in replayed(document, judge, recording, seed=seed)]
    assert [(entry.label, entry.skipped) for entry in entries if entry.skipped] == []
    found = [finding for entry in entries for finding in entry.findings if finding.severity is not Severity.NOTE]
    assert [(finding.id, finding.operation, finding.message) for finding in found] == []
    assert all(entry.live_status == entry.recorded_status for entry in entries)


def test_they_reach_most_tags_in_chains(document, shipped_recordings):
    replay = Replay(document, target=Target(BASE_URL), responder=None, judge=None)
    operations = [one for recording in shipped_recordings.values() for one in replay.operations(recording)]
    assert None not in operations
    assert len({tag for operation in operations for tag in operation.tags}) >= 40
    assert len({operation.label for operation in operations}) >= 200
    linked = {(recording.name, link.target) for recording in shipped_recordings.values() for link in replay.links(recording)}
    assert len(linked) >= 100
    assert {operation.method for operation in operations} == {"get", "post", "put", "patch", "delete"}


def test_no_credential_is_in_them():
    for file in shipped.recordings().glob("*.har"):
        text = file.read_text("utf-8")
        assert not re.search(r"Bearer |KEY0|not-a-real-key|my123secure", text), file
        for entry in json.loads(text)["log"]["entries"]:
            assert [pair["value"] for pair in entry["request"]["headers"] if pair["name"] == "Authorization"] == ["[redacted]"]


class Drift:
    """Changes what the sandbox answers with success to the requests that ``path`` matches."""

    def __init__(self, method, path, change):
        self.method, self.path, self.change = method, re.compile(path), change

    def __call__(self, inner):
        self.inner = inner
        return self

    def respond(self, request):
        answer = self.inner.respond(request)
        if answer.status < 300 and request.method == self.method and self.path.fullmatch(request.parts().path):
            return self.change(answer)
        return answer


def body(change):
    def changed(answer):
        value = json.loads(answer.body)
        return replace(answer, body=json.dumps(change(value) or value).encode())

    return changed


GROUP = ("GET", "/v2/billing_groups/[^/]+")
GROUPS = ("GET", "/v2/billing_groups")


def removed(value):
    del value["data"]["name"]


def emptied(value):
    for item in value["data"]:
        del item["created_at"]


def retyped(value):
    value["data"]["name"] = 5


def added(value):
    value["data"]["brand_new"] = True


@pytest.mark.parametrize(
    ("where", "change", "expected"),
    [
        (GROUP, body(removed), ("recording-field-removed", "/data/name")),
        (GROUPS, body(emptied), ("recording-field-removed", "/data/*/created_at")),
        (GROUP, body(retyped), ("recording-type-changed", "/data/name")),
        (GROUP, body(lambda value: [value]), ("recording-type-changed", "/")),
        (GROUP, body(added), ("recording-field-added", "/data/brand_new")),
        (GROUP, lambda answer: replace(answer, status=500), ("recording-status-class", "200 -> 500")),
        (GROUP, lambda answer: replace(answer, status=202), ("recording-status", "200 -> 202")),
        (GROUP, lambda answer: replace(answer, body=b""), ("recording-media-type", "application/json -> nothing")),
        (GROUP, lambda answer: replace(answer, headers=(("Content-Type", "text/html"),), body=b"<p>"),
         ("recording-media-type", "application/json -> text/html")),
        (GROUP, lambda answer: replace(answer, body=answer.body[:-1]), ("recording-type-changed", "/ json")),
        (GROUP, lambda answer: NoResponse(kind="reset", reason="gone"), ("no-response", "reset")),
    ],
)  # fmt: skip
def test_planted_drift_is_found_where_it_is(document, judge, shipped_recordings, *, where, change, expected):
    entries = replayed(document, judge, shipped_recordings["billing"], drift=Drift(*where, change))
    found = [finding for entry in entries for finding in entry.findings]
    assert expected in [(finding.id, finding.detail) for finding in found]
    assert {finding.operation for finding in found} == {"GET /billing_groups/{id}" if where is GROUP else "GET /billing_groups"}


def test_what_depends_on_a_failed_create_is_not_sent(document, judge, shipped_recordings):
    drift = Drift("POST", "/v2/billing_groups", lambda answer: Response(status=503))
    entries = replayed(document, judge, shipped_recordings["billing"], drift=drift)
    assert [entry.label for entry in entries if entry.skipped] == [
        "GET /billing_groups/{id}", "PATCH /billing_groups/{id}", "DELETE /billing_groups/{id}", "GET /billing_groups/{id}",
    ]  # fmt: skip
    comparison = {finding.id for entry in entries for finding in entry.findings if finding.id.startswith("recording-")}
    assert comparison == {"recording-status-class"}


def test_over_a_real_socket_the_same_is_found(document, judge, shipped_recordings):
    with serve_in_background(Sandbox(document, seed=3)) as origin:
        base_url = origin.rstrip("/").removesuffix("/v2") + "/v2"
        target = Target(base_url, servers=document.servers)
        replay = Replay(
            document, target=target, responder=Network(base_url), judge=judge, headers=(("Authorization", "Bearer x"),)
        )
        for name in ("billing", "oauth-discovery", "ai-inference"):
            entries = list(replay.run(shipped_recordings[name]))
            assert [finding.message for entry in entries for finding in entry.findings] == []
            assert all(entry.live_status == entry.recorded_status for entry in entries)
