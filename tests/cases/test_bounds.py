"""Values at their bounds, everywhere at once."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from conformance.cases.bounds import bounds
from conformance.cases.probe import Probe
from conformance.cases.wording import mistyped, unreadable, worded
from conformance.model.message import Request
from conformance.spec.reading import RequestReading, read_request

JSON = {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "object"}}}}}
BODY = {"type": "object", "required": ["name"], "properties": {
    "name": {"type": "string", "minLength": 2, "maxLength": 5}, "level": {"type": "integer", "minimum": 1, "maximum": 9},
    "over": {"type": "integer", "exclusiveMaximum": 10}, "kind": {"enum": ["a", "b", "c"]}, "is_on": {"type": "boolean"},
    "free": {"type": "string"}, "day": {"type": "string", "format": "date", "maxLength": 10},
    "tags": {"type": "array", "maxItems": 3, "items": {"type": "string"}}}}  # fmt: skip
QUERY = [{"name": "size", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 50}},
         {"name": "sort", "in": "query", "schema": {"enum": ["up", "down"]}}]  # fmt: skip


def read(make_document: Any, body: Any, content_type: str = "application/json") -> tuple[RequestReading, Request]:
    document = make_document({"/pets": {"post": {
        "parameters": QUERY, "requestBody": {"content": {"application/json": {"schema": BODY}}}, "responses": JSON}}})  # fmt: skip
    request = Request(
        method="POST", url="http://api/pets", headers=(("Content-Type", content_type),), body=json.dumps(body).encode()
    )
    return read_request(document.by_label["POST /pets"], request, {}), request


def bounded(make_document: Any, body: Any) -> list[Probe]:
    reading, request = read(make_document, body)
    return list(bounds(reading.operation, reading, request))


def sent(probe: Probe) -> tuple[Any, Any]:
    return json.loads(probe.request.body), parse_qs(urlsplit(probe.request.url).query)


def test_every_place_has_its_greatest_and_its_least(make_document: Any) -> None:
    greatest, least, *_ = bounded(make_document, {"name": "abc", "tags": ["t"], "day": "2026-01-01"})
    assert sent(greatest) == ({"name": "abcab", "level": 9, "over": 9, "kind": "c", "is_on": True, "tags": ["t", "t", "t"],
                               "day": "2026-01-01"}, {"size": ["50"], "sort": ["down"]})  # fmt: skip
    assert sent(least) == ({"name": "ab", "level": 1, "kind": "a", "is_on": False, "tags": [], "day": "2026-01-01"},
                           {"size": ["1"], "sort": ["up"]})  # fmt: skip


def test_every_listed_value_has_its_turn(make_document: Any) -> None:
    kinds = {sent(probe)[0].get("kind") for probe in bounded(make_document, {"name": "abc"})}
    assert kinds == {"a", "b", "c"}


def test_all_of_them_keep_the_contract(make_document: Any) -> None:
    reading, _ = read(make_document, {"name": "abc"})
    for probe in bounded(make_document, {"name": "abc", "tags": ["t"]}):
        assert read_request(reading.operation, probe.request, {}).errors == ()


def test_other_words_mean_the_same(make_document: Any) -> None:
    reading, request = read(make_document, {"name": "abc"})
    both, accepted = worded(reading.operation, reading, request)
    assert both.halves is not None
    typed, written = both.halves()
    assert typed.request.header("content-type") == "Application/JSON; charset=utf-8"
    assert written.request.body == b' \n{\r\n\t"\\u006e\\u0061\\u006d\\u0065" : "\\u0061\\u0062\\u0063"\n}\r\n'
    assert (both.request.header("content-type"), both.request.body) == (
        typed.request.header("content-type"),
        written.request.body,
    )
    assert accepted.request.header("accept") == "application/*;q=0.9, */*;q=0.1"
    for probe in (both, typed, written, accepted):
        again = read_request(reading.operation, probe.request, {})
        assert (again.errors, again.oddities, again.body) == ((), (), reading.body)


def test_members_are_turned_around_and_halves_of_letters_stay_halves(make_document: Any) -> None:
    body = {"name": "😀\ud800", "tags": [], "level": 1.5}
    reading, request = read(make_document, body)
    both, _ = worded(reading.operation, reading, request)
    found = json.loads(both.request.body)
    assert (found, list(found)) == (body, ["level", "tags", "name"])


def test_a_body_may_say_nothing_of_its_kind_and_be_xml_where_none_is_taken(make_document: Any) -> None:
    reading, request = read(make_document, {"name": "abc"})
    untyped, xml = mistyped(reading.operation, reading, request)
    assert (untyped.request.header("content-type"), untyped.request.body) == (None, request.body)
    assert [error.kind for error in read_request(reading.operation, xml.request, {}).errors] == ["media-type"]


def test_what_nobody_can_read_breaks_the_contract(make_document: Any) -> None:
    reading, request = read(make_document, {"name": "abc"})
    found = list(unreadable(reading.operation, reading, request))
    assert [probe.request.body[:3] for probe in found] == [b"{}", b"[[[", b'{"\xff']
    assert all(read_request(reading.operation, probe.request, {}).errors for probe in found)
