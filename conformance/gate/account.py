"""What the gate has to say at the end: a few lines for the terminal, and all of it for ``gate.json``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.coverage.summary import UNTAGGED, percent, summary
from conformance.gate.command import Ended
from conformance.gate.rules import BLAMES, whose
from conformance.gate.vacuity import Vacuity, unread
from conformance.gate.watch import Gated
from conformance.model.operation import Operation
from conformance.model.record import Finding, Severity
from conformance.report.messages import standing

_SHOWN = 8
_NAMED = 3
_LONGEST = 150
_WORDS = {
    "sdk": "by the SDK",
    "document": "by the document",
    "target": "by the target",
    "sdk or test": "by the SDK or its tests",
    "sdk or document": "by the SDK or the document",
    "ambiguous": "by nobody who can be named",
}
_STRANGE = {
    "tls": "spoke TLS: its base URL is to begin with http://, not https://",
    "http/2": "spoke HTTP/2 without asking first: have the client speak HTTP/1.1",
    "malformed": "was no HTTP/1.1 that could be read",
    "tunnel": "asked for a tunnel, as through a proxy: give the client the base URL instead",
    "upgrade": "asked for another protocol, such as a websocket",
    "elsewhere": "was for another host: give the client the base URL",
}
_OF_ONE_KIND = frozenset({
    "base-missing", "base-repeated", "body-undocumented", "credentials-missing", "method-undocumented", "path-parameter-empty",
})  # fmt: skip
_BY_PLACE = frozenset({"field-undocumented", "parameter-style", "parameter-undocumented", "url-unencoded", "value-unserialised"})
_DIMENSIONS = ("operations", "parameters", "values", "request_fields", "statuses", "response_fields")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Everything about one session.

    ``operations`` are those that count, of ``whole`` that the document has. ``url`` is where the client should have
    called, ``vacuity`` what the second run brought, when there was one. ``partial`` says what was not judged, ``strange`` counts
    what could not even be passed on, by kind.
    """

    watched: Gated
    ended: Ended
    operations: Sequence[Operation]
    whole: int
    url: str
    exchanges: int
    strange: Mapping[str, int] = field(default_factory=dict)
    vacuity: Vacuity | None = None
    partial: Sequence[str] = ()

    @property
    def called(self) -> int:
        """How many of the operations were called."""
        return sum(operation.label in self.watched.requests for operation in self.operations)

    @property
    def share(self) -> float:
        """The operations that were called, in per cent of those that count."""
        return 100.0 * self.called / len(self.operations) if self.operations else 100.0


def violations(watched: Gated) -> list[Finding]:
    """The findings that fail the gate, the worst and the most frequent first."""
    return sorted(watched.new_findings(), key=lambda one: (
        BLAMES.index(one.blame) if one.blame in BLAMES else 9, one.severity.rank, -watched.times[one.fingerprint], one.id,
        one.operation or "", one.fingerprint))  # fmt: skip


# For the terminal


def lines(account: Account) -> Iterator[str]:
    """The verdict, one line for each kind of violation, and what the tests touch."""
    watched, new = account.watched, violations(account.watched)
    known = sum(found.known is not None for found in watched.findings.values())
    aside = f", {known:,} known" if known else ""
    if not account.exchanges:
        yield f"gate: nothing was captured; {account.ended.told}"
        if account.strange:
            yield f"  the client came to {account.url}, but not with a request that could be passed on"
            yield from (f"  {line}" for line in _strange(account))
            return
        yield f"  the client did not use {account.url}"
        yield "  name the variable that it takes its base URL from with --env NAME, or --env NAME={origin} without the base path"
        return
    if new:
        counts = Counter(whose(found) for found in new)
        by = ", ".join(f"{counts[who]:,} {words}" for who, words in _WORDS.items() if counts[who])
        yield f"gate: does not conform: {_number(len(new), 'violation')}: {by}{aside}; {account.ended.told}"
    else:
        yield f"gate: conforms: no violation{aside}; {account.ended.told}"
    kinds = _kinds(new)
    for held in kinds[:_SHOWN]:
        yield from _violation(account, held)
    if len(kinds) > _SHOWN:
        yield f"  and {len(kinds) - _SHOWN:,} more kinds in findings.json"
    yield from (f"  {line}" for line in _touched(account))


def _kinds(found: Iterable[Finding]) -> list[list[Finding]]:
    """Violations that are of one kind: the same rule and cause, or calls below the same path."""
    by_kind: dict[tuple[str, str], list[Finding]] = {}
    for one in found:
        by_kind.setdefault((one.blame, _kind(one)), []).append(one)
    return sorted(by_kind.values(), key=lambda held: (BLAMES.index(held[0].blame), held[0].severity.rank, -len(held)))


def _kind(found: Finding) -> str:
    if found.id in _OF_ONE_KIND or found.id.startswith("retry-"):
        return found.id
    if found.id in _BY_PLACE:
        return f"{found.id} {found.place}"
    if found.id == "path-undocumented":
        _, _, path = found.detail.partition(" ")
        return f"{found.id} {'/'.join(path.split('/')[:4])}"
    if found.id.startswith("request-"):
        # The same slip at the same place of the message, whichever component of the document forbids it.
        return f"{found.id} {found.place} {found.detail.rpartition(' ')[0]}"
    return found.group


def _violation(account: Account, held: Sequence[Finding]) -> Iterator[str]:
    watched, first = account.watched, held[0]
    where = f"{first.operation}: " if first.operation else ""
    of = "more operation" if first.operation else "more call"
    others = len({one.operation or one.detail for one in held}) - 1
    also = f" (and {_number(others, of)})" if others else ""
    yield f"  {whose(first)}: {first.id}: {where}{_short(first.message)}{also}"
    test = f"test {first.test}" if first.test else f"exchange {watched.orders.get(first.fingerprint, 0):,}"
    times = watched.times[first.fingerprint]
    place = f"{standing(first)}; " if first.operation else ""
    yield f"      {place}{test}{f', {times:,} times' if times > 1 else ''}"


def _touched(account: Account) -> Iterator[str]:
    watched, operations = account.watched, account.operations
    others = account.whole - len(operations)
    restricted = f" that changed, {others:,} left out" if others else ""
    calls = f"{account.called:,} of {len(operations):,} operations{restricted} ({account.share:.0f} %)"
    yield (
        f"{_number(account.exchanges, 'exchange')}; {calls}"
        + "".join(f", {percent(counts)} % of {name}" for name, counts in _totals(account) if percent(counts) is not None)
    )
    if watched.aside:
        are = "finding is" if watched.aside == 1 else "findings are"
        yield f"{watched.aside:,} {are} on operations that did not change, and do not count"
    if watched.deprecated:
        shown = _named(sorted(watched.deprecated, key=lambda label: (-watched.deprecated[label], label)))
        yield f"deprecated but used: {shown}"
    yield from _retried(account)
    yield from _vacuous(account)
    yield from _strange(account)
    yield from account.partial


def _strange(account: Account) -> Iterator[str]:
    for kind, count in sorted(account.strange.items()):
        yield f"{_number(count, 'connection' if kind in {'tls', 'http/2', 'malformed'} else 'request')} {_STRANGE[kind]}"


def _totals(account: Account) -> list[tuple[str, Mapping[str, Any]]]:
    totals = summary(account.watched.coverage, account.operations)["totals"]
    return [("parameters", totals["parameters"]), ("request fields", totals["request_fields"]),
            ("statuses", totals["statuses"])]  # fmt: skip


def _retried(account: Account) -> Iterator[str]:
    conduct = account.watched.conduct
    failed, again = conduct.failed.total(), conduct.again.total()
    if not failed:
        return
    told = f"tried again after {again:,} of {failed:,} failures"
    if conduct.waits:
        told += f", {min(conduct.waits):.2f} to {max(conduct.waits):.2f} s later"
    if conduct.honoured or conduct.ignored:
        told += f"; Retry-After honoured {conduct.honoured:,} of {conduct.honoured + conduct.ignored:,} times"
    if conduct.kept or conduct.changed:
        told += f"; idempotency key kept {conduct.kept:,} of {conduct.kept + conduct.changed:,} times"
    if conduct.missing:
        told += f"; {conduct.missing:,} without an idempotency key"
    if conduct.resembling:
        told += f"; {conduct.resembling:,} more may have been retries"
    yield told


def _vacuous(account: Account) -> Iterator[str]:
    found = account.vacuity
    if found is None:
        return
    if found.passing is None:
        yield (f"against {{}} the command ends with exit code {found.code}; which tests pass is not known: have it write a JUnit "
               "report, and name it with --junit")  # fmt: skip
        return
    share = 100 * len(found.passing) / found.judged if found.judged else 0.0
    those = f": {_named(found.passing)}" if found.passing else ""
    yield f"{len(found.passing):,} of {found.judged:,} tests ({share:.0f} %) pass against {{}} too{those}"


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


# For programs


def to_json(account: Account, *, command: Sequence[str], code: int, shown: Callable[[str], str]) -> dict[str, Any]:
    """The content of ``gate.json``; ``shown`` takes out of a text what must not be written."""
    watched, ended, new = account.watched, account.ended, violations(account.watched)
    return {
        "version": 1,
        "command": [shown(word) for word in command],
        "command_exit_code": ended.code,
        "command_ended": ended.why or "by itself",
        "seconds": round(ended.seconds, 3),
        "exit_code": code,
        "exchanges": account.exchanges,
        "violations": {blame: sum(one.blame == blame for one in new) for blame in BLAMES},
        "known": sum(one.known is not None for one in watched.findings.values()),
        "notes": sum(one.known is None and one.severity is Severity.NOTE for one in watched.findings.values()),
        "on_unchanged_operations": watched.aside,
        "clients": {shown(name): count for name, count in watched.agents.most_common(20)},
        "requests_with_a_test": watched.named,
        "findings": [_finding(account, one, shown) for one in new],
        "undocumented": [
            {"call": shown(call), "times": count, "nearest": watched.nearest.get(call, ("", ""))[0] or None,
             "slip": watched.nearest.get(call, ("", ""))[1] or None}
            for call, count in sorted(watched.other.items(), key=lambda pair: (-pair[1], pair[0]))
        ],
        "deprecated": dict(sorted(watched.deprecated.items())),
        "retries": watched.conduct.to_json(),
        "vacuity": _vacuity_json(account, shown),
        "response_fields_read": _read_json(account),
        "tags": _tags(account),
        "operations": {
            operation.label: {"requests": watched.requests[operation.label],
                              "statuses": dict(sorted(watched.statuses.get(operation.label, {}).items()))}
            for operation in account.operations
        },
        "not_passed_on": dict(sorted(account.strange.items())),
        "partial": list(account.partial),
    }  # fmt: skip


def _finding(account: Account, found: Finding, shown: Callable[[str], str]) -> dict[str, Any]:
    watched = account.watched
    tests = sorted(watched.tests.get(found.fingerprint, ()))
    return {"fingerprint": found.fingerprint, "id": found.id, "blame": found.blame, "whose": whose(found),
            "operation": found.operation,
            "message": found.message, "times": watched.times[found.fingerprint],
            "first_exchange": watched.orders.get(found.fingerprint), "tests": [shown(name) for name in tests]}  # fmt: skip


def _vacuity_json(account: Account, shown: Callable[[str], str]) -> dict[str, Any] | None:
    if account.vacuity is None:
        return None
    found = account.vacuity.to_json()
    passing = found["passing"]
    return {**found, "passing": [shown(name) for name in passing] if passing is not None else None}


def _read_json(account: Account) -> dict[str, Any]:
    """Whether somebody looks at the answers of an operation, where that can be known."""
    known = unread(account.watched.by_test, account.vacuity) if account.vacuity is not None else {}
    return {
        "never": sorted(label for label, is_unread in known.items() if is_unread),
        "read": sorted(label for label, is_unread in known.items() if not is_unread),
        "not_known": sum(label not in known for label in account.watched.requests),
    }


def _tags(account: Account) -> dict[str, Any]:
    counted = summary(account.watched.coverage, account.operations)
    found: dict[str, Any] = {}
    for tag, counts in counted["tags"].items():
        own = [operation for operation in account.operations if tag in (operation.tags or (UNTAGGED,))]
        found[tag] = {
            **{name: {"covered": counts[name]["covered"], "total": counts[name]["total"]} for name in _DIMENSIONS},
            "never_called": [operation.label for operation in own if operation.label not in account.watched.requests],
            "deprecated_used": [operation.label for operation in own if operation.label in account.watched.deprecated],
        }
    return found
