"""What an exchange covers, and how coverages merge."""

from __future__ import annotations

import itertools
import json
import pickle
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.coverage.dimensions import DIMENSIONS
from conformance.coverage.fold import Coverage, path_values
from conformance.coverage.universe import universe
from conformance.model.operation import Operation
from conformance.spec.body import read_json
from conformance.spec.document import Document
from conformance.spec.reading import read_request

LABEL = "GET /pets"
_NAMES = st.sampled_from(["a", "b", "c"])
_COVERAGES = st.dictionaries(
    _NAMES, st.dictionaries(st.sampled_from(["fuzz", "replay"]), st.dictionaries(st.sampled_from(DIMENSIONS), st.lists(_NAMES)))
).map(lambda value: Coverage.from_json({"version": 1, "operations": value}))


def _one(pets: Document, label: str, seen: Any, **more: Any) -> dict[str, frozenset[str]]:
    coverage = Coverage()
    coverage.add(pets.by_label[label], seen, **more)
    return {dimension: coverage.keys(label, dimension) for dimension in DIMENSIONS if coverage.keys(label, dimension)}


def test_a_call_covers_its_parameters_and_what_came_back(pets: Document, exchange: Any) -> None:
    seen = exchange(
        target="/pets?status=sold&page%5Bsize%5D=3&filter[kind][eq]=dog&tags=a&tags=zzz",
        headers=(("x-trace", "true"),),
        got={"data": [{"id": "1"}, {"owner": {"email": "e"}}], "meta": {"any": {"n": 1}}, "undeclared": 1},
    )
    assert _one(pets, LABEL, seen) == {
        "operations": {"called"},
        "success": {"2xx"},
        "parameters": {"query:status", "query:page[size]", "query:filter[kind][eq]", "query:tags", "header:X-Trace"},
        "values": {"query:status=sold", "query:filter[kind][eq]=dog", "query:tags=a", "header:X-Trace=true"},
        "statuses": {"200"},
        "response_media": {"200:application/json"},
        "response_fields": {
            "200:application/json:/data",
            "200:application/json:/data/*/id",
            "200:application/json:/data/*/owner",
            "200:application/json:/data/*/owner/email",
            "200:application/json:/meta",
            "200:application/json:/meta/*/n",
        },
    }


def test_a_refused_request_counts_what_it_sent_but_no_success(pets: Document, exchange: Any) -> None:
    seen = exchange("POST", sent={"name": 5, "kind": "cat", "parent": {"name": "x"}, "id": "readOnly"}, status=422)
    assert _one(pets, "POST /pets", seen) == {
        "operations": {"called"},
        "values": {"body:/kind=cat"},
        "request_media": {"application/json"},
        "request_fields": {"application/json:/name", "application/json:/kind", "application/json:/parent"},
    }


def test_statuses_count_under_the_range_or_default_that_they_fall_under(pets: Document, exchange: Any) -> None:
    seen = exchange(status=418, got={"title": "teapot"}, got_type="application/problem+json; charset=utf-8")
    found = _one(pets, LABEL, seen)
    assert found["statuses"] == {"4XX"}
    assert found["response_media"] == {"4XX:application/problem+json"}
    assert found["response_fields"] == {"4XX:application/problem+json:/title"}
    assert _one(pets, LABEL, exchange(status=503))["statuses"] == {"default"}


@pytest.mark.parametrize("change", [{"silent": True}, {"method": "TRACE"}])
def test_no_answer_and_another_method_count_for_nothing(pets: Document, exchange: Any, change: dict[str, Any]) -> None:
    coverage = Coverage()
    coverage.add(pets.by_label[LABEL], exchange(**change))
    assert not coverage


def test_a_redirect_is_the_success_of_an_operation_that_promises_nothing_else(pets: Document, exchange: Any) -> None:
    assert "success" in _one(pets, "DELETE /pets/{id}", exchange("DELETE", "/pets/one", status=302))
    assert "success" not in _one(pets, "DELETE /pets/{id}", exchange("DELETE", "/pets/one", status=304))
    assert "success" not in _one(pets, LABEL, exchange(status=302))


def test_path_values_are_found_behind_any_base_path(pets: Document, exchange: Any) -> None:
    assert _one(pets, "DELETE /pets/{id}", exchange("DELETE", "/a/base/pets/two", status=204))["values"] == {"path:id=two"}
    operation = Operation(method="get", path="/x/{a}/f{b}.{c}", operation_id=None, tags=())
    assert path_values(operation, "http://h/v2/x/1%2F2/fb.c?d") == {"a": "1%2F2", "b": "b", "c": "c"}


def test_forms_are_looked_into_and_binary_bodies_only_counted(pets: Document, exchange: Any) -> None:
    form = exchange("POST", sent=b"name=x&other=1", content_type="application/x-www-form-urlencoded", status=201)
    assert _one(pets, "POST /pets", form)["request_fields"] == {"application/x-www-form-urlencoded:/name"}
    binary = exchange("POST", sent=b"\x00", content_type="application/octet-stream", status=201)
    assert "request_fields" not in _one(pets, "POST /pets", binary)
    assert _one(pets, "POST /pets", binary)["request_media"] == {"application/octet-stream"}


def test_readings_that_the_caller_has_are_used_and_change_nothing(pets: Document, exchange: Any) -> None:
    operation = pets.by_label["POST /pets"]
    seen = exchange("POST", sent={"name": "x"}, got={"id": "1"}, status=201)
    reading = read_request(operation, seen.request, {})
    assert _one(pets, "POST /pets", seen) == _one(pets, "POST /pets", seen, reading=reading, answer=read_json(seen.response.body))


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000, b"null", b"3", b'{"data": 3, "meta": [1]}'])
def test_any_answer_can_be_counted(pets: Document, exchange: Any, body: bytes) -> None:
    assert _one(pets, LABEL, exchange(got=body))["statuses"] == {"200"}


def test_sources_are_told_apart(pets: Document, exchange: Any) -> None:
    coverage = Coverage()
    coverage.add(pets.by_label[LABEL], exchange(target="/pets?status=sold"), source="fuzz")
    coverage.add(pets.by_label[LABEL], exchange(target="/pets?status=active"), source="replay")
    assert coverage.sources(LABEL) == ("fuzz", "replay")
    assert coverage.keys(LABEL, "values", source="replay") == {"query:status=active"}
    assert coverage.keys(LABEL, "values") == {"query:status=active", "query:status=sold"}
    assert coverage.keys("GET /nowhere", "values", source="replay") == frozenset()


@given(_COVERAGES, _COVERAGES, _COVERAGES)
def test_merging_is_commutative_associative_and_idempotent(one: Coverage, two: Coverage, three: Coverage) -> None:
    assert Coverage.of([one, two]) == Coverage.of([two, one])
    assert Coverage.of([Coverage.of([one, two]), three]) == Coverage.of([one, Coverage.of([two, three])])
    assert Coverage.of([one, one]) == Coverage.of([one])


@given(_COVERAGES)
def test_a_coverage_survives_json_and_pickle(one: Coverage) -> None:
    assert Coverage.from_json(json.loads(json.dumps(one.to_json()))) == one
    assert pickle.loads(pickle.dumps(one)) == one


def test_merging_leaves_the_other_untouched_and_unshared(pets: Document, exchange: Any) -> None:
    shard, whole = Coverage(), Coverage()
    shard.add(pets.by_label[LABEL], exchange())
    before = json.dumps(shard.to_json())
    whole.merge(shard)
    whole.add(pets.by_label[LABEL], exchange(target="/pets?status=sold"))
    assert json.dumps(shard.to_json()) == before


def test_shards_in_any_order_equal_the_whole(pets: Document, exchange: Any) -> None:
    traffic = [
        ("GET /pets", exchange(target="/pets?status=sold", got={"data": [{"id": "1"}]})),
        (
            "GET /pets",
            exchange(target="/pets?status=active", status=404, got={"title": "x"}, got_type="application/problem+json"),
        ),
        ("POST /pets", exchange("POST", sent={"kind": "dog"}, got={"id": "1"}, status=201)),
        ("DELETE /pets/{id}", exchange("DELETE", "/pets/one", status=302)),
    ]
    whole = Coverage()
    shards = []
    for index, (label, seen) in enumerate(traffic):
        source = ("fuzz", "replay")[index % 2]
        whole.add(pets.by_label[label], seen, source=source)
        shard = Coverage()
        shard.add(pets.by_label[label], seen, source=source)
        shards.append(shard)
    assert all(Coverage.of(order) == whole for order in itertools.permutations(shards))


def test_what_another_program_wrote_is_refused() -> None:
    with pytest.raises(ValueError, match="version 1"):
        Coverage.from_json({"version": 2})


def test_covered_keys_are_always_keys_of_the_universe(pets: Document, exchange: Any) -> None:
    rng = random.Random(1)
    values: list[Any] = [None, True, 1, 1.5, "cat", [], {}, {"name": "x"}, [{"kind": "dog"}], {"b": {"a": [1]}}]
    for _ in range(200):
        sent = {name: rng.choice(values) for name in ("name", "kind", "good", "parent", "id", "owner", "other")}
        coverage = Coverage()
        seen = exchange("POST", sent=sent, got=sent, status=rng.choice([200, 201, 404, 500]))
        coverage.add(pets.by_label["POST /pets"], seen)
        known = universe(pets.by_label["POST /pets"])
        assert all(coverage.keys("POST /pets", dimension) <= set(known[dimension]) for dimension in DIMENSIONS)
