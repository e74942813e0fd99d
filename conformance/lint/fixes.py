"""What is wrong and can be mended without thinking, as an OpenAPI Overlay: the document and its formatting stay as they are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from conformance.lint.nearness import nearest
from conformance.lint.rules.patterns import FORMATS
from conformance.model.record import Finding
from conformance.spec.document import Document
from conformance.spec.places import FILES
from conformance.spec.pointer import follow, split

Action = dict[str, Any]


def overlay(document: Document, findings: Iterable[Finding]) -> dict[str, Any]:
    """An Overlay 1.0.0 that mends every finding that is mechanical, in an order in which each target is still there.

    Findings in other files, and those whose mending needs a decision, are left out.
    """
    actions: list[tuple[Finding, Action]] = []
    for finding in findings:
        made = _MENDED.get(finding.id)
        if made is not None and not finding.pointer.startswith(f"/{FILES}/"):
            actions += [(finding, action) for action in made(document, finding)]
    # Later items of a list go first, so that those before them keep their numbers.
    ordered = sorted(
        actions, key=lambda row: [(-int(token) if token.isdecimal() else 0, token) for token in split(row[0].pointer)]
    )
    return {
        "overlay": "1.0.0",
        "info": {"title": f"What lint can mend in {document.title or 'the document'}", "version": "1.0.0"},
        "actions": [{"description": f"{finding.id}: {finding.message}", **action} for finding, action in ordered],
    }


def path(raw: Any, pointer: str) -> str:
    """The JSONPath (RFC 9535) of what a pointer leads to in a document."""
    found, value = "$", raw
    for token in split(pointer):
        if isinstance(value, list):
            found, value = f"{found}[{token}]", value[int(token)]
        else:
            found, value = (
                f"{found}[{json.dumps(token, ensure_ascii=False)}]",
                value.get(token) if isinstance(value, dict) else None,
            )
    return found


def _removed(document: Document, finding: Finding) -> list[Action]:
    return [{"target": path(document.raw, finding.pointer), "remove": True}]


def _required(document: Document, finding: Finding) -> list[Action]:
    return [{"target": path(document.raw, finding.pointer), "update": {"required": True}}]


def _declared(_document: Document, finding: Finding) -> list[Action]:
    return [{"target": "$", "update": {"tags": [{"name": finding.detail}]}}]


def _null_typed(document: Document, finding: Finding) -> list[Action]:
    owner = finding.pointer.rpartition("/")[0]
    declared = follow(document.raw, owner).get("type")
    if not isinstance(declared, str):
        return []
    removed = [{"target": path(document.raw, f"{owner}/{name}"), "remove": True} for name in ("nullable", "type")]
    return [*removed, {"target": path(document.raw, owner), "update": {"type": [declared, "null"]}}]


def _respelt(document: Document, finding: Finding) -> list[Action]:
    owner = finding.pointer.rpartition("/")[0]
    meant = nearest(follow(document.raw, finding.pointer), FORMATS)
    return [{"target": path(document.raw, owner), "update": {"format": meant}}] if meant is not None else []


_MENDED: dict[str, Callable[[Document, Finding], list[Action]]] = {
    "allow-reserved-without-effect": _removed, "branch-duplicate": _removed, "encoding-member-ignored": _removed,
    "encoding-without-effect": _removed, "enum-value-duplicate": _removed, "format-misspelt": _respelt,
    "keyword-overshadowed": _removed, "keyword-without-effect": _removed, "nullable-without-effect": _null_typed,
    "path-parameter-optional": _required, "reference-siblings-ignored": _removed, "reference-words-ignored": _removed,
    "required-repeated": _removed, "security-requirement-duplicate": _removed, "security-scope-repeated": _removed,
    "server-duplicate": _removed, "server-variable-unused": _removed, "tag-duplicate": _removed, "tag-repeated": _removed,
    "tag-undeclared": _declared, "tag-unused": _removed, "xml-without-effect": _removed,
}  # fmt: skip
FIXABLE = frozenset(_MENDED)
"""The ids of rules whose findings can be mended so."""
