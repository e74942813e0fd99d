"""The last lines of a run: the verdict, what was found, what was covered, and where to read on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from conformance.model.record import Finding, Severity
from conformance.run.campaign import Campaign
from conformance.suite.book import Book

_SHOWN = 10
_DIMENSIONS = (("operations", "operations called"), ("success", "reached 2xx"), ("parameters", "parameters"), ("statuses", "statuses"),
               ("request_fields", "request fields"), ("response_fields", "response fields"))  # fmt: skip


def closing(campaign: Campaign, book: Book, code: int) -> Iterator[str]:
    """The lines, without styling."""
    new = campaign.new_findings()
    known = [found for found in campaign.findings() if found.known is not None]
    notes = [found for found in campaign.findings() if found.known is None and found.severity is Severity.NOTE]
    yield f"{_verdict(code, len(new))} ({len(known)} known, {len(notes)} notes)"
    for found in new[:_SHOWN]:
        yield from _finding(found, book)
    if len(new) > _SHOWN:
        yield f"  and {len(new) - _SHOWN} more; all of them are in {campaign.options.out / 'findings.json'}"
    yield ""
    for stage in campaign.options.stages:
        counts = Counter(case.outcome for case in book.cases if case.stage == stage)
        if counts:
            yield f"  {stage:<7} " + ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
    for text in book.accidents[:3]:
        yield f"  internal error in {text}"
    errors = [case for case in book.cases if case.outcome == "error" and case.stage != "internal"]
    for case in errors[:3]:
        yield f"  error in {case.operation} {case.phase}: {case.message.splitlines()[0] if case.message else ''}"
    if campaign.requests and book.coverage is not None:
        yield ""
        yield f"  {campaign.requests:,} requests; " + ", ".join(
            _share(book.coverage["totals"][name], text) for name, text in _DIMENSIONS
        )
    yield ""
    yield from _pages(campaign, book)


def _verdict(code: int, new: int) -> str:
    if code == 130:
        return f"interrupted; so far {new} new findings"
    if new:
        return f"does not conform: {new} new finding{'s' if new != 1 else ''}"
    return {0: "conforms: no new findings", 2: "nothing was sent"}.get(code, "the run had errors")


def _finding(found: Finding, book: Book) -> Iterator[str]:
    where = found.operation or "document"
    place = f"{found.pointer}{f' (line {found.line})' if found.line else ''}"
    yield f"  {found.severity.value:<7} {found.id}  {where}"
    yield f"          {book.redactor.text(found.message)[:300]}"
    yield f"          at {place}"


def _share(count: dict[str, Any], text: str) -> str:
    return f"{text} {count['covered']}/{count['total']}"


def _pages(campaign: Campaign, book: Book) -> Iterator[str]:
    out = campaign.options.out
    if book.page is not None:
        yield f"  {book.page.page}" if book.page.page is not None else f"  {book.page.reason}"
    for name in ("coverage.html", "findings.json", "summary.md"):
        if (out / name).exists():
            yield f"  {out / name}"
