"""Where faults can be planted: the operations of a document, with what each does and shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.model.operation import Operation
from conformance.model.ports import Schema
from conformance.sandbox.envelope import Envelope
from conformance.sandbox.overlay import NO_OVERLAY, Overlay
from conformance.sandbox.resources import Plan, Resources
from conformance.spec.body import is_json
from conformance.spec.document import base_path
from conformance.spec.router import Router


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
    """The sites of a document by label, broken operations left out, and the way from a request to them."""

    def __init__(self, operations: Sequence[Operation], overlay: Overlay = NO_OVERLAY) -> None:
        """``overlay`` is what is said of the operations besides."""
        resources = Resources(operations, overlay)
        plans = {operation.label: resources.plan(operation) for operation in operations if operation.broken is None}
        families: dict[str, list[Plan]] = {}
        for plan in plans.values():
            if plan.resource is not None:
                families.setdefault(plan.resource.family, []).append(plan)
        self.sites = {
            label: Site(plan=plan, place=resources.envelope(plan.operation),
                        around=tuple(families[plan.resource.family]) if plan.resource is not None else ())
            for label, plan in plans.items()
        }  # fmt: skip
        bases = dict.fromkeys(base_path(server) for operation in operations for server in operation.servers)
        self.router = Router(operations, extra_bases=bases)
