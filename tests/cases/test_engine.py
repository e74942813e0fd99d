"""The engine's generators: what they give hangs on what they are asked for, and on nothing before."""

from __future__ import annotations

import json
from itertools import islice

import pytest
from hypothesis import strategies as st
from hypothesis.errors import StopTest
from schemathesis.generation.hypothesis import examples

from conformance.cases.drawing import draw_directly, simplest
from conformance.cases.engine import Engine, request_of
from conformance.spec.document import Document
from conformance.spec.load import Source

_TEXT = {"type": "string", "minLength": 3}
_DOCUMENT = {
    "openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "servers": [{"url": "/"}],
    "paths": {
        path: {"post": {
            "parameters": [{"name": "tags", "in": "query", "schema": {"type": "array", "items": _TEXT, "minItems": 2}}],
            "requestBody": {"required": True, "content": {"application/json": {"schema": {
                "type": "object", "required": ["name"],
                "properties": {"name": _TEXT, "size": {"type": "integer", "minimum": 4}, "at": {"type": "string", "format": "date"},
                               "kind": {"enum": ["a", "b"]}, "code": {"type": "string", "pattern": "^[A-Z]{2}$"}},
            }}}},
            "responses": {"200": {"description": "ok"}},
        }}
        for path in ("/cats", "/dogs")
    },
}  # fmt: skip


def _document() -> Document:
    return Document(Source(uri="mem", text=json.dumps(_DOCUMENT), value=_DOCUMENT, form="JSON"))


@pytest.mark.parametrize("strategy", [
    st.integers(min_value=7), st.text(min_size=2), st.lists(st.booleans(), min_size=1), st.just({"a": 1}), st.from_regex(r"\A[A-Z]{3}\Z"),
    st.dictionaries(st.sampled_from(["x", "y"]), st.floats(allow_nan=False), min_size=1), st.none() | st.text(),
    st.one_of(st.integers(), st.text()).filter(lambda value: value != 0),
], ids=repr)  # fmt: skip
def test_the_simplest_value_is_the_one_that_a_test_with_one_example_gets(strategy: st.SearchStrategy[object]) -> None:
    draw_directly()
    found = examples.generate_one(strategy)
    tested: list[object] = []
    examples.add_single_example(strategy, tested)
    assert [found] == tested


def test_it_is_drawn_directly_where_that_can_be() -> None:
    assert simplest(st.lists(st.integers(min_value=3), min_size=2)) == [3, 3]
    unequal = st.tuples(st.integers(), st.integers()).filter(lambda pair: pair[0] != pair[1])
    with pytest.raises(StopTest):
        simplest(unequal)
    draw_directly()
    first, second = examples.generate_one(unequal)
    assert first != second


def test_what_a_unit_gets_hangs_on_no_other_unit() -> None:
    def cases(engine: Engine, path: str) -> list[str]:
        both = (engine.covering(f"POST {path}", breaking=breaking) for breaking in (False, True))
        requests = [request_of(case, "http://pets.example", {}) for found in both for case in islice(found, 40)]
        return [f"{one.method} {one.url} {one.body!r}".replace(path, "") for one in requests]

    engine = Engine(_document())
    alone, after = cases(engine.of_unit(), "/cats"), cases(engine.of_unit(), "/dogs")
    assert alone == after
    assert len(set(alone)) > 10


def test_random_cases_are_the_same_for_the_same_salt_and_fit_in_number() -> None:
    engine = Engine(_document())
    first, again, other = (
        [request_of(case, "http://pets.example", {}).body for case in engine.draws("POST /cats", 6, salt=salt)]
        for salt in ("1", "1", "2")
    )
    assert first == again
    assert len(first) == 6
    assert first[0] == other[0], "the simplest comes first"
    assert set(first[1:]).isdisjoint(other[1:])


def test_a_case_is_drawn_when_it_is_asked_for() -> None:
    drawn: list[int] = []

    def noted(value: int) -> int:
        drawn.append(value)
        return value

    values = Engine._drawn(st.integers().map(noted), 5, "salt")
    next(values)
    assert len(drawn) == 1
    assert len(list(values)) == 4
