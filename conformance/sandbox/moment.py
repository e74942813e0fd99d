"""What is known when an answer has been made: what was asked and answered, and of which thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from conformance.model.message import Response
from conformance.sandbox.addresses import addresses, is_telling
from conformance.sandbox.envelope import folded
from conformance.sandbox.event_words import stems
from conformance.sandbox.resources import called
from conformance.sandbox.roles import Role
from conformance.sandbox.service import Call
from conformance.sandbox.state import Record
from conformance.sandbox.turn import Turn
from conformance.spec.body import ABSENT, is_json, read_json
from conformance.spec.document import template_names
from conformance.spec.expressions import Said
from conformance.spec.ids import KINDS

_IDS = {(kind,) for kind in KINDS}


class Moment:
    """What is known when an answer has been made."""

    def __init__(self, turn: Turn, call: Call, response: Response) -> None:
        self.turn, self.call, self.response = turn, call, response
        reading = call.reading
        path = dict(zip(template_names(call.plan.operation.path), call.texts, strict=False))
        body = reading.body if reading.has_body else ABSENT
        self.said = Said(request=turn.request, response=response, path=path, body=body)
        keys = {scheme.parameter for schemes in call.plan.operation.security for scheme in schemes}
        # Headers say how to ask, and may be credentials; only where to send events is taken from them.
        parameters = {name: value for (location, name), value in reading.values.items()
                      if name not in keys and (location == "query" or (location == "header" and is_telling(name)))}  # fmt: skip
        self.fields = {**parameters, **_opened(body)}
        self.nouns = frozenset(folded(name) for name in called(call.plan.operation.path))

    @cached_property
    def record(self) -> Record | None:
        """The thing itself, or the one that an action was done to."""
        if self.turn.outcome is not None and self.turn.outcome.record is not None:
            return self.turn.outcome.record
        for position, resource in reversed(self.call.plan.parents):
            found = self.turn.session.records.table(resource, self.call.texts[:position]).find(self.call.texts[position])
            if found is not None:
                return found
        return None

    @cached_property
    def _held(self) -> Mapping[str, Any]:
        """What the service says of the thing, by folded name: what it remembers, and what it has just answered."""
        answer = read_json(self.response.body).value if is_json(self.response.media_type or "") else None
        place = self.call.place
        shown = place.find(answer) if place is not None and not place.many else None
        return _folded(self.record.value if self.record is not None else {}) | _folded(shown)

    @cached_property
    def known(self) -> Mapping[str, Any]:
        """Everything that is said of the thing, by folded name: of what was made, by the service first, else by the client."""
        asked = _folded(self.fields)
        is_made = self.call.plan.role is Role.CREATE or not self.call.texts
        found = {**asked, **self._held} if is_made else {**self._held, **asked}
        found |= _folded(self.said.path)
        thing = self._held.get("id", self.record.key if self.record is not None else None)
        if thing is not None:
            for noun in self._owner_nouns():
                found.setdefault(f"{noun}id", thing)
            found["id"] = thing
        return found

    def _owner_nouns(self) -> Iterator[str]:
        """What the thing may be called."""
        plan = self.call.plan
        shapes = (
            [plan.resource.shape] if plan.resource is not None else [resource.shape for _, resource in reversed(plan.parents)]
        )
        for shape in shapes or [plan.operation.path]:
            yield from (folded(name) for name in called(shape) if name)

    def own_names(self) -> list[str]:
        """What the thing goes by."""
        names = [self.record.key, *self.record.aliases] if self.record is not None else [str(self._held.get("id", ""))]
        return [name for name in dict.fromkeys([*names, *self.call.texts[-1:]]) if name]

    def names(self) -> list[str]:
        """What the thing goes by, then everything that it belongs to."""
        fields = {**(self.record.value if self.record is not None else {}), **self.fields}
        related = [str(value) for name, value in fields.items()
                   if isinstance(name, str) and isinstance(value, (str, int)) and stems(name)[-1:] in _IDS]  # fmt: skip
        return [*self.own_names(), *reversed(self.call.texts), *related]


def _opened(body: Any) -> dict[str, Any]:
    """The fields of a body, out of a wrapper."""
    if not isinstance(body, dict):
        return {}
    inside = next(iter(body.values())) if len(body) == 1 else None
    return inside if isinstance(inside, dict) and not addresses(body) else body


def _folded(value: Any) -> dict[str, Any]:
    return {folded(name): held for name, held in value.items() if isinstance(name, str)} if isinstance(value, Mapping) else {}
