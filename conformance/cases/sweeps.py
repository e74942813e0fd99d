"""One kind of breach at every place of a request at once: a service that does not look at a keyword at all takes it.

One request tells that of every place, however many there are; what is wrong at one place alone is for the changes of one place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from conformance.cases.breaches import others
from conformance.cases.places import Place
from conformance.model.ports import SchemaError
from conformance.spec.body import ABSENT
from conformance.spec.pointer import split

_TYPE, _LISTED = frozenset({"type"}), frozenset({"enum", "const"})
KINDS: Mapping[str, frozenset[str]] = {
    "wrong-type": _TYPE, "lax-type": _TYPE, "lax-truth": _TYPE, "fraction": _TYPE, "container": _TYPE,
    "bad-enum": _LISTED, "bad-case": _LISTED, "missing": frozenset({"required"}),
    "out-of-range": frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}),
    "too-long": frozenset({"maxLength"}), "too-short": frozenset({"minLength"}), "bad-format": frozenset({"format"}),
    "bad-pattern": frozenset({"pattern"}),
}  # fmt: skip
"""Every kind, with the keywords that it breaks."""

Breach = tuple[Place, Any]
_LEAST = 2


def sweeps(places: Sequence[Place]) -> Iterator[tuple[str, str, Sequence[Breach]]]:
    """A kind, where it would be tried (``body`` or ``query``), and what would be put where, the deepest first.

    Only values that stand there and hold no others are changed. Where it is one place alone, that is for the changes of one.
    """
    found: dict[tuple[str, str], list[Breach]] = {}
    for place in places:
        if place.location not in {"body", "query"} or not place.path or place.value is ABSENT:
            continue
        if isinstance(place.value, (dict, list)) and place.value:
            continue
        known: set[str] = set()
        for kind, value, _ in others(place):
            if kind in KINDS and kind not in known:
                known.add(kind)
                found.setdefault((place.location, kind), []).append((place, value))
    for (location, kind), breaches in found.items():
        # Who looks at no place does not look at those within others; who looks at the outermost alone shows only there.
        deep = [breach for breach in breaches if len(breach[0].path) > 1] or breaches
        if len(deep) >= _LEAST:
            yield kind, location, sorted(deep, key=lambda breach: -len(breach[0].path))


def pure(kind: str, breaches: Sequence[Breach], errors: Iterable[SchemaError]) -> list[Breach]:
    """Those that break nothing but what they are meant to: not in unions, of which nobody can say what is wrong with them.

    ``errors`` are those of the body with all of them in it.
    """
    others = [split(error.instance_pointer) for error in errors if error.keyword not in KINDS[kind]]
    return [breach for breach in breaches if not any(_is_below(breach[0].path, other) for other in others)]


def _is_below(path: Sequence[object], above: Sequence[str]) -> bool:
    return [str(step) for step in path[: len(above)]] == list(above)
