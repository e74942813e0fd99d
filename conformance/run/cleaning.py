"""What a run created, deleted again: the newest first, as often as it takes while that gets anywhere.

Families of things are seen to side by side. A thing that holds on to another is deleted once the other is gone; a service that
is busy is asked again; 404 and 410 mean that there is nothing left to do. What cannot be deleted is told, with the reason.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from conformance.model.message import Headers, NoResponse, Request, Response
from conformance.model.ports import Responder
from conformance.run.execute import executor
from conformance.run.ledger import WEAK, Account, Begun, Ledger, Thing, digests
from conformance.run.shown import identified_below, made_at, plain_path, quoted
from conformance.spec.body import read_json
from conformance.transport.target import origin_of

_PASSES = 4
_SILENT = 3
_PAGES = 20
_LATEST = 600.0
_EARLIEST = 60.0
_LONGEST_WAIT = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Something that is still there, or may be, and why."""

    operation: str
    path: str
    reason: str
    is_final: bool = False

    def __str__(self) -> str:
        return f"{self.path} ({self.operation}): {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """What came of it. ``left`` is what another try, or a person, has to see to."""

    deleted: int
    left: tuple[Left, ...]
    requests: int = 0

    @property
    def again(self) -> tuple[Left, ...]:
        """What another try may delete."""
        return tuple(one for one in self.left if not one.is_final)


def clean(
    account: Account, ledger: Ledger, responder: Responder, headers: Headers, *,
    most: int | None = None, until: float | None = None, now: Callable[[], float] = time.time,
    sleep: Callable[[float], object] = time.sleep, workers: int = 1,
) -> Cleaned:  # fmt: skip
    """Delete what a run has left.

    Args:
        account: what it has left.
        ledger: where to write what is gone.
        responder: the account's target.
        headers: the credentials.
        most: how many requests it may take.
        until: when to stop, in seconds since the epoch.
        now: the clock.
        sleep: waits, in seconds.
        workers: how many requests may be under way at a time.
    """
    return _Cleaning(account, ledger, responder, headers, most=most, until=until, now=now, sleep=sleep, workers=workers).run()


class _Cleaning:
    def __init__(
        self, account: Account, ledger: Ledger, responder: Responder, headers: Headers, *,
        most: int | None, until: float | None, now: Callable[[], float], sleep: Callable[[float], object], workers: int,
    ) -> None:  # fmt: skip
        self._account, self._ledger, self._responder, self._headers = account, ledger, responder, headers
        self._most, self._until, self._now, self._sleep = most, until, now, sleep
        self._origin = origin_of(account.target)
        self._requests = self._deleted = self._silent = 0
        self._reasons: dict[str, str] = {}
        self._gone: list[str] = []
        self._workers, self._lock, self._is_ended = workers, threading.Lock(), False

    def run(self) -> Cleaned:
        left = []
        waiting: list[Thing] = []
        for thing in self._account.things:
            reason = thing.doubt or ("" if thing.delete is not None else "the document has no way to delete it")
            if reason:
                left.append(Left(operation=thing.operation, path=thing.path, reason=reason, is_final=True))
            else:
                waiting.append(thing)
        waiting = self._emptied(waiting)
        # What was below something that is gone went with it.
        left = [one for one in left if not any(one.path.startswith(path + "/") for path in self._gone)]
        left += [Left(operation=thing.operation, path=thing.path, reason=self._reasons.get(thing.path, self._over()))
                 for thing in waiting]  # fmt: skip
        for begun in self._account.begun:
            left += self._sought(begun)
        return Cleaned(deleted=self._deleted, left=tuple(left), requests=self._requests)

    def _emptied(self, waiting: list[Thing]) -> list[Thing]:
        """Delete things, the newest first, until none is left or a whole round leads nowhere; returns what stays."""
        for _ in range(_PASSES):
            before, lanes = len(waiting), _lanes(waiting) if self._workers > 1 else [waiting]
            stays = {thing.path for lane in self._side_by_side(lanes) for thing in lane}
            waiting = [thing for thing in waiting if thing.path in stays]
            if not waiting or len(waiting) == before or self._over():
                break
        return waiting

    def _side_by_side(self, lanes: Sequence[Sequence[Thing]]) -> list[list[Thing]]:
        """What stays of each lane."""
        with executor(max(1, min(self._workers, len(lanes))), waits=True) as pool:
            try:
                return list(pool.map(self._through, lanes))
            except BaseException:
                self._is_ended = True
                raise

    def _through(self, lane: Sequence[Thing]) -> list[Thing]:
        return [thing for thing in reversed(lane) if not self._delete(thing.path, thing.delete or "")]

    def _delete(self, path: str, query: str) -> bool:
        answer = self._asked("DELETE", self._origin + quoted(path) + query)
        if isinstance(answer, str):
            self._reasons.setdefault(path, answer)
            return False
        if 200 <= answer.status < 300 or answer.status in {404, 410}:
            self._ledger.gone(path)
            self._gone.append(path)
            with self._lock:
                self._deleted += answer.status < 300
            return True
        self._reasons[path] = f"the deletion was answered with {answer.status}"
        return False

    def _asked(self, method: str, url: str) -> Response | str:
        """An answer, or why there is none; waits where the service asks for it."""
        for attempt in range(3):
            with self._lock:
                reason = self._over()
                if reason:
                    return reason
                self._requests += 1
            answer = self._responder.respond(Request(method=method, url=url, headers=self._headers))
            if isinstance(answer, NoResponse):
                self._silent += 1
                return answer.reason
            self._silent = 0
            if answer.status not in {429, 503} or attempt == 2:
                return answer
            self._sleep(min(_seconds(answer.header("retry-after")), _LONGEST_WAIT, self._time_left()))
        return "the service is busy"

    def _time_left(self) -> float:
        return max(0.0, self._until - self._now()) if self._until is not None else _LONGEST_WAIT

    def _over(self) -> str:
        if self._is_ended:
            return "it was interrupted"
        if self._silent >= _SILENT:
            return "the target does not answer any more"
        if self._until is not None and self._now() >= self._until:
            return "the time is over"
        if self._most is not None and self._requests >= self._most:
            return "the request budget is spent"
        return ""

    def _sought(self, begun: Begun) -> Iterator[Left]:
        """Look for what a request may have created whose answer nobody saw; only what is surely it is deleted."""
        if begun.query is None:
            reason = "its answer was not seen, and the document has no way to delete what it may have made"
            yield Left(operation=begun.operation, path=begun.path, reason=reason, is_final=True)
            return
        if begun.operation.startswith("PUT "):
            yield from self._sought_at(begun, begun.path, begun.query)
            return
        found = self._candidates(begun) if begun.segment is not None else "its answer was not seen, and its path cannot be read"
        if isinstance(found, str):
            yield Left(operation=begun.operation, path=begun.path, reason=found)
            return
        if len(found) > 1:
            reason = f"its answer was not seen, and {len(found)} things could be what it made"
            yield Left(operation=begun.operation, path=begun.path, reason=reason)
        elif found:
            yield from self._sought_at(begun, found[0], begun.query)
        else:
            self._ledger.end(begun.key)

    def _sought_at(self, begun: Begun, path: str, query: str) -> Iterator[Left]:
        if self._delete(path, query):
            self._ledger.end(begun.key)
        else:
            yield Left(operation=begun.operation, path=path, reason=self._reasons.get(path, ""))

    def _candidates(self, begun: Begun) -> list[str] | str:
        """The things in a collection that have just what a request said; or why that cannot be known."""
        url: str | None = self._origin + quoted(begun.path)
        found: list[str] = []
        unsure = False
        for _ in range(_PAGES):
            if url is None:
                break
            answer = self._asked("GET", url)
            if isinstance(answer, str) or answer.status != 200:
                return "its answer was not seen, and its collection could not be read"
            value = read_json(answer.body).value
            for path, thing in identified_below(value, begun.path, begun.segment or "{id}"):
                verdict = self._is_it(begun, thing)
                unsure = unsure or verdict is None
                found += [path] if verdict else []
            url = _next(value, url, self._origin)
        if not found and unsure:
            return "its answer was not seen, and what it said is too little to know by"
        return list(dict.fromkeys(found))

    def _is_it(self, begun: Begun, thing: dict[str, Any]) -> bool | None:
        """Whether a thing is what a request made; ``None`` when that cannot be told."""
        moment = made_at(thing)
        if moment is not None and not -_EARLIEST <= moment - begun.time <= _LATEST:
            return False
        # Held against the request's own time, a value that many things have is enough; without a time it is not.
        shown = digests({name: value for name, value in thing.items() if name in begun.content}, self._account.run)
        if any(name in thing and shown.get(name) != digest for name, digest in begun.content.items()):
            return False
        is_known = any(moment is not None or not digest.startswith(WEAK) for digest in shown.values())
        return True if is_known else None


def _next(value: Any, url: str, origin: str) -> str | None:
    """The next page of a list, where its answer links to it."""
    links = value if isinstance(value, dict) else {}
    for inner in ("links", "meta", "paging", "pagination"):
        if isinstance(links.get(inner), dict):
            links = {**links[inner], **links}
    following = next((links[name] for name in ("next", "next_page_url", "nextPageUrl", "next_url") if name in links), None)
    if not isinstance(following, str) or not following.startswith(("/", "http", "?")):
        return None
    following = urljoin(url, following)
    return following if origin_of(following) == origin and plain_path(following) == plain_path(url) and following != url else None


def _lanes(things: Iterable[Thing]) -> list[list[Thing]]:
    """Things by the family of paths that they were made at, in their order: what is below another goes before it."""
    found: dict[str, list[Thing]] = {}
    for thing in things:
        found.setdefault(thing.operation.partition(" ")[2].partition("/{")[0], []).append(thing)
    return list(found.values())


def _seconds(text: str | None) -> float:
    try:
        return max(0.2, float(text or "1"))
    except ValueError:
        return 1.0
