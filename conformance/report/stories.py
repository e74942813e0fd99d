"""What the stories of a run looked at, check by check, and why they left out the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any


def stories_json(stories: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The ``stories`` of ``coverage.json``: by operation, the checks that were looked at, and by check why one was skipped.

    Args:
        stories: by operation and check, why it was left out; empty when it was not.
    """
    return {
        label: {
            "looked_at": sorted(check for check, reason in checks.items() if not reason),
            "skipped": {check: reason for check, reason in sorted(checks.items()) if reason},
        }
        for label, checks in sorted(stories.items())
    }


def by_check(stories: Mapping[str, Any]) -> list[tuple[str, int, int, str]]:
    """Rows of a table: a check, at how many operations it was looked at, at how many skipped, and mostly why.

    Args:
        stories: what ``stories_json`` gives.
    """
    seen: Counter[str] = Counter()
    skipped: dict[str, Counter[str]] = {}
    for told in stories.values():
        seen.update(told["looked_at"])
        for check, reason in told["skipped"].items():
            skipped.setdefault(check, Counter())[reason] += 1
    rows = []
    for check in sorted({*seen, *skipped}):
        reasons = skipped.get(check, Counter())
        rows.append((check, seen[check], reasons.total(), reasons.most_common(1)[0][0] if reasons else ""))
    return rows


def told_of(checks: Mapping[str, str]) -> str:
    """What the stories looked at and left out of one operation, as text."""
    seen = ", ".join(sorted(check for check, reason in checks.items() if not reason)) or "nothing"
    lines = [f"skipped {check}: {reason}" for check, reason in sorted(checks.items()) if reason]
    return "\n\n".join((f"looked at: {seen}", *lines))
