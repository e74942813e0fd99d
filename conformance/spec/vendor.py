"""The vendored form of a document: JSON, one space of indent, the root in a fixed order, prose left out.

Prose is ``description``, ``externalDocs`` and ``$comment``. Summaries and titles stay, since they name things. The
description of a response, which the specification requires, becomes the name of its status. The description of a
schema that is an open object stays, because it is all that the document says of it. Everything else stays as
it is, in its order. Vendoring a vendored document changes nothing.
"""

from __future__ import annotations

import copy
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from conformance.errors import OutputError
from conformance.model.operation import METHODS
from conformance.spec.load import Source
from conformance.spec.places import Place, places
from conformance.spec.pointer import join, split

_ORDER = ("openapi", "info", "jsonSchemaDialect", "servers", "security", "tags", "paths", "webhooks", "components")
_PROSE = ("description", "externalDocs", "$comment")
_OPEN_OBJECT = frozenset({"type", "additionalProperties", "description", "title", "default", "example"})
_PHRASES = {str(status.value): status.phrase for status in HTTPStatus}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendored:
    """A document in vendored form. ``prose`` is how many pieces of prose were left out or shortened."""

    value: dict[str, Any]
    text: str
    prose: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What one document has that another has not; ``what`` is such as ``operations`` or ``schemas``."""

    what: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


def vendor(source: Source) -> Vendored:
    """A document in vendored form; the source stays as it is."""
    value = copy.deepcopy(source.value)
    found = list(places(value))
    successes = set(_used_by_successes(found))
    prose = sum(_without_prose(place, successes) for place in found if isinstance(place.value, dict))
    ordered = {key: value[key] for key in _ORDER if key in value} | {
        key: item for key, item in value.items() if key not in _ORDER
    }
    return Vendored(value=ordered, text=json.dumps(ordered, indent=1, ensure_ascii=False), prose=prose)


def _used_by_successes(found: list[Place]) -> Iterator[str]:
    """The references by which successes use shared responses."""
    for place in found:
        if place.kind == "response" and place.reference is not None and split(place.pointer)[-1][:1] in {"1", "2", "3"}:
            yield place.reference


def _without_prose(place: Place, successes: set[str]) -> int:
    """Take the prose out of one object, and say how much there was."""
    value, removed = place.value, 0
    for key in _PROSE:
        if key not in value or not isinstance(value[key], (str, dict)):
            continue
        if key == "description" and place.kind == "response" and "$ref" not in value:
            phrase = _phrase(place, successes)
            removed += value[key] != phrase
            value[key] = phrase
        elif key != "description" or not _is_open_object(place):
            del value[key]
            removed += 1
    return removed


def _phrase(place: Place, successes: set[str]) -> str:
    tokens = split(place.pointer)
    if tokens[0] == "components" and len(tokens) == 3:
        return "Success" if "#" + place.pointer in successes else "Error"
    phrase = _PHRASES.get(tokens[-1])
    return phrase if phrase is not None else "Success" if tokens[-1][:1] in {"1", "2", "3"} else "Error"


def _is_open_object(place: Place) -> bool:
    value = place.value
    return (
        place.kind == "schema"
        and value.get("type") == "object"
        and value.keys() <= _OPEN_OBJECT
        and value.get("additionalProperties", True) in (True, {})
    )


def differences(old: dict[str, Any], new: dict[str, Any]) -> tuple[Difference, ...]:
    """What changed from one document to another, by operation and by component; unchanged kinds are left out."""
    before, after = _parts(old), _parts(new)
    found = []
    for what in dict.fromkeys((*before, *after)):
        ours, theirs = before.get(what, {}), after.get(what, {})
        difference = Difference(
            what=what,
            added=tuple(name for name in theirs if name not in ours),
            removed=tuple(name for name in ours if name not in theirs),
            changed=tuple(name for name in ours if name in theirs and ours[name] != theirs[name]),
        )
        if difference.added or difference.removed or difference.changed:
            found.append(difference)
    return tuple(found)


def _parts(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    parts: dict[str, dict[str, Any]] = {"operations": {}, "webhooks": {}}
    for place in places(document):
        tokens = split(place.pointer)
        if place.kind == "path-item" and isinstance(place.value, dict) and len(tokens) == 2:
            shared = {key: value for key, value in place.value.items() if key not in METHODS}
            what = "operations" if tokens[0] == "paths" else "webhooks"
            for method in METHODS:
                if method in place.value:
                    parts[what][f"{method.upper()} {tokens[1]}"] = (place.value[method], shared)
        elif len(tokens) == 3 and tokens[0] == "components":
            parts.setdefault(tokens[1], {})[tokens[2]] = place.value
    root = {key: value for key, value in document.items() if key not in {"paths", "webhooks", "components"}}
    parts["members of the root"] = {join("", key): value for key, value in root.items()}
    return parts


def write(path: Path, text: str) -> None:
    """Put a text into a file all at once, so that what was there stays whole when that fails.

    Raises:
        OutputError: when it cannot be written.
    """
    scratch = ""
    try:
        handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        umask = os.umask(0)
        os.umask(umask)
        Path(scratch).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~umask)
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(13, "it is write-protected")
        Path(scratch).replace(path)
    except OSError as raised:
        if scratch:
            Path(scratch).unlink(missing_ok=True)
        raise OutputError(path=str(path), reason=(raised.strerror or str(raised)).lower()) from None
