"""The limits of a run, at the place that every request goes through."""

import threading
import time

import pytest

from conformance.cases.generated import BudgetSpent
from conformance.model.message import NoResponse, Request, Response
from conformance.run import pulse
from conformance.run.limits import GRACE, Limited

GET = Request(method="GET", url="http://api.test/")


class Answers:
    def respond(self, request):
        return Response(status=200, headers=(), body=b"", elapsed=0.0)


class Hangs:
    """Answers nothing until it is broken off."""

    def __init__(self):
        self.aborted = False

    def respond(self, request):
        end = time.monotonic() + 10
        while not self.aborted and time.monotonic() < end:
            time.sleep(0.01)
        return NoResponse(kind="reset", reason="broken off")

    def abort(self):
        self.aborted = True


@pytest.fixture(autouse=True)
def _own_pulse():
    pulse.share(pulse.fresh())
    yield
    pulse.share(pulse.fresh())


def test_no_more_is_sent_than_may_be():
    limited = Limited(Answers(), max_requests=2)
    limited.respond(GET)
    limited.respond(GET)
    with pytest.raises(BudgetSpent, match="the request budget is spent"):
        limited.respond(GET)
    assert limited.sent == 2


def test_nothing_is_sent_when_the_time_is_over():
    limited = Limited(Answers(), deadline=time.time() - 1)
    with pytest.raises(BudgetSpent, match="the time is over"):
        limited.respond(GET)
    assert limited.sent == 0


def test_nothing_is_sent_when_the_run_was_stopped():
    limited = Limited(Answers())
    limited.respond(GET)
    pulse.stop()
    with pytest.raises(BudgetSpent, match="the run was stopped"):
        limited.respond(GET)


def test_a_request_that_hangs_past_the_time_is_broken_off_and_is_no_fault_of_the_service():
    hanging = Hangs()
    limited = Limited(hanging, deadline=time.time() + 0.1)
    began = time.monotonic()
    with pytest.raises(BudgetSpent, match="the time is over"), limited.watched():
        limited.respond(GET)
    assert time.monotonic() - began < GRACE + 2
    assert hanging.aborted


def test_what_hangs_without_sending_is_interrupted():
    limited = Limited(Answers(), deadline=time.time() + 0.1)
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), limited.watched():
        time.sleep(10)
    assert time.monotonic() - began < GRACE + 2


def test_what_another_thread_does_without_sending_is_interrupted_and_that_thread_can_go_on():
    limited, heard = Limited(Answers(), deadline=time.time() + 0.1), []

    def work():
        try:
            with limited.watched():
                while True:
                    time.sleep(0.01)
        except BudgetSpent:
            heard.append("stopped")
        time.sleep(0.05)
        heard.append("went on")

    thread = threading.Thread(target=work, daemon=True)
    began = time.monotonic()
    thread.start()
    thread.join(GRACE + 5)
    assert heard == ["stopped", "went on"]
    assert time.monotonic() - began < GRACE + 2


def test_what_ends_in_time_is_left_alone():
    limited = Limited(Answers(), deadline=time.time() + 0.2)
    with limited.watched():
        assert limited.respond(GET).status == 200
    time.sleep(GRACE + 0.6)


def test_a_share_ends_quietly_and_leaves_the_rest():
    limited = Limited(Answers(), max_requests=10)
    with limited.share(0.3):
        while True:
            limited.respond(GET)
    assert limited.sent == 3
    assert limited.left() == 7
    with limited.share(1.0):
        for _ in range(7):
            limited.respond(GET)
    with pytest.raises(BudgetSpent, match="the request budget is spent"):
        limited.respond(GET)


def test_a_share_of_no_limit_is_no_limit():
    limited = Limited(Answers())
    with limited.share(0.1):
        for _ in range(50):
            limited.respond(GET)
    assert limited.sent == 50


def test_the_end_of_the_budget_is_not_taken_for_that_of_a_share():
    limited = Limited(Answers(), max_requests=1)
    limited.respond(GET)
    with pytest.raises(BudgetSpent, match="the request budget is spent"), limited.share(1.0):
        limited.respond(GET)
