"""Lists are walked as their document says, accused of what they clearly do, and of nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from conformance.model.message import NoResponse, Request, Response
from conformance.run.fuzz import UnitResult, fuzz
from conformance.run.lifecycle.teller import PHASE
from conformance.run.plan import Unit
from conformance.run.retelling import tell_again
from conformance.run.setting import Setting, opened

TEXT = {"type": "string", "maxLength": 40}
SHIP = {"type": "object", "required": ["id", "name"],
        "properties": {"id": {"type": "string"}, "name": TEXT, "deck": {"type": "integer"}}}  # fmt: skip
NEW = {"type": "object", "required": ["name"], "properties": {"name": TEXT, "deck": {"type": "integer"}}}
META = {"type": "object", "properties": {"total": {"type": "integer"}, "page_number": {"type": "integer"},
                                         "has_more": {"type": "boolean"}, "next": {"type": "string"}}}  # fmt: skip
LIST = {"type": "object", "properties": {"data": {"type": "array", "items": SHIP}, "meta": META}}
SIZE = {"name": "page_size", "schema": {"type": "integer", "minimum": 1, "maximum": 100}}
NUMBER = {"name": "page_number", "schema": {"type": "integer", "minimum": 1}}
NAME = {"name": "filter[name]", "schema": TEXT}
SORT = {"name": "sort", "description": "One of `name` and `deck`; with `-` before it, descending.", "schema": {"type": "string"}}
Listing = dict[str, Any]


def content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def paths(*parameters: dict[str, Any], creates: bool = True) -> dict[str, Any]:
    listing = {"parameters": [{"in": "query", **one} for one in parameters], "responses": {
        "200": {"description": "ok", "headers": {"Link": {"schema": {"type": "string"}}}, **content(LIST)},
        "404": {"description": "no such page"}, "400": {"description": "no"}}}  # fmt: skip
    make = {"requestBody": {"required": True, **content(NEW)},
            "responses": {"201": {"description": "made", **content(SHIP)}, "422": {"description": "no"}}}  # fmt: skip
    read = {"responses": {"200": {"description": "ok", **content(SHIP)}, "404": {"description": "unknown"}}}
    return {
        "/ships": {"get": listing, **({"post": make} if creates else {})},
        "/ships/{id}": {"parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                        "get": read, "delete": {"responses": {"204": {"description": "gone"}, **read["responses"]}}},
    }  # fmt: skip


class Ships:
    """A list of ships. ``shown`` may spoil a page: it takes the ships that there are, the query, and the true page."""

    def __init__(
        self, spoil: Callable[[list[Listing], dict[str, str], Listing], Listing] | None = None, *, there: int = 0
    ) -> None:
        self.ships = {
            str(100 + index): {"id": str(100 + index), "name": f"ship {index}", "deck": index} for index in range(there)
        }
        self.asked: list[str] = []
        self._spoil, self._made = spoil, there

    def respond(self, request: Request) -> Response | NoResponse:
        parts = urlsplit(request.url)
        name = unquote(parts.path).removeprefix("/ships").removeprefix("/")
        query = dict(parse_qsl(parts.query))
        if name:
            return self.one(request.method, name)
        if request.method == "POST":
            return self.made(request)
        if request.method != "GET":
            return Response(status=405, headers=(("Allow", "GET, POST"),))
        self.asked.append(unquote(parts.query))
        return self.listed(query)

    def one(self, method: str, name: str) -> Response:
        if name not in self.ships:
            return Response(status=404)
        if method == "DELETE":
            del self.ships[name]
            return Response(status=204)
        return said(200, self.ships[name]) if method == "GET" else Response(status=405, headers=(("Allow", "GET, DELETE"),))

    def made(self, request: Request) -> Response:
        try:
            sent = json.loads(request.body)
        except ValueError:
            return Response(status=422)
        if not isinstance(sent, dict) or not isinstance(sent.get("name"), str) or not isinstance(sent.get("deck", 0), int):
            return Response(status=422)
        self._made += 1
        name = str(100 + self._made)
        self.ships[name] = {"deck": 0, **{key: sent[key] for key in ("name", "deck") if key in sent}, "id": name}
        return said(201, self.ships[name])

    def kept(self, query: dict[str, str]) -> list[Listing]:
        ships = list(self.ships.values())
        for wire in {"name", "filter[name]"} & query.keys():
            ships = [ship for ship in ships if ship["name"] == query[wire]]
        by = query.get("sort", "").lstrip("-")
        return (
            sorted(ships, key=lambda ship: ship[by], reverse=query["sort"].startswith("-")) if by in {"name", "deck"} else ships
        )

    def listed(self, query: dict[str, str]) -> Response:
        ships, size, number = self.kept(query), int(query.get("page_size", 20)), int(query.get("page_number", 1))
        start = (number - 1) * size
        page = {"data": ships[start : start + size],
                "meta": {"total": len(ships), "page_number": number, "has_more": start + size < len(ships)}}  # fmt: skip
        return said(200, self._spoil(ships, query, page) if self._spoil is not None else page)


def said(status: int, body: Any, *headers: tuple[str, str]) -> Response:
    return Response(status=status, headers=(("Content-Type", "application/json"), *headers), body=json.dumps(body).encode())


LABELS = ("GET /ships", "POST /ships", "GET /ships/{id}", "DELETE /ships/{id}")
Told = Callable[..., set[str]]


@pytest.fixture
def told(make_document: Any) -> Told:
    """The ids of what stories find at a service."""

    def tell(service: Any, *parameters: dict[str, Any], creates: bool = True) -> set[str]:
        document = make_document(paths(*(parameters or (SIZE, NUMBER, NAME, SORT)), creates=creates))
        labels = tuple(label for label in LABELS if label in document.by_label)
        setting = Setting(spec=document.source.uri, base_url="http://ships.test")
        result = fuzz(Unit(name="ships", labels=labels, phases=(PHASE,), seed=1, max_examples=1), setting, through=service)
        assert not result.accidents
        return {finding.id for finding in result.findings.values() if not finding.flaky}

    return tell


@pytest.mark.parametrize("there", [0, 1, 2, 7, 300])
def test_a_list_that_keeps_its_promises_is_accused_of_nothing(told: Told, there: int) -> None:
    assert told(Ships(there=there)) == set()
    assert told(Ships(there=there), creates=False) == set()


def without_meta(ships: list[Listing], query: dict[str, str], page: Listing) -> Listing:
    return {"data": page["data"]}


def capped(ships: list[Listing], query: dict[str, str], page: Listing) -> Listing:
    page["meta"]["total"] = min(1000, 10 * 1000)
    return page


def small(ships: list[Listing], query: dict[str, str], page: Listing) -> Listing:
    return page | {"data": page["data"][:1], "meta": {"total": len(ships)}}


@pytest.mark.parametrize("spoil", [without_meta, capped])
def test_what_a_service_may_leave_out_or_count_no_further_is_no_finding(told: Told, spoil: Any) -> None:
    assert told(Ships(spoil, there=5)) == set()


def off_by_one(ships: list[Listing], query: dict[str, str], page: Listing) -> Listing:
    page["meta"]["total"] += 1
    return page


def unfiltered_total(ships: list[Listing], query: dict[str, str], page: Listing) -> Listing:
    page["meta"]["total"] += 3 if "filter[name]" in query else 0
    return page


def always_first(ships: list[Listing], query: dict[str, str], page: Listing) -> Listing:
    page["meta"]["page_number"] = 1
    return page


def never_more(ships: list[Listing], query: dict[str, str], page: Listing) -> Listing:
    page["meta"]["has_more"] = False
    del page["meta"]["total"]
    return page


def one_back(ships: list[Listing], query: dict[str, str], page: Listing) -> Listing:
    start = (int(query.get("page_number", 1)) - 1) * int(query.get("page_size", 20))
    return page | {"data": ships[max(start - 1, 0) : max(start - 1, 0) + int(query.get("page_size", 20))]}


def filter_inverted(ships: list[Listing], query: dict[str, str], page: Listing) -> Listing:
    wrong = [{"id": "1", "name": "another", "deck": 1}]
    return {"data": wrong} if "filter[name]" in query else page


def filter_empty(ships: list[Listing], query: dict[str, str], page: Listing) -> Listing:
    return {"data": []} if "filter[name]" in query else page


def turned(ships: list[Listing], query: dict[str, str], page: Listing) -> Listing:
    return page | {"data": page["data"][::-1]} if "sort" in query else page


@pytest.mark.parametrize(("spoil", "check"), [
    (off_by_one, "total-wrong"), (unfiltered_total, "total-wrong"), (always_first, "page-info-wrong"),
    (never_more, "page-info-wrong"), (one_back, "page-overlap"), (filter_inverted, "filter-ignored"),
    (filter_empty, "filter-loses"), (turned, "sort-ignored"),
])  # fmt: skip
def test_a_broken_promise_is_seen(told: Told, spoil: Any, check: str) -> None:
    assert check in told(Ships(spoil, there=3))


@pytest.mark.parametrize("words", ["An approximate number of ships.", "The total is not exact.", "Estimated number of ships"])
def test_a_total_that_the_document_calls_an_estimate_may_be_one(told: Told, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(META["properties"], "total", {"type": "integer", "description": words})
    assert told(Ships(off_by_one, there=3)) == set()


class Linked(Ships):
    """Leads from page to page by links alone."""

    def __init__(self, **others: Any) -> None:
        super().__init__(**others)
        self.step = 2

    def listed(self, query: dict[str, str]) -> Response:
        start, ships = int(query.get("from_here", 0)), list(self.ships.values())
        links = [f'<http://ships.test/ships?from_here={start + self.step}>; rel="next"'] if start + 2 < len(ships) else []
        links.append('</ships>; rel="first"')
        return said(200, {"data": ships[start : start + 2], "meta": {"total": len(ships)}}, ("Link", ", ".join(links)))


def test_links_lead_to_the_end(told: Told) -> None:
    service = Linked(there=5)
    assert told(service, {"name": "other", "schema": TEXT}) == set()
    assert {"from_here=2", "from_here=4"} <= set(service.asked)


def test_links_that_leave_something_out_are_seen(told: Told) -> None:
    service = Linked(there=5)
    service.step = 3
    assert "total-wrong" in told(service, {"name": "other", "schema": TEXT})


class After(Ships):
    """Goes on after the thing that was seen last."""

    def listed(self, query: dict[str, str]) -> Response:
        names = list(self.ships)
        start = names.index(query["starting_after"]) + 1 if query.get("starting_after") in self.ships else 0
        end = start + int(query.get("limit", 10))
        return said(200, {"data": [self.ships[name] for name in names[start:end]], "meta": {"has_more": end < len(names)}})


def test_a_list_is_walked_by_what_was_seen_last(told: Told) -> None:
    service = After(there=3)
    limit, after = {"name": "limit", "schema": SIZE["schema"]}, {"name": "starting_after", "schema": {"type": "string"}}
    assert told(service, limit, after) == set()
    assert "limit=2&starting_after=101" in service.asked


class Pointing(Ships):
    """Gives the address of the next page."""

    def listed(self, query: dict[str, str]) -> Response:
        start, ships = int(query.get("cursor", 0)), list(self.ships.values())
        more = {"next": f"http://ships.test/ships?cursor={start + 2}&page_size=2"} if start + 2 < len(ships) else {}
        return said(200, {"data": ships[start : start + 2], "meta": more})


def test_an_address_of_the_next_page_is_followed(told: Told) -> None:
    service = Pointing(there=5)
    assert told(service, SIZE, {"name": "cursor", "schema": {"type": "string"}}) == set()
    assert "page_size=2&cursor=4" in service.asked


class Busy(Ships):
    """Somebody else creates a ship at the head of the list before every answer."""

    def listed(self, query: dict[str, str]) -> Response:
        self._made += 1
        self.ships = {f"x{self._made}": {"id": f"x{self._made}", "name": f"another {self._made}", "deck": 9}, **self.ships}
        return super().listed(query)


def test_who_writes_at_the_same_time_makes_no_finding(told: Told) -> None:
    assert told(Busy(there=4)) == set()


class Lagging(Ships):
    """What is created is listed only after a while."""

    def __init__(self, lag: int, **others: Any) -> None:
        super().__init__(**others)
        self.lag, self.late = lag, 0

    def listed(self, query: dict[str, str]) -> Response:
        self.late += 1
        whole = self.ships
        self.ships = whole if self.late > self.lag else dict(list(whole.items())[:-1])
        answer = super().listed(query)
        self.ships = whole
        return answer


def test_what_is_listed_a_little_later_is_no_finding_and_what_never_is_is_one(told: Told) -> None:
    assert "created-unlisted" not in told(Lagging(4))
    assert "created-unlisted" in told(Lagging(1000))


class Clamped(Ships):
    """Refuses pages that there are not."""

    def listed(self, query: dict[str, str]) -> Response:
        size, number = int(query.get("page_size", 20)), int(query.get("page_number", 1))
        return Response(status=404) if number > 1 and (number - 1) * size >= len(self.kept(query)) else super().listed(query)


def test_a_page_that_is_not_there_may_be_refused(told: Told) -> None:
    assert told(Clamped(there=4)) == set()
    wrong = Clamped(off_by_one, there=4)
    assert "total-wrong" in told(wrong)


def walked(make_document: Any, service: Any) -> tuple[UnitResult, Setting]:
    document = make_document(paths(SIZE, NUMBER))
    setting = Setting(spec=document.source.uri, base_url="http://ships.test")
    labels = tuple(label for label in LABELS if label in document.by_label)
    return fuzz(Unit(name="ships", labels=labels, phases=(PHASE,), seed=1, max_examples=1), setting, through=service), setting


class OffOnce(Ships):
    """Counts one too many, until something is deleted."""

    def one(self, method: str, name: str) -> Response:
        self._spoil = None if method == "DELETE" else self._spoil
        return super().one(method, name)


def test_what_does_not_come_back_when_the_story_is_told_again_is_flaky(make_document: Any) -> None:
    for service, flaky in ((OffOnce(off_by_one), True), (Ships(off_by_one), False)):
        result, _ = walked(make_document, service)
        [found] = [one for one in result.findings.values() if one.id == "total-wrong"]
        assert found.flaky is flaky


def test_a_finding_of_a_story_has_what_goes_before_it_in_order(make_document: Any) -> None:
    result, _ = walked(make_document, Ships(one_back))
    [found] = [one for one in result.findings.values() if one.id == "page-overlap"]
    assert [step.request.method for step in found.lead] == ["POST", "POST", "POST", "GET"]
    assert "page_number" not in found.lead[-1].request.url
    assert found.request is not None
    assert "page_number=2" in found.request.url


def test_a_story_is_told_again_until_all_is_there_and_nothing_is_left(make_document: Any) -> None:
    result, setting = walked(make_document, Ships(one_back))
    [found] = [one for one in result.findings.values() if one.id == "page-overlap"]
    service, unit = Ships(one_back), Unit(name="ships", labels=LABELS, phases=(PHASE,), seed=1, max_examples=1)
    retold = tell_again(opened(setting), setting, unit, [found], responder=service)
    assert found.fingerprint in retold.found
    assert retold.found[found.fingerprint].lead
    assert service.ships == {}
    sound = tell_again(opened(setting), setting, unit, [found], responder=Ships())
    assert not sound.found
    assert sound.is_refuted(found)
    assert retold.requests < sound.requests


def test_a_list_that_is_too_long_to_be_seen_to_its_end_refutes_nothing(make_document: Any) -> None:
    result, setting = walked(make_document, Ships(off_by_one))
    [found] = [one for one in result.findings.values() if one.id == "total-wrong"]
    unit = Unit(name="ships", labels=LABELS, phases=(PHASE,), seed=1, max_examples=1)
    retold = tell_again(opened(setting), setting, unit, [found], responder=Ships(there=20_000))
    assert not retold.found
    assert not retold.is_refuted(found)


def test_a_list_that_must_be_asked_by_something_is_asked_by_what_there_is(told: Told) -> None:
    service = Ships()
    assert told(service, SIZE, NUMBER, {"name": "name", "required": True, "schema": TEXT}) == set()
    made = re.compile(r"name=conformance \w+ [234]")
    assert any(made.fullmatch(part) for query in service.asked for part in query.split("&"))
