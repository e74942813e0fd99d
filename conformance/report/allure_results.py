"""Coverage inside the Allure report: one result for each tag under its epic, and the page for the whole run.

Ids are made from the tag, so writing twice replaces and never adds. The files follow the Allure 2 result
format, as ``allure_commons`` writes it; its logger draws a new file name each time, so it is not used here.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from conformance.coverage.dimensions import DIMENSIONS, TITLES
from conformance.coverage.summary import percent
from conformance.report.files import write_json, write_text

FEATURE = "Coverage"
_SPACE = uuid.UUID("6f1b3c0e-6a0e-5d5c-9d0a-1c8f3f0b7a55")


def write_tag_results(folder: Path, coverage: Mapping[str, Any], *, at: float) -> list[Path]:
    """Write one result for each tag of ``coverage.json``; returns the files.

    Args:
        folder: the ``allure-results`` folder.
        coverage: what ``coverage.summary.summary`` gives.
        at: seconds since 1970 that the results are dated at.

    Raises:
        OutputError: when a file cannot be written.
    """
    members: dict[str, list[str]] = {}
    for label, tags in coverage["operation_tags"].items():
        for tag in tags:
            members.setdefault(tag, []).append(label)
    written = []
    for tag, counts in coverage["tags"].items():
        key = _key("tag", tag)
        page = write_text(folder / f"{key}-attachment.md", _missed(tag, members.get(tag, []), coverage["operations"]))
        result = _result(tag, key, counts, at)
        result["attachments"] = [{"name": "What was covered and missed", "source": page.name, "type": "text/markdown"}]
        written.append(write_json(folder / f"{key}-result.json", result))
    return written


def write_global_pages(folder: Path, pages: Mapping[str, str]) -> Path:
    """Attach HTML pages, by name, to the report as a whole (Allure 3 shows them under "Global Attachments").

    Raises:
        OutputError: when a file cannot be written.
    """
    attachments = []
    for name, text in pages.items():
        source = write_text(folder / f"{_key('page', name)}-attachment.html", text).name
        attachments.append({"name": name, "source": source, "type": "text/html"})
    return write_json(folder / f"{_key('pages', '')}-globals.json", {"attachments": attachments, "errors": []})


def _result(tag: str, key: str, counts: Mapping[str, Any], at: float) -> dict[str, Any]:
    # Counted as one test through all runs, so that Allure can show its history.
    digest = hashlib.md5(f"coverage\x1f{tag}".encode(), usedforsecurity=False).hexdigest()
    moment = int(at * 1000)
    return {
        "uuid": key,
        "historyId": digest,
        "testCaseId": digest,
        "fullName": f"coverage: {tag}",
        "name": f"Coverage of {tag}: {_headline(counts)}",
        "status": "passed",
        "stage": "finished",
        "start": moment,
        "stop": moment,
        "descriptionHtml": _table(counts),
        "labels": [
            {"name": "epic", "value": tag},
            {"name": "feature", "value": FEATURE},
            {"name": "story", "value": "All stages"},
            {"name": "severity", "value": "trivial"},
            {"name": "framework", "value": "telnyx-conformance"},
        ],
    }


def _key(kind: str, name: str) -> str:
    return str(uuid.uuid5(_SPACE, f"{kind}\x1f{name}"))


def _headline(counts: Mapping[str, Any]) -> str:
    called, reached = counts["operations"], counts["success"]
    return f"{called['covered']} of {called['total']} operations called, {reached['covered']} reached 2xx"


def _table(counts: Mapping[str, Any]) -> str:
    sources = list(counts["operations"]["sources"])
    heads = "".join(f"<th>{escape(head)}</th>" for head in ("Dimension", "Covered", "Of", "Share", *sources))
    rows = []
    for name in DIMENSIONS:
        count = counts[name]
        found = percent(count)
        numbers = (str(count["covered"]), str(count["total"]), "-" if found is None else f"{found} %")
        cells = [TITLES[name], *numbers, *(str(count["sources"].get(source, 0)) for source in sources)]
        rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _missed(tag: str, labels: list[str], operations: Mapping[str, Any]) -> str:
    lines = [f"# Coverage of {tag}", ""]
    for label in labels:
        lines += [f"## `{label}`", ""]
        for name in DIMENSIONS:
            count = operations[label][name]
            if count["total"]:
                missed = ", ".join(f"`{key}`" for key in count["missed"][:40])
                more = f" and {len(count['missed']) - 40} more" if len(count["missed"]) > 40 else ""
                lines.append(f"- {TITLES[name]}: {count['covered']} of {count['total']}{missed and f'; missed {missed}{more}'}")
        lines.append("")
    return "\n".join(lines)
