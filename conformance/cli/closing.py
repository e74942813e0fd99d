"""The last lines of a run: the verdict, what was found, what was covered, and where to read on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from conformance.model.record import Severity
from conformance.report.groups import Group, groups, shown, varied
from conformance.report.messages import standing
from conformance.report.plain import plain
from conformance.run.campaign import Campaign
from conformance.run.ledger import LEDGER
from conformance.suite.book import Book
from conformance.suite.host import Host

_SHOWN = 10
_NAMED = 3
_DIMENSIONS = (
    ("operations", "operations called"), ("success", "reached 2xx"), ("parameters", "parameters"), ("statuses", "statuses"),
    ("request_fields", "request fields"), ("response_fields", "response fields"),
)  # fmt: skip


def trouble(host: Host, code: int) -> Iterator[str]:
    """What a person must know who sees standard error alone: why a run that ended did not do what was asked."""
    book = host.book
    if host.problem:
        yield f"error: {host.problem}"
    yield from (f"error: {plain(text)}" for text in book.unreadable_files)
    yield from _still_there(host.campaign)
    reason = book.nothing_sent()
    if book.written is None and not host.problem and not book.accidents and code != 130:
        yield "error: there was nothing to do"
    elif reason and code != 130:
        yield f"error: nothing was sent: {plain(reason)}"


def closing(campaign: Campaign, book: Book, code: int) -> Iterator[str]:
    """The lines, without styling."""
    new = campaign.new_findings()
    known = [found for found in campaign.findings() if found.known is not None]
    notes = [found for found in campaign.findings() if found.known is None and found.severity is Severity.NOTE]
    defects = groups(new)
    causes = f"; {_number(len(defects), 'defect')}" if len(defects) < len(new) else ""
    yield f"{_verdict(code, len(new))} ({len(known):,} known, {_number(len(notes), 'note')}){causes}"
    for group in varied(defects)[:_SHOWN]:
        yield from _defect(group, book)
    if len(defects) > _SHOWN:
        rest = _number(len(defects) - _SHOWN, "more defect")
        yield f"  and {rest}; all of them are in {campaign.options.out / 'findings.json'}"
    yield ""
    for stage in campaign.options.stages:
        counts = Counter(case.outcome for case in book.cases if case.stage == stage)
        if counts:
            yield f"  {stage:<7} " + ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(counts.items()))
    yield from _errors(book)
    if campaign.requests and book.coverage is not None:
        totals = book.coverage["totals"]
        yield ""
        yield f"  {_number(campaign.requests, 'request')}; " + ", ".join(_share(totals[name], text) for name, text in _DIMENSIONS)
        count = shown(campaign.findings())
        if count:
            yield f"  they showed {_number(count, 'defect')}: {1000 * count / campaign.requests:,.1f} in 1,000 requests"
    yield from (f"  {text}" for text in book.below_floor())
    if campaign.held:
        yield f"  {_number(len(campaign.held), 'operation')} held back by the guard; `--plan` says which and why"
    yield from _left_out(campaign)
    yield from _cleaned(campaign)
    yield ""
    yield from _pages(campaign, book)


def _verdict(code: int, new: int) -> str:
    if code == 130:
        return f"interrupted; so far {_number(new, 'new finding')}"
    if new:
        return f"does not conform: {_number(new, 'new finding')}"
    words = {
        0: "conforms: no new findings",
        2: "no new findings, but the run did not do all that was asked",
        3: "no new findings, but coverage is below its floor",
    }
    return words.get(code, "no new findings, but not everything could be tested")


def _defect(group: Group, book: Book) -> Iterator[str]:
    """One defect with the operations that show it, and the name that ``conformance reproduce`` knows it by."""
    found, operations = group.example, group.operations
    flaky = "  (flaky)" if group.is_flaky else ""
    yield f"  {found.severity.value:<7} {found.id}  {plain(found.operation or 'document')}  {group.id}{flaky}"
    yield f"          {plain(book.redactor.text(found.message))}"
    yield f"          at {plain(standing(found))}"
    if len(operations) > 1:
        shown = ", ".join(operations[1 : 1 + _NAMED])
        more = f" and {len(operations) - 1 - _NAMED:,} more" if len(operations) - 1 > _NAMED else ""
        yield f"          and in {_number(len(operations) - 1, 'other operation')}: {plain(book.redactor.text(shown))}{more}"


def _errors(book: Book) -> Iterator[str]:
    errors = [case for case in book.cases if case.outcome == "error"]
    for case in errors[:3]:
        # Of a traceback the last line says what it was; the report has the rest.
        lines = [line for line in case.message.splitlines() if line.strip()] or [""]
        text = lines[-1] if case.stage == "internal" else lines[0]
        where = f"{case.operation} {case.phase}".strip()
        yield f"  {'internal error' if case.stage == 'internal' else 'error'} in {plain(where)}: {plain(text)}"
    if len(errors) > 3:
        yield f"  and {len(errors) - 3:,} more errors"


def _share(count: dict[str, Any], text: str) -> str:
    return f"{text} {count['covered']:,}/{count['total']:,}"


def _still_there(campaign: Campaign) -> Iterator[str]:
    """What the run, or one before it, created and did not delete."""
    cleaned, keeping = campaign.cleaned, campaign.keeping
    command = f"`conformance clean --out {campaign.options.out}`"
    if cleaned is not None and cleaned.again:
        yield f"error: {_number(len(cleaned.again), 'thing')} that the run created may still be there, and {command} tries again:"
        yield from (f"  {plain(str(one))}" for one in cleaned.again[:_NAMED])
    if keeping is not None and keeping.earlier:
        yield f"an earlier run left something at its target; {command} deletes it"


def _left_out(campaign: Campaign) -> Iterator[str]:
    recorded = [chain.recording for chain in campaign.chains()] if "replay" in campaign.options.stages else []
    count = sum(len(recording.skipped) for recording in recorded if recording is not None)
    if count:
        yield f"  {_number(count, 'recorded call')} cannot be replayed; `conformance recordings list` says which and why"


def _cleaned(campaign: Campaign) -> Iterator[str]:
    cleaned = campaign.cleaned
    if cleaned is None or not (cleaned.deleted or cleaned.left):
        return
    final = [one for one in cleaned.left if one.is_final]
    yield f"  {_number(cleaned.deleted, 'thing')} that the run created deleted again" + (", left behind:" if final else "")
    yield from (f"    {plain(str(one))}" for one in final[:_NAMED])
    if len(final) > _NAMED:
        yield f"    and {len(final) - _NAMED:,} more; {campaign.options.out / LEDGER} has all of them"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _pages(campaign: Campaign, book: Book) -> Iterator[str]:
    out = campaign.options.out
    yield "  Read on:"
    rows = [("allure-report/index.html", "every result, by tag"), ("coverage.html", "what was covered and missed"),
            ("findings.json", "the findings, for programs"), ("summary.md", "the run on one page")]  # fmt: skip
    made = book.page is not None and book.page.page is not None
    for name, text in rows if made else rows[1:]:
        if (out / name).exists():
            yield f"    {out / name}  {text}"
    if book.page is not None and not made:
        yield f"  {book.page.reason}"
