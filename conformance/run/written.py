"""What requests of a chain wrote, as recorded and as sent this time, so that it can be told back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.model.message import Request
from conformance.model.operation import Operation
from conformance.run.identity import json_body
from conformance.spec.pointer import join

Told = tuple[str, Any, Any]
"""A place in a request's body, the value recorded there, and the one sent this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A request that wrote something; ``path`` is its operation's.

    ``told`` are the scalars of its body that are in no list, ``lists`` the lists that are in no other, empty ones left out.
    """

    path: str
    told: tuple[Told, ...]
    lists: tuple[Told, ...] = ()

    @classmethod
    def of(cls, path: str, recorded: Request, sent: Request) -> Write:
        """The write that a request is, as recorded and as it was sent; of what is nested beyond measure, nothing."""
        try:
            found = list(_told(json_body(recorded), json_body(sent), ""))
        except RecursionError:
            found = []
        return cls(
            path=path,
            told=tuple(one for one in found if not isinstance(one[1], list)),
            lists=tuple(one for one in found if isinstance(one[1], list) and one[1]),
        )


def _told(was: Any, now: Any, pointer: str) -> Iterator[Told]:
    if isinstance(was, dict) and isinstance(now, dict):
        for name in was:
            if name in now:
                yield from _told(was[name], now[name], join(pointer, name))
    elif pointer and isinstance(was, list) == isinstance(now, list) and not isinstance(was, dict) and not isinstance(now, dict):
        yield pointer, was, now


def written_to(operation: Operation | None, writes: Sequence[Write]) -> tuple[Write, ...]:
    """What was written to the thing that an operation shows, in the order of ``writes``."""
    if operation is None:
        return ()
    return tuple(write for write in writes if operation.path == write.path or operation.path.startswith(write.path + "/"))


def is_place_of(pointer: str, place: str) -> bool:
    """Whether a field of an answer is that of a request: at the same place, or at the same one within an envelope."""
    if pointer == place:
        return True
    return pointer.endswith(place) and pointer.removesuffix(place).count("/") == 1


def same(one: Any, other: Any) -> bool:
    """Whether two scalars are equal; ``True`` is no 1."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def holds(shown: Any, sent: Any) -> bool:
    """Whether an answer shows what was sent: every member of an object, every item of a list in any order and no more of them."""
    if isinstance(sent, dict):
        return isinstance(shown, dict) and all(name in shown and holds(shown[name], value) for name, value in sent.items())
    if not isinstance(sent, list):
        return not isinstance(shown, (dict, list)) and same(shown, sent)
    if not isinstance(shown, list) or len(shown) != len(sent):
        return False
    left = list(shown)
    for item in sent:
        at = next((at for at, other in enumerate(left) if holds(other, item)), None)
        if at is None:
            return False
        del left[at]
    return True
