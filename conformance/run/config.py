"""``conformance.toml``: what a project settles once for all of its runs.

```toml
[guard]
allow = ["POST /calls"]        # may be sent although it has side effects
deny = ["Billing", "delete*"]  # is never sent, whatever else is said
costly = ["POST /brands"]      # has side effects, though nothing in the document says so
own = ["/accounts/AC1"]        # what is below may be changed and deleted
everywhere = false             # guard a target on this machine too

[latency]
responsive = 0.5               # seconds that an operation of this x-latency-category may take

[lint]
off = ["tag-unused", "house"]  # rules or areas that are not asked

[lint.severity]
component-unused = "warning"   # of a rule or an area: error, warning or note

[[recordings.match]]           # see matchers
field = "/data/price"
within = 0.5
```
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from conformance.errors import UsageError
from conformance.lint.settings import Settings
from conformance.model.operation import Operation
from conformance.model.record import Severity
from conformance.run.matchers import Matchers, entry
from conformance.run.permit import Rules, unmatched

CONFIG = "conformance.toml"
"""Read from the working directory when it is there."""

_LISTS = ("allow", "deny", "costly", "own")
_AT = re.compile(r" \(at line (\d+), column (\d+)\)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What a file settles. ``path`` is where it was read, empty without one; ``latency`` is seconds by category.

    ``matchers`` are for fields of recorded answers.
    """

    path: str = ""
    guard: Rules = field(default_factory=Rules)
    latency: tuple[tuple[str, float], ...] = ()
    matchers: Matchers = field(default_factory=Matchers)
    lint: Settings = field(default_factory=Settings)


def config(path: Path | None = None) -> Config:
    """The file at ``path``; without one, the ``conformance.toml`` of the working directory, which may be missing.

    Raises:
        UsageError: when it cannot be read, or says something that cannot be meant.
    """
    if path is None and not Path(CONFIG).is_file():
        return Config()
    path = path or Path(CONFIG)
    try:
        text = path.read_text("utf-8-sig")
        held = tomllib.loads(text)
    except OSError as raised:
        raise UsageError(f"cannot read {path}: {(raised.strerror or str(raised)).lower()}; check --config") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not text in UTF-8") from None
    except tomllib.TOMLDecodeError as raised:
        found = _AT.search(str(raised))
        where = f"{path}:{found[1]}:{found[2]}" if found else str(path)
        raise UsageError(f"{where}: not well-formed TOML: {_AT.sub('', str(raised))}") from None
    place = _Place(path, text)
    for name in held:
        if name not in _TABLES:
            raise place.error(name, f"there is no table {name!r}; {near(name, _TABLES)}")
    tables = {name: reader(held[name], place) for name, reader in _TABLES.items() if name in held}
    if "recordings" in tables:
        tables["matchers"] = tables.pop("recordings")
    return Config(path=str(path), **tables)


def check_globs(rules: Rules, operations: Sequence[Operation], source: str) -> None:
    """Make sure that every entry without a wildcard means an operation: one that is misspelt would guard nothing.

    Raises:
        UsageError: for the first that does not.
    """
    names = [operation.label for operation in operations]
    known = [*names, *(operation.operation_id for operation in operations if operation.operation_id),
             *{tag for operation in operations for tag in operation.tags}]  # fmt: skip
    for key in ("allow", "deny", "costly"):
        plain = [glob for glob in getattr(rules, key) if not set(glob) & set("*?")]
        for glob in unmatched(plain, operations):
            raise UsageError(f"{source}: [guard] {key} has {glob!r}, and the document has no operation, path or tag of that "
                             f"name; {near(glob, known)}")  # fmt: skip


def near(name: str, known: Sequence[str] | Mapping[str, object]) -> str:
    """A hint at what was meant."""
    close = get_close_matches(name, list(known), n=3, cutoff=0.5)
    some = ", ".join(repr(one) for one in list(known)[:6])
    return f"did you mean {' or '.join(repr(one) for one in close)}?" if close else f"there are {some}"


@dataclass(frozen=True, slots=True)
class _Place:
    path: Path
    text: str

    def error(self, key: str, message: str) -> UsageError:
        """A mistake, with the line where its key stands."""
        found = re.search(rf"^\s*\[*\s*(?:\w+\.)*[\"']?{re.escape(key)}[\"']?\s*(?:\.|=|\])", self.text, re.MULTILINE)
        line = f":{self.text.count(chr(10), 0, found.end()) + 1}" if found else ""
        return UsageError(f"{self.path}{line}: {message}")


def _guard(table: Any, place: _Place) -> Rules:
    if not isinstance(table, dict):
        raise place.error("guard", "'guard' must be a table")
    known = (*_LISTS, "everywhere")
    for name, value in table.items():
        if name not in known:
            raise place.error(name, f"[guard] has no {name!r}; {near(name, known)}")
        if name == "everywhere":
            if not isinstance(value, bool):
                raise place.error(name, "[guard] everywhere must be true or false")
        elif not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise place.error(name, f'[guard] {name} must be a list of texts, such as ["POST /calls"]')
    allow, deny, costly, own = (tuple(table.get(name, ())) for name in _LISTS)
    return Rules(allow=allow, deny=deny, costly=costly, own=own, everywhere=table.get("everywhere", False))


def _latency(table: Any, place: _Place) -> tuple[tuple[str, float], ...]:
    if not isinstance(table, dict):
        raise place.error("latency", "'latency' must be a table")
    for name, value in table.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < float("inf"):
            raise place.error(name, f"[latency] {name} must be seconds, more than 0, such as 0.5")
    return tuple((name, float(value)) for name, value in table.items())


def _recordings(table: Any, place: _Place) -> Matchers:
    if not isinstance(table, dict):
        raise place.error("recordings", "'recordings' must be a table")
    for name in table:
        if name != "match":
            raise place.error(name, f"[recordings] has no {name!r}; {near(name, ('match',))}")
    listed = table.get("match", [])
    if not isinstance(listed, list):
        raise place.error("match", "[[recordings.match]] must be a list of tables")
    found = []
    for number, held in enumerate(listed, 1):
        one = entry(held)
        if isinstance(one, str):
            raise place.error("recordings.match", f"entry {number} of [[recordings.match]] {one}")
        found.append(one)
    return Matchers(entries=tuple(found))


def _lint(table: Any, place: _Place) -> Settings:
    from conformance.lint.table import RULES  # noqa: PLC0415 - costs a tenth of a second, for those who settle something

    if not isinstance(table, dict):
        raise place.error("lint", "'lint' must be a table")
    known = sorted({name for rule in RULES for name in (rule.id, rule.area)})
    off, severity = table.get("off", []), table.get("severity", {})
    for name in table:
        if name not in {"off", "severity"}:
            raise place.error(name, f"[lint] has no {name!r}; {near(name, ('off', 'severity'))}")
    if not isinstance(off, list) or not isinstance(severity, dict):
        raise place.error("lint", '[lint] off must be a list of rules or areas, and severity a table such as {schemas = "note"}')
    for name in (*off, *severity):
        if name not in known:
            raise place.error(str(name), f"[lint] names {name!r}, which is no rule or area; {near(str(name), known)}")
    for name, value in severity.items():
        if value not in ("error", "warning", "note"):
            raise place.error(name, f"[lint.severity] {name} must be error, warning or note")
    return Settings(off=frozenset(off), severity={name: Severity(value) for name, value in severity.items()})


_TABLES: dict[str, Callable[[Any, _Place], Any]] = {
    "guard": _guard,
    "latency": _latency,
    "recordings": _recordings,
    "lint": _lint,
}
