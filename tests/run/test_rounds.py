"""The generated cases of a unit: operations take turns, learn from each other, and end when nothing new comes."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from conformance.model.message import Request, Response
from conformance.run.fuzz import fuzz
from conformance.run.plan import Unit
from conformance.run.setting import Setting, settle

FIELDS = {f"field_{number}": {"type": "string", "maxLength": 10 + number} for number in range(40)}
THING = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}


def takes(schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
            "responses": {"200": {"description": "ok", "content": {"application/json": {"schema": THING}}},
                          "4XX": {"description": "no"}}}  # fmt: skip


ID = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
PATHS = {
    "/deep": {"post": takes({"type": "object", "properties": FIELDS})},
    "/deep/{id}/start": {"parameters": ID, "post": takes({"type": "object", "required": ["mode"], "properties": {
        "mode": {"type": "string", "enum": ["fast", "slow"]}}})},
    "/deep/{id}/stop": {"parameters": ID, "post": takes({"type": "object", "properties": {"why": {"type": "string"}}})},
}  # fmt: skip
LABELS = ("POST /deep", "POST /deep/{id}/start", "POST /deep/{id}/stop")


class Service:
    """Takes every JSON object, knows no ids but its own, and has one defect: any mode will do."""

    def __init__(self) -> None:
        self.asked: list[Request] = []

    def respond(self, request: Request) -> Response:
        self.asked.append(request)
        segments = request.parts().path.split("/")
        if request.method != "POST":
            return self._said(405, {"id": "no"}, ("Allow", "POST"))
        if len(segments) > 2 and segments[2] != "thing-1":
            return self._said(404, {"id": "no"})
        if request.header("content-type") != "application/json":
            return self._said(415, {"id": "no"})
        try:
            body = json.loads(request.body)
        except (ValueError, RecursionError):
            return self._said(400, {"id": "no"})
        if not isinstance(body, dict) or not all(isinstance(value, str) for value in body.values()):
            return self._said(422, {"id": "no"})
        if any(len(value) > 10 for name, value in body.items() if name in FIELDS):
            return self._said(422, {"id": "no"})
        return self._said(422 if segments[-1] == "start" and "mode" not in body else 200, {"id": "thing-1"})

    @staticmethod
    def _said(status: int, body: Any, *headers: tuple[str, str]) -> Response:
        return Response(status=status, headers=(("Content-Type", "application/json"), *headers), body=json.dumps(body).encode())


@pytest.fixture
def setting(make_document: Any) -> Setting:
    document = make_document(PATHS)
    found = Setting(spec=document.source.uri, base_url="http://deep.test")
    settle(found, document)
    return found


def unit(**others: Any) -> Unit:
    return Unit(**{"name": "u", "labels": LABELS, "phases": ("coverage", "fuzzing"), "seed": 1, "max_examples": 5, **others})


def last(request: Request) -> str:
    return request.parts().path.rpartition("/")[2]


def test_a_deep_body_does_not_keep_the_others_from_their_turn(setting: Setting) -> None:
    service = Service()
    result = fuzz(unit(max_requests=150), setting, through=service)
    counts = Counter(last(request) for request in service.asked)
    assert min(counts["start"], counts["stop"]) > 25
    found = {(one.id, one.operation) for one in result.findings.values()}
    assert ("invalid-accepted", "POST /deep/{id}/start") in found


def test_an_operation_that_tells_nothing_new_is_left_alone(setting: Setting) -> None:
    service = Service()
    result = fuzz(unit(), setting, through=service)
    assert not result.interrupted
    assert Counter(last(request) for request in service.asked)["stop"] < 110


def test_what_one_operation_shows_is_asked_of_the_others(setting: Setting) -> None:
    service = Service()
    fuzz(unit(), setting, through=service)
    paths = Counter(request.parts().path for request in service.asked)
    assert paths["/deep/thing-1/start"] > 0.5 * sum(count for path, count in paths.items() if path.endswith("/start"))


def test_nothing_is_sent_twice(setting: Setting) -> None:
    service = Service()
    result = fuzz(unit(), setting, through=service)
    again = sum(tally.requests for tally in result.tallies.values()) - result.requests
    counts = Counter((one.method, one.url, one.header("content-type"), one.body) for one in service.asked)
    confirmed = [one.request for one in result.findings.values()]
    assert again == 0
    assert sum(count - 1 for count in counts.values()) <= 12 * len(confirmed), "but to see a finding again"


def test_what_cannot_be_made_is_said_and_the_rest_goes_on(make_document: Any) -> None:
    nothing = {"type": "integer", "minimum": 5, "maximum": 1}
    broken = {"type": "object", "required": ["a"], "properties": {"a": nothing}}
    document = make_document({"/odd": {"post": takes(broken)}, "/deep": PATHS["/deep"]})
    found = Setting(spec=document.source.uri, base_url="http://deep.test")
    settle(found, document)
    service = Service()
    result = fuzz(unit(labels=("POST /odd", "POST /deep")), found, through=service)
    assert result.accidents == []
    assert any(request.url.endswith("/deep") for request in service.asked)
    errors = [tally for tally in result.tallies.values() if tally.status == "error"]
    assert {tally.operation for tally in errors} == {"POST /odd"}
    assert all(tally.reason for tally in errors)
