"""One document out of many files: what other files hold is put under ``x-conformance-files``, by name.

Every reference to another file becomes an internal one, also those inside the other files, so nobody further
on sees a file. A reference whose file cannot be read stays as it is.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urldefrag, urljoin, urlsplit

from conformance.spec.places import FILES, Place, inside
from conformance.spec.pointer import follow, from_parts, join, split

if TYPE_CHECKING:
    from conformance.spec.load import Source

__all__ = ["FILES", "bundle"]

Reader = Callable[[str], "Source | None"]
"""Reads the file at a path or URL, or gives ``None``."""


def bundle(source: Source, read: Reader) -> tuple[dict[str, Any], tuple[tuple[str, Source], ...], dict[str, str]]:
    """The document with its references internal, the files that it is made of, and where the rest was looked for.

    The rest is what could not be read: the path or URL by the reference as it is written.

    Args:
        source: the main file; its ``value`` is rewritten in place.
        read: gives another file by path or URL.
    """
    bundler = _Bundler(source, read)
    bundler.run()
    files = tuple((name, held) for name, held in bundler.files.items() if held is not None)
    if files:
        before = source.value.get(FILES)
        source.value[FILES] = {**(before if isinstance(before, dict) else {}), **{name: held.value for name, held in files}}
    return source.value, files, bundler.unread


class _Bundler:
    def __init__(self, source: Source, read: Reader) -> None:
        self.files: dict[str, Source | None] = {}
        self.unread: dict[str, str] = {}
        self._source, self._read = source, read
        self._base = "" if source.uri == "-" else source.uri
        self._named: dict[str, str] = {}
        self._reached: set[str] = set()
        self._rewritten: set[tuple[int, str]] = set()

    def run(self) -> None:
        """Walk the main file, and what its references lead to."""
        stack: list[tuple[str | None, Place]] = [(None, Place("document", "", self._source.value))]
        while stack:
            name, place = stack.pop()
            stack.extend((name, below) for below in inside(place))
            stack.extend(self._discriminator(name, place))
            reference = place.reference
            if reference is not None:
                target = self._rewrite(name, place.value, "$ref", reference, place.kind)
                if target is not None:
                    stack.append(target)

    def _discriminator(self, name: str | None, place: Place) -> list[tuple[str | None, Place]]:
        """Mappings hold references too, when they look like one (OpenAPI 4.8.25)."""
        mapping = place.value.get("mapping") if place.kind == "discriminator" and isinstance(place.value, dict) else None
        found = []
        for key, reference in (mapping if isinstance(mapping, dict) else {}).items():
            if isinstance(reference, str) and ("#" in reference or "/" in reference or "." in reference):
                found.append(self._rewrite(name, mapping, key, reference, "schema"))
        return [target for target in found if target is not None]

    def _rewrite(self, name: str | None, holder: Any, key: str, reference: str, kind: str) -> tuple[str | None, Place] | None:
        """Make one reference internal; what it leads to is to be walked, once."""
        # What is reached by itself and as a part of something larger is walked twice.
        if (name is None and reference.startswith("#")) or (id(holder), key) in self._rewritten:
            return None
        try:
            address, fragment = urldefrag(reference)
            file = name if not address else self._file(name, address)
        except ValueError:  # such as a host that is no host
            return None
        tree = self._source.value if file is None else self._loaded(file)
        if tree is None and file is not None:
            self.unread[reference] = self._place(file)
        pointer = _pointer(tree, unquote(fragment)) if tree is not None else None
        if pointer is None:
            return None
        target = pointer if file is None else join("", FILES, file) + pointer
        self._rewritten.add((id(holder), key))
        holder[key] = "#" + quote(target, safe="/~!$&'()*+,;=:@-._")
        if file is None or (kind + target) in self._reached:
            return None
        self._reached.add(kind + target)
        try:
            return file, Place(kind, target, follow(tree, pointer))
        except LookupError:
            return None

    def _file(self, name: str | None, address: str) -> str | None:
        """The name of the file at an address that stands in the file ``name``; ``None`` is the main file."""
        holder = self._base if name is None else self._place(name)
        if urlsplit(address).scheme in {"http", "https"} or holder.lower().startswith(("http://", "https://")):
            place = urljoin(holder, address)
        else:
            place = posixpath.normpath(posixpath.join(posixpath.dirname(holder.replace("\\", "/")), unquote(address)))
        if place == (posixpath.normpath(self._base) if "://" not in self._base else self._base):
            return None
        if place not in self._named:
            folder = posixpath.dirname(self._base) or "."
            local = "://" not in place and not posixpath.isabs(address)
            self._named[place] = posixpath.relpath(place, folder) if local else place
        return self._named[place]

    def _place(self, name: str) -> str:
        return next(place for place, known in self._named.items() if known == name)

    def _loaded(self, name: str) -> Any:
        if name not in self.files:
            held = self._read(self._place(name))
            self.files[name] = held
            if held is not None and isinstance(held.value, dict):
                # Its references are rewritten by where the file is, so its own name for itself would only mislead.
                held.value.pop("$id", None)
        found = self.files[name]
        return found.value if found is not None else None


def _pointer(tree: Any, fragment: str) -> str | None:
    """The pointer that a fragment means; a plain name is an ``$anchor``. ``None`` when there is no such name."""
    if not fragment or fragment.startswith("/"):
        return from_parts(split(fragment))
    stack: list[Place] = [Place("schema", "", tree)]
    while stack:
        place = stack.pop()
        if isinstance(place.value, dict) and fragment in (place.value.get("$anchor"), place.value.get("$dynamicAnchor")):
            return place.pointer
        stack.extend(inside(place))
    return None
