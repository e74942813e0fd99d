"""Units of work through any ``concurrent.futures.Executor``: this process, a pool, or a cluster's client."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from typing import Any, TypeVar

from conformance.run import pulse

T = TypeVar("T")
Ready = Callable[[], object]


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


class Pool(ProcessPoolExecutor):
    """Processes that can be ended also when one hangs."""

    def kill(self) -> None:
        """End every process at once; what they were doing is lost."""
        processes = list((self._processes or {}).values())
        self.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.kill()
        for process in processes:
            process.join()


def worker_count(workers: int | str) -> int:
    """How many processes ``auto`` or a number means: for ``auto``, the CPUs that this process may use."""
    if workers == "auto":
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, int(workers))


def executor(workers: int, *, ready: Ready | None = None) -> Executor:
    """An executor over some processes; with one, over none but this.

    ``ready`` is called in every process before its first unit; it must be picklable.
    """
    if workers == 1:
        return Serial()
    # A fresh interpreter each: forking a process that has threads is not safe.
    context = multiprocessing.get_context("spawn")
    counters = pulse.fresh(context)
    pulse.share(counters)
    return Pool(max_workers=workers, mp_context=context, initializer=_start, initargs=(counters, ready))


def _start(counters: pulse.Counters, ready: Ready | None) -> None:
    # Ctrl-C and the end of a CI job reach the whole group: the parent decides, the workers hear of it through the pulse.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    pulse.share(counters)
    if ready is not None:
        ready()


def _end_with_parent() -> None:
    """A parent that was killed cannot tell its workers, and they would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
