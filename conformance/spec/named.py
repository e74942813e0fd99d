"""Schemas that go by a name: ``$id``, ``$anchor``, ``$dynamicAnchor``, and the references that use it.

A validator that is given a whole OpenAPI document does not look for names where OpenAPI keeps its schemas. So each
schema with an ``$id`` is given to it as a resource of its own, and every reference is made to lead to one: dynamic
scope then works as JSON Schema says (2020-12 core, section 8.2.3.2). Documents without names cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urldefrag, urljoin

from conformance.spec.places import Place
from conformance.spec.pointer import follow, from_fragment, split

BASE = "urn:conformance:document"
"""The name of the document itself."""

_ROOT = "http://document.invalid/"
_NAMES = frozenset({"$id", "$anchor", "$dynamicAnchor", "$dynamicRef"})
Changes = Iterator[tuple[str, str, str]]


class Names:
    """The named schemas of a tree.

    ``resources`` are the pointers of the schemas with an ``$id``, by absolute URL.
    """

    def __init__(self, tree: dict[str, Any], places: Iterable[Place]) -> None:
        self._tree = tree
        self._named = [place for place in places if isinstance(place.value, dict) and _is_named(place.value)]
        self.resources: dict[str, str] = {}
        self._anchors: dict[tuple[str, str], str] = {}
        for place in self._named:
            if isinstance(place.value.get("$id"), str):
                self.resources[urldefrag(urljoin(self._enclosing(place.pointer, above=True)[0], place.value["$id"])).url] = (
                    place.pointer
                )
        for place in self._named:
            for keyword in ("$anchor", "$dynamicAnchor"):
                if isinstance(place.value.get(keyword), str):
                    self._anchors[self._enclosing(place.pointer)[0], place.value[keyword]] = place.pointer

    def __bool__(self) -> bool:
        return bool(self._named)

    def _enclosing(self, pointer: str, *, above: bool = False) -> tuple[str, str]:
        """URL and pointer of the resource that a place is in."""
        found = (_ROOT, "")
        for url, root in self.resources.items():
            inside = pointer.startswith(root + "/") or (pointer == root and not above)
            if inside and len(root) >= len(found[1]):
                found = (url, root)
        return found

    def reference(self, pointer: str) -> str:
        """The reference that a validator follows to the schema at a pointer."""
        url, root = self._enclosing(pointer)
        rest = pointer[len(root) :]
        if url == _ROOT:
            return f"{BASE}#{quote(pointer, safe='/~')}"
        return f"{url}#{quote(rest, safe='/~')}" if rest else url

    def pointer(self, location: str) -> str:
        """The pointer for a location that a validator gives."""
        url, fragment = urldefrag(location)
        return self.resources.get(url, "") + from_fragment(fragment)

    def changes(self) -> Changes:
        """Pointer, keyword and new value for what a validator could not follow as it is written."""
        for url, root in self.resources.items():
            yield root, "$id", url
        for place in self._named:
            for keyword in ("$ref", "$dynamicRef"):
                target = self.target(place, keyword)
                is_dynamic = keyword == "$dynamicRef" and self._enclosing(place.pointer)[0] != _ROOT
                if target is not None and not is_dynamic:
                    yield place.pointer, keyword, self.reference(target)

    def target(self, place: Place, keyword: str) -> str | None:
        """The pointer that a reference leads to before dynamic scope is asked, ``None`` when it leads nowhere."""
        written = place.value.get(keyword)
        if not isinstance(written, str):
            return None
        base = self._enclosing(place.pointer)[0]
        try:
            url, fragment = urldefrag(urljoin(base, written) if not written.startswith("#") else base + written)
        except ValueError:
            # It is no URL at all.
            return None
        root = "" if url == _ROOT else self.resources.get(url)
        if root is None:
            return None
        if fragment and not fragment.startswith("/"):
            return self._anchors.get((url, fragment))
        # In a schema with a name of its own a pointer starts there; many authors mean the document all the same.
        inside = root + from_fragment(fragment)
        return next((pointer for pointer in dict.fromkeys((inside, from_fragment(fragment))) if self._is_there(pointer)), None)

    def _is_there(self, pointer: str) -> bool:
        try:
            follow(self._tree, pointer)
        except LookupError:
            return False
        return True

    def plain(self) -> dict[str, Any]:
        """The tree for whoever knows pointers only: every reference is one, and the names are gone."""
        tree: Any = self._tree
        for place in self._named:
            path = split(place.pointer)
            for keyword in _NAMES & place.value.keys():
                tree = changed(tree, (*path, keyword), None)
            target = self.target(place, "$ref") or self.target(place, "$dynamicRef")
            if target is not None:
                tree = changed(tree, (*path, "$ref"), f"#{quote(target, safe='/~')}")
        return dict(tree)


def _is_named(schema: Mapping[str, Any]) -> bool:
    reference = schema.get("$ref")
    return not _NAMES.isdisjoint(schema) or (isinstance(reference, str) and not reference.startswith("#/"))


def changed(tree: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """A copy of ``tree`` with one place replaced, or removed for ``None``; what is not on the way is shared."""
    if not path:
        return value
    if isinstance(tree, list):
        index = int(path[0])
        return [*tree[:index], changed(tree[index], path[1:], value), *tree[index + 1 :]]
    if len(path) == 1 and value is None:
        return {key: held for key, held in tree.items() if key != path[0]}
    return {**tree, path[0]: changed(tree.get(path[0]), path[1:], value)}
