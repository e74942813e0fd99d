"""What was worked out lately of messages that come again: bounded by how many bytes they have together."""

from __future__ import annotations

from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

V = TypeVar("V")


class Lately(Generic[V]):
    """A memory that forgets first what has not been asked for the longest. For several threads.

    Args:
        most: bytes of all that is kept, as ``put`` is told of them.
        largest: bytes of one; what is larger is not kept.
    """

    def __init__(self, *, most: int, largest: int) -> None:
        self._most, self._largest = most, largest
        self._held: dict[Hashable, tuple[V, int]] = {}
        self._bytes = 0
        self._lock = Lock()

    def get(self, key: Hashable) -> V | None:
        """What was put under an equal key; ``None`` when there is nothing, or not any more."""
        with self._lock:
            found = self._held.pop(key, None)
            if found is None:
                return None
            self._held[key] = found  # now the latest
            return found[0]

    def put(self, key: Hashable, value: V, *, size: int) -> None:
        """Keep a value that takes about so many bytes."""
        if size > self._largest:
            return
        with self._lock:
            before = self._held.pop(key, None)
            self._held[key] = value, size
            self._bytes += size - (before[1] if before is not None else 0)
            while self._bytes > self._most:
                self._bytes -= self._held.pop(next(iter(self._held)))[1]
