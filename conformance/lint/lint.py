"""Every rule over one document: findings in order, each with its place, its operation and its tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from conformance.lint.reach import Reach
from conformance.lint.rule import Defect, Rule
from conformance.lint.settings import IGNORE, is_ignored
from conformance.lint.subject import Subject, dict_of, texts_of
from conformance.lint.table import RULES
from conformance.model.operation import METHODS, Operation
from conformance.model.record import Finding, Severity
from conformance.spec.document import Document
from conformance.spec.pointer import follow, join, split

_STRUCTURE = "structure-invalid"


def lint(document: Document, *, rules: Iterable[Rule] = RULES) -> tuple[Finding, ...]:
    """What is wrong with a document, sorted by pointer and then id.

    One defect is reported once: where a rule explains what the schema of the specification complains of, the
    rule's words are kept. What ``x-conformance-ignore`` at its place or above names is left out.
    """
    subject = Subject(document)
    found = [(rule, defect) for rule in rules for defect in _distinct(rule.function(subject))]
    explained = {place for rule, defect in found if rule.id != _STRUCTURE for place in _explained(rule, defect)}
    kept = [(rule, defect) for rule, defect in found if rule.id != _STRUCTURE or defect.pointer not in explained]
    owners = _Owners(subject)
    placed = [(rule, _finding(rule, defect, document, owners)) for rule, defect in kept]
    ignores = IGNORE in document.source.text or any(IGNORE in source.text for _, source in document.source.files)
    findings = [finding for rule, finding in placed if not (ignores and is_ignored(document.raw, finding, rule.area))]
    return tuple(sorted(findings, key=lambda finding: (split(finding.pointer), finding.id, finding.detail)))


def _distinct(defects: Iterable[Defect]) -> Iterable[Defect]:
    """One defect for each place and detail: what two paths share is defective once."""
    first: dict[tuple[str, str], Defect] = {}
    for defect in defects:
        first.setdefault((defect.pointer, defect.detail), defect)
    return first.values()


def _explained(rule: Rule, defect: Defect) -> Iterator[str]:
    usual = ("",) if rule.severity is Severity.ERROR else ()
    for suffix in usual if rule.explains is None else rule.explains:
        yield defect.pointer.rpartition("/")[0] if suffix == "/.." else defect.pointer + suffix


def _finding(rule: Rule, defect: Defect, document: Document, owners: _Owners) -> Finding:
    operation, tags = owners.of(defect.pointer)
    line, column = document.source.locate(defect.pointer)
    return Finding(
        id=rule.id,
        severity=rule.severity,
        stage="lint",
        message=defect.message,
        pointer=defect.pointer,
        detail=defect.detail,
        operation=operation.label if operation else None,
        operation_id=operation.operation_id if operation else None,
        tags=tags,
        line=line,
        column=column,
        fix=rule.fix,
        why=rule.why,
    )


class _Owners:
    """The operation that a place belongs to, and the tags of all that reach it."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._reach = Reach(subject)
        self._by_pointer: dict[str, Operation] = {}
        for operation in subject.document.operations:
            self._by_pointer.setdefault(operation.pointer, operation)

    def of(self, pointer: str) -> tuple[Operation | None, tuple[str, ...]]:
        """The operation, when the place is in one, and the tags."""
        tokens = split(pointer)
        for length in range(3, len(tokens) + 1):
            if tokens[length - 1] in METHODS:
                operation = self._by_pointer.get(join("", *tokens[:length]))
                if operation is not None:
                    return operation, operation.tags
        if tokens[:1] == ("webhooks",) and len(tokens) > 2:
            try:
                webhook = dict_of(follow(self._subject.raw, join("", *tokens[:3])))
            except LookupError:
                webhook = {}
            return None, tuple(texts_of(webhook.get("tags")))
        return None, tuple(dict.fromkeys(tag for operation in self._reach.operations(pointer) for tag in operation.tags))
