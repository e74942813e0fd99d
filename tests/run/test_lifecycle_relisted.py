"""What was changed is listed as before, once, and is what was written alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from apps.shelf import ANY, THING, Shelf, document, findings

from conformance.model.message import Request, Response


class Dropped(Shelf):
    """What was updated is listed no more."""

    times = 10**9

    def __init__(self) -> None:
        super().__init__()
        self.changed: set[str] = set()

    def patch(self, name: str, body: dict[str, Any], request: Request) -> Response:
        self.changed.add(name)
        return super().patch(name, body, request)

    def list(self, who: str) -> Response:
        held = json.loads(super().list(who).body)
        self.times -= bool(self.changed)
        return self.answer(200, self.shown(held) if self.changed and self.times >= 0 else held)

    def shown(self, held: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [thing for thing in held if thing["id"] not in self.changed]


class DroppedOnce(Dropped):
    """Its list is built anew after an update."""

    times = 1


class Twice(Dropped):
    """What was updated is listed as a new thing, and as the old one."""

    def shown(self, held: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [*held, *(thing for thing in held if thing["id"] in self.changed)]


class TwiceOnce(Twice):
    times = 1


class Vanishing(Shelf):
    """Reads leave out what was updated, which the update itself answers."""

    def __init__(self) -> None:
        super().__init__()
        self.changed: set[str] = set()

    def patch(self, name: str, body: dict[str, Any], request: Request) -> Response:
        self.changed |= {"note"} & set(body)
        return super().patch(name, body, request)

    def get(self, name: str, _body: Any, request: Request) -> Response:
        return self.answer(200, {field: held for field, held in self.things[name].items() if field not in self.changed})

    put = patch


class Appending(Shelf):
    """Puts what is written behind what was there."""

    def patch(self, name: str, body: dict[str, Any], request: Request) -> Response:
        return super().patch(name, {**body, **self.joined(name, body)}, request)

    def joined(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        return {"note": f"{self.things[name].get('note', '')}; {body['note']}"} if "note" in body else {}


class Quoting(Appending):
    """Shows what is written in quotation marks."""

    def joined(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        return {"note": f"«{body['note']}»"} if "note" in body else {}


@pytest.mark.parametrize(
    ("service", "check"),
    [(Dropped, "created-unlisted"), (Twice, "page-overlap"), (Vanishing, "update-ignored"), (Appending, "update-ignored")],
)
def test_a_defect_of_what_was_changed_is_found(tmp_path: Path, service: type[Shelf], check: str) -> None:
    assert check in findings(tmp_path, service())


@pytest.mark.parametrize("service", [DroppedOnce, TwiceOnce, Quoting])
def test_a_habit_of_what_was_changed_is_no_fault(tmp_path: Path, service: type[Shelf]) -> None:
    assert not findings(tmp_path, service()) & {"created-unlisted", "page-overlap", "update-ignored", "read-stale"}


class Paged(Shelf):
    """Shows things page by page, and no more than ``most`` at once."""

    most = 2
    skips = False

    def list(self, who: str) -> Response:
        held = json.loads(super().list(who).body)
        query = dict(parse_qsl(urlsplit(self.asked[-1].url).query))
        size, number = int(query.get("limit", 20)), int(query.get("page", 1))
        step = size if self.skips else min(size, self.most)
        start = step * (number - 1)
        shown = held[start : start + min(size, self.most)]
        return self.answer(200, {"data": shown, "total": len(held), "page": number})


class Fixed(Paged):
    """Has pages of two, whatever is asked for; its document knows no other way."""


class Skipping(Paged):
    """The page after one that is cut begins where that one should have ended."""

    skips = True


@pytest.mark.parametrize(("service", "wrong"), [(Paged, False), (Fixed, False), (Skipping, True)])
def test_what_a_page_leaves_out_is_on_the_next(tmp_path: Path, service: type[Shelf], wrong: bool) -> None:
    knobs = ("page",) if service is Fixed else ("limit", "page")
    spec, whole = document(), {"type": "integer", "minimum": 1, "maximum": 100}
    things = {"data": {"type": "array", "items": THING}, "total": {"type": "integer"}, "page": {"type": "integer"}}
    spec["paths"]["/things"]["get"] = {
        "parameters": [{"name": name, "in": "query", "schema": whole} for name in knobs],
        "responses": {
            "200": {"description": "", "content": {"application/json": {"schema": {"type": "object", "properties": things}}}},
            "401": ANY,
        },
    }
    assert ("created-unlisted" in findings(tmp_path, service(), spec)) is wrong
    assert wrong or "total-wrong" not in findings(tmp_path, service(), spec)
