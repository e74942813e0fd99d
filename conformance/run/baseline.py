"""The known findings: a checked-in list, each entry with its reason, that lets a run with nothing new pass."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from conformance.errors import UsageError
from conformance.model.record import Finding
from conformance.run.stages import STAGES
from conformance.spec.vendor import write

VERSION = 1
_TEXTS = ("id", "stage", "operation", "pointer", "fingerprint", "message", "reason", "owner", "expires")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One known finding. It covers exactly the finding with its fingerprint, through the day ``expires`` (ISO 8601)."""

    id: str
    operation: str | None
    pointer: str
    fingerprint: str
    message: str
    reason: str
    stage: str = "lint"
    owner: str | None = None
    expires: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms findings are accepted; what is ``None`` was not said."""

    reason: str | None = None
    owner: str | None = None
    expires: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Known findings by fingerprint. ``today`` decides which entries have expired."""

    entries: tuple[Entry, ...] = ()
    today: date
    _by_fingerprint: Mapping[str, Entry] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "_by_fingerprint", {entry.fingerprint: entry for entry in self.entries if not self._expired(entry)}
        )

    def _expired(self, entry: Entry) -> bool:
        return entry.expires is not None and date.fromisoformat(entry.expires) < self.today

    @classmethod
    def empty(cls) -> Baseline:
        """A baseline that knows nothing."""
        return cls(today=_today())

    @classmethod
    def load(cls, path: str | Path, *, today: date | None = None) -> Baseline:
        """Read a baseline.

        Raises:
            UsageError: when the file cannot be read or is not a baseline.
        """
        try:
            held = json.loads(Path(path).read_text("utf-8-sig"))
        except OSError as raised:
            raise UsageError(
                f"cannot read the baseline {path}: {(raised.strerror or str(raised)).lower()}; check --baseline"
            ) from None
        except UnicodeDecodeError:
            raise UsageError(f"the baseline {path} is not text in UTF-8") from None
        except json.JSONDecodeError as raised:
            raise UsageError(
                f"{path}:{raised.lineno}:{raised.colno}: the baseline is not well-formed JSON: {raised.msg}"
            ) from None
        except (ValueError, RecursionError) as raised:
            raise UsageError(f"the baseline {path} is not well-formed JSON: {raised}") from None
        if not isinstance(held, dict) or held.get("version") != VERSION or not isinstance(held.get("entries"), list):
            form = f'{{"version": {VERSION}, "entries": [...]}}'
            raise UsageError(f"the baseline {path} is not of the form {form}; write one with --write-baseline")
        entries = tuple(_entry(item, f"entry {index} of the baseline {path}") for index, item in enumerate(held["entries"], 1))
        return cls(entries=entries, today=today or _today())

    @classmethod
    def from_findings(
        cls,
        findings: Iterable[Finding],
        *,
        reason: Callable[[Finding], str],
        before: Baseline | None = None,
        stages: Iterable[str] = STAGES,
    ) -> Baseline:
        """A baseline that covers exactly these findings; what ``before`` said of the same ones is kept.

        Entries of stages other than ``stages`` are kept too: nothing was learnt of them.
        """
        kept = {entry.fingerprint: entry for entry in before.entries} if before is not None else {}
        looked = set(stages)
        entries = {fingerprint: entry for fingerprint, entry in kept.items() if entry.stage not in looked}
        for finding in findings:
            old = kept.get(finding.fingerprint)
            entries[finding.fingerprint] = Entry(
                id=finding.id, operation=finding.operation, pointer=finding.pointer, fingerprint=finding.fingerprint,
                message=finding.message, reason=old.reason if old else reason(finding), stage=finding.stage,
                owner=old.owner if old else None, expires=old.expires if old else None,
            )  # fmt: skip
        return cls(entries=tuple(entries.values()), today=before.today if before else _today())

    @classmethod
    def update(cls, path: Path, findings: Iterable[Finding], *, reason: Callable[[Finding], str], stages: Iterable[str]) -> int:
        """Write a baseline that covers these findings over an earlier one; returns the number of its entries.

        Raises:
            UsageError: when what is there is not a baseline.
            OutputError: when it cannot be written.
        """
        before = cls.load(path) if path.exists() else None
        new = cls.from_findings(findings, reason=reason, before=before, stages=stages)
        new.write(path)
        return len(new.entries)

    def accepted(
        self, findings: Iterable[Finding], terms: Terms, *, chosen: bool = False
    ) -> tuple[Baseline, int, int]:  # fmt: skip
        """A baseline that covers these findings too, and how many entries are new and how many were changed.

        An entry that covers one already stays as it is, unless the findings were ``chosen`` one by one; one that has expired
        is renewed.
        """
        entries = {entry.fingerprint: entry for entry in self.entries}
        new = changed = 0
        for finding in findings:
            old = entries.get(finding.fingerprint)
            if old is not None and not chosen and not self._expired(old):
                continue
            made = _accepted(finding, terms, old, renewed=old is not None and self._expired(old))
            new += old is None
            changed += old is not None and made != old
            entries[finding.fingerprint] = made
        return Baseline(entries=tuple(entries.values()), today=self.today), new, changed

    def pruned(self, findings: Iterable[Finding], *, looked_at: Callable[[Entry], bool]) -> tuple[Baseline, tuple[Entry, ...]]:
        """The baseline without the entries that no finding matches, and those entries.

        ``looked_at`` says whether the run that found the findings would have found that of an entry.
        """
        found = {finding.fingerprint for finding in findings}
        gone = tuple(entry for entry in self.entries if entry.fingerprint not in found and looked_at(entry))
        left = tuple(entry for entry in self.entries if entry not in gone)
        return Baseline(entries=left, today=self.today), gone

    def known(self, finding: Finding) -> str | None:
        """The reason why a finding is known, or ``None`` when it is new."""
        entry = self._by_fingerprint.get(finding.fingerprint)
        return (entry.reason or "known") if entry is not None else None

    @property
    def fingerprints(self) -> frozenset[str]:
        """What the entries that have not expired cover."""
        return frozenset(self._by_fingerprint)

    def text(self) -> str:
        """The baseline as the JSON text of its file."""
        entries = [{name: getattr(entry, name) for name in _TEXTS} for entry in self.entries]
        return json.dumps({"version": VERSION, "entries": entries}, indent=1, ensure_ascii=False) + "\n"

    def write(self, path: str | Path) -> None:
        """Write the baseline, all at once.

        Raises:
            OutputError: when it cannot be written.
        """
        write(Path(path), self.text())


def day_from(text: str) -> str:
    """A day as ISO 8601 writes it.

    Raises:
        UsageError: when it is none.
    """
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        raise UsageError(f"--expires is {text!r}; it must be a day such as 2030-01-31") from None


def _accepted(finding: Finding, terms: Terms, old: Entry | None, *, renewed: bool) -> Entry:
    """The entry for a finding: what is said now, else what the old one said, else what is known of the finding."""
    reason = terms.reason or (old.reason if old is not None else finding.known) or default_reason(finding)
    kept = old.expires if old is not None and not renewed else None
    return Entry(
        id=finding.id, operation=finding.operation, pointer=finding.pointer, fingerprint=finding.fingerprint,
        message=finding.message, stage=finding.stage, reason=reason,
        owner=terms.owner or (old.owner if old is not None else None), expires=terms.expires or kept,
    )  # fmt: skip


def default_reason(finding: Finding) -> str:
    """What stands as the reason until a person writes one."""
    return f"accepted: {finding.why}" if finding.why else "accepted"


def _today() -> date:
    return datetime.now(UTC).date()


def _entry(item: Any, where: str) -> Entry:
    if not isinstance(item, dict):
        raise UsageError(f"{where} is not an object")
    for name in _TEXTS:
        if not isinstance(item.get(name), (str, type(None))):
            raise UsageError(f"{where}: {name!r} is not a text")
    if not item.get("fingerprint") or not item.get("id"):
        raise UsageError(f"{where} needs an 'id' and a 'fingerprint'")
    try:
        date.fromisoformat(item.get("expires") or "2000-01-01")
    except ValueError:
        raise UsageError(f"{where}: 'expires' is not a date such as 2030-01-31") from None
    return Entry(
        id=item["id"], operation=item.get("operation"), pointer=item.get("pointer") or "", fingerprint=item["fingerprint"],
        message=item.get("message") or "", reason=item.get("reason") or "", stage=item.get("stage") or "lint",
        owner=item.get("owner"),
        expires=item.get("expires") or None,
    )  # fmt: skip
