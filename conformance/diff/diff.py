"""Two documents compared: every change, and the operations that changed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from conformance.diff import operations
from conformance.diff.change import Change, Level, Places
from conformance.diff.facts import shown
from conformance.diff.ledger import Entry, Ledger, Scope
from conformance.diff.matching import Matches, match
from conformance.diff.naming import naming
from conformance.diff.table import kind
from conformance.model.operation import Operation
from conformance.spec.document import Document
from conformance.spec.pointer import join


def diff(old: Document, new: Document, *, names: bool = False) -> tuple[Change, ...]:
    """What changed between two documents, as each operation has it.

    The order is that of what concerns the whole document, then of the operations by label, then the worst first. Two
    documents that mean the same give nothing, however they are written; with ``names``, it is also said what schemas are
    called and in which order parameters come.
    """
    ledger = Ledger(old, new)
    matches = match(old.operations, new.operations)
    for before, after in matches.kept:
        operations.operation(ledger, before, after)
    _listed(ledger, matches)
    operations.webhooks(ledger)
    _twins(ledger)
    _components(ledger)
    if names:
        naming(ledger, matches.kept)
    _version(ledger)
    return tuple(sorted(ledger.changes, key=_order))


def changed_operations(old: Document, new: Document) -> tuple[Operation, ...]:
    """The operations of the new document that are new, or whose contract is another one, in its order.

    What is only called otherwise (operationId, tags) is no change of the contract.
    """
    labels = {change.operation for change in diff(old, new) if not kind(change.id).naming}
    return tuple(operation for operation in new.operations if operation.label in labels)


def _order(change: Change) -> tuple[object, ...]:
    return (change.operation is not None, change.operation or "", change.level.rank, change.id, change.where, change.text,
            change.new_pointer, change.old_pointer)  # fmt: skip


def _listed(ledger: Ledger, matches: Matches) -> None:
    for operation in matches.removed:
        scope = Scope(operation=operation.label, tags=operation.tags)
        ledger.put(scope, Entry(kind="operation-removed", text="the operation was removed", old=operation.pointer, new="/paths"))
    for before, after in matches.moved:
        text = f"the operation moved here from {before.label}"
        ledger.put(_scope(after), Entry(kind="operation-moved", text=text, old=before.pointer, new=after.pointer))
        operations.operation(ledger, before, after)
    for operation in matches.added:
        text = "the operation was added"
        ledger.put(_scope(operation), Entry(kind="operation-added", text=text, old="/paths", new=operation.pointer))


def _scope(operation: Operation) -> Scope:
    return Scope(operation=operation.label, tags=operation.tags)


def _twins(ledger: Ledger) -> None:
    """Names of operations that collide in generated code now, and did not before."""
    before = _colliding(ledger.old.operations)
    for folded, held in _colliding(ledger.new.operations).items():
        if folded not in before:
            names = " and ".join(shown(operation.operation_id) for operation in held)
            text = f"{names} differ by case alone"
            ledger.put(_scope(held[-1]), Entry(kind="case-twin-added", text=text, old="/paths", new=held[-1].pointer))


def _components(ledger: Ledger) -> None:
    """Names of schemas that collide in generated code now, and did not before."""
    before, after = (_schemas(document) for document in (ledger.old, ledger.new))
    folded = _folded(after)
    if sum(map(len, folded.values())) <= sum(map(len, _folded(before).values())):
        return  # the same ones, called otherwise
    for name in [name for name in after if name not in before]:
        twin = next((other for other in folded.get(name.casefold(), ()) if other != name), None)
        if twin is not None:
            text = f"the schema {shown(name)} differs from {shown(twin)} by case alone"
            places: Places = {"old": "/components/schemas", "new": join("/components/schemas", name)}
            ledger.put(Scope(operation=None), Entry(kind="case-twin-added", text=text, **places))


def _folded(names: Iterable[str]) -> dict[str, list[str]]:
    """Names that differ by case alone, together."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(name.casefold(), []).append(name)
    return {key: held for key, held in found.items() if len(held) > 1}


def _schemas(document: Document) -> dict[str, object]:
    components = document.raw.get("components")
    held = components.get("schemas") if isinstance(components, dict) else None
    return held if isinstance(held, dict) else {}


def _colliding(held: Iterable[Operation]) -> dict[str, list[Operation]]:
    found: dict[str, list[Operation]] = {}
    for operation in held:
        if operation.operation_id:
            found.setdefault(operation.operation_id.casefold(), []).append(operation)
    return {folded: twins for folded, twins in found.items() if len({twin.operation_id for twin in twins}) > 1}


def _version(ledger: Ledger) -> None:
    before, after = (_said(document) for document in (ledger.old, ledger.new))
    places: Places = {"old": "/info/version", "new": "/info/version"}
    scope = Scope(operation=None)
    if _numbers(after) < _numbers(before):
        text = f"the version went from {before} to {after}"
        ledger.put(scope, Entry(kind="version-lowered", text=text, **places))
    elif before == after and any(change.level is Level.BREAKING for change in ledger.changes):
        text = f"changes break clients, and the version is still {after}"
        ledger.put(scope, Entry(kind="version-not-raised", text=text, **places))


def _said(document: Document) -> str:
    info = document.raw.get("info")
    return str(info.get("version", "")) if isinstance(info, dict) else ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version.partition("+")[0])[:4])
