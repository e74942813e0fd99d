"""What is remembered while a recording is replayed: what was written, and what recorded ids are called this time."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import Any

from conformance.cases.recorded import RecordedExchange, Recording
from conformance.model.message import Request, Response
from conformance.model.operation import Operation
from conformance.run.carrying import Given
from conformance.run.identity import is_identity, is_strong, value_text
from conformance.run.matchers import Matchers
from conformance.run.steady import Beside
from conformance.run.written import Write
from conformance.transport.target import origin_of

SANDBOX = "sandbox"
"""The origin of recordings that the sandbox answered."""
SERVER = "conformance-sandbox"
"""What the sandbox calls itself in the header ``Server`` of its answers, where it has a port of its own."""
_WRITES = 200
_METHODS = frozenset({"POST", "PUT", "PATCH"})


def is_of_sandbox(answer: Response) -> bool:
    """Whether an answer says that the sandbox gave it."""
    return answer.header("server") == SERVER


class Memory:
    """What is known of a chain so far.

    Args:
        recording: the chain.
        target: where the target is.
        is_sandbox: whether that is a sandbox of its own.
        matchers: what the project says of single fields.
    """

    def __init__(self, recording: Recording, *, target: str, is_sandbox: bool, matchers: Matchers) -> None:
        self._recording, self._target, self._matchers = recording, target, matchers
        self._is_sandbox, self._was_sandbox = is_sandbox, recording.origin == SANDBOX
        self._origin = origin_of(recording.origin) or next((origin_of(one.request.url) for one in recording.exchanges), "")
        self._writes: deque[Write] = deque(maxlen=_WRITES)
        self._ids: dict[str, str] = {}

    def beside(self, recorded: RecordedExchange, sent: Request, answer: Response, operation: Operation | None) -> Beside:
        """What is known beside the answers of an exchange; called once for each, in order."""
        method = sent.method.upper()
        is_write = method in _METHODS and bool(sent.body) and operation is not None and recorded.response.status < 300
        if is_write and operation is not None:
            self._writes.appendleft(Write.of(operation.path, recorded.request, sent))
        was_sandbox = self._was_sandbox or is_of_sandbox(recorded.response)
        is_sandbox = self._is_sandbox or is_of_sandbox(answer)
        is_kin = was_sandbox == is_sandbox
        return Beside(
            writes=tuple(self._writes),
            ids=self._ids,
            volatile=recorded.volatile,
            takes=recorded.takes,
            is_kin=is_kin,
            is_same_service=is_kin and (is_sandbox or self._origin == self._target),
            is_fresh=is_kin and self._is_sandbox,
            is_prompt=is_kin and is_sandbox,
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
