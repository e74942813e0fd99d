"""A deletion takes one thing out of a list; what is written is shown, in the list too, and stays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from apps.shelf import BODY, THING, Shelf, document, findings

from conformance.model.message import Request, Response


class Emptied(Shelf):
    """One deletion empties the list; what was in it can still be read."""

    lists_left = 10**9
    is_deleted = False

    def delete(self, name: str, _body: Any, request: Request) -> Response:
        self.is_deleted = True
        return super().delete(name, _body, request)

    def list(self, who: str) -> Response:
        hidden = self.is_deleted and self.lists_left > 0
        self.lists_left -= hidden
        return self.answer(200, []) if hidden else super().list(who)


class OthersLost(Emptied):
    """What came right after the one that was deleted is listed no more."""

    def list(self, who: str) -> Response:
        shown = json.loads(Shelf.list(self, who).body)
        return self.answer(200, shown[1:] if self.is_deleted else shown)


class Blanked(Shelf):
    """Its list shows empty texts where a read shows full ones."""

    def list(self, who: str) -> Response:
        return self.answer(200, [{**thing, "note": ""} for thing in json.loads(super().list(who).body)])


class SoonListed(Emptied):
    """Its list is built anew after a deletion, and is empty for a moment."""

    lists_left = 1


class Short(Shelf):
    """Its list shows the beginnings of texts."""

    def list(self, who: str) -> Response:
        held = json.loads(super().list(who).body)
        return self.answer(200, [{**thing, "note": f"{thing['note'][:9]}…"} for thing in held if "note" in thing])


@pytest.mark.parametrize(
    ("defect", "check"), [(Emptied, "created-unlisted"), (OthersLost, "created-unlisted"), (Blanked, "read-stale")]
)
def test_a_defect_of_what_remains_is_found(tmp_path: Path, defect: type[Shelf], check: str) -> None:
    assert check in findings(tmp_path, defect())


@pytest.mark.parametrize("habit", [SoonListed, Short])
def test_a_habit_of_what_remains_is_no_fault(tmp_path: Path, habit: type[Shelf]) -> None:
    assert not findings(tmp_path, habit()) & {"created-unlisted", "read-stale", "views-differ"}


class SilentDelete(Shelf):
    """What nobody in particular deletes is refused, and gone."""

    def respond(self, request: Request) -> Response:
        if request.header("authorization") is not None:
            return super().respond(request)
        if request.method == "DELETE":
            self.things.pop(request.url.rpartition("/")[2], None)
        return self.answer(401, WWW_Authenticate="Bearer")


class OthersDelete(Shelf):
    """Everybody may delete."""

    def may(self, who: str, name: str, method: str) -> bool:
        return method == "DELETE" or super().may(who, name, method)


@pytest.mark.parametrize(("defect", "check"), [(SilentDelete, "refused-write-effective"), (OthersDelete, "object-exposed")])
def test_what_only_a_list_shows_is_looked_for_there_after_a_deletion_by_nobody_or_another(
    tmp_path: Path, defect: type[Shelf], check: str
) -> None:
    assert check in findings(tmp_path, defect(), unread())


def test_what_only_a_list_shows_is_kept_from_others(tmp_path: Path) -> None:
    assert not findings(tmp_path, Shelf(), unread()) & {"refused-write-effective", "object-exposed"}


def unread() -> dict[str, Any]:
    """Things that cannot be read one by one."""
    spec = document()
    del spec["paths"]["/things/{thing_id}"]["get"]
    return spec


class Mixed(Shelf):
    """Every create is accepted, and done with what the one before it said."""

    last: dict[str, Any] | None = None
    later = True

    def create(self, who: str, body: dict[str, Any]) -> Response:
        spoken, self.last = self.last or body, body
        answer = super().create(who, spoken)
        return self.answer(202, json.loads(answer.body)) if self.later else answer

    def patch(self, name: str, body: dict[str, Any], request: Request) -> Response:
        return self.answer(404)

    put = delete = patch


class Accepting(Mixed):
    """Every create is accepted, and done."""

    def create(self, who: str, body: dict[str, Any]) -> Response:
        self.last = body
        return super().create(who, body)


class Nameless(Mixed):
    """Answers a create with what the one before it said, and without an id."""

    later = False

    def create(self, who: str, body: dict[str, Any]) -> Response:
        spoken, self.last = self.last or body, body
        return self.answer(201, spoken)


class Echo(Mixed):
    """Answers a create with what it said, and without an id."""

    def create(self, who: str, body: dict[str, Any]) -> Response:
        return self.answer(201, body)


def alone() -> dict[str, Any]:
    """Things that do not say what they are called."""
    spec = document()
    one = spec["paths"]["/things"]["post"]["responses"]["201"]["content"]["application/json"]["schema"]
    del one["properties"]["id"]
    return spec


def accepted() -> dict[str, Any]:
    spec = document()
    answers = spec["paths"]["/things"]["post"]["responses"]
    answers["202"] = answers.pop("201")
    return spec


@pytest.mark.parametrize(
    ("service", "spec", "wrong"),
    [
        (Mixed, accepted, {"create-mixed-up"}),
        (Accepting, accepted, set()),
        (Nameless, alone, {"create-mixed-up"}),
        (Echo, alone, set()),
    ],
)
def test_each_create_shows_what_was_written_for_it(tmp_path: Path, service: type[Shelf], spec: Any, wrong: set[str]) -> None:
    assert findings(tmp_path, service(), spec(), least=5) & {"create-mixed-up", "write-ignored"} == wrong


class Undone(Shelf):
    """What a PUT changed is shown once in a read, and after that as it was before."""

    def __init__(self) -> None:
        super().__init__()
        self.before: dict[str, dict[str, Any]] = {}
        self.reads = 0

    def put(self, name: str, body: dict[str, Any], request: Request) -> Response:
        self.before.setdefault(name, self.things[name])
        self.reads = 0
        return super().put(name, body, request)

    def get(self, name: str, body: Any, request: Request) -> Response:
        self.reads += 1
        if name in self.before and self.reads > 1:
            return self.answer(200, self.before[name])
        return super().get(name, body, request)


def put_only(schema: dict[str, Any] | None = None) -> dict[str, Any]:
    """Things that change by PUT alone; ``schema`` is of what can be written."""
    text = json.dumps(document())
    if schema is not None:
        thing = {"type": "object", "properties": {"id": {"type": "string"}, **schema["properties"]}}
        text = text.replace(json.dumps(BODY), json.dumps(schema)).replace(json.dumps(THING), json.dumps(thing))
    spec: dict[str, Any] = json.loads(text)
    del spec["paths"]["/things/{thing_id}"]["patch"]
    return spec


def test_what_was_changed_is_still_so_when_it_is_read_again(tmp_path: Path) -> None:
    assert "read-stale" in findings(tmp_path, Undone(), put_only())
    assert findings(tmp_path, Shelf(), put_only()) == set()


REFERRING = {"type": "object", "required": ["profile_id"], "properties": {"profile_id": {"type": "string", "format": "uuid"}}}


class Referring(Shelf):
    """Keeps references to something else."""

    def fits(self, body: Any, method: str) -> bool:
        return isinstance(body, dict) and isinstance(body.get("profile_id"), str) and len(body["profile_id"]) == 36

    def create(self, who: str, body: dict[str, Any]) -> Response:
        answer = super().create(who, body)
        del self.things[f"thing-{len(self.owners):08}"]["created_at"]
        return self.answer(answer.status, self.things[f"thing-{len(self.owners):08}"])

    def put(self, name: str, body: dict[str, Any], request: Request) -> Response:
        self.things[name] = {"id": name, **body}
        return self.answer(200, self.things[name])


class ReferenceKept(Referring):
    """Keeps the reference that it has, whatever a PUT says."""

    def put(self, name: str, body: dict[str, Any], request: Request) -> Response:
        return self.answer(200, self.things[name])


class ReferenceUnknown(Referring):
    """Refuses references to what it does not know."""

    def put(self, name: str, body: dict[str, Any], request: Request) -> Response:
        known = body["profile_id"] == self.things[name]["profile_id"]
        return super().put(name, body, request) if known else self.answer(422)


@pytest.mark.parametrize(("service", "wrong"), [(Referring, False), (ReferenceUnknown, False), (ReferenceKept, True)])
def test_a_put_of_nothing_but_references_has_its_effect(tmp_path: Path, service: type[Shelf], wrong: bool) -> None:
    found = findings(tmp_path, service(), put_only(REFERRING))
    assert ("update-ignored" in found) is wrong
    assert found <= {"update-ignored", "valid-refused"} if wrong else not found
