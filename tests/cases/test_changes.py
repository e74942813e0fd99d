"""One change to a request: what is tried at which place, and what of it the reader says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import islice
from random import Random
from typing import Any

import pytest

from conformance.cases.changes import Base, changes
from conformance.cases.corpus import Corpus
from conformance.cases.edits import path_texts, with_path, with_query
from conformance.cases.mutants import mutants
from conformance.model.message import Request
from conformance.model.operation import Operation
from conformance.spec.reading import RequestReading, read_request

BODY = {
    "type": "object", "required": ["name", "kind"], "additionalProperties": False, "properties": {
        "name": {"type": "string", "minLength": 2, "maxLength": 8, "pattern": "^[a-z]+$"},
        "kind": {"type": "string", "enum": ["big", "small"]}, "count": {"type": "integer", "minimum": 1, "maximum": 9},
        "day": {"type": "string", "format": "date"}, "tags": {"type": "array", "maxItems": 2, "items": {"type": "string"}},
        "owner": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
        "made": {"type": "string", "readOnly": True}, "size": {"anyOf": [{"type": "integer"}, {"type": "string"}]}}}  # fmt: skip
PATHS = {"/shops/{shop}/things": {"post": {
    "parameters": [{"name": "shop", "in": "path", "required": True, "schema": {"type": "string"}},
                   {"name": "limit", "in": "query", "required": True, "schema": {"type": "integer", "maximum": 5}},
                   {"name": "filter", "in": "query", "style": "deepObject", "explode": True, "schema": {
                       "type": "object", "additionalProperties": False, "properties": {"name": {"type": "string"}}}}],
    "requestBody": {"required": True, "content": {"application/json": {"schema": BODY}}},
    "responses": {"201": {"description": "made"}}}}}  # fmt: skip
VALUE = {"name": "abc", "kind": "big", "count": 3, "day": "2026-01-02", "tags": ["a"], "owner": {"id": "x"}, "size": 1}


@pytest.fixture
def operation(make_document: Any) -> Operation:
    found: Operation = make_document(PATHS).operations[0]
    return found


def read(operation: Operation, request: Request) -> RequestReading:
    return read_request(operation, request, path_texts(operation, request))


@pytest.fixture
def base(operation: Operation) -> Base:
    request = Request(method="POST", url="http://a.test/v2/shops/s1/things?limit=3&filter[name]=n", body=json.dumps(VALUE).encode(),
                      headers=(("Content-Type", "application/json"), ("Authorization", "Bearer t")))  # fmt: skip
    return Base.of(request, read(operation, request))


def errors(base: Base, kind: str) -> list[tuple[str, ...]]:
    """The keywords that each change of a kind breaks."""
    made = [offer.make() for offer in changes(base) if offer.kind == kind]
    return [tuple(error.keyword for error in read(base.operation, one).errors) for one in made if one is not None]


def test_the_request_to_start_from_keeps_the_contract(base: Base) -> None:
    assert base.reading.errors == ()


@pytest.mark.parametrize(
    ("kind", "keywords"),
    [("missing", {"required"}), ("bad-enum", {"enum"}), ("too-long", {"maxLength", "maxItems"}), ("too-short", {"minLength"}),
     ("out-of-range", {"minimum", "maximum"}), ("bad-format", {"format"}), ("bad-pattern", {"pattern"}),
     ("unknown-field", {"additionalProperties"}), ("malformed", {"syntax"}), ("media-type", {"content"})],
)  # fmt: skip
def test_each_kind_of_breach_breaks_what_it_is_named_for(base: Base, kind: str, keywords: set[str]) -> None:
    found = errors(base, kind)
    assert all(found), "every one of them breaks the contract"
    assert {keyword for one in found for keyword in one} >= keywords


@pytest.mark.parametrize("kind", ["optional-absent", "enum-value", "unknown-id"])
def test_what_keeps_the_contract_breaks_nothing(base: Base, kind: str) -> None:
    found = errors(base, kind)
    assert found
    assert not any(found)


def test_every_place_has_its_nulls_and_wrong_types(base: Base) -> None:
    offers = list(changes(base))
    for kind in ("null", "wrong-type"):
        places = {offer.place.partition(" ")[0] for offer in offers if offer.kind == kind}
        assert places >= {"body:name", "body:count", "body:tags", "body:tags/*", "body:owner/id", "body:size"}
    assert not any("made" in offer.place for offer in offers), "what is the service's to say is left alone"


def test_the_parts_of_an_object_in_the_query_are_places_of_their_own(base: Base) -> None:
    made = [offer.make() for offer in changes(base) if offer.place.startswith("query:filter")]
    urls = [one.url for one in made if one is not None]
    assert any("filter[notInTheDocument]=text" in url for url in urls)
    assert any("filter[name]" not in url for url in urls), "left out"


def test_methods_are_tried_without_a_body_where_they_take_none(base: Base) -> None:
    made = {offer.place: offer.make() for offer in changes(base, methods=("DELETE", "PUT")) if offer.kind == "method"}
    assert {name: (one.method, bool(one.body)) for name, one in made.items() if one is not None} == {
        "DELETE": ("DELETE", False), "PUT": ("PUT", True)}  # fmt: skip


def test_the_same_chance_makes_the_same_mutants(base: Base) -> None:
    def some(seed: str) -> Sequence[Request]:
        stream = mutants(lambda: [base], Random(seed), reread=lambda request: Base.of(request, read(base.operation, request)))
        return [next(stream)[0] for _ in range(60)]

    assert some("a") == some("a")
    assert some("a") != some("b")


def test_mutants_keep_the_contract_and_break_it(base: Base) -> None:
    stream = mutants(lambda: [base], Random(1), reread=lambda request: Base.of(request, read(base.operation, request)))
    found = [next(stream) for _ in range(120)]
    broken = [bool(read(base.operation, request).errors) for request, places in found if places]
    assert len({request.body + request.url.encode() for request, _ in found}) > 60
    assert 10 < sum(broken) < len(broken) - 10


def test_the_corpus_keeps_the_richest_and_the_poorest_and_prefers_what_anybody_would_send(
    base: Base, operation: Operation
) -> None:
    corpus = Corpus()
    for count in range(3, 8):
        body = json.dumps(dict(list(VALUE.items())[:count])).encode()
        request = Request(method="POST", url=base.request.url, headers=base.request.headers, body=body)
        corpus.add(request, read(operation, request), is_plain=count < 7)
    assert corpus.richest is not None
    assert len(corpus.richest.reading.body) == 6
    assert {len(one.reading.body) for one in corpus.bases()} >= {3, 7}


def test_edits_leave_the_rest_of_a_request_as_it_was(operation: Operation) -> None:
    request = Request(method="GET", url="http://a.test/v2/shops/s%201/things?a=%2B&limit=1&limit=2&b=")
    assert with_path(operation, request, {"shop": "x/y"}).url == "http://a.test/v2/shops/x%2Fy/things?a=%2B&limit=1&limit=2&b="
    assert with_query(request, "limit", "7").url == "http://a.test/v2/shops/s%201/things?a=%2B&limit=7&b="
    assert with_query(request, "a", None).url == "http://a.test/v2/shops/s%201/things?limit=1&limit=2&b="


def test_a_mutant_of_mutants_is_no_longer_than_what_any_service_reads(base: Base, operation: Operation) -> None:
    bases = [base]
    for request, _ in islice(mutants(lambda: bases, Random(1), reread=lambda one: Base.of(one, read(operation, one))), 600):
        assert len(request.url) < 40_000
        assert len(request.body) < 500_000
        bases[:] = [*bases[-3:], Base.of(request, read(operation, request))]


def made(make_document: Any, schema: Any, value: Any) -> list[Any]:
    """The bodies of every change of a request with this one."""
    post = {"requestBody": {"content": {"application/json": {"schema": schema}}}, "responses": {"200": {"description": "ok"}}}
    operation = make_document({"/pets": {"post": post}}).operations[0]
    request = Request(method="POST", url="http://a.test/pets", body=json.dumps(value).encode(),
                      headers=(("Content-Type", "application/json"),))  # fmt: skip
    found = [offer.make() for offer in changes(Base.of(request, read(operation, request))) if offer.kind != "malformed"]
    return [json.loads(one.body) for one in found if one is not None and one.body]


def test_a_breach_in_a_list_stands_in_its_last_item(make_document: Any) -> None:
    item = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
    schema = {"type": "object", "properties": {"items": {"type": "array", "items": item}}}
    found = made(make_document, schema, {"items": [{"id": 1}]})
    assert {"items": [{"id": 1}, {"id": "text"}]} in found
    assert {"items": [{"id": 1}, {"id": 1.5}]} in found
    assert {"items": [{"id": 1}, {}]} in found


def test_a_breach_is_none_where_another_branch_takes_it(make_document: Any) -> None:
    either = {"anyOf": [{"enum": ["a", "b"]}, {"type": "string", "pattern": "^x"}]}
    found = made(make_document, {"type": "object", "properties": {"kind": either, "name": {"type": "string"}}}, {"kind": "a"})
    kinds = [body["kind"] for body in found if isinstance(body, dict) and "kind" in body]
    assert "a-other" in kinds
    free = {"anyOf": [{"enum": ["a", "b"]}, {"type": "string"}]}
    found = made(make_document, {"type": "object", "properties": {"kind": free}}, {"kind": "a"})
    assert all(body.get("kind") not in ("a-other", "A") for body in found if isinstance(body, dict))


def test_a_sweep_breaks_one_keyword_at_every_place_inside(make_document: Any) -> None:
    inner = {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"},
             "c": {"anyOf": [{"type": "integer"}, {"type": "boolean"}]}}}  # fmt: skip
    schema = {"type": "object", "properties": {"top": {"type": "integer"}, "inner": inner}}
    found = made(make_document, schema, {"top": 1, "inner": {"a": 1, "b": 2, "c": 3}})
    assert {"top": 1, "inner": {"a": "17", "b": "17", "c": 3}} in found
    assert {"top": 1, "inner": {"a": 1.5, "b": 2.5, "c": 3}} in found


def test_a_kind_has_its_turn_before_another_has_a_second(base: Base) -> None:
    singles = [offer for offer in changes(base) if "everywhere" not in offer.place]
    order = [offer.kind for offer in singles]
    first = max(order.index(kind) for kind in ("missing", "wrong-type", "bad-enum", "bad-format", "out-of-range"))
    seconds = [index for index, offer in enumerate(singles) if offer.kind == "wrong-type" and "true" in offer.description]
    assert seconds
    assert min(seconds) > first
