"""What a project settles for the linter: rules that are not asked, and severities of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from conformance.lint.rule import Rule
from conformance.lint.subject import texts_of
from conformance.model.record import Finding, Severity
from conformance.spec.pointer import split

IGNORE = "x-conformance-ignore"
"""Beside a defect or above it: ``true``, an id or area, a list of them, or an object from them to the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``off`` are ids and areas that are not asked, ``severity`` the severity of ids and areas; an id goes before its area."""

    off: frozenset[str] = frozenset()
    severity: Mapping[str, Severity] | None = None

    def chosen(self, rules: Iterable[Rule]) -> tuple[Rule, ...]:
        """The rules that are asked, with the severities that were settled."""
        own = self.severity or {}
        return tuple(
            replace(rule, severity=own.get(rule.id, own.get(rule.area, rule.severity)))
            for rule in rules
            if rule.id not in self.off and rule.area not in self.off
        )


def is_ignored(raw: Any, finding: Finding, area: str) -> bool:
    """Whether the document itself says, at the place of a finding or above, that it is meant."""
    value = raw
    for token in (None, *split(finding.pointer)):
        if token is not None:
            value = _inside(value, token)
        if isinstance(value, dict) and IGNORE in value and _means(value[IGNORE], finding.id, area):
            return True
    return False


def _inside(value: Any, token: str) -> Any:
    if isinstance(value, dict):
        return value.get(token)
    return value[int(token)] if isinstance(value, list) and token.isdecimal() and int(token) < len(value) else None


def _means(said: Any, id_: str, area: str) -> bool:
    if said is True:
        return True
    names = [said] if isinstance(said, str) else list(said) if isinstance(said, dict) else texts_of(said)
    return id_ in names or area in names
