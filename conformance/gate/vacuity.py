"""Tests that say nothing: they pass as well when every answer is ``{}``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.gate.outcomes import Names
from conformance.model.message import Request, Response


class Empty:
    """A service that answers everything with ``{}``."""

    def __init__(self) -> None:
        self.count = 0

    def respond(self, request: Request) -> Response:
        """The answer."""
        self.count += 1
        body = b"" if request.method.upper() == "HEAD" else b"{}"
        return Response(status=200, headers=(("content-type", "application/json"),), body=body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vacuity:
    """What came of running the command again before ``Empty``.

    ``code`` is its exit code, ``requests`` how many it sent. ``passing`` are the tests that pass before both, ``judged`` is how
    many passed before the real one. Both are ``None`` where it cannot be told which tests there are. ``silent`` are those among
    the passing that sent nothing: they say nothing of the wire anyhow, and are not in ``passing``.
    """

    code: int
    requests: int
    judged: int | None = None
    passing: tuple[str, ...] | None = None
    silent: int = 0

    def to_json(self) -> dict[str, Any]:
        """For ``gate.json``."""
        return {"exit_code": self.code, "requests": self.requests, "judged": self.judged, "silent": self.silent,
                "passing": list(self.passing) if self.passing is not None else None}  # fmt: skip


def vacuity(
    before: Mapping[str, bool], after: Mapping[str, bool], *, code: int, requests: int, senders: Mapping[str, object] | None
) -> Vacuity:
    """Compare two runs.

    Args:
        before: whether each test passed before the sandbox or target.
        after: the same before ``Empty``.
        code: the exit code of the second run.
        requests: how many it sent.
        senders: the tests that sent something, where clients say it; ``None`` where they do not.
    """
    passed = [name for name, good in before.items() if good]
    if not passed or not after:
        return Vacuity(code=code, requests=requests)  # a runner that names failures alone tells nothing of the others
    named = Names(senders) if senders else None
    if named is not None and not any(name in named for name in before):
        named = None  # on the wire they have names of another kind
    both = [name for name in passed if after.get(name, False)]
    telling = [name for name in both if named is None or name in named]
    judged = sum(named is None or name in named for name in passed)
    return Vacuity(code=code, requests=requests, judged=judged, passing=tuple(telling), silent=len(both) - len(telling))


def unread(by_test: Mapping[str, set[str]], found: Vacuity) -> dict[str, bool]:
    """The operations of which it is known whether a test reads their answers, by label; true for those that none reads.

    A test that passes before ``{}`` looks at no field. An operation whose every test does so is never looked at. It is not known
    where tests have no names on the wire, or failed.
    """
    if found.passing is None:
        return {}
    passing = Names(found.passing)
    known: dict[str, bool] = {}
    for test, labels in by_test.items():
        for label in labels:
            known[label] = known.get(label, True) and test in passing
    return known
