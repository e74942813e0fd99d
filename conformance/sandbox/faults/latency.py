"""How long answers take: a time, a range, or a distribution with a long tail."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from random import Random

from conformance.errors import UsageError

_TIME = r"(\d+(?:\.\d+)?|\.\d+)(ms|s)?"
_WRITTEN = re.compile(rf"{_TIME}(?:-{_TIME}|~(\d+(?:\.\d+)?|\.\d+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """From ``low`` to ``high`` seconds, all times as likely; with ``sigma``, log-normal around the median ``low`` instead."""

    low: float
    high: float
    sigma: float = 0.0

    def seconds(self, seed: int, number: int) -> float:
        """How long the answer to a request takes; always the same for the same seed and number."""
        if self.high == 0:
            return 0.0
        random = Random(f"{seed}/latency/{number}")  # noqa: S311 - it has to be repeatable
        return self.low * math.exp(random.gauss(0, self.sigma)) if self.sigma else random.uniform(self.low, self.high)


NO_LATENCY = Latency(low=0, high=0)


def latency_from(text: str) -> Latency:
    """``SECONDS``, ``LOW-HIGH`` or ``MEDIAN~SIGMA``; a time may end in ``ms`` or ``s``.

    Raises:
        UsageError: when it is none of them.
    """
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        raise UsageError(
            f"--latency is {text!r}; write seconds (0.2, 200ms), a range (0.1-0.5), or a median and a spread (0.2~0.5)"
        )
    low = _seconds(match[1], match[2])
    # The unit of a range may stand once, at its end.
    high = _seconds(match[3], match[4]) if match[3] else low
    low = _seconds(match[1], match[4]) if match[3] and not match[2] else low
    if high < low:
        raise UsageError(f"--latency is {text!r}, and its end is before its beginning")
    return Latency(low=low, high=high, sigma=float(match[5]) if match[5] else 0.0)


def _seconds(digits: str, unit: str | None) -> float:
    return float(digits) / (1000 if unit == "ms" else 1)
