"""Changes as they are found, each put down once for an operation and a direction."""

from __future__ import annotations

from dataclasses import dataclass, replace

from conformance.diff.change import Change, Direction, Medium
from conformance.diff.facts import Pair
from conformance.diff.known import Known
from conformance.diff.table import kind
from conformance.spec.dialect import as_written
from conformance.spec.document import Document
from conformance.spec.pointer import follow


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What differs at a place of an operation: the class, the words, and both pointers."""

    kind: str
    text: str
    old: str
    new: str
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose changes are put down: an operation with its tags, in a direction; ``prefix`` comes before each place."""

    operation: str | None
    tags: tuple[str, ...] = ()
    direction: Direction = Direction.REQUEST
    prefix: str = ""

    def towards(self, direction: Direction) -> Scope:
        """The same for what is written the other way, seen from the operation itself."""
        return replace(self, direction=self.direction if direction is Direction.REQUEST else self.direction.reverse)


class Ledger:
    """The changes between two documents."""

    def __init__(self, old: Document, new: Document) -> None:
        self.old, self.new = old, new
        self.known = Known(old, new)
        self.changes: list[Change] = []
        self.roots: list[Pair] = []
        self._put: set[tuple[object, ...]] = set()

    def put(self, scope: Scope, entry: Entry) -> None:
        """Put a change down, when its class exists in the direction and it is not there yet."""
        row = kind(entry.kind)
        level = row.level(scope.direction)
        key = (scope.operation, scope.direction, entry.kind, entry.text, entry.old, entry.new)
        if level is None or key in self._put:
            return
        self._put.add(key)
        before, after = self._places(entry)
        self.changes.append(
            Change(
                id=row.id,
                level=level,
                sdk=row.sdk(scope.direction),
                operation=scope.operation,
                where=", ".join(part for part in (scope.prefix, entry.where) if part),
                text=entry.text,
                old_pointer=before,
                new_pointer=after,
                tags=scope.tags,
            )
        )

    def schemas(self, scope: Scope, pair: Pair, where: str, owners: tuple[str, str], medium: Medium = Medium.JSON) -> None:
        """Put down what differs between two schemas and beneath them; ``owners`` is the pointers of what holds them."""
        self.roots.append(pair)
        for path, fact in self.known.walk(pair, scope.direction, medium):
            place = f"{where}, {path}" if path else where
            self.put(
                scope, Entry(kind=fact.kind, text=fact.text, old=fact.old or owners[0], new=fact.new or owners[1], where=place)
            )

    def _places(self, entry: Entry) -> tuple[str, str]:
        """Both pointers as they are written; what has no counterpart stands beside the nearest thing that is there."""
        old, new = _written(self.old, entry.old, entry.kind), _written(self.new, entry.new, entry.kind)
        return _nearest(self.old, old, new), _nearest(self.new, new, old)


def _written(document: Document, pointer: str, kind: str) -> str:
    if not document.version.startswith("3.0"):
        return pointer
    written = as_written(document.raw, pointer)
    said = f"{written.removesuffix('/type')}/nullable"
    return said if kind in {"null-allowed", "null-refused"} and _is_there(document, said) else written


def _nearest(document: Document, pointer: str, counterpart: str) -> str:
    """The deepest place between a pointer and its counterpart's that a document has; what it has above, when it has not that."""
    while pointer and not _is_there(document, pointer):
        pointer = pointer.rpartition("/")[0]
    found = counterpart.rpartition("/")[0] if counterpart.rpartition("/")[2].isdecimal() else counterpart
    while len(found) > len(pointer) and found.startswith(f"{pointer}/"):
        if _is_there(document, found):
            return found
        found = found.rpartition("/")[0]
    return pointer


def _is_there(document: Document, pointer: str) -> bool:
    try:
        follow(document.raw, pointer)
    except (LookupError, TypeError, ValueError):
        return False
    return True
