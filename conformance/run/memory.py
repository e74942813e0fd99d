"""What is remembered while a recording is replayed: what was written, and what recorded ids are called this time."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import Any

from conformance.cases.recorded import RecordedExchange, Recording
from conformance.model.message import Request
from conformance.model.operation import Operation
from conformance.run.carrying import Given
from conformance.run.identity import is_identity, is_strong, value_text
from conformance.run.matchers import Matchers
from conformance.run.steady import Beside, Write

_WRITES = 200
_METHODS = frozenset({"POST", "PUT", "PATCH"})


class Memory:
    """What is known of a chain so far.

    Args:
        recording: the chain.
        is_same: whether what gave the recorded answers is asked again.
        matchers: what the project says of single fields.
    """

    def __init__(self, recording: Recording, *, is_same: bool, matchers: Matchers) -> None:
        self._recording, self._is_same, self._matchers = recording, is_same, matchers
        self._writes: deque[Write] = deque(maxlen=_WRITES)
        self._ids: dict[str, str] = {}

    def beside(self, recorded: RecordedExchange, sent: Request, operation: Operation | None) -> Beside:
        """What is known beside the answers of an exchange; called once for each, in order."""
        method = sent.method.upper()
        is_write = method in _METHODS and bool(sent.body) and operation is not None and recorded.response.status < 300
        if is_write and operation is not None:
            self._writes.appendleft(Write.of(operation.path, recorded.request, sent))
        return Beside(
            writes=tuple(self._writes),
            ids=self._ids,
            volatile=recorded.volatile,
            takes=recorded.takes,
            is_same_service=self._is_same,
            matchers=self._matchers,
            illustrative=self._recording.illustrative,
            is_new=is_write and method == "POST",
        )

    def learn(self, given: Given) -> None:
        """Take in what recorded ids are called in a live answer. In lists nobody knows which item is which."""
        with suppress(RecursionError):  # nested deeper than anything that has an identity
            self._pairs(given.recorded, given.body, "")

    def _pairs(self, was: Any, now: Any, name: str) -> None:
        if isinstance(was, dict) and isinstance(now, dict):
            for key in was:
                if key in now:
                    self._pairs(was[key], now[key], key)
            return
        before, after = value_text(was), value_text(now)
        if before is not None and after is not None and (is_identity(name) or is_strong(before)):
            self._ids.setdefault(before, after)
