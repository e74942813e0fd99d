"""Which operations reach which shared parts of the document, so that a finding in a component has tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from conformance.lint.subject import Subject, dict_of, list_of
from conformance.model.operation import METHODS, Operation
from conformance.spec.places import FILES
from conformance.spec.pointer import join, split

_ROOTS = ("paths", "webhooks")


def unit(pointer: str) -> str:
    """The part that a pointer stands in: an operation, a path item, a component, a file, or the root."""
    tokens = split(pointer)
    if not tokens:
        return ""
    if tokens[0] in _ROOTS:
        is_operation = len(tokens) > 2 and tokens[2] in METHODS
        return join("", *tokens[: 3 if is_operation else 2])
    if tokens[0] == "components":
        return join("", *tokens[:3])
    return join("", *tokens[:2]) if tokens[0] == FILES else ""


class Reach:
    """What uses what, by parts of the document."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject

    @cached_property
    def _edges(self) -> dict[str, set[str]]:
        edges: dict[str, set[str]] = {}
        for start, target in (*self._references(), *self._mappings(), *self._requirements(), *self._descendants()):
            edges.setdefault(unit(start), set()).add(unit(target))
        return edges

    def _references(self) -> Iterator[tuple[str, str]]:
        subject = self._subject
        for place in subject.references:
            target = subject.leads(place)
            if target is not None:
                yield place.pointer, target
        for place in subject.of("schema"):
            dynamic = place.value.get("$dynamicRef")
            target = subject.target(dynamic, place.pointer) if isinstance(dynamic, str) else None
            if target is not None:
                yield place.pointer, target

    def _mappings(self) -> Iterator[tuple[str, str]]:
        schemas = self._subject.components("schemas")
        for place in self._subject.of("discriminator"):
            for value in dict_of(place.value.get("mapping")).values():
                if isinstance(value, str):
                    target = join("/components/schemas", value) if value in schemas else self._subject.target(value)
                    if target is not None:
                        yield place.pointer, target

    def _requirements(self) -> Iterator[tuple[str, str]]:
        for place in self._subject.of("requirement"):
            for name in place.value:
                yield place.pointer, join("/components/securitySchemes", name)

    def _descendants(self) -> Iterator[tuple[str, str]]:
        """A schema with a discriminator is used through those that extend it (OpenAPI, Discriminator Object)."""
        extended = {place.pointer.removesuffix("/discriminator") for place in self._subject.of("discriminator")}
        for name, schema in self._subject.components("schemas").items():
            for part in list_of(dict_of(schema).get("allOf")):
                reference = dict_of(part).get("$ref")
                base = self._subject.target(reference) if isinstance(reference, str) else None
                if base in extended:
                    yield base, join("/components/schemas", name)

    def _from(self, starts: Iterable[str]) -> set[str]:
        seen: set[str] = set()
        stack = list(starts)
        while stack:
            part = stack.pop()
            if part not in seen:
                seen.add(part)
                stack.extend(self._edges.get(part, ()))
        return seen

    @cached_property
    def used(self) -> frozenset[str]:
        """The parts that paths, webhooks and the root's own members reach."""
        starts = {"", *(part for part in self._edges if part.startswith(("/paths/", "/webhooks/")))}
        return frozenset(self._from(starts))

    @cached_property
    def _operations(self) -> dict[str, list[Operation]]:
        """Operations by the part that they reach, in the document's order."""
        found: dict[str, list[Operation]] = {}
        for operation in self._subject.document.operations:
            for part in self._from({unit(operation.pointer), join("/paths", operation.path)}):
                found.setdefault(part, []).append(operation)
        return found

    def operations(self, pointer: str) -> tuple[Operation, ...]:
        """The operations that the object at a pointer is part of, or that reach it."""
        tokens = split(pointer)
        if not tokens or unit(pointer) == "":
            return ()
        return tuple(self._operations.get(unit(pointer), ()))
