"""Units of work through any ``concurrent.futures.Executor``: this process, a pool, or a cluster's client."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from typing import Any, TypeVar

from conformance.run import pulse

T = TypeVar("T")


class Serial(Executor):
    """Runs each call at once, in this process."""

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Call, and give back a future that is done."""
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as raised:
            future.set_exception(raised)
        return future


def worker_count(workers: int | str) -> int:
    """How many processes ``auto`` or a number means: for ``auto``, the CPUs that this process may use."""
    if workers == "auto":
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, int(workers))


def executor(workers: int) -> Executor:
    """An executor over some processes; with one, over none but this."""
    if workers == 1:
        pulse.share(pulse.fresh())
        return Serial()
    # A fresh interpreter each: forking a process that has threads is not safe.
    context = multiprocessing.get_context("spawn")
    counters = pulse.fresh(context)
    pulse.share(counters)
    return ProcessPoolExecutor(max_workers=workers, mp_context=context, initializer=_start, initargs=(counters,))


def _start(counters: pulse.Counters) -> None:
    # Ctrl-C reaches the whole group: the parent decides, the workers hear of it through the pulse.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pulse.share(counters)
