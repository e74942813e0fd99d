"""Ids go from the answers that show them into the paths that ask for them."""

from __future__ import annotations

import json

import pytest

from conformance.cases.pool import Pool


@pytest.mark.parametrize(
    ("parameter", "thing"),
    [
        ("thing_id", {"thing_id": "a", "id": "b"}),
        ("thing_id", {"id": "a", "owner": "b"}),
        ("thing_gid", {"gid": "a", "id": "b"}),
        ("thingSid", {"sid": "a", "name": "b"}),
        ("thing_name", {"name": "a", "id": "b"}),
        ("thing", {"id": "a"}),
        ("thing_uid", {"data": {"uid": "a"}}),
    ],
)
def test_an_id_is_known_by_what_the_path_calls_it(parameter: str, thing: object) -> None:
    path = f"/things/{{{parameter}}}/open"
    pool = Pool([path])
    pool.learn("/things", {}, json.dumps(thing).encode())
    assert pool.fill(path, 0) == {parameter: "a"}


def test_what_led_nowhere_is_not_asked_for_again() -> None:
    pool = Pool(["/things/{id}"])
    pool.learn("/things", {}, b'[{"id": 1}, {"id": 2}]')
    pool.forget("/things/{id}", {"id": "2"})
    assert [pool.fill("/things/{id}", turn) for turn in range(2)] == [{"id": "1"}] * 2
    pool.forget("/things/{id}", {"id": "1"})
    assert pool.fill("/things/{id}", 0) == {}


def test_what_led_somewhere_comes_first() -> None:
    pool = Pool(["/things/{id}"])
    pool.learn("/things", {}, b'[{"id": 1}, {"id": 2}]')
    pool.worked("/things/{id}", {"id": "1"})
    assert pool.fill("/things/{id}", 0) == {"id": "1"}
