"""The normal form of a schema: what it accepts, however it is written.

A ``Node`` is a schema as a conjunction of places, so that what several branches of an ``allOf`` say of one property is one
node again, references are followed when they are reached, and recursion ends where a node comes back. A ``Shape`` is what
a node says of instances that are not null, beside whether null is one. Where there is a union, everything else is moved into
its branches, so that it makes no difference where it was written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TYPES = frozenset({"string", "number", "boolean", "object", "array"})
"""The types but null; ``number`` holds ``integer``."""

Bound = tuple[float, bool, str]
"""A limit of numbers: the value, whether it is excluded itself, and where it stands."""


@dataclass(frozen=True, slots=True)
class Node:
    """Schemas that all hold, by their atoms; ``plain`` leaves null out, and ``only`` all types but one.

    An atom is a pointer. One that begins with ``!`` stands for what its schema says itself, without references, ``allOf``
    and unions; one that begins with ``?`` for a union alone.
    """

    atoms: tuple[str, ...]
    plain: bool = False
    only: str = ""

    @property
    def pointer(self) -> str:
        """Where to look: the last place, which is the most special one."""
        return self.atoms[-1].lstrip("!?") if self.atoms else ""


ANYTHING = Node(())
"""The schema that accepts all."""


BYTES = ("", "application/octet-stream")
"""What a text that holds bytes as they are encodes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What holds when something else does: ``when`` is a schema of ``if``, or ``name`` a property that is there."""

    name: str = ""
    when: Node = ANYTHING
    then: Node = ANYTHING
    otherwise: Node = ANYTHING


@dataclass(slots=True, kw_only=True)
class Union:
    """Alternatives. ``exclusive`` is ``oneOf``; ``discriminator`` is the property and its values by branch."""

    branches: tuple[Node, ...]
    exclusive: bool
    pointer: str
    property: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Shape:
    """What a node accepts; ``at`` says where a keyword stands, and ``facets`` all places that say something.

    ``types`` has ``integer`` instead of ``number`` where only those are taken. ``enum`` has values by a key that equal
    values share. A facet that is empty constrains nothing.
    """

    pointer: str
    facets: tuple[str, ...] = ()
    types: frozenset[str] = TYPES
    null: bool = True
    enum: dict[str, Any] | None = None
    lower: Bound | None = None
    upper: Bound | None = None
    least: dict[str, int] = field(default_factory=dict)
    most: dict[str, int] = field(default_factory=dict)
    multiples: frozenset[float] = frozenset()
    patterns: frozenset[str] = frozenset()
    formats: frozenset[str] = frozenset()
    contents: frozenset[tuple[str, str]] = frozenset()
    unique: bool = False
    required: dict[str, str] = field(default_factory=dict)
    properties: dict[str, Node] = field(default_factory=dict)
    additional: Node = ANYTHING
    named: dict[str, Node] = field(default_factory=dict)
    names: Node = ANYTHING
    items: Node = ANYTHING
    prefix: tuple[Node, ...] = ()
    contains: Node | None = None
    dependent: frozenset[tuple[str, str]] = frozenset()
    nots: tuple[Node, ...] = ()
    conditions: tuple[Condition, ...] = ()
    union: Union | None = None
    at: dict[str, str] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def never(self) -> bool:
        """Whether nothing is accepted."""
        return not self.null and (not self.types or self.enum == {})

    @property
    def anything(self) -> bool:
        """Whether no type is left out."""
        return self.null and self.types == TYPES and self.enum is None and self.union is None

    @property
    def integral(self) -> bool:
        """Whether its numbers are integers."""
        return "integer" in self.types

    def place(self, keyword: str) -> str:
        """Where a keyword stands, or the schema when it does not."""
        return self.at.get(keyword, self.pointer)


def key_of(value: Any) -> str:
    """A text that values which are equal in JSON share."""
    if isinstance(value, bool) or value is None:
        return repr(value)
    if isinstance(value, (int, float)):
        return repr(int(value)) if value == int(value) else repr(value)
    if isinstance(value, list):
        return "[" + ",".join(key_of(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{name!r}:{key_of(value[name])}" for name in sorted(value)) + "}"
    return repr(value)


def type_of(value: Any) -> str:
    """The name of the type of a value of JSON."""
    if isinstance(value, bool):
        return "boolean"
    if value is None:
        return "null"
    if isinstance(value, (int, float)):
        return "integer" if value == int(value) else "number"
    return "array" if isinstance(value, list) else "object" if isinstance(value, dict) else "string"


def common_types(one: frozenset[str], other: frozenset[str]) -> frozenset[str]:
    """The types that both take."""
    both = set(one & other)
    for left, right in ((one, other), (other, one)):
        if "integer" in left and "number" in right:
            both.add("integer")
    return frozenset(both)


def joined_types(types: frozenset[str]) -> frozenset[str]:
    """The same without what is named twice."""
    return types - {"integer"} if "number" in types else types
