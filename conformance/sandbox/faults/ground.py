"""Where faults can be planted: the operations of a document, with what each does and shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.sandbox.envelope import Envelope
from conformance.sandbox.layout import Layout
from conformance.sandbox.resources import Plan
from conformance.spec.body import is_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """An operation as a place for faults.

    ``place`` is where its successful answer holds the thing; ``around`` are all plans for the same resource.
    """

    plan: Plan
    place: Envelope | None
    around: tuple[Plan, ...] = ()

    @property
    def operation(self) -> Operation:
        """The operation."""
        return self.plan.operation

    @property
    def answer(self) -> Schema | None:
        """The schema of the JSON body that the operation answers with when all is well."""
        for status, spec in self.operation.responses.items():
            if status[:1] == "2" or status == "default":
                for media in spec.content.values():
                    if media.schema is not None and is_json(media.name):
                        return media.schema
        return None


class Ground:
    """The sites of a document by label, broken operations left out, and the way from a request to them.

    Safe to use from several threads.
    """

    def __init__(self, layout: Layout) -> None:
        """``layout`` is of the document."""
        self._layout = layout
        self.router = layout.router

    @cached_property
    def sites(self) -> Mapping[str, Site]:
        """The sites."""
        layout = self._layout
        plans = {operation.label: layout.plan(operation) for operation in layout.document.operations if operation.broken is None}
        families: dict[str, list[Plan]] = {}
        for plan in plans.values():
            if plan.resource is not None:
                families.setdefault(plan.resource.family, []).append(plan)
        return {
            label: Site(plan=plan, place=layout.resources.envelope(plan.operation),
                        around=tuple(families[plan.resource.family]) if plan.resource is not None else ())
            for label, plan in plans.items()
        }  # fmt: skip
