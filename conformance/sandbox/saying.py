"""What a request's body says of things: of one, or of several at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.model.ports import Schema
from conformance.sandbox.calls import Call
from conformance.sandbox.envelope import folded, is_object, merged
from conformance.sandbox.patching import merge_patched, patched
from conformance.sandbox.plans import called

_MOST = 100
_COUNTS = frozenset({"amount", "quantity", "count"})
_WRAPPERS = frozenset({"data", "attributes", "resource", "item", "payload"})


def said(call: Call) -> dict[str, Any]:
    """What the body says of the thing: its fields, out of a wrapper, without those that only a service may set."""
    body = call.reading.body if call.reading.has_body else None
    if not isinstance(body, dict):
        return {}
    declared = sayable(call)
    # Where the answer shows nothing, what the thing is like elsewhere tells what is a wrapper.
    item = call.place.item if call.place is not None else call.plan.resource.item if call.plan.resource is not None else None
    properties = item.all_properties() if item is not None else {}
    wrapper = next((name for name, inside in body.items() if _wraps(call, name, inside, len(body))), None)
    if wrapper is not None and wrapper not in properties and (wrapper not in declared or is_object(declared[wrapper])):
        inside = declared[wrapper].all_properties() if wrapper in declared else {}
        around = {name: value for name, value in body.items() if name != wrapper}
        return {**_own(around, declared), **_own(body[wrapper], inside)}
    return _own(body, declared)


def _wraps(call: Call, name: str, inside: Any, count: int) -> bool:
    if not isinstance(inside, dict):
        return False
    return count == 1 or folded(name) in _WRAPPERS or folded(name) in {folded(word) for word in called(call.plan.operation.path)}


def _own(fields: Mapping[str, Any], declared: Mapping[str, Schema]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in declared or declared[name].get("readOnly") is not True}


def sayable(call: Call) -> Mapping[str, Schema]:
    """The properties that the body may have, by what it was sent as; those inside of a wrapper count as wrapped."""
    media = call.reading.media
    return media.schema.all_properties() if media is not None and media.schema is not None else {}


def unsaid(call: Call) -> dict[str, Any]:
    """What a thing has where the body says nothing: the plain defaults that it can show (OpenAPI 3.0.3, Schema Object)."""
    shown = call.item.all_properties() if call.item is not None else {}
    found = {name: schema.get("default") for name, schema in sayable(call).items() if name in shown}
    return {
        name: value for name, value in found.items()
        if isinstance(value, (str, int, float)) and shown[name].is_valid(value, direction="response")
    }  # fmt: skip


def each(call: Call) -> list[dict[str, Any]]:
    """What the body says of each of the things that it asks for at once; one at least."""
    whole = said(call)
    body = call.reading.body if call.reading.has_body else None
    lists = [body] if isinstance(body, list) else [value for value in whole.values() if isinstance(value, list) and value]
    if len(lists) == 1:
        around = {name: value for name, value in whole.items() if value is not lists[0]}
        if all(isinstance(part, dict) for part in lists[0]):
            return [{**around, **part} for part in lists[0][:_MOST]] or [whole]
        if len(whole) == 1 and not isinstance(body, list):
            return [{} for _ in lists[0][:_MOST]]
    count = next((value for name, value in whole.items() if folded(name) in _COUNTS and isinstance(value, int)), 1)
    return [whole] * max(1, min(count, _MOST))


def changed(call: Call, value: Mapping[str, Any]) -> dict[str, Any]:
    """A thing as the body changes it: by the patch that its media type names, else merged by name with null a value."""
    kind = call.reading.media.name.partition(";")[0].strip().lower() if call.reading.media is not None else ""
    if kind.endswith("json-patch+json") and isinstance(call.reading.body, list):
        return patched(value, call.reading.body)
    if kind.endswith("merge-patch+json"):
        found = merge_patched(value, said(call))
        return found if isinstance(found, dict) else dict(value)
    return merged(value, said(call))
