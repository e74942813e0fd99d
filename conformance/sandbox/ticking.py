"""Time for a sandbox that nobody gave a clock: it moves on when something is written, so that reading changes nothing."""

from __future__ import annotations

from collections.abc import Callable

_START = 1_735_689_600


class Ticking:
    """A clock that starts at a moment (seconds since 1970) and moves on one second whenever it is called."""

    def __init__(self, start: int = _START) -> None:
        self._now = start

    def __call__(self) -> float:
        """The moment, a second after the one before."""
        now = self._now
        self._now += 1
        return now

    def look(self) -> float:
        """The moment that the next call gives."""
        return self._now


def looking(clock: Callable[[], float]) -> Callable[[], float]:
    """A way to see what time it is that does not make it later."""
    return clock.look if isinstance(clock, Ticking) else clock
