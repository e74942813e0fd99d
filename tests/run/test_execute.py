"""Calls through executors: in this process, and in others."""

import os
import threading
import time
from functools import partial

import pytest

from conformance.run import pulse
from conformance.run.execute import Pool, Serial, Threads, executor, worker_count


def fail():
    raise ValueError("no")


def test_one_worker_is_this_process():
    with executor(1) as here:
        assert isinstance(here, Serial)
        assert here.submit(os.getpid).result() == os.getpid()
        assert isinstance(here.submit(fail).exception(), ValueError)


def test_workers_are_other_processes_made_ready_that_share_the_pulse_and_can_be_ended(tmp_path):
    pool = executor(2, ready=partial(os.chdir, tmp_path))
    assert isinstance(pool, Pool)
    try:
        # What is called must be importable from wherever the tests were started.
        found = {pool.submit(os.getpid).result() for _ in range(2)}
        assert os.getpid() not in found
        for _ in range(2):
            pool.submit(partial(pulse.beat, requests=5)).result()
        assert pulse.read()[0] == 10
        assert pool.submit(os.getcwd).result() == str(tmp_path)
        assert isinstance(pool.submit(int, "no").exception(), ValueError)
    finally:
        pool.kill()
        pulse.share(pulse.fresh())
    for process in found:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


def test_where_the_work_waits_the_workers_are_threads_of_this_process_and_take_calls_in_their_order():
    begun, together = [], threading.Barrier(3, timeout=5)

    def call(number):
        begun.append(number)
        together.wait()
        return os.getpid(), threading.current_thread()

    with executor(3, waits=True) as threads:
        assert isinstance(threads, Threads)
        results = [future.result() for future in [threads.submit(call, number) for number in range(6)]]
        assert isinstance(threads.submit(fail).exception(), ValueError)
    assert {process for process, _ in results} == {os.getpid()}
    assert len({thread for _, thread in results}) == 3
    assert (set(begun[:3]), set(begun[3:])) == ({0, 1, 2}, {3, 4, 5})


def test_threads_that_hang_hold_up_nobody():
    go, begun = threading.Event(), threading.Barrier(3, timeout=5)
    threads = executor(2, waits=True)
    hanging = [threads.submit(lambda: (begun.wait(), go.wait())) for _ in range(3)]
    begun.wait()
    began = time.monotonic()
    threads.kill()
    threads.shutdown()
    assert time.monotonic() - began < 1
    assert hanging[2].cancelled()
    go.set()
    assert hanging[0].result()[1]


def test_few_requests_go_to_a_service_at_a_time_unless_more_are_asked_for():
    assert (worker_count("auto", waits=True), worker_count(8, waits=True)) == (4, 8)


def test_auto_is_the_processors_that_may_be_used():
    assert 1 <= worker_count("auto") <= (os.cpu_count() or 1)
    assert (worker_count("3"), worker_count(2)) == (3, 2)
