"""A request that may be carried out, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.model.ports import Schema
from conformance.sandbox.envelope import Envelope
from conformance.sandbox.listing import Page
from conformance.sandbox.plans import Plan, Resource
from conformance.sandbox.shapes import NOTHING
from conformance.sandbox.state import Record
from conformance.spec.document import template_names
from conformance.spec.reading import RequestReading


class Missing(Exception):
    """The request names something that is not there. ``pointer`` says which of its parameters."""

    def __init__(self, pointer: str, name: str) -> None:
        self.pointer, self.name = pointer, name
        super().__init__(pointer, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that may be carried out.

    ``texts`` are its path parameters, decoded. ``place`` is where its answer holds the thing. ``url`` is what was asked,
    absolute and without its ``query``.
    """

    plan: Plan
    reading: RequestReading
    texts: tuple[str, ...]
    place: Envelope | None
    url: str = ""
    query: str = ""

    @property
    def resource(self) -> Resource:
        """The resource that the call is about."""
        assert self.plan.resource is not None
        return self.plan.resource

    @property
    def scope(self) -> tuple[str, ...]:
        """The parameters that choose the collection."""
        return self.texts[: self.plan.scope]

    @property
    def name(self) -> str:
        """What the path calls the thing; empty for a singleton."""
        return "" if self.resource.singleton else self.texts[self.plan.scope]

    @property
    def item(self) -> Schema | None:
        """The schema of the thing in the answer, or as the resource shows it elsewhere."""
        if self.place is not None:
            return self.place.item
        return self.plan.resource.item if self.plan.resource is not None else None

    def missing(self, position: int) -> Missing:
        """What to say when the thing that a path parameter names is not there."""
        named = template_names(self.plan.operation.path)
        position = min(position, len(named) - 1)
        return Missing(f"/path/{named[position]}", self.texts[position]) if named else Missing("", self.plan.operation.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What there is to show: a record, a page of records, or a partial value that no record stands for."""

    record: Record | None = None
    page: Page | None = None
    partial: Any = NOTHING
