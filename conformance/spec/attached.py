"""Examples that a document keeps in files beside it: what ``externalValue`` leads to."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from conformance.spec.places import places
from conformance.spec.pointer import join

_WORD = "externalValue"
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|/|#|$")
"""What is no path relative to the document: a URL, an absolute path, a part of the document itself."""

Attached = tuple[tuple[str, "bytes | None"], ...]


def attached(value: dict[str, Any], file: Callable[[str], str], read: Callable[[str], bytes | None]) -> Attached:
    """The content of each external example with a relative path, by the pointer of its ``externalValue``.

    Args:
        value: the document.
        file: the path of the file that a pointer leads into.
        read: the content of a file, or ``None`` when there is none.
    """
    found: dict[str, bytes | None] = {}
    for place in places(value):
        address = place.value.get(_WORD) if place.kind == "example" and isinstance(place.value, dict) else None
        if isinstance(address, str) and not _ELSEWHERE.match(address):
            path = posixpath.join(posixpath.dirname(file(place.pointer)), unquote(address.partition("#")[0].partition("?")[0]))
            found[join(place.pointer, _WORD)] = read(path)
    return tuple(found.items())
