"""Two operations that stand for the same one compared, in everything."""

from __future__ import annotations

from conformance.diff.change import Direction, Places
from conformance.diff.facts import shown, sunset
from conformance.diff.ledger import Entry, Ledger, Scope
from conformance.diff.messages import answers, bodies
from conformance.diff.parameters import parameters
from conformance.diff.security import security
from conformance.diff.servers import servers
from conformance.model.operation import Operation
from conformance.spec.webhooks import Webhook


def operation(ledger: Ledger, old: Operation, new: Operation) -> None:
    """Put down what differs between two operations that clients call."""
    scope = Scope(operation=new.label, tags=new.tags)
    _names(ledger, scope, old, new)
    _life(ledger, scope, old, new)
    servers(ledger, scope, old, new)
    security(ledger, scope, old, new)
    parameters(ledger, scope, old, new)
    bodies(ledger, scope, old, new)
    answers(ledger, scope, old, new)
    _callbacks(ledger, scope, old, new)


def webhooks(ledger: Ledger) -> None:
    """Put down what differs between the webhooks of two documents: what clients receive, and what they answer."""
    before, after = ({(hook.name, hook.operation.method): hook for hook in held.webhooks} for held in (ledger.old, ledger.new))
    for key, hook in before.items():
        if key not in after:
            scope = Scope(operation=hook.operation.label, tags=hook.operation.tags)
            text = f"the webhook {shown(hook.name)} was removed"
            ledger.put(scope, Entry(kind="webhook-removed", text=text, old=hook.operation.pointer, new="/webhooks"))
    for key, hook in after.items():
        scope = Scope(operation=hook.operation.label, tags=hook.operation.tags, direction=Direction.RESPONSE, prefix="webhook")
        if key in before:
            _received(ledger, scope, before[key].operation, hook.operation)
        else:
            text = f"the webhook {shown(hook.name)} was added"
            scope = Scope(operation=hook.operation.label, tags=hook.operation.tags)
            ledger.put(scope, Entry(kind="webhook-added", text=text, old="/webhooks", new=hook.operation.pointer))


def _received(ledger: Ledger, scope: Scope, old: Operation, new: Operation) -> None:
    _life(ledger, scope, old, new)
    parameters(ledger, scope, old, new)
    bodies(ledger, scope, old, new)
    answers(ledger, scope, old, new)


def _callbacks(ledger: Ledger, scope: Scope, old: Operation, new: Operation) -> None:
    before, after = (_keyed(held) for held in (ledger.old.callbacks.get(old.label, ()), ledger.new.callbacks.get(new.label, ())))
    for key, hook in before.items():
        if key not in after:
            text = f"the callback {shown(hook.name)} was removed"
            ledger.put(scope, Entry(kind="callback-removed", text=text, old=hook.operation.pointer, new=new.pointer))
    for key, hook in after.items():
        if key in before:
            within = Scope(
                operation=scope.operation, tags=scope.tags, direction=Direction.RESPONSE, prefix=f"callback {shown(hook.name)}"
            )
            _received(ledger, within, before[key].operation, hook.operation)
        else:
            text = f"the callback {shown(hook.name)} was added"
            ledger.put(scope, Entry(kind="callback-added", text=text, old=old.pointer, new=hook.operation.pointer))


def _keyed(hooks: tuple[Webhook, ...]) -> dict[tuple[str, str, str], Webhook]:
    return {(hook.name, hook.expression, hook.operation.method): hook for hook in hooks}


def _names(ledger: Ledger, scope: Scope, old: Operation, new: Operation) -> None:
    places: Places = {"old": old.pointer, "new": new.pointer}
    if old.operation_id != new.operation_id:
        before, after = old.operation_id, new.operation_id
        kind = "added" if before is None else "removed" if after is None else "changed"
        text = {"added": f"the operationId {shown(after)} was added", "removed": f"the operationId {shown(before)} was removed",
                "changed": f"the operationId {shown(before)} became {shown(after)}"}[kind]  # fmt: skip
        ledger.put(scope, Entry(kind=f"operation-id-{kind}", text=text, **places))
    if old.tags[:1] != new.tags[:1] and old.tags and new.tags:
        text = f"the first tag {shown(old.tags[0])} became {shown(new.tags[0])}"
        ledger.put(scope, Entry(kind="group-changed", text=text, **places))
        return
    for tag in sorted(set(old.tags) - set(new.tags)):
        ledger.put(scope, Entry(kind="tag-removed", text=f"the tag {shown(tag)} was removed", **places))
    for tag in sorted(set(new.tags) - set(old.tags)):
        ledger.put(scope, Entry(kind="tag-added", text=f"the tag {shown(tag)} was added", **places))


def _life(ledger: Ledger, scope: Scope, old: Operation, new: Operation) -> None:
    places: Places = {"old": old.pointer, "new": new.pointer}
    if old.deprecated != new.deprecated:
        kind, text = ("deprecated", "it was deprecated") if new.deprecated else ("reactivated", "it is deprecated no more")
        ledger.put(scope, Entry(kind=f"operation-{kind}", text=text, **places))
    before, after = (str(held.extensions.get("x-sunset") or held.extensions.get("x-sunset-date") or "") for held in (old, new))
    ending = sunset(before, after, deprecated=new.deprecated)
    if ending is not None:
        ledger.put(scope, Entry(kind=ending[0], text=ending[1], **places))
