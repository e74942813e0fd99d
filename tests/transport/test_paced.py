"""429 with Retry-After holds back everybody who shares the pace."""

import threading
import time

import pytest

from conformance.model.message import NoResponse, Request, Response
from conformance.transport.paced import LONGEST, Pace, Paced

GET = Request(method="GET", url="http://api.test/things/7")


def refusal(retry_after=None):
    return Response(status=429, headers=(("Retry-After", retry_after),) if retry_after is not None else (), body=b"")


class Clock:
    def __init__(self):
        self.time = 100.0

    def __call__(self):
        return self.time


class Answers:
    def __init__(self, *answers):
        self._answers = list(answers)

    def respond(self, request):
        return self._answers.pop(0)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def pace(clock):
    return Pace(clock=clock, now=lambda: 0.0)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("7", 7), ("0", 0), (None, 1), ("soon", 1), ("Thu, 01 Jan 1970 00:00:30 GMT", 30), ("100000", LONGEST)],
)
def test_the_service_says_how_long(pace, said, seconds):
    pace.heed(GET, refusal(said))
    assert pace.left() == seconds


def test_other_answers_hold_back_nobody(pace):
    pace.heed(GET, Response(status=503, headers=(("Retry-After", "9"),), body=b""))
    pace.heed(GET, NoResponse(kind="timeout", reason="slow"))
    assert pace.left() == 0


def test_a_shorter_wish_does_not_shorten_a_longer_one(pace, clock):
    pace.heed(GET, refusal("9"))
    clock.time += 2
    pace.heed(GET, refusal("1"))
    assert pace.left() == 7


def test_a_place_that_refuses_whatever_it_is_given_is_not_heeded_for_ever(pace, clock):
    for number in range(3):
        pace.heed(Request(method="GET", url=f"http://api.test/things/{number}?a=1"), refusal("5"))
        clock.time += 5
    pace.heed(GET, refusal("5"))
    assert pace.left() == 0
    pace.heed(Request(method="GET", url="http://api.test/others"), refusal("5"))
    assert pace.left() == 5
    clock.time += 5
    pace.heed(GET, Response(status=200, headers=(), body=b""))
    pace.heed(GET, refusal("5"))
    assert pace.left() == 5


def test_whoever_shares_the_pace_waits_and_nothing_is_sent_twice():
    pace, ok = Pace(), Response(status=200, headers=(), body=b"")
    one, other = Paced(Answers(refusal("0")), Pace()), Paced(Answers(ok), pace)
    assert one.respond(GET).status == 429
    pace.heed(GET, Response(status=429, headers=(("Retry-After", "1"),), body=b""))
    began = time.monotonic()
    assert other.respond(GET) is ok
    assert time.monotonic() - began > 0.9


def test_waiting_can_be_broken_off():
    pace = Pace()
    pace.heed(GET, refusal("30"))
    paced = Paced(Answers(), pace)
    threading.Timer(0.1, paced.abort).start()
    answer = paced.respond(GET)
    assert isinstance(answer, NoResponse)
    assert answer.kind == "unsent"
