"""How a client tries again: after what, after how long, and whether as the same call.

An exchange is a retry when the same request failed before it: the same method, URL and body, from the same test where the
client names its tests. Without a name two tests may send the same, so the request must say itself that it is a retry.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from conformance.model.message import NoResponse, Request, Response

_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_KEY = "idempotency-key"
_MARK = re.compile(r"(?:^|-)(?:retry|attempt)s?-?(?:count|number|no)?$")
_MEMORY = 120.0
_MOST = 4096
_SLACK = 0.05
_UNSAFE = frozenset({"POST", "PATCH"})


@dataclass(slots=True, kw_only=True)
class Conduct:
    """What was seen of retries; picklable. ``waits`` are in seconds; ``failed`` and ``again`` are by status or kind of silence.

    ``honoured`` and ``ignored`` are of answers with Retry-After, ``kept``, ``changed`` and ``missing`` of the idempotency keys of
    POST and PATCH. ``resembling`` may be retries, but no one can tell.
    """

    failed: Counter[str] = field(default_factory=Counter)
    again: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    honoured: int = 0
    ignored: int = 0
    kept: int = 0
    changed: int = 0
    missing: int = 0
    resembling: int = 0
    most_attempts: int = 0

    def to_json(self) -> dict[str, Any]:
        """For ``gate.json``; the waits as least, median and most."""
        waits = sorted(self.waits)
        shown = {"least": waits[0], "median": waits[len(waits) // 2], "most": waits[-1]} if waits else None
        return {
            "failed": dict(sorted(self.failed.items())), "tried_again": dict(sorted(self.again.items())),
            "waits": {name: round(value, 3) for name, value in shown.items()} if shown else None,
            "retry_after": {"honoured": self.honoured, "ignored": self.ignored},
            "idempotency_key": {"kept": self.kept, "changed": self.changed, "missing": self.missing},
            "resembling": self.resembling, "most_attempts": self.most_attempts,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """What a retry did wrong: ``rule`` is of ``gate.rules``."""

    rule: str
    message: str
    detail: str


@dataclass(slots=True)
class _Failure:
    what: str
    ended: float
    owed: float | None
    key: str | None
    attempts: int


class Retries:
    """Follows the retries of one session. Feed it exchanges in the order in which they ended."""

    def __init__(self) -> None:
        self.conduct = Conduct()
        self._failures: dict[tuple[str, str, str, str], _Failure] = {}

    def see(self, request: Request, answer: Response | NoResponse, *, at: float, test: str) -> Iterator[Slip]:
        """Take in one exchange; yields what it does wrong as a retry.

        Args:
            request: as it was sent.
            answer: what came of it.
            at: when it was sent, in seconds since the epoch.
            test: the test that sent it; empty when that is not known.
        """
        place = (test, request.method, request.url, _digest(request))
        before = self._failures.pop(place, None)
        attempts = 1
        if before is not None and at - before.ended <= _MEMORY and at >= before.ended - _SLACK:
            if test or _says_so(request):
                attempts = before.attempts + 1
                yield from self._again(before, request, at)
            else:
                self.conduct.resembling += 1
        self.conduct.most_attempts = max(self.conduct.most_attempts, attempts)
        self._remember(place, request, answer, at, attempts)

    def _again(self, before: _Failure, request: Request, at: float) -> Iterator[Slip]:
        conduct, wait = self.conduct, max(0.0, at - before.ended)
        conduct.again[before.what] += 1
        conduct.waits.append(wait)
        if before.owed is not None:
            if wait + _SLACK < before.owed:
                conduct.ignored += 1
                message = f"tried again {wait:.2f} s after {before.what}, whose Retry-After asks for {before.owed:g} s"
                yield Slip(rule="retry-after-ignored", message=message, detail=before.what)
            else:
                conduct.honoured += 1
        key = request.header(_KEY)
        if before.key is not None and key != before.key:
            conduct.changed += 1
            message = f"tried again after {before.what} {'with another' if key else 'without its'} idempotency key"
            yield Slip(rule="retry-key-changed", message=message, detail=before.what)
        elif before.key is not None:
            conduct.kept += 1
        elif request.method.upper() in _UNSAFE:
            conduct.missing += 1

    def _remember(
        self, place: tuple[str, str, str, str], request: Request, answer: Response | NoResponse, at: float, attempts: int
    ) -> None:
        if isinstance(answer, Response) and answer.status not in _BUSY:
            return
        ended = at + answer.elapsed
        if isinstance(answer, NoResponse):
            what, owed = answer.kind, None
        else:
            what, owed = str(answer.status), _seconds(answer.header("retry-after"), ended)
        self.conduct.failed[what] += 1
        if len(self._failures) >= _MOST:
            self._failures.pop(next(iter(self._failures)))
        self._failures[place] = _Failure(what, ended, owed, request.header(_KEY), attempts)


def _says_so(request: Request) -> bool:
    """Whether a request says that it is not the first attempt, as in ``x-stainless-retry-count: 1``."""
    return any(_MARK.search(name.lower()) and value.strip().isdigit() and int(value) > 0 for name, value in request.headers)


def _digest(request: Request) -> str:
    content_type = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if content_type.startswith("multipart/"):
        return f"{content_type} {len(request.body)}"  # its boundary is made anew each time
    return hashlib.blake2b(request.body, digest_size=12).hexdigest()


def _seconds(value: str | None, now: float) -> float | None:
    """The seconds that a Retry-After asks for (RFC 9110 section 10.2.3)."""
    if value is None:
        return None
    value = value.strip()
    if value.isdigit():
        return float(value)
    try:
        # A date has whole seconds.
        return max(0.0, parsedate_to_datetime(value).timestamp() - now - 1.0)
    except (ValueError, TypeError, OverflowError):
        return None
