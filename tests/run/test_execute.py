"""Calls through executors: in this process, and in others."""

import os
from functools import partial

import pytest

from conformance.run import pulse
from conformance.run.execute import Pool, Serial, executor, worker_count


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


def test_auto_is_the_processors_that_may_be_used():
    assert 1 <= worker_count("auto") <= (os.cpu_count() or 1)
    assert (worker_count("3"), worker_count(2)) == (3, 2)
