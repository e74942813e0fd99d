"""What a comparison says: a change, how bad it is on the wire and in generated SDKs, and in which direction."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypedDict


class Level(StrEnum):
    """How bad a change is; ``rank`` orders them, the worst first."""

    BREAKING = "breaking"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return ("breaking", "warning", "info").index(self.value)


class Direction(StrEnum):
    """Who writes what is described: the client sends requests, and reads responses (webhooks are read by clients too)."""

    REQUEST = "request"
    RESPONSE = "response"

    @property
    def reverse(self) -> Direction:
        """The other one: what a webhook's server sends is what its client receives."""
        return Direction.RESPONSE if self is Direction.REQUEST else Direction.REQUEST


class Medium(StrEnum):
    """How a value is written where it is sent: in text 5 and "5" are the same, and XML has names of its own.

    ``REPEATED`` is text, of which one stands for a list of one too.
    """

    JSON = "json"
    TEXT = "text"
    REPEATED = "repeated"
    XML = "xml"


class Effect(StrEnum):
    """What a change does to the set of values that are accepted."""

    NARROWER = "narrower"
    WIDER = "wider"
    OTHER = "other"
    NONE = "none"


class Places(TypedDict):
    """Where something stands in the two documents."""

    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One difference between two places, not yet seen from an operation.

    ``only`` is the direction that it exists in, when it is one; ``path`` is how the place is reached from the root of
    the schema or message.
    """

    kind: str
    text: str
    old: str
    new: str
    only: Direction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference as an operation has it.

    ``level`` is the verdict for the wire and ``sdk`` the one for generated SDKs. ``operation`` is ``None`` for what
    concerns the whole document; else it is the label in the new document, or in the old one when the operation is gone.
    ``where`` is the place in the operation and ``text`` what happened there; ``message`` is both.
    """

    id: str
    level: Level
    sdk: Level
    operation: str | None
    where: str
    text: str
    old_pointer: str
    new_pointer: str
    tags: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """One sentence: the place, and what happened."""
        return f"{self.where}: {self.text}" if self.where else self.text

    @property
    def cause(self) -> tuple[str, Level, Level, str, str, str]:
        """What is equal for all operations that one edit reaches."""
        return (self.id, self.level, self.sdk, self.text, self.old_pointer, self.new_pointer)
