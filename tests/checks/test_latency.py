"""How long operations take, and the promise of their category."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.latency import LIMITS, Timings, exceeds, percentile
from conformance.model.message import NoResponse, Request, Response
from conformance.model.operation import Operation
from conformance.model.record import Case, Exchange, Intent

TIMES = st.lists(st.floats(min_value=0, max_value=60), min_size=1, max_size=40)


def operation(category: Any = "responsive", path: str = "/a") -> Operation:
    return Operation(method="get", path=path, operation_id=None, tags=(), extensions={"x-latency-category": category},
                     pointer=f"/paths/{path.replace('/', '~1')}/get")  # fmt: skip


def exchange(elapsed: float, status: int = 200) -> Exchange:
    case = Case(id="1", operation="GET /a", stage="fuzz", phase="coverage", intent=Intent.POSITIVE)
    request = Request(method="GET", url="http://a.test/a")
    return Exchange(request=request, response=Response(status=status, elapsed=elapsed), case=case, operation="GET /a")


def timed(*times: float, status: int = 200, into: Timings | None = None, of: Operation | None = None) -> Timings:
    timings = into if into is not None else Timings()
    for elapsed in times:
        timings.add(of or operation(), exchange(elapsed, status))
    return timings


def judged(timings: Timings, category: Any = "responsive", **limits: float) -> list[str]:
    return [fault.message for fault in timings.judge(operation(category), {**LIMITS, **limits})]


def test_a_slow_operation_is_told_with_its_times_and_its_promise() -> None:
    assert judged(timed(0.2, 1.4, 1.5, 1.6, 2.0)) == [
        "95 % of 5 answers took up to 2 s, half of them up to 1.5 s; responsive operations answer within 1 s"
    ]


@pytest.mark.parametrize("times", [(9.0,), (0.1, 9.0), (0.1, 0.1, 0.1, 0.1, 9.0), (9.0, *[0.1] * 12), (0.1, 0.2, 9.0, 9.0)])
def test_a_slow_answer_now_and_then_is_no_finding(times: tuple[float, ...]) -> None:
    assert judged(timed(*times)) == []


@pytest.mark.parametrize("times", [(1.1, 1.2), (1.1, 1.2, 1.3, 9.0), (1.1, 1.2, 0.1, 0.1, 0.1), (*[0.1] * 17, 2.0, 2.0)])
def test_what_is_slow_more_than_once_and_often_enough_is_one(times: tuple[float, ...]) -> None:
    assert len(judged(timed(*times))) == 1


def test_each_category_has_its_limit_and_limits_can_be_settled() -> None:
    timings = timed(2.0, 2.0, 2.0)
    assert judged(timings)
    assert not judged(timings, "interactive")
    assert judged(timings, "interactive", interactive=1.5)
    assert not judged(timings, responsive=3.0)
    assert judged(timings, "own", own=1.0)


@pytest.mark.parametrize("category", ["unheard-of", None, 7, ["responsive"], {"responsive": True}])
def test_an_operation_without_a_category_that_is_known_promises_nothing(category: Any) -> None:
    assert judged(timed(99.0, 99.0, 99.0), category) == []


def test_quick_refusals_do_not_hide_slow_successes() -> None:
    timings = timed(*[0.01] * 60, status=422)
    assert "successes" in judged(timed(2.0, 2.0, into=timings))[0]


def test_silence_is_no_time_and_the_slowest_exchange_is_kept() -> None:
    timings = timed(0.1, 3.0, 0.2)
    case = exchange(0).case
    silent = NoResponse(kind="timeout", reason="slow", elapsed=30.0)
    timings.add(operation(), Exchange(request=Request(method="GET", url="/"), response=silent, case=case, operation=None))
    slowest = timings.slowest("GET /a")
    assert slowest is not None
    assert slowest.response.elapsed == 3.0
    assert timings.to_json([operation(), operation(path="/b")], LIMITS) == {
        "GET /a": {"answers": 3, "median": 0.2, "p95": 3.0, "category": "responsive", "limit": 1.0}
    }


@given(TIMES, TIMES)
def test_shards_in_any_order_equal_the_whole(first: list[float], second: list[float]) -> None:
    one, other = timed(*first), timed(*second)
    one.merge(pickle.loads(pickle.dumps(timed(*second))))
    other.merge(timed(*first))
    whole = timed(*first, *second)
    assert one.to_json([operation()], LIMITS) == other.to_json([operation()], LIMITS) == whole.to_json([operation()], LIMITS)
    assert judged(one) == judged(other) == judged(whole)


@given(TIMES)
def test_a_percentile_is_one_of_the_times_and_covers_its_share(times: list[float]) -> None:
    found = percentile(times, 95)
    assert found in times
    assert sum(time <= found for time in times) >= 0.95 * len(times)
    assert not exceeds(times, max(times))
