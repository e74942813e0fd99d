"""What a document alone says of its service: inferred once, and shared by any number of sandboxes."""

from __future__ import annotations

from conformance.model.operation import MediaType, Operation
from conformance.sandbox.content import concrete
from conformance.sandbox.envelope import Envelope, envelope
from conformance.sandbox.overlay import NO_OVERLAY, Overlay
from conformance.sandbox.resources import Plan, Resources, called
from conformance.spec.body import is_json
from conformance.spec.document import Document
from conformance.spec.router import Router, bases


class Layout:
    """The routes, resources and plans of a document's operations. Safe to use from several threads.

    Args:
        document: the document.
        overlay: exceptions to what is inferred from it.
    """

    def __init__(self, document: Document, overlay: Overlay = NO_OVERLAY) -> None:
        self.document, self.overlay = document, overlay
        self.router = Router(document.operations, extra_bases=bases(document.operations))
        self.resources = Resources(document.operations, overlay)
        # What is found is the same whoever asks, so that two threads which find it at once do no harm.
        self._plans: dict[str, Plan] = {}
        self._places: dict[str, Envelope | None] = {}

    def plan(self, operation: Operation) -> Plan:
        """What an operation does."""
        found = self._plans.get(operation.label)
        if found is None:
            found = self._plans[operation.label] = self.resources.plan(operation)
        return found

    def place(self, operation: Operation, media: MediaType | None) -> Envelope | None:
        """Where an operation's answer in a media type holds the thing; ``None`` where it is no JSON, or holds none."""
        if media is None or media.schema is None or not is_json(concrete(media.name)):
            return None
        key = f"{operation.label}#{media.name}"
        if key not in self._places:
            self._places[key] = envelope(media.schema, names=called(operation.path))
        return self._places[key]
