"""What only generated SDKs see in how a document is written: what schemas are called, the order of parameters and servers.

It says nothing of the contract, so it is looked for when somebody asks for it alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from conformance.diff.facts import shown
from conformance.diff.ledger import Entry, Ledger, Scope
from conformance.diff.matching import renamed
from conformance.diff.servers import servers_of
from conformance.diff.shape import Node
from conformance.diff.shaping import Shapes
from conformance.model.operation import Operation

_SCHEMAS = "/components/schemas/"


def naming(ledger: Ledger, kept: Iterable[tuple[Operation, Operation]]) -> None:
    """Put down schemas that are called otherwise, and parameters and servers that come in another order."""
    for old, new in kept:
        _order(ledger, old, new)
    names: dict[tuple[str, str], None] = {}
    seen, stack = set(ledger.roots), list(reversed(ledger.roots))
    while stack:
        pair = stack.pop()
        before, after = _name(pair.old, ledger.known.old), _name(pair.new, ledger.known.new)
        if before and after and before != after:
            names[before, after] = None
        for edge in reversed(ledger.known.compared(pair).edges):
            if edge.pair not in seen:
                seen.add(edge.pair)
                stack.append(edge.pair)
    for before, after in sorted(names):
        text = f"the schema {shown(before)} is called {shown(after)}"
        entry = Entry(kind="schema-renamed", text=text, old=_SCHEMAS + before, new=_SCHEMAS + after)
        ledger.put(Scope(operation=None), entry)


def _order(ledger: Ledger, old: Operation, new: Operation) -> None:
    names = renamed(old, new)
    before = [(parameter.location, names.get(parameter.name, parameter.name)) for parameter in old.parameters]
    after = [(parameter.location, parameter.name) for parameter in new.parameters]
    if [key for key in before if key in after] != [key for key in after if key in before]:
        entry = Entry(
            kind="parameter-order-changed", text="the parameters are in another order", old=old.pointer, new=new.pointer
        )
        ledger.put(Scope(operation=new.label, tags=new.tags), entry)
    ones, others = servers_of(ledger.old, old), servers_of(ledger.new, new)
    if set(ones.urls) == set(others.urls) and next(iter(ones.urls), "") != next(iter(others.urls), ""):
        text = f"the first server is {shown(next(iter(others.urls)))} now"
        entry = Entry(kind="server-order-changed", text=text, old=ones.pointer, new=others.pointer)
        ledger.put(Scope(operation=new.label, tags=new.tags), entry)


def _name(node: Node, shapes: Shapes) -> str:
    """The name of the component that a node is, as a reference or itself."""
    if len(node.atoms) != 1:
        return ""
    pointer = node.pointer
    for _ in range(8):
        if pointer.startswith(_SCHEMAS) and "/" not in pointer[len(_SCHEMAS) :]:
            return pointer[len(_SCHEMAS) :]
        schema = shapes.schemas.value(pointer)
        target = shapes.schemas.target(pointer, schema) if isinstance(schema, dict) else None
        if target is None:
            return ""
        pointer = target
    return ""
