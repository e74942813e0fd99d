"""A class of change: a row with its levels by direction, why, and an example that is its test."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.diff.change import Direction, Effect, Level

B, W, I = Level.BREAKING, Level.WARNING, Level.INFO  # noqa: E741 - the letters make the tables readable


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Two fragments of YAML that differ by one change.

    ``place`` says what they are: ``schema`` (of a request body and of a response), ``property`` (of an object in them),
    ``operation`` (members of GET /pets), ``document`` (members of the document), ``paths`` (all paths).
    """

    place: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One class of change.

    ``request`` and ``response`` are the levels on the wire where the client writes, and where it reads; ``None`` where
    the class does not exist. ``sdk_request`` and ``sdk_response`` are those for generated SDKs. ``naming`` tells that
    nothing of the contract changed but what things are called.
    """

    id: str
    area: str
    summary: str
    why: str
    request: Level | None
    response: Level | None
    sdk_request: Level = I
    sdk_response: Level = I
    effect: Effect = Effect.NONE
    naming: bool = False
    example: Example

    def level(self, direction: Direction) -> Level | None:
        """The verdict for the wire."""
        return self.request if direction is Direction.REQUEST else self.response

    def sdk(self, direction: Direction) -> Level:
        """The verdict for generated SDKs."""
        return self.sdk_request if direction is Direction.REQUEST else self.sdk_response
