"""A small service, each time with one habit: what breaks a promise is found, what is only a habit is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from apps.shelf import Shelf, document, findings

from conformance.cases.values import Values
from conformance.model.message import Request, Response


class Trimming(Shelf):
    """Writes texts its own way."""

    def fits(self, body: Any, method: str) -> bool:
        right = super().fits(body, method)
        if right:
            body.update({name: held.strip().upper() for name, held in body.items() if isinstance(held, str)})
        return right


class Later(Shelf):
    """Does what it is told after it has said so."""

    def patch(self, name: str, body: dict[str, Any], request: Request) -> Response:
        return self.answer(202)

    put = patch


class Headless(Shelf):
    def head(self, name: str, _body: Any, request: Request) -> Response:
        return self.answer(405)


class Fussy(Shelf):
    """Takes no more than one change at a time, a rule that no document can say."""

    def patch(self, name: str, body: dict[str, Any], request: Request) -> Response:
        return super().patch(name, body, request) if len(body) == 1 else self.answer(422)


class Stamping(Shelf):
    """Shows fields of its own that change with every write, and leaves some out."""

    def list(self, who: str) -> Response:
        held = json.loads(super().list(who).body)
        return self.answer(200, [{self.key: thing[self.key], "name": thing["name"][:12]} for thing in held])

    def answer(self, status: int, body: Any = None, **headers: str) -> Response:
        if isinstance(body, dict):
            body = {**body, "updated_at": f"t{self.clock}", "views_count": self.clock, "status": f"s{self.clock}"}
        return super().answer(status, body, **headers)


class Upserting(Shelf):
    """Has names of each user's own: what another one puts under a name that it has not is made for it, and shown to it."""

    def respond(self, request: Request) -> Response:
        who, name = request.header("authorization") or "", unquote(urlsplit(request.url).path).removeprefix("/things").strip("/")
        if request.method == "PUT" and name in self.things and who == "Bearer two" and request.body:
            body = json.loads(request.body)
            return self.answer(200, {"id": f"{len(self.asked)}", **body}) if self.fits(body, "PUT") else self.answer(422)
        return super().respond(request)


@pytest.mark.parametrize("habit", [Shelf, Trimming, Later, Headless, Fussy, Stamping])
def test_a_habit_is_no_fault(tmp_path: Path, habit: type[Shelf]) -> None:
    # What a document cannot say is found by checks of one exchange, rightly.
    assert findings(tmp_path, habit()) <= {"field-undocumented", "valid-refused"}


def test_what_another_user_sent_is_not_what_this_one_has(tmp_path: Path) -> None:
    noted = json.loads(json.dumps(document()).replace('"required": ["name"]', '"required": ["name", "note"]'))
    assert findings(tmp_path, Upserting(), noted) <= {"field-undocumented", "valid-refused"}


class HeadDiffers(Shelf):
    def head(self, name: str, _body: Any, request: Request) -> Response:
        return Response(status=200, headers=(("content-type", "text/html"),), body=b"")


class UnchangedWithBody(Shelf):
    def unchanged(self, name: str) -> Response:
        return self.answer(304, self.things[name])


class ConditionRefused(Shelf):
    def unchanged(self, name: str) -> Response:
        return self.answer(412)


class ConditionIgnored(Shelf):
    def patch(self, name: str, body: dict[str, Any], request: Request) -> Response:
        self.things[name] = {**self.things[name], **body}
        return self.answer(200, self.things[name])


class TagStays(Shelf):
    def tag(self, name: str) -> str:
        return '"same"'


class ListDiffers(Shelf):
    """Nothing can be made in it, and its list is an old one."""

    def __init__(self) -> None:
        super().__init__()
        for note in ("red apples", "blue plums"):
            self.create("Bearer one", {"name": f"a name for {note}", "note": note})

    def create(self, who: str, body: dict[str, Any]) -> Response:
        return super().create(who, body) if self.clock == 0 else self.answer(403)

    def list(self, who: str) -> Response:
        held = json.loads(super().list(who).body)
        return self.answer(200, [{**thing, "note": "green pears"} for thing in held])


class PutMerges(Shelf):
    def put(self, name: str, body: dict[str, Any], request: Request) -> Response:
        self.things[name] = {**self.things[name], **body}
        return self.answer(200, self.things[name])


class Reborn(Shelf):
    def patch(self, name: str, body: dict[str, Any], request: Request) -> Response:
        self.things[name]["created_at"] = f"again {self.clock}"
        return super().patch(name, body, request)


class DeepIgnored(Shelf):
    def patch(self, name: str, body: dict[str, Any], request: Request) -> Response:
        return super().patch(name, {key: held for key, held in body.items() if key != "size"}, request)


class OthersDelete(Shelf):
    def may(self, who: str, name: str, method: str) -> bool:
        return method == "DELETE" or super().may(who, name, method)


class OthersPatch(Shelf):
    def may(self, who: str, name: str, method: str) -> bool:
        return method == "PATCH" or super().may(who, name, method)


@pytest.mark.parametrize(
    ("defect", "check"),
    [
        (HeadDiffers, "head-differs"),
        (UnchangedWithBody, "condition-wrong"),
        (ConditionRefused, "condition-wrong"),
        (ConditionIgnored, "condition-wrong"),
        (TagStays, "condition-wrong"),
        (ListDiffers, "views-differ"),
        (PutMerges, "put-merges"),
        (Reborn, "update-overreach"),
        (DeepIgnored, "update-ignored"),
        (OthersDelete, "object-exposed"),
        (OthersPatch, "object-exposed"),
    ],
)
def test_a_defect_is_found_by_the_check_that_is_meant_for_it(tmp_path: Path, defect: type[Shelf], check: str) -> None:
    assert check in findings(tmp_path, defect())


@pytest.mark.parametrize("summary", ["Merge into a thing", "Update only the fields that are sent", "Partially update a thing"])
def test_a_put_that_says_that_it_merges_may(tmp_path: Path, summary: str) -> None:
    assert findings(tmp_path, PutMerges(), document(put=summary)) == set()


def keyed() -> dict[str, Any]:
    spec = document()
    spec["paths"]["/things"]["post"]["parameters"] = [{"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}}]
    return spec


def test_a_key_that_makes_no_difference_is_found(tmp_path: Path) -> None:
    assert findings(tmp_path, Shelf(), keyed()) == {"key-ignored"}


def test_a_key_that_keeps_a_request_from_being_done_twice_is_right(tmp_path: Path) -> None:
    class Remembering(Shelf):
        def respond(self, request: Request) -> Response:
            key = request.header("idempotency-key")
            if key is None or request.method != "POST":
                return super().respond(request)
            if key not in self.answers:
                self.answers[key] = super().respond(request)
            return self.answers[key]

        def __init__(self) -> None:
            super().__init__()
            self.answers: dict[str, Response] = {}

    assert findings(tmp_path, Remembering(), keyed()) == set()


def test_things_are_followed_by_an_id_that_has_another_name_than_the_paths(tmp_path: Path) -> None:
    class Other(DeepIgnored):
        key = "shelf_thing_id"

    assert "update-ignored" in findings(tmp_path, Other(), document(key="shelf_thing_id"))


def test_what_the_user_knows_stands_in_what_is_written(tmp_path: Path) -> None:
    shelf = Shelf()
    assert findings(tmp_path, shelf, values=Values(names={"note": ("a note of mine",)})) == set()
    first, *_ = _written(shelf, "POST")
    assert first["note"] == "a note of mine"


def _written(shelf: Shelf, method: str) -> Iterator[dict[str, Any]]:
    for request in shelf.asked:
        if request.method == method and request.body:
            yield json.loads(request.body)


class Undying(Shelf):
    """Says that it has changed what is not there any more."""

    def respond(self, request: Request) -> Response:
        answer = super().respond(request)
        is_lost = request.method == "PATCH" and answer.status == 404
        return Response(status=200, headers=(("Content-Type", "application/json"),), body=b"{}") if is_lost else answer


def test_what_was_deleted_can_be_changed_no_more(tmp_path: Path) -> None:
    assert "use-after-delete" in findings(tmp_path, Undying())
