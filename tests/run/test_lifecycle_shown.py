"""What is written is shown everywhere it is shown, by actions too, under its own name and its own parent alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from struct import pack, unpack
from typing import Any
from urllib.parse import urlsplit

import pytest
from apps.shelf import ANY, Shelf, document, findings, takes

from conformance.model.message import Request, Response

PARAMETER = {"in": "path", "required": True, "schema": {"type": "string"}}


class Loose(Shelf):
    """Takes texts of any length, and numbers."""

    def fits(self, body: Any, method: str) -> bool:
        return isinstance(body, dict) and all(
            isinstance(held, int) if name == "weight" else isinstance(held, dict if name == "size" else str)
            for name, held in body.items()
        )


class Sticky(Loose):
    """What is said to be empty stays as it was."""

    def patch(self, name: str, body: dict[str, Any], request: Request) -> Response:
        return super().patch(name, {field: held for field, held in body.items() if held != ""}, request)

    put = patch


class Leaves(Loose):
    """Leaves out what is empty."""

    def patch(self, name: str, body: dict[str, Any], request: Request) -> Response:
        super().patch(name, body, request)
        self.things[name] = {field: held for field, held in self.things[name].items() if held != ""}
        return self.answer(200, self.things[name])


class Optional(Loose):
    """A weight may be taken away."""

    def fits(self, body: Any, method: str) -> bool:
        return isinstance(body, dict) and super().fits({name: held for name, held in body.items() if held is not None}, method)


class Reset(Optional):
    """Takes null for its own usual weight."""

    def patch(self, name: str, body: dict[str, Any], request: Request) -> Response:
        return super().patch(name, {field: 5 if held is None else held for field, held in body.items()}, request)


class Heavy(Optional):
    """Takes null for nothing said."""

    def patch(self, name: str, body: dict[str, Any], request: Request) -> Response:
        return super().patch(name, {field: held for field, held in body.items() if held is not None}, request)


class NeverBlank(Loose):
    """Refuses empty texts, whatever its document says."""

    def fits(self, body: Any, method: str) -> bool:
        return super().fits(body, method) and "" not in body.values()


class Crossed(Shelf):
    """Its list shows of each thing what was written for the next."""

    times = 10**9

    def list(self, who: str) -> Response:
        held = json.loads(super().list(who).body)
        self.times -= bool(held)
        crossed = [{**one, "note": other.get("note", "none")} for one, other in zip(held, held[1:] + held[:1], strict=True)]
        return self.answer(200, crossed if self.times >= 0 else held)


class CrossedOnce(Crossed):
    times = 1


class Curt(Crossed):
    """Answers a create with nothing but the id."""

    def create(self, who: str, body: dict[str, Any]) -> Response:
        return self.answer(201, {"id": json.loads(super().create(who, body).body)["id"]})


class Preset(Loose):
    """What is not said to be heavy weighs what its document says."""

    preset: int | None = 5

    def create(self, who: str, body: dict[str, Any]) -> Response:
        return super().create(who, {**({"weight": self.preset} if self.preset is not None else {}), **body})


class PresetWrong(Preset):
    preset = 6


class PresetNone(Preset):
    """Shows nothing where nothing was said."""

    preset = None


class Reused(Shelf):
    """What is made after a deletion goes by the name of what was deleted."""

    free: str | None = None

    def delete(self, name: str, _body: Any, request: Request) -> Response:
        self.free = name
        return super().delete(name, _body, request)

    def create(self, who: str, body: dict[str, Any]) -> Response:
        name, self.free = self.free, None
        if name is None:
            return super().create(who, body)
        self.things[name] = {"id": name, "created_at": f"t{self.clock}", **body}
        return self.answer(201, self.things[name])


class Counted(Shelf):
    """Gives each thing the first number that is free."""

    def create(self, who: str, body: dict[str, Any]) -> Response:
        name = next(str(number) for number in range(1, 99) if str(number) not in self.things)
        self.owners[name] = who
        self.things[name] = {"id": name, "created_at": f"t{self.clock}", **body}
        return self.answer(201, self.things[name])


class Bytes(Loose):
    """Keeps what two bytes hold of a number."""

    def patch(self, name: str, body: dict[str, Any], request: Request) -> Response:
        return super().patch(name, {field: held & 0xFFFF if field == "weight" else held for field, held in body.items()}, request)


class Single(Loose):
    """Keeps what a number of four bytes with a point holds."""

    def patch(self, name: str, body: dict[str, Any], request: Request) -> Response:
        held = {field: int(unpack("f", pack("f", held))[0]) if field == "weight" else held for field, held in body.items()}
        return super().patch(name, held, request)


class Light(Loose):
    """Refuses what is heavy."""

    def fits(self, body: Any, method: str) -> bool:
        return super().fits(body, method) and body.get("weight", 0) < 1000


def loose(**more: Any) -> dict[str, Any]:
    """The document of a shelf that takes texts of any length, and ``more``."""
    spec = json.dumps(document()).replace('"minLength": 1, "maxLength": 60', '"maxLength": 60')
    found: dict[str, Any] = json.loads(spec.replace('"note": ', f'{json.dumps(more)[1:-1]}, "note": ') if more else spec)
    return found


def weighed() -> dict[str, Any]:
    return loose(weight={"type": "integer"})


def optional() -> dict[str, Any]:
    return loose(weight={"type": ["integer", "null"]})


def unsaid() -> dict[str, Any]:
    return loose(weight={"type": ["integer", "null"], "default": None})


def preset() -> dict[str, Any]:
    return loose(weight={"type": "integer", "default": 5})


@pytest.mark.parametrize(
    ("service", "spec", "check"),
    [
        (Sticky, loose, "update-ignored"),
        (Heavy, optional, "update-ignored"),
        (Crossed, document, "views-differ"),
        (Curt, document, "views-differ"),
        (PresetWrong, preset, "default-ignored"),
        (Reused, document, "create-mixed-up"),
        (Bytes, weighed, "update-ignored"),
        (Single, weighed, "update-ignored"),
    ],
)
def test_a_defect_of_what_is_shown_is_found(tmp_path: Path, service: type[Shelf], spec: Any, check: str) -> None:
    assert check in findings(tmp_path, service(), spec())


@pytest.mark.parametrize(
    ("service", "spec"),
    [
        (Loose, loose),
        (Leaves, loose),
        (NeverBlank, loose),
        (CrossedOnce, document),
        (Counted, document),
        (Loose, weighed),
        (Light, weighed),
        (Preset, preset),
        (Optional, optional),
        (Reset, optional),
        (Heavy, unsaid),
        (PresetNone, preset),
    ],
)
def test_a_habit_of_what_is_shown_is_no_fault(tmp_path: Path, service: type[Shelf], spec: Any) -> None:
    # What a document does not say of texts and numbers that are refused is for checks of one exchange.
    assert findings(tmp_path, service(), spec()) <= {"valid-refused"}


class Kinds(Loose):
    """Its list shows things as they were made, with the type that they had."""

    def __init__(self) -> None:
        super().__init__()
        self.made: dict[str, dict[str, Any]] = {}

    def create(self, who: str, body: dict[str, Any]) -> Response:
        answer = super().create(who, body)
        self.made[f"thing-{len(self.owners):08}"] = json.loads(answer.body)
        return answer

    def list(self, who: str) -> Response:
        return self.answer(200, [held for name, held in self.made.items() if self.owners[name] == who and name in self.things])


def test_a_type_that_clients_write_does_not_excuse_a_list_that_is_old(tmp_path: Path) -> None:
    assert "read-stale" in findings(tmp_path, Kinds(), loose(type={"type": "string"}))


class Acting(Shelf):
    """Things can be archived, restarted, and looked at as they would be."""

    keeps = True

    def respond(self, request: Request) -> Response:
        above, _, verb = request.url.rpartition("/")
        name = above.rpartition("/")[2]
        if verb not in {"archive", "restart", "preview"}:
            return super().respond(request)
        if name not in self.things or request.header("authorization") != self.owners[name]:
            return self.answer(404)
        state = {"archive": "archived", "restart": "restarting", "preview": "archived"}[verb]
        if verb == "archive" and self.keeps:
            self.things[name]["status"] = state
        return self.answer(200, {**self.things[name], "status": state})

    def create(self, who: str, body: dict[str, Any]) -> Response:
        return super().create(who, {**body, "status": "running"})


class Forgetful(Acting):
    """Says that it is archived, and goes on as before."""

    keeps = False


@pytest.mark.parametrize(("service", "wrong"), [(Acting, set()), (Forgetful, {"read-stale"})])
def test_what_an_action_answers_is_so_afterwards(tmp_path: Path, service: type[Shelf], wrong: set[str]) -> None:
    thing = json.loads(json.dumps(document()).replace('"created_at": ', '"status": {"type": "string"}, "created_at": '))
    one = thing["paths"]["/things"]["post"]["responses"]["201"]
    for verb in ("archive", "restart", "preview"):
        thing["paths"][f"/things/{{thing_id}}/{verb}"] = {
            "parameters": [{"name": "thing_id", **PARAMETER}],
            "post": {"responses": {"200": one, "404": ANY, "401": ANY}},
        }
    assert findings(tmp_path, service(), thing) == wrong


class Racked(Shelf):
    """Racks with things in them."""

    strict = True

    def __init__(self) -> None:
        super().__init__()
        self.racks: dict[str, Shelf] = {}

    def respond(self, request: Request) -> Response:
        parts = urlsplit(request.url).path.strip("/").split("/")
        who = request.header("authorization") or ""
        if len(parts) < 3:
            return self.rack(request, parts, who)
        rack = self.racks.get(parts[1])
        if rack is None or self.owners[parts[1]] != who:
            return self.unknown(request, parts)
        return rack.respond(replace(request, url=f"http://x/{'/'.join(parts[2:])}"))

    def rack(self, request: Request, parts: list[str], who: str) -> Response:
        if request.method == "POST":
            name = f"rack-{len(self.racks) + 1:08}"
            self.racks[name], self.owners[name] = Shelf(), who
            return self.answer(201, {"id": name})
        known = len(parts) == 2 and self.owners.get(parts[1]) == who
        return self.answer(200, {"id": parts[1]}) if known and request.method == "GET" else self.answer(404)

    def unknown(self, request: Request, parts: list[str]) -> Response:
        return self.answer(404)


class Open(Racked):
    """Any rack shows what is in the first."""

    def unknown(self, request: Request, parts: list[str]) -> Response:
        first = next(iter(self.racks.values()), None)
        is_read = first is not None and request.method == "GET"
        return first.respond(replace(request, url=f"http://x/{'/'.join(parts[2:])}")) if first and is_read else self.answer(404)


class Unlisted(Racked):
    """Lists nothing of a rack that it does not know."""

    def unknown(self, request: Request, parts: list[str]) -> Response:
        return self.answer(200, []) if request.method == "GET" and len(parts) == 3 else self.answer(404)


@pytest.mark.parametrize(("service", "wrong"), [(Racked, False), (Unlisted, False), (Open, True)])
def test_what_is_in_one_thing_is_not_shown_in_another(tmp_path: Path, service: type[Shelf], wrong: bool) -> None:
    spec = document()
    things = {f"/racks/{{rack_id}}{path}": item for path, item in spec["paths"].items()}
    for item in things.values():
        item["parameters"] = [{"name": "rack_id", **PARAMETER}, *item.get("parameters", [])]
        for operation in (held for name, held in item.items() if name != "parameters"):
            operation["responses"].setdefault("404", ANY)
    rack = {"type": "object", "properties": {"id": {"type": "string"}}}
    one = {"description": "one", "content": {"application/json": {"schema": rack}}}
    spec["paths"] = {
        "/racks": {"post": {**takes({"type": "object"}), "responses": {"201": one, "401": ANY, "422": ANY}}},
        "/racks/{rack_id}": {
            "parameters": [{"name": "rack_id", **PARAMETER}],
            "get": {"responses": {"200": one, "404": ANY, "401": ANY}},
        },
        **things,
    }
    assert ("parent-ignored" in findings(tmp_path, service(), spec)) is wrong
