"""Units of work through any ``concurrent.futures.Executor``: this thread, several, a pool of processes, or a cluster's client.

A target on the network is what a run waits for, so its units run in threads, which share what is known of the document. The
embedded sandbox is work for the processor, so its units run in processes.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import queue
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
RARELY = (10_000, 20, 50)
"""When to look for garbage: most of what a run makes goes without."""

_HAND_OVER = 3.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_FEW = 4
"""Requests at a time that any service can be expected to stand."""


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


class Threads(Executor):
    """Calls in several threads of this process, in the order they are handed in.

    Other than the library's pool, it does not keep the process from ending when one of them hangs.
    """

    def __init__(self, workers: int) -> None:
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._futures: list[Future[Any]] = []
        self._threads = [threading.Thread(target=self._run, name=f"worker {number}", daemon=True) for number in range(workers)]
        for thread in self._threads:
            thread.start()

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Hand in a call."""
        future: Future[T] = Future()

        def call() -> None:
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(fn(*args, **kwargs))
                except BaseException as raised:
                    future.set_exception(raised)

        self._futures.append(future)
        self._calls.put(call)
        return future

    def _run(self) -> None:
        for call in iter(self._calls.get, None):
            call()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more calls, and wait for those that there are."""
        if cancel_futures:
            for future in self._futures:
                future.cancel()
        for _ in self._threads:
            self._calls.put(None)
        for thread in self._threads if wait else ():
            thread.join()

    def kill(self) -> None:
        """Wait for nothing any more."""
        self.shutdown(wait=False, cancel_futures=True)
        self._threads = []


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


def worker_count(workers: int | str, *, waits: bool = False) -> int:
    """How many workers ``auto`` or a number means.

    ``auto`` is as many as the CPUs that this process may use; where work ``waits`` for a service, as many as any can stand.
    """
    if workers == "auto":
        return _FEW if waits else len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, int(workers))


def executor(workers: int, *, ready: Ready | None = None, waits: bool = False) -> Serial | Threads | Pool:
    """An executor over some workers; with one, over none but this thread.

    Args:
        workers: how many.
        ready: called in every process before its first unit; it must be picklable.
        waits: whether the work is mostly waiting; then the workers are threads, otherwise processes.
    """
    if workers == 1:
        return Serial()
    if waits:
        return Threads(workers)
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
    gc.freeze()  # the document stays
    gc.set_threshold(*RARELY)


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
