"""Pairs of nodes, the steps between them, and what two documents' pairs have been found to be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from conformance.diff.change import Direction, Fact
from conformance.diff.shape import Node
from conformance.diff.shaping import Shapes


@dataclass(frozen=True, slots=True)
class Pair:
    """What stands for the same thing in the old document and in the new one."""

    old: Node
    new: Node


@dataclass(frozen=True, slots=True)
class Edge:
    """A step from one pair to another; ``only`` is the direction in which it can be taken, when it is one."""

    step: str
    pair: Pair
    only: Direction | None = None


class Seen(Protocol):
    """The two documents, and what is known of their pairs."""

    old: Shapes
    new: Shapes

    def facts(self, pair: Pair) -> Iterator[Fact]:
        """All that differs in a pair and beneath it."""
        ...

    def equal(self, pair: Pair) -> bool:
        """Whether both accept the same."""
        ...

    def within(self, pair: Pair) -> bool:
        """Whether the new one accepts all that the old one does."""
        ...

    def covers(self, pair: Pair) -> bool:
        """Whether the old one accepts all that the new one does."""
        ...


def sunset(before: str, after: str, *, deprecated: bool) -> tuple[str, str] | None:
    """The class of change and the words when an end was announced, moved or taken back; dates are compared as texts.

    ``deprecated`` is whether what ends is deprecated now: what is here to stay needs no end.
    """
    if before == after or (before and not after and not deprecated):
        return None
    if not before:
        return "sunset-added", f"it ends on {after}"
    if not after:
        return "sunset-removed", f"its end on {before} is announced no more"
    return f"sunset-{'earlier' if after < before else 'later'}", f"its end moved from {before} to {after}"


def shown(value: object, width: int = 60) -> str:
    """A value in quotes for a message, cut when it is long."""
    text = f"'{value}'" if isinstance(value, str) else repr(value)
    return text if len(text) <= width else text[: width - 2] + "…'"


def path_of(steps: tuple[str, ...]) -> str:
    """Steps as a path such as ``data[].status``."""
    path = ""
    for step in steps:
        path += step if step.startswith("[") or not path else f".{step}"
    return path
