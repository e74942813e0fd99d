"""Which promises over time a story could look at, by operation, and why the others are left out.

Whether a promise is kept at all is for its check to say. Here is what the document must have for it, and what must have
happened: nothing can be said of updates where none was answered with success.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from conformance.model.operation import Operation
from conformance.run.lifecycle.asked import reading_of
from conformance.run.lifecycle.bodies import fields
from conformance.run.lifecycle.collection import Collection
from conformance.run.lifecycle.counts import said_by
from conformance.run.lifecycle.named import identity
from conformance.run.lifecycle.pages import Listed, Walk
from conformance.run.lifecycle.puts import MERGES
from conformance.run.lifecycle.queries import filters, leaves
from conformance.run.lifecycle.reader import Reader
from conformance.run.lifecycle.teller import Teller
from conformance.sandbox.roles import Role
from conformance.sandbox.sorting import keys
from conformance.spec.keys import retry_header

_NOTHING_SHOWN = "none of the fields that it writes is read"
_ONE = "fewer than two things were there"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known at the end of a story: ``made`` counts the things that were created, ``walk`` is its list's."""

    collection: Collection
    teller: Teller
    made: int = 0
    walk: Walk | None = None
    listed: Listed | None = None
    other_user: bool = False

    @property
    def things(self) -> int:
        """How many things there are known to be."""
        return max(self.made, len(self.walk.things) if self.walk is not None else 0)


Reason = Callable[[Facts, Operation], str | None]


def _always(_facts: Facts, _operation: Operation) -> str | None:
    return None


def _several(facts: Facts, _operation: Operation) -> str | None:
    return _ONE if facts.things < 2 else None


def _several_made(facts: Facts, _operation: Operation) -> str | None:
    return None if facts.made > 1 else "fewer than two things were created"


def _is_listed(facts: Facts, _operation: Operation) -> str | None:
    if facts.listed is None:
        return "the document has no list of what is created there"
    return None if facts.walk is not None else "the list was not answered with success"


def _deleted(facts: Facts, operation: Operation) -> str | None:
    return "nothing was created that could be deleted" if not facts.made else _is_listed(facts, operation)


def _says(header: str, words: str) -> Reason:
    def reason(facts: Facts, operation: Operation) -> str | None:
        return None if (operation.label, header) in facts.teller.headers else words

    return reason


def _filters(facts: Facts, operation: Operation) -> str | None:
    if facts.listed is None or facts.walk is None:
        return _is_listed(facts, operation)
    if not filters(operation, facts.listed.place.item, facts.walk.things, pages=facts.listed.how.wires, turn=0):
        return "the document names no filter whose effect shows" if facts.walk.things else "the list is empty"
    return None


def _orders(facts: Facts, operation: Operation) -> str | None:
    if facts.listed is None or facts.walk is None:
        return _is_listed(facts, operation)
    item = facts.listed.place.item
    usual = keys(reading_of(operation, {}), item)
    named = any("sort" in wire.lower() or "order" in wire.lower() for wire, _ in leaves(operation))
    if not usual and not named:
        return "the document names no order"
    return _ONE if len(facts.walk.things) < 2 else None


def _pages(facts: Facts, operation: Operation) -> str | None:
    if facts.listed is None or facts.walk is None:
        return _is_listed(facts, operation)
    return None if facts.listed.how.goes_on else "the document has no parameter that asks for another page"


def _sizes(facts: Facts, operation: Operation) -> str | None:
    if facts.listed is None or facts.walk is None:
        return _is_listed(facts, operation)
    if facts.listed.how.size is None:
        return "the document has no parameter for the size of a page"
    return None if facts.walk.things else "the list is empty"


def _overlaps(facts: Facts, operation: Operation) -> str | None:
    reason = _pages(facts, operation)
    return reason or ("there was one page only" if facts.walk is None or len(facts.walk.pages) < 2 else None)


def _page_info(facts: Facts, operation: Operation) -> str | None:
    reason = _pages(facts, operation)
    if reason or facts.walk is None:
        return reason
    tells = any(said.number is not None or said.more is not None or said.ends or said.following for said in facts.walk.said)
    return None if tells else "a page says neither its number nor whether another follows"


def _totals(facts: Facts, operation: Operation) -> str | None:
    if facts.listed is None or facts.walk is None:
        return _is_listed(facts, operation)
    said = [said_by(page.body, facts.listed.place, operation) for page in facts.walk.pages]
    if not any(each.total is not None or each.pages is not None for each in said):
        return "the list says no total"
    return None if facts.walk.complete else "the list is too long to be seen to its end"


def _reads(facts: Facts, _operation: Operation) -> str | None:
    if facts.collection.is_singleton:
        return "there is one thing only"
    return None if facts.collection.resource.id_fields else "what is read shows no id"


def _unreadable(facts: Facts, operation: Operation) -> str | None:
    if facts.made:
        return "what was created is read by the id that the create answered"
    if Role.READ not in facts.collection.operations:
        return "the document has no read of one thing"
    return _is_listed(facts, operation) or (None if facts.things else "the list is empty")


def _defaults(facts: Facts, operation: Operation) -> str | None:
    named = any(field.written.get("default") is not None for field in fields(operation, facts.collection.shown(Role.CREATE)))
    return None if named else "the document names no default of what is shown"


def _parents(facts: Facts, _operation: Operation) -> str | None:
    if not facts.collection.parents:
        return "what is shown lives in nothing else"
    return None if facts.made else "nothing was created there"


def _users(facts: Facts, operation: Operation) -> str | None:
    if not operation.needs_auth:
        return "the document lets everybody in"
    return None if facts.other_user else "no second user is known (--other-token)"


def _writes(facts: Facts, operation: Operation) -> str | None:
    reader = Reader(facts.teller, facts.collection)
    if not reader.can_read:
        return "the document has no read of what is written"
    return None if reader.fields(operation) or reader.groups(operation) else _NOTHING_SHOWN


def _patches(facts: Facts, operation: Operation) -> str | None:
    return "PUT replaces the whole, as it may" if operation.method == "put" else _writes(facts, operation)


def _puts(_facts: Facts, operation: Operation) -> str | None:
    return None if operation.method == "put" else "the operation is no PUT"


def _replaces(facts: Facts, operation: Operation) -> str | None:
    way = next((way for way in facts.collection.ways if way.operation.label == operation.label), None)
    merges = (way is not None and way.merges) or MERGES.search(operation.summary)
    return _puts(facts, operation) or ("the document says that it merges" if merges else _writes(facts, operation))


def _keyed(_facts: Facts, operation: Operation) -> str | None:
    return None if retry_header(operation) is not None else "the document has no header for an idempotency key"


def _seen_twice(facts: Facts, _operation: Operation) -> str | None:
    listed = facts.walk is not None and any(identity(facts.collection, thing) is not None for thing in facts.walk.things)
    return None if listed or facts.made else "nothing is shown in two places"


def _headed(facts: Facts, operation: Operation) -> str | None:
    return None if operation.label in facts.teller.headed else "HEAD is not answered with success"


_MAKES, _CHANGES, _READS, _LISTS, _DELETES = "create", "change", "read", "list", "delete"
ROWS: tuple[tuple[str, tuple[str, ...], Reason], ...] = (
    ("condition-wrong", (_READS,), _says("etag", "its answers have no ETag")),
    ("create-mixed-up", (_MAKES,), _several_made),
    ("created-twice", (_MAKES,), _is_listed),
    ("created-unlisted", (_MAKES,), _is_listed),
    ("default-ignored", (_MAKES,), _defaults),
    ("deleted-listed", (_DELETES,), _deleted),
    ("filter-ignored", (_LISTS,), _filters),
    ("filter-loses", (_LISTS,), _filters),
    ("head-differs", (_READS, _LISTS), _headed),
    ("identity-mismatch", (_READS,), _reads),
    ("key-ignored", (_MAKES,), _keyed),
    ("listed-unreadable", (_LISTS,), _unreadable),
    ("location-wrong", (_MAKES,), _says("location", "its answers have no Location")),
    ("neighbour-changed", (_CHANGES, _DELETES), _several),
    ("object-exposed", (_READS, _CHANGES, _LISTS, _DELETES), _users),
    ("page-endless", (_LISTS,), _pages),
    ("page-info-wrong", (_LISTS,), _page_info),
    ("page-overlap", (_LISTS,), _overlaps),
    ("page-size-ignored", (_LISTS,), _sizes),
    ("parent-ignored", (_READS, _LISTS), _parents),
    ("put-merges", (_CHANGES,), _replaces),
    ("put-repeats", (_CHANGES,), _puts),
    ("read-stale", (_CHANGES,), _writes),
    ("refused-write-effective", (_MAKES, _CHANGES), _always),
    ("sort-ignored", (_LISTS,), _orders),
    ("total-wrong", (_LISTS,), _totals),
    ("update-ignored", (_CHANGES,), _writes),
    ("update-overreach", (_CHANGES,), _patches),
    ("views-differ", (_READS,), _seen_twice),
    ("write-ignored", (_MAKES, _CHANGES), _writes),
)
"""By check: what its operations do, and what leaves it out. Wrong credentials are tried elsewhere."""


def left_out(facts: Facts) -> Iterator[tuple[str, str, str]]:
    """For every operation of a collection and every check that is about it: label, check, and why it is left out, or nothing."""
    for kind, operations in _kinds(facts.collection).items():
        for operation in operations:
            silent = None if operation.label in facts.teller.succeeded else "no request to it was answered with success"
            for check, about, reason in ROWS:
                if kind in about:
                    yield operation.label, check, silent or reason(facts, operation) or ""


def _kinds(collection: Collection) -> dict[str, Sequence[Operation]]:
    single = {_READS: Role.READ, _LISTS: Role.LIST, _DELETES: Role.DELETE}
    found: dict[str, Sequence[Operation]] = {kind: [collection.operations[role]] for kind, role in single.items()
                                             if role in collection.operations}  # fmt: skip
    return {**found, _MAKES: [way.operation for way in collection.makers], _CHANGES: [way.operation for way in collection.ways]}
