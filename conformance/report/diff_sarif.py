"""Changes between two documents as SARIF 2.1.0 (OASIS, 2020): one result a cause, at its place in the new document."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from conformance.diff.change import Change, Level
from conformance.diff.table import kind
from conformance.report.diff_text import causes, place
from conformance.spec.document import Document

_LEVELS = {Level.BREAKING: "error", Level.WARNING: "warning", Level.INFO: "note"}
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_sarif(changes: Sequence[Change], old: Document, new: Document) -> str:
    """One run. What is gone is shown where it stood, as the related place of the nearest that is left."""
    rules = sorted({change.id for change in changes})
    results = [_result(change, operations, rules, old, new) for change, operations in causes(changes)]
    driver = {"name": "conformance", "version": version("telnyx-conformance"), "rules": [_rule(name) for name in rules]}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1)


def _rule(name: str) -> dict[str, Any]:
    row = kind(name)
    return {
        "id": name,
        "shortDescription": {"text": row.summary},
        "fullDescription": {"text": f"{row.summary}. {row.why}"},
        "properties": {"tags": [row.area]},
    }


def _result(change: Change, operations: Sequence[str], rules: Sequence[str], old: Document, new: Document) -> dict[str, Any]:
    return {
        "ruleId": change.id,
        "ruleIndex": rules.index(change.id),
        "level": _LEVELS[change.level],
        "message": {"text": change.message},
        "locations": [_location(new, change.new_pointer)],
        "relatedLocations": [{**_location(old, change.old_pointer), "id": 1, "message": {"text": "before"}}],
        "properties": {"sdk": change.sdk.value, "operations": list(operations)},
    }


def _location(document: Document, pointer: str) -> dict[str, Any]:
    line, column = document.source.locate(pointer)
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": _address(document.source.file(pointer))},
            "region": {"startLine": line, "startColumn": column},
        },
        "logicalLocations": [{"fullyQualifiedName": place(pointer), "kind": "object"}],
    }


def _address(file: str) -> str:
    if "://" in file:
        return file
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
