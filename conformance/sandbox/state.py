"""What the sandbox remembers: records by resource and scope, with tombstones for those that are gone."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

Scope = tuple[str, ...]
_MOST = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """What becomes of a thing by itself: once it is ``at`` (seconds since 1970), ``first`` is replaced by ``then``."""

    at: float
    first: dict[str, Any]
    then: dict[str, Any]


@dataclass(slots=True, eq=False)
class Record:
    """One thing.

    ``value`` is everything known of it; ``views`` are answers made from it, dropped when it changes. ``serial`` grows from
    thing to thing.
    """

    key: str
    value: dict[str, Any]
    salt: str = ""
    aliases: tuple[str, ...] = ()
    serial: int = 0
    later: Later | None = None
    last: tuple[str, ...] = ()
    views: dict[str, Any] = field(default_factory=dict)

    def change(self, value: dict[str, Any]) -> None:
        """Put another value in place of the old one."""
        self.value = value
        self.views.clear()


@dataclass(slots=True)
class Table:
    """The records of one collection in one scope, in order of creation.

    ``name`` tells it from other scopes. ``gone`` are the names of what was removed, with its serial.
    """

    name: str = ""
    records: dict[str, Record] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)
    seeded: bool = False
    made: int = 0

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records.values())

    def find(self, name: str) -> Record | None:
        """The record that goes by a name (its key or an alias)."""
        return self.records.get(self.names.get(name, name))

    def add(self, value: dict[str, Any], names: Iterable[str], *, salt: str = "", serial: int = 0) -> Record:
        """Keep a value under its names; one that had the first name before is replaced."""
        known = tuple(dict.fromkeys(names))
        key = known[0] if known else f"#{self.made}"
        self.made += 1
        record = Record(key=key, value=value, salt=salt, aliases=known, serial=serial)
        self._keep(record)
        if len(self.records) > _MOST:
            self.forget(next(iter(self)))
        return record

    def rename(self, record: Record, names: tuple[str, ...]) -> None:
        """Keep a record under other names."""
        self.forget(record)
        record.key, record.aliases = names[0], names
        self._keep(record)

    def _keep(self, record: Record) -> None:
        self.records[record.key] = record
        self.names.update(dict.fromkeys(record.aliases, record.key))
        for name in record.aliases:
            self.gone.pop(name, None)

    def forget(self, record: Record) -> None:
        """Drop a record as if it had never been."""
        self.records.pop(record.key, None)
        for name in record.aliases:
            self.names.pop(name, None)

    def remove(self, record: Record) -> None:
        """Drop a record and remember that it is gone."""
        self.forget(record)
        self.gone.update(dict.fromkeys((record.key, *record.aliases), record.serial))


class State:
    """All tables."""

    def __init__(self) -> None:
        self._tables: dict[tuple[str, Scope], Table] = {}
        self._made = 0

    def serial(self) -> int:
        """A number for the next thing, greater than those before."""
        self._made += 1
        return self._made

    def table(self, family: str, scope: Scope) -> Table:
        """The table of a family of resources in a scope."""
        found = self._tables.get((family, scope))
        if found is None:
            found = self._tables[family, scope] = Table(name="/".join(scope))
        return found

    def tables(self, family: str, scope: Scope) -> list[Table]:
        """The tables of a family of resources in all scopes that begin with one."""
        return [table for (name, known), table in self._tables.items() if name == family and known[: len(scope)] == scope]

    def snapshot(self) -> list[dict[str, Any]]:
        """Everything, as a JSON value."""
        return [
            {"family": family, "scope": list(scope), "made": table.made, "seeded": table.seeded, "gone": dict(table.gone),
             "records": [_kept(record) for record in table]}
            for (family, scope), table in self._tables.items()
        ]  # fmt: skip

    def restore(self, snapshot: Any) -> None:
        """Put everything in place of what there is.

        Raises:
            ValueError: when ``snapshot`` is none; nothing has changed then.
        """
        try:
            self._tables = {(str(held["family"]), tuple(held["scope"])): _table(held) for held in snapshot}
            self._made = max((record.serial for table in self._tables.values() for record in table), default=0)
        except (KeyError, TypeError, AttributeError) as raised:
            raise ValueError(f"this is no snapshot of a sandbox: {raised!r}") from raised


def _kept(record: Record) -> dict[str, Any]:
    later = asdict(record.later) if record.later is not None else None
    return {"key": record.key, "value": copy.deepcopy(record.value), "salt": record.salt, "aliases": list(record.aliases),
            "serial": record.serial, "later": later}  # fmt: skip


def _table(held: dict[str, Any]) -> Table:
    table = Table(name="/".join(held["scope"]), gone=dict(held["gone"]), seeded=bool(held["seeded"]), made=int(held["made"]))
    for kept in held["records"]:
        record = Record(key=str(kept["key"]), value=dict(copy.deepcopy(kept["value"])), salt=str(kept["salt"]),
                        aliases=tuple(map(str, kept["aliases"])), serial=int(kept["serial"]),
                        later=Later(**kept["later"]) if kept.get("later") is not None else None)  # fmt: skip
        table.records[record.key] = record
        table.names.update(dict.fromkeys(record.aliases, record.key))
    return table
