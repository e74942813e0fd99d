"""Which property holds the id of a thing, when neither ``id`` nor the path parameter's own name does."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from conformance.sandbox.envelope import folded
from conformance.spec.ids import ENDS_IN_ID, KINDS

PLAIN = frozenset({*KINDS, "name", "key", "slug", "code", "number"})
"""Names of parameters that say nothing of what they name."""
_ENDINGS = (*KINDS, "key", "slug", "name", "code", "token", "number", "reference")


def likely_id(parameters: Sequence[str], shape: str, properties: Collection[str]) -> tuple[str, ...]:
    """The property that a path parameter most likely means; nothing when none stands out.

    Args:
        parameters: the names that the paths give the id (``call_sid_or_label`` names two).
        shape: the collection's path, whose last word names the thing.
        properties: the names of the thing's properties.
    """
    if not parameters:
        return ()
    plain = {folded(name): name for name in properties}
    for guess in _guesses(parameters, shape):
        if guess in plain:
            return (plain[guess],)
    ids = [name for name in properties if is_id(name)]
    own = own_ids(shape, ids)
    if own:
        return (max(own, key=len),)
    # The only id there is, unless it says of what else it is: ``app_id`` names no workflow.
    if len(ids) == 1 and any(folded(name) not in PLAIN for name in parameters):
        return (ids[0],)
    return tuple(plain[ending] for ending in _ENDINGS if ending in plain)[:1]


def is_id(name: str) -> bool:
    """Whether a property is called as ids are: ``user_id``, ``callSid``."""
    return ENDS_IN_ID.search(name) is not None


def own_ids(shape: str, properties: Iterable[str]) -> list[str]:
    """The ids that have the name of the collection's things, or of what these are a kind of."""
    single = _single(shape)
    return [name for name in properties
            if is_id(name) and single.endswith(ENDS_IN_ID.sub("", name).replace("_", "").lower())]  # fmt: skip


def parent_keys(parameters: Sequence[str], word: str) -> frozenset[str]:
    """What a property may be called that holds the id of a parent, folded.

    Args:
        parameters: the names that the paths give the id.
        word: what one parent is called.
    """
    own = {folded(name) for name in parameters}
    # A child's own id has the same plain name.
    own -= PLAIN
    return frozenset(own | ({word + ending for ending in ("id", "uuid", "sid")} if word else set()))


def _guesses(parameters: Sequence[str], shape: str) -> list[str]:
    names = [folded(part) for name in parameters for part in name.split("_or_")]
    found = list(names)
    for name in names:
        ending = next((ending for ending in _ENDINGS if name.endswith(ending)), "")
        found += [name.removesuffix(ending), ending] if ending and ending != name else []
    single = _single(shape)
    return [guess for guess in (*found, single + "id", single + "uuid", single) if guess]


def _single(shape: str) -> str:
    word = folded(shape.rstrip("/").rpartition("/")[2])
    return word[:-3] + "y" if word.endswith("ies") else word.removesuffix("s")
