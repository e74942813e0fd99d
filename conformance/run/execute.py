"""Units of work through any ``concurrent.futures.Executor``: this process, a pool, or a cluster's client."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from conformance.run import pulse
from conformance.run.guard import settle_what_is_sent
from conformance.run.limits import worker_handler

T = TypeVar("T")
Ready = Callable[[], object]
_HAND_OVER = 3.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


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

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Hand in a call. The process that this may start hears of no signal before it knows what to do with one."""
        with _signals_held():
            return super().submit(fn, *args, **kwargs)

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


@contextmanager
def _signals_held() -> Iterator[None]:
    """Signals wait while this is open: one in the midst of starting a process would leave half of one.

    The mask is what a process that is started inherits; signals that other threads take reach handlers all the same.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    came: list[int] = []
    handlers = {number: signal.signal(number, lambda number, _: came.append(number)) for number in _SIGNALS}
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        if came:
            signal.raise_signal(came[0])


def _start(counters: pulse.Counters, ready: Ready | None) -> None:
    # Ctrl-C and the end of a CI job reach the whole group: the parent decides, the workers hear of it through the pulse.
    signal.signal(signal.SIGINT, worker_handler)
    signal.signal(signal.SIGTERM, _end_soon)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    pulse.share(counters)
    if ready is not None:
        ready()


def _end_soon(_signal: int, _frame: object) -> None:
    """Time to hand over what is done, and no more: the pool also ends processes so, and waits for them."""
    timer = threading.Timer(_HAND_OVER, os._exit, (1,))
    timer.daemon = True
    timer.start()


def _end_with_parent() -> None:
    """A parent that was killed cannot tell its workers, and they would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        # What is being created has to be written down, or nobody could delete it.
        pulse.stop()
        settle_what_is_sent(_HAND_OVER)
        os._exit(1)
