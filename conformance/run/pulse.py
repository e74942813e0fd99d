"""How far a run is, and whether it should stop: counters that worker processes share with the one that shows them.

Without ``share`` (in a test, or on a cluster) the counters are this process's own.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any


class _Own:
    """A counter of this process alone."""

    def __init__(self) -> None:
        self.value = 0


@dataclass(slots=True)
class Counters:
    """Shared counters; every one has a ``value``."""

    requests: Any
    failures: Any
    scenarios: Any
    stop: Any


_lock = threading.Lock()
_counters = Counters(requests=_Own(), failures=_Own(), scenarios=_Own(), stop=_Own())


def fresh(context: Any = None) -> Counters:
    """New counters, shared between processes when a ``multiprocessing`` context is given."""
    if context is None:
        return Counters(requests=_Own(), failures=_Own(), scenarios=_Own(), stop=_Own())
    # No locks between processes: a lost count on a progress line harms nobody.
    return Counters(*(context.Value("q", 0, lock=False) for _ in range(4)))


def share(counters: Counters) -> None:
    """Count on these from now on; given to worker processes as they start."""
    global _counters  # noqa: PLW0603 - one pulse a process, by design
    _counters = counters


def beat(*, requests: int = 0, failures: int = 0, scenarios: int = 0) -> None:
    """Something happened."""
    with _lock:
        _counters.requests.value += requests
        _counters.failures.value += failures
        _counters.scenarios.value += scenarios


def stop() -> None:
    """Ask every worker to end in order."""
    _counters.stop.value = 1


def stopped() -> bool:
    """Whether the run should end."""
    return bool(_counters.stop.value)


def read() -> tuple[int, int, int]:
    """Requests, failures and scenarios so far."""
    return _counters.requests.value, _counters.failures.value, _counters.scenarios.value
