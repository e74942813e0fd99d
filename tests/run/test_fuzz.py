"""Units of fuzzing: what they send, what they keep, and where they stop."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.model.message import NoResponse, Request, Response
from conformance.run.fuzz import fuzz
from conformance.run.plan import Unit
from conformance.run.setting import Setting

PET = {"type": "object", "required": ["id", "name"], "properties": {"id": {"type": "string"}, "name": {"type": "string"}}}
NEW = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "maxLength": 9}}}


def content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


PATHS = {
    "/pets": {"post": {"requestBody": {"required": True, **content(NEW)},
                       "responses": {"201": {"description": "made", **content(PET)}, "422": {"description": "bad"},
                                     "400": {"description": "broken"}, "415": {"description": "kind"}}}},
    "/pets/{id}": {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                   "get": {"responses": {"200": {"description": "ok", **content(PET)}, "404": {"description": "unknown"}}},
                   "delete": {"responses": {"204": {"description": "gone"}, "404": {"description": "unknown"}}}},
}  # fmt: skip
LABELS = ("POST /pets", "GET /pets/{id}", "DELETE /pets/{id}")


class Pets:
    """Keeps pets, and what it was asked."""

    def __init__(self) -> None:
        self.pets: dict[str, dict[str, Any]] = {}
        self.asked: list[Request] = []

    def respond(self, request: Request) -> Response | NoResponse:
        self.asked.append(request)
        identity = request.parts().path.removeprefix("/pets").removeprefix("/")
        if request.method == "POST" and not identity:
            return self._create(request)
        if request.method not in {"GET", "DELETE"} or not identity:
            allowed = "GET, DELETE" if identity else "POST"
            return Response(status=405, headers=(("Allow", allowed),))
        if identity not in self.pets:
            return Response(status=404)
        pet = self.pets.pop(identity) if request.method == "DELETE" else self.pets[identity]
        return self._shown(200, pet) if request.method == "GET" else Response(status=204)

    def _create(self, request: Request) -> Response:
        essence = (request.header("content-type") or "").partition(";")[0].strip().lower()
        if request.body and essence != "application/json":
            return Response(status=415)
        try:
            name = json.loads(request.body)["name"]
        except (ValueError, TypeError, LookupError, RecursionError):
            return Response(status=422)
        if not isinstance(name, str) or len(name) > 9:
            return Response(status=422)
        pet = self.pets[str(len(self.asked))] = {"id": str(len(self.asked)), "name": name}
        return self._shown(201, pet)

    @staticmethod
    def _shown(status: int, pet: dict[str, Any]) -> Response:
        return Response(status=status, headers=(("Content-Type", "application/json"),), body=json.dumps(pet).encode())


@pytest.fixture
def setting(make_document: Any) -> Setting:
    return Setting(spec=make_document(PATHS).source.uri, base_url="http://pets.test")


def unit(**others: Any) -> Unit:
    phases = ("coverage", "fuzzing", "stateful")
    return Unit(**{"name": "pets", "labels": LABELS, "phases": phases, "seed": 1, "max_examples": 3, **others})


def test_the_same_seed_asks_the_same_questions(setting: Setting) -> None:
    first, second = Pets(), Pets()
    for service in (first, second):
        assert fuzz(unit(), setting, through=service).findings == {}
    assert [(one.method, one.url, one.body) for one in first.asked] == [(one.method, one.url, one.body) for one in second.asked]


def test_a_request_limit_holds_for_probes_too(setting: Setting) -> None:
    for limit in (0, 1, 5, 17):
        service = Pets()
        result = fuzz(unit(max_requests=limit), setting, through=service)
        assert len(service.asked) == result.requests == limit
        assert result.interrupted


def test_what_was_deleted_is_asked_for(setting: Setting) -> None:
    service = Pets()
    fuzz(unit(), setting, through=service)
    pairs = zip(service.asked, service.asked[1:], strict=False)
    deleted = [one for one, other in pairs if one.method == "DELETE" and other.method == "GET" and other.url == one.url]
    assert deleted


def test_probes_belong_to_the_coverage_phase(setting: Setting) -> None:
    service = Pets()
    result = fuzz(unit(phases=("fuzzing",)), setting, through=service)
    assert {phase for _, phase in result.tallies} == {"fuzzing"}
    assert not any(one.body == b"{}" for one in service.asked)


def test_the_smallest_example_of_a_defect_is_kept(setting: Setting) -> None:
    class Boom(Pets):
        def _create(self, request: Request) -> Response:
            return Response(status=500)

    result = fuzz(unit(), setting, through=Boom())
    [found] = [found for found in result.findings.values() if found.id == "server-error"]
    assert found.request is not None
    assert found.request.body == b""


def test_silence_is_a_finding_and_the_run_goes_on(setting: Setting) -> None:
    class Silent(Pets):
        def respond(self, request: Request) -> Response | NoResponse:
            answer = super().respond(request)
            return NoResponse(kind="reset", reason="gone") if len(self.asked) % 3 == 0 else answer

    result = fuzz(unit(), setting, through=Silent())
    assert {found.id for found in result.findings.values()} == {"no-response"}
    assert {found.operation for found in result.findings.values()} >= {"POST /pets", "GET /pets/{id}"}
    assert not result.interrupted


def test_a_method_that_is_not_declared_is_one_defect_of_its_path(setting: Setting) -> None:
    class Open(Pets):
        def respond(self, request: Request) -> Response | NoResponse:
            answer = super().respond(request)
            return Response(status=200) if isinstance(answer, Response) and answer.status == 405 else answer

    result = fuzz(unit(), setting, through=Open())
    found = [(one.operation, one.detail) for one in result.findings.values() if one.id == "method-undeclared"]
    assert len(found) == len(set(found))
    assert {operation for operation, _ in found} == {"POST /pets", "GET /pets/{id}"}
