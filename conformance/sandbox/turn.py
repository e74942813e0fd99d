"""One request on its way through the sandbox, and the seam where a service may be made to misbehave."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from conformance.model.message import NoResponse, Request, Response
from conformance.model.operation import Operation
from conformance.sandbox.service import Call, Outcome
from conformance.sandbox.sessions import Session
from conformance.spec.reading import RequestError

Perform = Callable[[Call], Outcome]


@dataclass(slots=True, kw_only=True, eq=False)
class Turn:
    """A request, with what is found out about it step by step.

    ``number`` counts the sandbox's requests from 0. ``operation`` is ``None`` where the document has none, ``call``
    until the request is known to be allowed, ``outcome`` until it has been carried out. ``peers`` are the sessions of
    other users.
    """

    request: Request
    number: int
    session: Session
    operation: Operation | None = None
    call: Call | None = None
    outcome: Outcome | None = None
    peers: Callable[[], Iterable[Session]] = field(default=lambda: ())


class Conduct:
    """How a service behaves at each step. This one is without fault: everything passes through."""

    def arrival(self, turn: Turn) -> Request | Response | NoResponse:
        """The request to go on with (before anything is known but its operation), or an answer that ends it."""
        return turn.request

    def challenge(self, turn: Turn, challenges: tuple[str, ...] | None) -> tuple[str, ...] | None:  # noqa: ARG002 - for those who override it
        """What a 401 asks for; ``None`` lets the request pass."""
        return challenges

    def breaches(self, turn: Turn, found: tuple[RequestError, ...]) -> tuple[RequestError, ...]:  # noqa: ARG002 - for those who override it
        """What is held against the request; nothing lets it pass."""
        return found

    def effect(self, turn: Turn, perform: Perform) -> Outcome:
        """Carry out ``turn.call``.

        Raises:
            Missing: when something that the request names is not there.
        """
        assert turn.call is not None
        return perform(turn.call)

    def departure(self, turn: Turn, response: Response) -> Response | NoResponse:  # noqa: ARG002 - for those who override it
        """The answer that leaves."""
        return response


FAULTLESS = Conduct()
