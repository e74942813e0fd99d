"""Ctrl-C, and the signal that ends a CI job: the first ends a run in order, with everything so far reported."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from conformance.cases.generated import BudgetSpent
from conformance.run import pulse
from conformance.run.limits import on_interrupt

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_CODE = 130
_STDERR = 2


class Interrupts:
    """Counts interruptions. ``finishing`` is set when the run is over and only its report is still to be written.

    The first one, unless ``finishing``, raises ``KeyboardInterrupt`` after telling every worker; the next is answered
    with a word of patience; the third ends this process, and with it the workers, at once.
    """

    def __init__(self) -> None:
        self.count = 0
        self.finishing = False

    def __call__(self, _signal: int, _frame: FrameType | None) -> None:
        """The signal handler."""
        if on_interrupt():
            raise BudgetSpent("broken off")
        self.count += 1
        pulse.stop()
        if self.count == 1 and not self.finishing:
            raise KeyboardInterrupt
        if self.count > 2:
            os._exit(_CODE)
        # Written past every buffer: the interrupted code may hold the lock of one.
        os.write(_STDERR, b"the report is being written; once more gives up\n")


@contextmanager
def interruptible(interrupts: Interrupts) -> Iterator[None]:
    """While this is open, interruptions are counted; elsewhere than in the main thread Python has no say in them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, interrupts) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
