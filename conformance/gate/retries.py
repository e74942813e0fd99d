"""How a client tries again: after what, after how long, and whether as the same call.

An exchange is a retry when the same request failed before it: the same method, URL and body, from the same test where the
client names its tests. Without a name two tests may send the same, so the request must tell that it is a retry: by a header that
counts attempts, or by the idempotency key or request id of the first. One that tells nothing and follows directly upon
the failure is likely to be a retry, unless the client sends the same twice where nothing has failed too.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any

from conformance.model.message import NoResponse, Request, Response

_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_IDS = frozenset({"x-request-id", "request-id", "x-correlation-id"})
_MEANS = re.compile(rb'"(?:idempotenc\w*|command_id|client_token|request_id|nonce|dedup\w*)"\s*:')
"""Fields of a body by which a service may know a request again."""
_MARK = re.compile(r"(?:^|-)(?:retry|attempt)s?-?(?:count|number|no)?$")
_MEMORY = 120.0
_MOST = 4096
_SLACK = 0.05
_UNSAFE = frozenset({"POST", "PATCH"})
_UNDONE = frozenset({"408", "425", "429", "503", "dns", "refused", "tls", "unsent"})
"""Failures after which nothing has been done: the service was not reached, or had no time for the request."""


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
    """What a retry did wrong: ``rule`` is of ``gate.rules``. It counts if it ``is_sure`` or ``Retries.settle`` has its method."""

    rule: str
    message: str
    detail: str
    method: str
    is_sure: bool


@dataclass(slots=True)
class _Failure:
    what: str
    ended: float
    owed: float | None
    key: str | None
    ids: frozenset[tuple[str, str]]
    attempts: int


_Place = tuple[str, str, str, str]


class Retries:
    """Follows the retries of one session. Feed it exchanges in the order in which they ended."""

    def __init__(self) -> None:
        self.conduct = Conduct()
        self._likely: dict[str, Conduct] = {}
        self._failures: dict[_Place, _Failure] = {}
        self._last: _Place | None = None
        self._repeated: set[str] = set()

    def see(self, request: Request, answer: Response | NoResponse, *, at: float, test: str) -> Iterator[Slip]:
        """Take in one exchange; yields what it does wrong as a retry.

        Args:
            request: as it was sent.
            answer: what came of it.
            at: when it was sent, in seconds since the epoch.
            test: the test that sent it; empty when that is not known.
        """
        place = (test, request.method, request.url, _digest(request))
        before, follows = self._failures.pop(place, None), place == self._last
        self._last, attempts = place, 1
        if follows and before is None:
            self._repeated.add(request.method)
        if before is not None and at - before.ended <= _MEMORY and at >= before.ended - _SLACK:
            count = _attempt(request)
            is_sure = bool(test or count or not before.ids.isdisjoint(_ids(request)))
            if is_sure or (follows and count is None):
                attempts = before.attempts + 1
                yield from self._again(before, request, at, is_sure=is_sure)
            else:
                self.conduct.resembling += 1
        self.conduct.most_attempts = max(self.conduct.most_attempts, attempts)
        self._remember(place, request, answer, at, attempts)

    def settle(self) -> frozenset[str]:
        """At the end: the methods of which what was likely to be a retry is one. Those are part of the conduct from now on."""
        settled, conduct = frozenset(self._likely) - self._repeated, self.conduct
        for method, likely in self._likely.items():
            if method not in settled:
                conduct.resembling += likely.again.total()
                continue
            conduct.again.update(likely.again)
            conduct.waits += likely.waits
            for name in ("honoured", "ignored", "kept", "changed", "missing"):
                setattr(conduct, name, getattr(conduct, name) + getattr(likely, name))
        self._likely = {}
        return settled

    def _again(self, before: _Failure, request: Request, at: float, *, is_sure: bool) -> Iterator[Slip]:
        conduct = self.conduct if is_sure else self._likely.setdefault(request.method, Conduct())
        wait, told = max(0.0, at - before.ended), partial(Slip, detail=before.what, method=request.method, is_sure=is_sure)
        conduct.again[before.what] += 1
        conduct.waits.append(wait)
        if before.owed is not None:
            if wait + _SLACK < before.owed:
                conduct.ignored += 1
                message = f"tried again {wait:.2f} s after {before.what}, whose Retry-After asks for {before.owed:g} s"
                yield told(rule="retry-after-ignored", message=message)
            else:
                conduct.honoured += 1
        key, is_unsafe = _key(request), request.method.upper() in _UNSAFE
        if before.key is not None and key != before.key:
            conduct.changed += 1
            message = f"tried again after {before.what} {'with another' if key else 'without its'} idempotency key"
            yield told(rule="retry-key-changed", message=message)
        elif before.key is not None:
            conduct.kept += 1
        elif is_unsafe:
            conduct.missing += 1
            if before.what not in _UNDONE and _MEANS.search(request.body) is None:
                message = f"{request.method.upper()} was sent again after {before.what} without an idempotency key"
                yield told(rule="retry-unsafe", message=message)

    def _remember(self, place: _Place, request: Request, answer: Response | NoResponse, at: float, attempts: int) -> None:
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
        self._failures[place] = _Failure(what, ended, owed, _key(request), _ids(request), attempts)


def _attempt(request: Request) -> int | None:
    """Which attempt a request says it is, as in ``x-stainless-retry-count: 1``; 0 is the first, ``None`` when it does not say."""
    counts = [int(value) for name, value in request.headers if _MARK.search(name.lower()) and value.strip().isdigit()]
    return max(counts) if counts else None


def _key(request: Request) -> str | None:
    return next((value for name, value in request.headers if "idempoten" in name.lower()), None)


def _ids(request: Request) -> frozenset[tuple[str, str]]:
    """What a request has in common with its retries alone."""
    named = ((name.lower(), value.strip()) for name, value in request.headers)
    return frozenset((name, value) for name, value in named if value and (name in _IDS or "idempoten" in name))


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
