"""Memories of the sandbox that know nothing of one another: one for every session and user."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from conformance.sandbox.records import Records
from conformance.sandbox.retries import Retries
from conformance.sandbox.service import Service

HEADER = "x-sandbox-session"
"""The request header that names a session; requests without it share one."""

_MOST = 1000


class Session:
    """What one user has done in one session. ``user`` is empty where users are not told apart."""

    def __init__(self, records: Records, among: Sessions, *, name: str = "", user: str = "") -> None:
        self.name, self.user, self.records = name, user, records
        self.service = Service(records, others=lambda: (peer.records for peer in among.beside(self)))
        self.retries = Retries()


class Sessions:
    """All sessions. The one that was used the longest time ago is forgotten when there are too many."""

    def __init__(self, records: Callable[[str], Records]) -> None:
        """``records`` makes an empty memory for a user."""
        self._records = records
        self._held: dict[tuple[str, str], Session] = {}

    def of(self, name: str, user: str) -> Session:
        """The session of a name and a user."""
        key = (name, user)
        found = self._held.get(key)
        if found is None:
            if len(self._held) >= _MOST:
                del self._held[next(iter(self._held))]
            found = self._held[key] = Session(self._records(user), self, name=name, user=user)
        elif len(self._held) > 1:
            self._held[key] = self._held.pop(key)
        return found

    def beside(self, session: Session) -> Iterator[Session]:
        """What other users have done in the same session."""
        return (found for found in self._held.values() if found.name == session.name and found is not session)

    def reset(self, name: str | None = None) -> None:
        """Forget a session, or all of them."""
        self._held = {key: held for key, held in self._held.items() if name is not None and key[0] != name}

    @property
    def names(self) -> tuple[str, ...]:
        """The sessions that there are."""
        return tuple(dict.fromkeys(name for name, _ in self._held))

    def snapshot(self, name: str) -> dict[str, Any]:
        """Everything that a session remembers, as a JSON value by user."""
        return {held.user: held.records.snapshot() for held in self._held.values() if held.name == name}

    def restore(self, name: str, snapshot: Any) -> None:
        """Put a session back to where it was when ``snapshot`` was taken.

        Raises:
            ValueError: when ``snapshot`` is none; nothing has changed then.
        """
        if not isinstance(snapshot, Mapping):
            raise ValueError("a snapshot is a JSON object")  # noqa: TRY004 - it is a value that came from outside
        made = {user: Session(self._records(user), self, name=name, user=user) for user in snapshot}
        for user, held in made.items():
            held.records.restore(snapshot[user])
        self.reset(name)
        self._held.update({(name, user): held for user, held in made.items()})
