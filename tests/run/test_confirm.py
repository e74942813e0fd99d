"""New findings are shown again: what does not come back is flaky, and what does is made small."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from conformance.model.message import NoResponse, Request, Response
from conformance.model.record import Finding
from conformance.run.confirm import Again
from conformance.run.fuzz import UnitResult, fuzz
from conformance.run.plan import Unit
from conformance.run.setting import Setting, opened

TEXT = {"type": "string", "maxLength": 30}
PET = {"type": "object", "required": ["id", "name"], "properties": {"id": {"type": "string"}, "name": TEXT, "tag": TEXT}}
NEW = {"type": "object", "required": ["name"],
       "properties": {"name": TEXT, "tag": TEXT, "toys": {"type": "array", "items": TEXT}}}  # fmt: skip


def content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


REFUSED = {status: {"description": "no"} for status in ("400", "415", "422")}
PATHS = {
    "/pets": {"post": {"requestBody": {"required": True, **content(NEW)},
                       "parameters": [{"name": name, "in": "query", "schema": TEXT} for name in ("one", "two")],
                       "responses": {"201": {"description": "made", **content(PET)}, **REFUSED}}},
    "/pets/{id}": {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                   "get": {"responses": {"200": {"description": "ok", **content(PET)}, "404": {"description": "unknown"}}},
                   "delete": {"responses": {"204": {"description": "gone"}, "404": {"description": "unknown"}}}},
}  # fmt: skip
LABELS = ("POST /pets", "GET /pets/{id}", "DELETE /pets/{id}")


class Pets:
    """Keeps pets under ids that nobody can guess, and what it was asked."""

    def __init__(self, seed: int = 0) -> None:
        self.pets: dict[str, dict[str, Any]] = {}
        self.asked: list[Request] = []
        self._seed = seed

    def respond(self, request: Request) -> Response | NoResponse:
        self.asked.append(request)
        identity = request.parts().path.removeprefix("/pets").removeprefix("/")
        if request.method == "POST" and not identity:
            return self.create(request)
        if request.method not in {"GET", "DELETE"} or not identity:
            return Response(status=405, headers=(("Allow", "GET, DELETE" if identity else "POST"),))
        if identity not in self.pets:
            return Response(status=404)
        return self.shown(200, self.pets[identity]) if request.method == "GET" else self.delete(identity)

    def create(self, request: Request) -> Response:
        if request.body and request.header("content-type") != "application/json":
            return Response(status=415)
        try:
            value = dict(json.loads(request.body))
            fields = {name: value[name] for name in ("name", "tag") if name in value}
        except (ValueError, TypeError, LookupError, RecursionError):
            return Response(status=422)
        texts = [
            *fields.values(),
            *(value.get("toys") if isinstance(value.get("toys"), list) else ["" if "toys" not in value else 0]),
        ]
        if "name" not in fields or not all(isinstance(text, str) and len(text) <= 30 for text in texts):
            return Response(status=422)
        identity = f"pet-{self._seed}-{len(self.pets) + 1000:012}"
        pet = self.pets[identity] = {"id": identity, **fields}
        return self.shown(201, pet)

    def delete(self, identity: str) -> Response:
        del self.pets[identity]
        return Response(status=204)

    def shown(self, status: int, pet: dict[str, Any]) -> Response:
        return Response(status=status, headers=(("Content-Type", "application/json"),), body=json.dumps(pet).encode())


@pytest.fixture
def setting(make_document: Any) -> Setting:
    return Setting(spec=make_document(PATHS).source.uri, base_url="http://pets.test")


def unit(**others: Any) -> Unit:
    return Unit(**{"name": "pets", "labels": LABELS, "phases": ("coverage",), "seed": 1, "max_examples": 1, **others})


def named(result: UnitResult, check: str) -> Finding:
    [found] = [one for one in result.findings.values() if one.id == check]
    return found


class Tagged(Pets):
    """Fails whenever a pet has a tag."""

    def create(self, request: Request) -> Response:
        answer = super().create(request)
        return Response(status=500) if answer.status == 201 and "tag" in json.loads(request.body) else answer


def test_a_request_is_made_small(setting: Setting) -> None:
    found = named(fuzz(unit(), setting, through=Tagged()), "server-error")
    assert found.request is not None
    assert not found.flaky
    value = json.loads(found.request.body)
    assert set(value) == {"name", "tag"}
    assert all(len(text) <= 16 for text in value.values())
    assert not found.request.parts().query


def test_what_is_found_is_the_same_each_time(setting: Setting) -> None:
    first, second = (fuzz(unit(), setting, through=Tagged()).findings for _ in range(2))
    assert [(one.request, one.flaky) for one in first.values()] == [(one.request, one.flaky) for one in second.values()]
    assert {one.seed for one in first.values()} == {1}


def test_a_failure_that_does_not_come_back_is_flaky_and_stays_a_finding(setting: Setting) -> None:
    class Once(Pets):
        def create(self, request: Request) -> Response:
            return Response(status=503) if len(self.asked) == 9 else super().create(request)

    found = named(fuzz(unit(labels=("POST /pets",)), setting, through=Once()), "server-error")
    assert found.flaky


def test_a_pause_that_the_service_sets_an_end_to_is_no_failure_once_it_is_over(setting: Setting) -> None:
    away = Response(status=503, headers=(("Retry-After", "1"),))

    class Resting(Pets):
        def create(self, request: Request) -> Response:
            return away if 9 <= len(self.asked) < 12 else super().create(request)

    class Refusing(Pets):
        def create(self, request: Request) -> Response:
            return away if b"tag" in request.body else super().create(request)

    labels = ("POST /pets",)
    found = fuzz(unit(labels=labels), setting, through=Resting()).findings.values()
    assert "server-error" not in {finding.id for finding in found}
    assert not named(fuzz(unit(labels=labels), setting, through=Refusing()), "server-error").flaky


def test_a_finding_that_the_baseline_knows_costs_nothing(setting: Setting) -> None:
    class Slip(Pets):
        def delete(self, identity: str) -> Response:
            return Response(status=418)

    first = Slip()
    result = fuzz(unit(), setting, through=first)
    second = Slip()
    fuzz(unit(known=frozenset(result.findings)), setting, through=second)
    assert result.findings
    assert second.asked == first.asked[: len(second.asked)]
    assert len(second.asked) < len(first.asked)


def test_what_hangs_on_state_is_not_called_flaky(setting: Setting) -> None:
    class Late(Pets):
        """Says 200 with nothing where it should say 204, once for each pet: afterwards the pet is gone."""

        def delete(self, identity: str) -> Response:
            super().delete(identity)
            return Response(status=202)

    found = named(fuzz(unit(), setting, through=Late()), "status-undocumented")
    assert not found.flaky
    assert [step.request.method for step in found.lead] == ["POST"]


def test_a_finding_comes_back_on_another_service_with_what_it_rests_on(setting: Setting) -> None:
    class Bare(Pets):
        def shown(self, status: int, pet: dict[str, Any]) -> Response:
            return super().shown(status, pet if status == 201 else {"id": pet["id"]})

    found = named(fuzz(unit(), setting, through=Bare()), "body-schema")
    assert found.operation == "GET /pets/{id}"
    here = opened(setting)
    elsewhere = Bare(seed=7)
    assert found.request is not None
    assert Again(here, elsewhere).once(found, found.request) is None
    assert Again(here, elsewhere).after_lead(found) is not None
    assert Again(here, Pets(seed=7)).after_lead(found) is None


def test_a_thing_that_is_gone_makes_no_finding_flaky(setting: Setting) -> None:
    class Gone(Pets):
        """Shows what is at a path once, and wrongly; then it is gone."""

        def respond(self, request: Request) -> Response | NoResponse:
            if request.method != "GET":
                return super().respond(request)
            first = request.url not in {one.url for one in self.asked if one.method == "GET"}
            self.asked.append(request)
            return self.shown(200, {"id": "7"}) if first else Response(status=404)

    found = fuzz(unit(labels=("GET /pets/{id}",)), setting, through=Gone()).findings.values()
    assert "body-schema" in {one.id for one in found}
    assert not any(one.flaky for one in found)


def test_an_answer_of_the_wrong_kind_still_tells_what_it_created(setting: Setting) -> None:
    class Mislabelled(Pets):
        def shown(self, status: int, pet: dict[str, Any]) -> Response:
            return Response(status=status, headers=(("Content-Type", "text/html"),), body=json.dumps(pet).encode())

    found = next(one for one in fuzz(unit(), setting, through=Mislabelled()).findings.values()
                 if (one.id, one.operation) == ("content-type-undocumented", "GET /pets/{id}"))  # fmt: skip
    assert not found.flaky
    assert [step.request.method for step in found.lead] == ["POST"]
    assert Again(opened(setting), Mislabelled(seed=7)).after_lead(found) is not None


@pytest.mark.parametrize("limit", [20, 45])
def test_the_limit_of_requests_holds_and_leaves_some_for_a_second_look(setting: Setting, limit: int) -> None:
    class Broken(Pets):
        def create(self, request: Request) -> Response:
            return Response(status=500)

    service = Broken()
    result = fuzz(unit(max_requests=limit), setting, through=service)
    assert result.requests == len(service.asked) <= limit
    found = named(result, "server-error")
    assert found.request is not None
    assert service.asked.count(found.request) >= (2 if found.request.body else 1)


def test_a_target_elsewhere_is_not_asked_many_times_to_do_something(setting: Setting) -> None:
    class Odd(Pets):
        def shown(self, status: int, pet: dict[str, Any]) -> Response:
            return super().shown(status, {**pet, "id": 7})

    counts: Callable[[Pets], int] = lambda service: sum(one.method == "POST" for one in service.asked)  # noqa: E731
    near, far = Odd(), Odd()
    fuzz(unit(labels=LABELS[:1]), setting, through=near)
    fuzz(unit(labels=LABELS[:1], safe_probes=True), setting, through=far)
    assert counts(far) < counts(near)
