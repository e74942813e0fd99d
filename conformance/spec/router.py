"""From a method and a URL to the operation that the document means (OpenAPI 3.1 section 4.8.8.2).

Literal segments win over templated ones, and what does not lead to an operation is taken back, so
``/users/me`` and ``/users/{id}/posts`` can live together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from conformance.model.operation import Operation
from conformance.spec.document import base_path, template_names

_MOST, _LONG = 4096, 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a URL leads to. ``values`` are the path parameters as they stand on the wire, percent-encoded.

    ``operation`` is ``None`` when the path exists but not for this method; ``allowed`` are its methods,
    upper case and sorted, and ``first`` is the operation that the document has first for the path.
    """

    operation: Operation | None
    values: Mapping[str, str]
    allowed: tuple[str, ...]
    first: Operation | None = None


@dataclass(slots=True)
class _Node:
    literals: dict[str, _Node] = field(default_factory=dict)
    templates: list[tuple[str, re.Pattern[str], _Node]] = field(default_factory=list)
    operations: dict[str, Operation] = field(default_factory=dict)
    allowed: tuple[str, ...] = ()


def bases(operations: Iterable[Operation]) -> tuple[str, ...]:
    """The base paths of all servers: a client has one base URL, also where some operations have a server of their own."""
    return tuple(dict.fromkeys(base_path(server) for operation in operations for server in operation.servers))


class Router:
    """Routes over a set of operations, with and without the base paths of their servers."""

    def __init__(self, operations: Iterable[Operation], *, extra_bases: Iterable[str] = ()) -> None:
        self._root = _Node()
        # A request is looked up by everybody who has to do with it.
        self._known: dict[tuple[str, str], Match] = {}
        listed = tuple(operations)
        for operation in listed:
            for base in dict.fromkeys(base_path(server) for server in operation.servers):
                self._add(base + operation.path, operation)
        # After the paths that the document gives, so that none of them is taken.
        extra = tuple(dict.fromkeys((*extra_bases, "")))
        for operation in listed:
            for base in extra:
                self._add(base + operation.path, operation)

    def _add(self, path: str, operation: Operation) -> None:
        node = self._root
        for segment in path.split("/")[1:]:
            node = _template(node, segment) if "{" in segment else node.literals.setdefault(unquote(segment), _Node())
        node.operations.setdefault(operation.method, operation)
        node.allowed = tuple(sorted(name.upper() for name in node.operations))

    def match(self, method: str, url: str) -> Match | None:
        """The operation for a method and a URL or path, or ``None`` when the path is not in the document."""
        place = (method, url.partition("?")[0])
        found = self._known.get(place)
        if found is None:
            found = self._match(method, url)
            if found is not None and len(url) < _LONG:
                if len(self._known) >= _MOST:
                    self._known.clear()
                self._known[place] = found
        return found

    def _match(self, method: str, url: str) -> Match | None:
        segments = urlsplit(url).path.split("/")[1:] if "//" in url[:9] else url.partition("?")[0].split("/")[1:]
        allowed: set[str] = set()
        first: Operation | None = None
        for node, values in self._leaves(self._root, segments, 0, ()):
            operation = node.operations.get(method.lower())
            if operation is not None:
                names = template_names(operation.path)
                return Match(operation=operation, values=dict(zip(names, values[-len(names) :] if names else (), strict=False)),
                             allowed=node.allowed)  # fmt: skip
            if node.operations:
                allowed.update(node.allowed)
                first = first or next(iter(node.operations.values()))
        return Match(operation=None, values={}, allowed=tuple(sorted(allowed)), first=first) if first is not None else None

    def _leaves(
        self, node: _Node, segments: list[str], index: int, values: tuple[str, ...]
    ) -> Iterator[tuple[_Node, tuple[str, ...]]]:
        if index == len(segments):
            yield node, values
            return
        segment = segments[index]
        child = node.literals.get(unquote(segment))
        if child is not None:
            yield from self._leaves(child, segments, index + 1, values)
        for _, pattern, child in node.templates:
            found = pattern.fullmatch(segment)
            if found is not None:
                yield from self._leaves(child, segments, index + 1, (*values, *found.groups()))


def _template(node: _Node, segment: str) -> _Node:
    """The child of ``node`` for a templated segment; names do not matter, only the shape does."""
    shape = re.sub(r"\{[^}]*\}", "{}", segment)
    for known, _, child in node.templates:
        if known == shape:
            return child
    pattern = "".join("(.+?)" if part == "{}" else re.escape(part) for part in re.split(r"(\{\})", shape) if part)
    node.templates.append((shape, re.compile(pattern, re.DOTALL), _Node()))
    # The more literal text a segment has, the earlier it is tried.
    node.templates.sort(key=lambda entry: -len(entry[0]))
    return next(child for known, _, child in node.templates if known == shape)
