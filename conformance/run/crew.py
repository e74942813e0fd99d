"""The units of a run and those who carry them out: handed out when the first result is asked for, taken in one by one."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import replace
from functools import partial

from conformance.run import execute
from conformance.run.fuzz import UnitResult, fuzz
from conformance.run.plan import Unit
from conformance.run.setting import Setting, settle
from conformance.spec.document import Document

_LOOK = 0.5


class Crew:
    """Carries out units. Use it from one thread.

    Args:
        units: what is to be done.
        setting: the document and the target.
        document: the document, read.
        workers: how many, or ``auto``: threads before a target on the network, processes before the embedded sandbox.
    """

    def __init__(self, units: tuple[Unit, ...], setting: Setting, document: Document, *, workers: int | str) -> None:
        self.units = units
        self._by_label = {label: unit for unit in units for label in unit.labels}
        self._setting = setting
        self._ready = partial(settle, replace(setting, headers=()), document)
        self._waits = not setting.is_embedded and not setting.rehearsal
        self._workers = min(execute.worker_count(workers, waits=self._waits), len(units)) or 1
        self._futures: dict[str, Future[UnitResult]] = {}
        self._executor: execute.Serial | execute.Threads | execute.Pool | None = None
        self._is_closed = False

    def result(self, label: str) -> UnitResult | None:
        """What the unit of an operation has found; ``None`` when the operation is in no unit. Waits until it is known.

        Raises:
            BrokenExecutor: when a worker process died.
        """
        unit = self._by_label.get(label)
        if unit is None:
            return None
        if self._executor is None and self._workers > 1:
            for one in self.units:
                self._future(one)
        future = self._future(unit)
        # A wait without a limit cannot be interrupted on every platform.
        while not wait([future], timeout=_LOOK).done:
            pass
        return future.result()

    def _future(self, unit: Unit) -> Future[UnitResult]:
        """The unit's result to come. In this thread a unit runs when it is first asked for, so that tests end one by one."""
        if self._executor is None:
            self._executor = execute.executor(self._workers, ready=self._ready, waits=self._waits)
        if unit.name not in self._futures:
            self._futures[unit.name] = self._executor.submit(fuzz, unit, self._setting)
        return self._futures[unit.name]

    def stop(self, *, patience: float) -> Iterator[UnitResult]:
        """What the units that run have found when they end within ``patience`` seconds; they must have been told to."""
        futures = set(self._futures.values())
        for future in futures:
            future.cancel()
        ended = wait([future for future in futures if not future.cancelled()], timeout=patience)
        yield from (future.result() for future in ended.done if future.exception() is None)
        if isinstance(self._executor, execute.Pool | execute.Threads) and ended.not_done:
            self._executor.kill()

    def close(self) -> None:
        """Let the workers go, and with them the memory that they used: what makes the pages wants it."""
        if self._executor is not None and not self._is_closed:
            self._is_closed = True
            self._executor.shutdown(wait=True, cancel_futures=True)
            gc.collect()
            # Only the C library of GNU has this; others give it back of themselves.
            with suppress(AttributeError, OSError, TypeError):
                ctypes.CDLL(None).malloc_trim(0)
