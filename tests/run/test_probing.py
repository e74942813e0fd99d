"""Which requests probes are made from, to what, and when."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from conformance.model.message import NoResponse, Request, Response
from conformance.model.record import Case, Exchange, Intent
from conformance.run.judge import Judge, Judged
from conformance.run.plan import Unit
from conformance.run.probing import Alive, Prober

OK: dict[str, Any] = {"responses": {"200": {"description": "ok"}, "404": {"description": "none"}, "422": {"description": "no"}}}
BODY: dict[str, Any] = {"requestBody": {"content": {"application/json": {"schema": {
    "type": "object", "properties": {"name": {"type": "string"}, "nick": {"type": "string"}, "age": {"type": "integer"}}}}}}}  # fmt: skip
ID = {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]}
PATHS: dict[str, Any] = {
    "/pets": {"get": OK, "post": {**OK, **BODY}},
    "/pets/{id}": {**ID, "get": OK, "patch": {**OK, **BODY}, "delete": OK},
    "/pets/{id}/toys": {**ID, "get": OK},
}
SECURE = {
    "security": [{"key": []}],
    "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
}
HEADERS = (("Authorization", "Bearer t"), ("Content-Type", "application/json"))


class Service:
    """Answers 200 to everything, unless it is told otherwise, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.refuses: Callable[[Request], bool] = lambda _: False

    def respond(self, request: Request) -> Response | NoResponse:
        self.asked.append(request)
        return Response(status=422 if self.refuses(request) else 200)

    def paths(self, method: str) -> set[str]:
        return {urlsplit(request.url).path for request in self.asked if request.method == method}


class Bench:
    """A prober, and what it is shown."""

    def __init__(self, document: Any, *, safely: bool = False) -> None:
        self.judge = Judge(document, base_url="http://api")
        self.service = Service()
        unit = Unit(
            name="pets", labels=tuple(document.by_label), phases=("coverage",), seed=1, max_examples=1, safe_probes=safely
        )
        self.prober = Prober(document, unit, self.service)

    def judged(self, exchange: Exchange) -> Judged:
        found = self.judge(exchange)
        self.prober.see(exchange, found)
        return found

    def exchange(self, method: str, path: str, body: Any = None, status: int = 200) -> Exchange:
        raw = b"" if body is None else json.dumps(body).encode()
        case = Case(id="1", operation="", stage="fuzz", phase="lifecycle", intent=Intent.POSITIVE)
        request = Request(method=method, url=f"http://api{path}", headers=HEADERS if raw else HEADERS[:1], body=raw)
        return Exchange(request=request, response=Response(status=status), case=case, operation=None)

    def see(self, *steps: tuple[Any, ...]) -> None:
        for step in steps:
            self.judged(self.exchange(*step))

    def rounds(self, most: int | None = None) -> list[str]:
        found = self.prober.rounds(self.judged, until=lambda: most is not None and len(self.service.asked) >= most)
        return [finding.id for finding in found]


@pytest.fixture
def bench(make_document: Any) -> Bench:
    return Bench(make_document(PATHS, **SECURE))


def test_every_operation_has_its_turn_before_one_has_a_second(bench: Bench) -> None:
    bench.see(("GET", "/pets"), ("POST", "/pets", {"name": "a"}), ("GET", "/pets/1"), ("PATCH", "/pets/1", {"name": "b"}))
    bench.rounds(most=4)
    assert [(request.method, urlsplit(request.url).path) for request in bench.service.asked] == [
        ("GET", "/pets"), ("POST", "/pets"), ("GET", "/pets/1"), ("PATCH", "/pets/1"),
    ]  # fmt: skip
    assert all(request.header("authorization") is None for request in bench.service.asked)


def test_a_deleted_thing_is_left_for_one_that_is_there(bench: Bench) -> None:
    bench.see(("GET", "/pets/1"), ("GET", "/pets/2"), ("PATCH", "/pets/1", {"name": "b"}), ("GET", "/pets/1/toys"),
              ("DELETE", "/pets/1"))  # fmt: skip
    bench.rounds()
    assert "/pets/1" not in bench.service.paths("PATCH")
    assert "/pets/2" in bench.service.paths("PATCH")
    assert "/pets/2/toys" in bench.service.paths("GET")


def test_what_might_be_deleted_is_deleted_last(bench: Bench) -> None:
    bench.see(("GET", "/pets/2"), ("DELETE", "/pets/1"))
    bench.rounds()
    methods = [request.method for request in bench.service.asked]
    first = methods.index("DELETE")
    assert set(methods[first:]) == {"DELETE"}
    assert "/pets/1" not in bench.service.paths("DELETE")


def test_nobodys_credentials_that_are_taken_are_a_finding(bench: Bench) -> None:
    bench.see(("GET", "/pets"))
    assert bench.rounds() == ["auth-unverified", "auth-unverified"]


def test_what_is_refused_in_all_places_is_asked_in_some(bench: Bench) -> None:
    def refuses(request: Request) -> bool:
        return b'"name": "\'' in request.body

    bench.service.refuses = refuses
    bench.see(("POST", "/pets", {"name": "a", "nick": "b", "age": 1}))
    bench.rounds()
    bodies = [
        json.loads(request.body) for request in bench.service.asked if request.method == "POST" and b"\\\\<b>" in request.body
    ]
    assert any(body["name"] == "a" and "'" in body["nick"] for body in bodies)


def test_an_operation_is_probed_once_and_an_echo_follows_a_few_times(bench: Bench) -> None:
    exchange = bench.exchange("GET", "/pets")
    for _ in range(2):
        list(bench.prober.after(exchange, bench.judged(exchange), bench.judged))
    assert sum(request.header("authorization") is None for request in bench.service.asked) == 1
    gone = bench.exchange("DELETE", "/pets/7", status=200)
    for _ in range(4):
        list(bench.prober.after(gone, bench.judged(gone), bench.judged))
    assert [urlsplit(request.url).path for request in bench.service.asked].count("/pets/7") == 2


def test_an_operation_that_accepts_nothing_is_asked_what_it_can_be_asked(bench: Bench) -> None:
    exchange = bench.exchange("GET", "/pets/7", status=404)
    for turn in range(1, 9):
        assert bool(bench.service.asked) is (turn > 6)
        list(bench.prober.after(exchange, bench.judged(exchange), bench.judged))
    assert len({request.url for request in bench.service.asked}) == 4


def test_no_probe_of_a_target_elsewhere_has_a_method_that_could_change_something(make_document: Any) -> None:
    bench = Bench(make_document({"/pets": {"get": OK}}), safely=True)
    bench.see(("GET", "/pets"))
    bench.rounds()
    assert {request.method for request in bench.service.asked} == {"GET", "HEAD", "OPTIONS", "TRACE"}


def test_what_is_there_is_known_by_the_paths_that_were_accepted(make_document: Any) -> None:
    document = make_document({"/a/{x}/b/{y}": {"get": OK, "delete": OK}, "/a/{x}": {"delete": OK}})
    read, drop = document.by_label["GET /a/{x}/b/{y}"], document.by_label["DELETE /a/{x}"]
    alive = Alive()
    alive.see(read, ("1", "2"))
    alive.see(read, ("3", "4"))
    assert alive.another(read, ("9", "9")) == ("3", "4")
    alive.see(drop, ("3",))
    assert alive.is_gone(read, ("3", "4"))
    assert alive.another(read, ("9", "9")) == ("1", "2")
    alive.see(document.by_label["DELETE /a/{x}/b/{y}"], ("1", "2"))
    assert alive.another(read, ("9", "9")) == ("1", "9")
