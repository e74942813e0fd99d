"""What a service remembers: who refused writes reach, what comes back, and what of a value is lost on the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from apps.shelf import ONE, TEXT, Shelf, document, findings

from conformance.model.message import Request, Response


class Guarded(Shelf):
    """Nobody comes in without a token."""

    def respond(self, request: Request) -> Response:
        known = request.header("authorization") is not None
        return super().respond(request) if known else self.answer(401, WWW_Authenticate="Bearer")

    def fits(self, body: Any, method: str) -> bool:
        tags = body.get("tags", []) if isinstance(body, dict) else None
        right = isinstance(tags, list) and all(isinstance(tag, str) and 0 < len(tag) <= 60 for tag in tags)
        return right and super().fits(body, method)


class Anonymous(Guarded):
    """What is refused for want of a token is done."""

    methods = ("DELETE", "PATCH")

    def respond(self, request: Request) -> Response:
        name = request.url.rpartition("/")[2]
        if request.header("authorization") is None and request.method in self.methods and name in self.things:
            super().respond(request.with_header("Authorization", self.owners[name]))
        return super().respond(request)


class AnonymousDelete(Anonymous):
    methods = ("DELETE",)


class AnonymousPatch(Anonymous):
    methods = ("PATCH",)


class Quiet(Guarded):
    """What another user is refused is done."""

    method = "DELETE"

    def may(self, who: str, name: str, method: str) -> bool:
        if self.owners[name] == who or method != self.method:
            return super().may(who, name, method)
        self.done(name)
        return False

    def done(self, name: str) -> None:
        del self.things[name]


class QuietPatch(Quiet):
    method = "PATCH"

    def done(self, name: str) -> None:
        body = json.loads(self.asked[-1].body)
        self.things[name].update(body)


class ComesBack(Guarded):
    """What was deleted is there again after the next create."""

    def __init__(self) -> None:
        super().__init__()
        self.gone: dict[str, dict[str, Any]] = {}

    def delete(self, name: str, body: Any, request: Request) -> Response:
        self.gone[name] = self.things[name]
        return super().delete(name, body, request)

    def create(self, who: str, body: dict[str, Any]) -> Response:
        self.things.update(self.gone)
        return super().create(who, body)


class Ascii(Guarded):
    """Other letters are lost."""

    def fits(self, body: Any, method: str) -> bool:
        right = super().fits(body, method)
        if right:
            body.update({name: held.encode("ascii", "replace").decode() for name, held in body.items() if isinstance(held, str)})
        return right


class Plane(Guarded):
    """Letters of four bytes are lost."""

    def fits(self, body: Any, method: str) -> bool:
        right = super().fits(body, method)
        if right:
            own = {name: held for name, held in body.items() if isinstance(held, str)}
            body.update(
                {name: "".join(letter if ord(letter) < 0x10000 else "?" for letter in held) for name, held in own.items()}
            )
        return right


class NeverEmpty(Guarded):
    """A list that is said to be empty stays as it is."""

    def patch(self, name: str, body: dict[str, Any], request: Request) -> Response:
        return super().patch(name, {field: held for field, held in body.items() if held != []}, request)


class Reborn(Guarded):
    """What is put there is as if it were made a moment ago."""

    def put(self, name: str, body: dict[str, Any], request: Request) -> Response:
        return super().put(name, {**body, "created_at": f"2026-01-01T00:{self.clock // 60:02}:{self.clock % 60:02}Z"}, request)


class Overwrites(Guarded):
    """A create that is refused has its effect on the first thing that there is."""

    def respond(self, request: Request) -> Response:
        answer = super().respond(request)
        if answer.status == 422 and request.method == "POST" and request.body and self.things:
            self.spoil(json.loads(request.body))
        return answer

    def spoil(self, body: Any) -> None:
        first = next(iter(self.things.values()))
        first.update({name: held for name, held in body.items() if isinstance(held, str)} if isinstance(body, dict) else {})


class Cut(Guarded):
    """Of a text as long as it may be, the end is lost."""

    def fits(self, body: Any, method: str) -> bool:
        right = super().fits(body, method)
        if right:
            body.update({name: held[:50] for name, held in body.items() if isinstance(held, str)})
        return right


class FirstTag(Guarded):
    """Of a list, one is kept."""

    def fits(self, body: Any, method: str) -> bool:
        if isinstance(body, dict) and isinstance(body.get("tags"), list):
            body["tags"] = body["tags"][:1]
        return super().fits(body, method)


class ShowsLast(Guarded):
    """An update is answered with what was updated before."""

    last: dict[str, Any] | None = None

    def patch(self, name: str, body: dict[str, Any], request: Request) -> Response:
        super().patch(name, body, request)
        shown, self.last = self.last or self.things[name], self.things[name]
        return self.answer(200, shown)


class Reset(Guarded):
    """What is changed within is all that is left within."""

    def patch(self, name: str, body: dict[str, Any], request: Request) -> Response:
        size = body.get("size")
        if isinstance(size, dict) and len(size) > 1:
            body = {**body, "size": dict(list(size.items())[:1])}
        return super().patch(name, body, request)


class SameId(Guarded):
    """Every other create is answered as the one before."""

    def create(self, who: str, body: dict[str, Any]) -> Response:
        answer = super().create(who, body)
        name = f"thing-{len(self.owners) - (len(self.owners) + 1) % 2:08}"
        return self.answer(answer.status, {self.key: name})


class EmptyList(Guarded):
    """Nothing is ever listed."""

    def list(self, who: str) -> Response:
        return self.answer(200, [])


class Unreadable(Guarded):
    """What is listed has another id there than the one it is read by; nothing can be made."""

    def __init__(self) -> None:
        super().__init__()
        for name in ("red apples", "blue plums"):
            super().create("Bearer one", {"name": name})

    def create(self, who: str, body: dict[str, Any]) -> Response:
        return self.answer(401, WWW_Authenticate="Bearer")

    def list(self, who: str) -> Response:
        held = json.loads(super().list(who).body)
        return self.answer(200, [{**thing, self.key: f"x{thing[self.key]}"} for thing in held])


class Lengthy(Guarded):
    """HEAD tells another length than the one that GET has."""

    def respond(self, request: Request) -> Response:
        if request.method == "HEAD" and request.url.endswith("/things"):
            return Response(status=200, headers=(("content-type", "application/json"), ("content-length", "1")), body=b"")
        return super().respond(request)


class Hides(Guarded):
    """A filter loses one of those that fit."""

    def respond(self, request: Request) -> Response:
        answer = super().respond(request)
        wanted = dict(parse_qsl(urlsplit(request.url).query)).get("filter[note]")
        if wanted is None or answer.status != 200:
            return answer
        fitting = [thing for thing in json.loads(answer.body) if thing.get("note") == wanted]
        return self.answer(200, fitting[self.lost :])

    lost = 1


class Finds(Hides):
    lost = 0


def filtered() -> dict[str, Any]:
    """The document of a shelf whose list can be asked for things with a note."""
    spec = tagged()
    spec["paths"]["/things"]["get"]["parameters"] = [{"name": "filter[note]", "in": "query", "schema": TEXT}]
    return spec


def test_a_filter_that_hides_one_of_several_is_found(tmp_path: Path) -> None:
    class Alike(Hides):
        def fits(self, body: Any, method: str) -> bool:
            if isinstance(body, dict) and isinstance(body.get("note"), str):
                body["note"] = body["note"][:15]
            return super().fits(body, method)

    assert "filter-loses" in findings(tmp_path, Alike(), filtered())


def test_a_filter_that_finds_all_is_right(tmp_path: Path) -> None:
    assert findings(tmp_path, Finds(), filtered()) == set()


def tagged() -> dict[str, Any]:
    """The document of a shelf whose things have tags."""
    tags = {"type": "array", "items": TEXT}
    spec = json.loads(json.dumps(document()).replace('"note": ', f'"tags": {json.dumps(tags)}, "note": '))
    return dict(spec)


@pytest.mark.parametrize(
    ("defect", "check"),
    [
        (AnonymousDelete, "refused-write-effective"),
        (AnonymousPatch, "refused-write-effective"),
        (Quiet, "object-exposed"),
        (QuietPatch, "object-exposed"),
        (ComesBack, "use-after-delete"),
        (Ascii, "write-ignored"),
        (Plane, "write-ignored"),
        (Reborn, "update-overreach"),
        (Overwrites, "refused-write-effective"),
        (NeverEmpty, "update-ignored"),
        (Cut, "update-ignored"),
        (FirstTag, "write-ignored"),
        (ShowsLast, "identity-mismatch"),
        (Reset, "update-ignored"),
        (SameId, "create-mixed-up"),
        (EmptyList, "created-unlisted"),
        (Unreadable, "listed-unreadable"),
        (Lengthy, "head-differs"),
    ],
)
def test_what_is_lost_or_done_in_silence_is_found(tmp_path: Path, defect: type[Shelf], check: str) -> None:
    assert check in findings(tmp_path, defect(), tagged())


@pytest.mark.parametrize("habit", [Guarded])
def test_a_service_that_remembers_is_accused_of_nothing(tmp_path: Path, habit: type[Shelf]) -> None:
    assert findings(tmp_path, habit(), tagged()) == set()


def test_a_create_that_finds_what_was_there_may_say_so(tmp_path: Path) -> None:
    class Upserting(Guarded):
        """There is one thing for each name, and a second create with it changes that."""

        def create(self, who: str, body: dict[str, Any]) -> Response:
            known = next((name for name, held in self.things.items() if held.get("shelf") == body.get("shelf")), None)
            if known is None:
                return super().create(who, body)
            self.things[known].update(body)
            return self.answer(200, self.things[known])

    kept = {"type": "string", "const": "upper"}
    spec = json.loads(json.dumps(document()).replace('"note": ', f'"shelf": {json.dumps(kept)}, "note": ')
                      .replace('"required": ["name"]', '"required": ["name", "shelf"]'))  # fmt: skip
    spec["paths"]["/things"]["post"]["responses"]["200"] = ONE
    assert "create-mixed-up" not in findings(tmp_path, Upserting(), dict(spec))


def test_what_a_story_cannot_look_at_says_why(tmp_path: Path) -> None:
    left: dict[str, dict[str, str]] = {}
    findings(tmp_path, Guarded(), tagged(), stories=left)
    assert left["GET /things"]["sort-ignored"] == "the document names no order"
    assert left["PATCH /things/{thing_id}"]["put-repeats"] == "the operation is no PUT"
    assert left["PATCH /things/{thing_id}"]["update-ignored"] == ""
    assert left["POST /things"]["key-ignored"] == "the document has no header for an idempotency key"
    assert left["POST /things"]["create-mixed-up"] == ""


class Switched(Guarded):
    """Things can be switched off."""

    def fits(self, body: Any, method: str) -> bool:
        return isinstance(body, dict) and isinstance(body.get("active", True), bool) and super().fits(body, method)


class Undone(Switched):
    """What is deleted is still there."""

    def delete(self, name: str, body: Any, request: Request) -> Response:
        return self.answer(204)


class Crossed(Guarded):
    """A list shows each thing with the note of another."""

    def list(self, who: str) -> Response:
        shown = json.loads(super().list(who).body)
        notes = [thing.get("note") for thing in shown]
        return self.answer(200, [{**thing, "note": note} for thing, note in zip(shown, [*notes[1:], *notes[:1]], strict=True)])


def fixed(**more: Any) -> dict[str, Any]:
    """The document of a shelf whose things are never changed; ``more`` are properties that they have besides."""
    spec = json.loads(json.dumps(document()).replace('"note": ', "".join(
        f"{json.dumps(name)}: {json.dumps(schema)}, " for name, schema in more.items()) + '"note": '))  # fmt: skip
    for method in ("put", "patch"):
        del spec["paths"]["/things/{thing_id}"][method]
    return dict(spec)


def test_what_was_switched_off_before_does_not_say_that_it_is_gone(tmp_path: Path) -> None:
    switch = {"type": "boolean", "default": True}
    assert "use-after-delete" in findings(tmp_path, Undone(), fixed(active=switch))
    assert findings(tmp_path, Switched(), fixed(active=switch)) == set()


def test_what_nobody_changes_is_listed_as_it_is_read(tmp_path: Path) -> None:
    assert "views-differ" in findings(tmp_path, Crossed(), fixed())
    assert findings(tmp_path, Guarded(), fixed()) == set()
