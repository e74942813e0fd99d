"""References where OpenAPI has none: in place of an operation, of a map of media types, or of one of them.

Authors who keep their document in many files write them, bundlers leave them, and what they mean is plain. So they are followed,
and the linter says that they should not be there.
"""

from __future__ import annotations

from typing import Any

from conformance.spec.named import changed
from conformance.spec.places import MISPLACED, Place, places
from conformance.spec.pointer import follow, from_fragment, split

_ROUNDS = 4
"""What is put in place of a reference may hold others, though hardly so many within each other."""


def settled(document: dict[str, Any]) -> dict[str, Any]:
    """The document with what misplaced references lead to in their stead; the very same where there are none."""
    kept = document
    for _ in range(_ROUNDS):
        before = kept
        for place in [place for place in places(before) if place.kind in MISPLACED and place.reference is not None]:
            reached = _end(before, place)
            if reached is not None:
                kept = changed(kept, tuple(split(place.pointer)), reached)
        if kept is before:
            break
    return kept


def _end(document: dict[str, Any], place: Place) -> Any:
    """What a chain of references ends at; ``None`` when it leads nowhere."""
    value: Any = place.value
    seen: set[str] = set()
    while isinstance(value, dict) and isinstance(value.get("$ref"), str):
        reference = value["$ref"]
        if reference in seen or not reference.startswith("#"):
            return None
        seen.add(reference)
        try:
            value = follow(document, from_fragment(reference[1:]))
        except LookupError:
            return None
    return value
