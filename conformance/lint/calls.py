"""The operations of a document as those of its resources: what lists, what creates, what works on one thing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from conformance.lint.subject import PathEntry, Subject, dict_of
from conformance.spec.body import is_json
from conformance.spec.places import Place
from conformance.spec.pointer import join
from conformance.spec.schema import SchemaNode

TEMPLATE = re.compile(r"\{([^{}]*)\}")
"""One template of a path."""


@dataclass(frozen=True, slots=True)
class Call:
    """One operation with its path. ``shape`` is the path with the names of its templates left out."""

    entry: PathEntry
    method: str
    place: Place
    shape: str

    @property
    def name(self) -> str:
        """The operation in words."""
        return f"{self.method.upper()} {self.entry.path}"


def calls_of(subject: Subject) -> list[Call]:
    """Every operation under ``paths``."""
    return [
        Call(entry, method, place, TEMPLATE.sub("{}", entry.path))
        for entry in subject.paths
        for method, place in entry.operations()
    ]


def success(subject: Subject, operation: Place) -> tuple[str, SchemaNode | None] | None:
    """The first status that is a success, and the JSON schema of its answer."""
    for status, _, response in subject.responses(operation):
        if status[:1] == "2":
            return status, json_of(subject, response)
    return None


def json_of(subject: Subject, holder: Place) -> SchemaNode | None:
    """The schema of a JSON body or answer."""
    for name, media in dict_of(holder.value.get("content")).items():
        if is_json(name) and isinstance(dict_of(media).get("schema"), dict):
            return subject.node(join(holder.pointer, "content", name, "schema"))
    return None


def collections(calls: list[Call]) -> dict[str, dict[str, Call]]:
    """Collections with their operations: ``list``, ``create``, and on items ``get``, ``put``, ``patch`` and ``delete``."""
    items = {call.shape.removesuffix("/{}") for call in calls if call.shape.endswith("/{}")}
    found: dict[str, dict[str, Call]] = {}
    for call in calls:
        if call.shape.endswith("/{}"):
            if call.method != "post":
                found.setdefault(call.shape.removesuffix("/{}"), {})[call.method] = call
        elif call.method == "post":
            found.setdefault(call.shape, {})["create"] = call
        elif call.method == "get" and call.shape in items:
            found.setdefault(call.shape, {})["list"] = call
    return found
