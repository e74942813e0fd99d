"""The kinds of events that a message of the service may carry: one by its name, or one for every event type it lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.model.operation import MediaType
from conformance.model.ports import Schema
from conformance.sandbox.envelope import folded
from conformance.sandbox.event_words import Words, has_failed, life, stage, stems, without
from conformance.spec.body import is_json
from conformance.spec.values import wire_types
from conformance.spec.webhooks import Webhook

_TYPES = ("eventtype", "eventname", "eventkind", "event", "topic", "notificationtype", "type", "action", "kind")
# Of these only dotted values are surely names of events.
_VAGUE = frozenset({"type", "action", "kind"})
_DEEPEST = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kind:
    """One kind of event.

    ``at`` leads from the body to the property that says which it is, and ``value`` is what it says; ``value`` is ``None``
    where there is no such property. ``spoken`` are its names as words: of its type, of the message.
    """

    webhook: Webhook
    at: tuple[str, ...] = ()
    value: str | None = None
    spoken: tuple[Words, ...] = ()

    def rest(self, noun: Words) -> Words | None:
        """Its words beside those of a noun, or ``None`` when none of its names holds the noun."""
        found = (without(words, noun) for words in self.spoken)
        return next((rest for rest in found if rest is not None), None)


def body_of(webhook: Webhook) -> MediaType | None:
    """The body that a message is sent with: JSON where it can be."""
    content = webhook.operation.request_body.content.values() if webhook.operation.request_body is not None else ()
    return next((media for media in content if is_json(media.name)), None) or next(iter(content), None)


def kinds_of(webhook: Webhook) -> tuple[Kind, ...]:
    """The kinds of events of a message, in the document's order."""
    media, named = body_of(webhook), stems(webhook.name)
    found = _event_types(media.schema) if media is not None and media.schema is not None else None
    if found is None:
        return (Kind(webhook=webhook, spoken=(named,)),)
    at, values = found
    if len(values) == 1:
        spoken = tuple(
            words for words, other in ((stems(values[0]), named), (named, stems(values[0]))) if not _is_part(words, other)
        )
        return (Kind(webhook=webhook, at=at, value=values[0], spoken=spoken or (named,)),)
    return tuple(
        Kind(webhook=webhook, at=at, value=value, spoken=(stems(value),) if _is_dotted(value) else (named + stems(value),))
        for value in values
    )


def in_order(kinds: Sequence[tuple[Kind, Words]]) -> tuple[Kind, ...]:
    """Kinds as they happen, each given with its words beside its noun: a thing is made before it changes, and ends at last.

    What happens inside a thing (``call.playback.started``) keeps the document's order between its making and its end, but
    for each thing inside, which starts before it ends. What failed does not happen beside what did not.
    """
    hopeful = [(kind, rest) for kind, rest in kinds if not has_failed(rest)] or kinds
    inside: dict[Words, int] = {}
    ranked = [(life(rest), inside.setdefault(rest[:-1], index), stage(rest), kind) for index, (kind, rest) in enumerate(hopeful)]
    return tuple(dict.fromkeys(kind for *_, kind in sorted(ranked, key=lambda entry: entry[:3])))


def _is_part(words: Words, other: Words) -> bool:
    return len(words) < len(other) and without(other, words) is not None


def _is_dotted(value: str) -> bool:
    return any(mark in value.strip(".:/") for mark in ".:/")


def _event_types(schema: Schema) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Where a body says which event it is, and what it may say; the nearest to the top."""
    level: list[tuple[tuple[str, ...], Schema]] = [((), schema)]
    for _ in range(_DEEPEST):
        found = [(_TYPES.index(folded(name)), (*path, name), values)
                 for path, node in level for name in node.all_properties() if folded(name) in _TYPES
                 if (values := _values(node, name))]  # fmt: skip
        if found:
            _, at, values = min(found, key=lambda entry: entry[0])
            return at, values
        level = [((*path, name), child) for path, node in level for name, child in node.all_properties().items()
                 if "object" in wire_types(child) and child.all_properties()]  # fmt: skip
    return None


def _values(node: Schema, name: str) -> tuple[str, ...]:
    """The event types that a property lists, in every branch; the one of its example where it lists none."""
    children = list(_declared(node, name, frozenset()))
    listed = dict.fromkeys(value for child in children for value in _listed(child, frozenset()) if isinstance(value, str))
    if not listed and folded(name) not in _VAGUE:
        example = next((child.get("example") for child in children if isinstance(child.get("example"), str)), None)
        listed = {example: None} if example is not None and _is_dotted(example) else {}
    values = tuple(value for value in listed if value)
    return values if folded(name) not in _VAGUE or all(_is_dotted(value) for value in values) else ()


def _declared(node: Schema, name: str, seen: frozenset[str]) -> Iterator[Schema]:
    if node.pointer in seen:
        return
    if name in node.properties():
        yield node.properties()[name]
    for keyword in ("allOf", "anyOf", "oneOf"):
        for branch in node.branches(keyword):
            yield from _declared(branch, name, seen | {node.pointer})


def _listed(node: Schema, seen: frozenset[str]) -> Iterator[Any]:
    if node.pointer in seen:
        return
    listed = node.get("enum")
    yield from listed if isinstance(listed, list) else [node.get("const")]
    for keyword in ("allOf", "anyOf", "oneOf"):
        for branch in node.branches(keyword):
            yield from _listed(branch, seen | {node.pointer})
