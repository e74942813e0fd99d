"""The smallest request that still shows a defect."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from conformance.model.message import Request
from conformance.run.minimise import MOST, candidates, minimised, size

KEY = ("Authorization", "Bearer x")
JSON = ("Content-Type", "application/json")


def posted(value: Any, *, query: str = "", headers: tuple[tuple[str, str], ...] = ()) -> Request:
    url = f"http://a.test/things{'?' if query else ''}{query}"
    return Request(method="POST", url=url, headers=(KEY, JSON, *headers), body=json.dumps(value).encode())


def body(request: Request) -> Any:
    return json.loads(request.body) if request.body else None


def has(value: Any, name: str) -> bool:
    if isinstance(value, dict):
        return name in value or any(has(inner, name) for inner in value.values())
    return isinstance(value, list) and any(has(inner, name) for inner in value)


def test_what_does_not_matter_is_left_out() -> None:
    big = posted({"a": 1, "b": {"c": [{"x": "y" * 400}, {"culprit": 7, "z": 1}]}, "d": "e" * 900}, query="page=1&sort=up",
                 headers=(("X-Trace", "1"), ("Accept", "*/*")))  # fmt: skip
    small = minimised(big, lambda request: has(body(request), "culprit"), most=60)
    assert body(small) == {"b": {"c": [{"culprit": 7}]}}
    assert small.headers == (KEY, JSON)
    assert not urlsplit(small.url).query


def test_what_matters_in_the_query_stays() -> None:
    big = Request(method="GET", url="http://a.test/things?a=1&culprit=" + "z" * 500 + "&b=2&c=3")
    small = minimised(big, lambda request: "culprit" in parse_qs(request.parts().query))
    assert small.url == "http://a.test/things?culprit=z"


def test_credentials_and_what_the_run_adds_stay() -> None:
    big = Request(method="GET", url="http://a.test/x", headers=(KEY, ("X-Team", "7"), ("X-Other", "1")))
    assert minimised(big, lambda _: True, needed=frozenset({"x-team"})).headers == (KEY, ("X-Team", "7"))


@pytest.mark.parametrize("raw", [b'{"a": ', b"\xff" * 900, b"[" * 5000])
def test_a_body_that_is_no_json_is_cut(raw: bytes) -> None:
    small = minimised(
        Request(method="POST", url="http://a.test/x", headers=(JSON,), body=raw), lambda request: bool(request.body)
    )
    assert len(small.body) == (1 if len(raw) > 16 else len(raw))


def test_a_defect_that_no_smaller_request_shows_keeps_its_request() -> None:
    big = posted({"a": 1, "b": 2})
    assert minimised(big, lambda _: False) is big


def test_no_more_is_sent_than_may_be_and_nothing_twice() -> None:
    asked: list[Request] = []

    def shows(request: Request) -> bool:
        asked.append(request)
        return has(body(request), "m7")

    big = posted({f"m{index}": {"n": [1, 2, 3], "o": "p" * 99} for index in range(40)})
    minimised(big, shows)
    assert len(asked) == len(set(asked)) <= MOST
    again: list[Request] = []
    minimised(big, lambda request: again.append(request) or has(body(request), "m7"))
    assert again == asked


def test_every_step_is_a_step_down() -> None:
    big = posted({"a": [1, {"b": "c" * 50}], "d": "e" * 40}, query="x=1&y=2", headers=(("X-A", "1"), ("X-B", "2")))
    found = list(candidates(big))
    assert len(found) > 12
    assert all(size(one) < size(big) for one in found)
