"""``conformance run --plan``: what a run would send, counted without sending anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import click

from conformance.report.plain import plain
from conformance.run.campaign import Campaign

_WIDEST = 70


@dataclass(slots=True)
class _Row:
    fuzz: int = 0
    others: int = 0
    replay: int = 0
    held: int = 0
    reasons: dict[str, None] = field(default_factory=dict)


def plan(campaign: Campaign) -> Iterator[str]:
    """The lines of the plan: a table by operation, and the sums. A sandbox made from the document answers for the target."""
    options = campaign.options
    campaign.rehearse()
    count = len(campaign.operations)
    click.echo(f"rehearsing {count:,} operations with a sandbox in place of the target; nothing is sent", err=True)
    rows = {operation.label: _Row() for operation in campaign.operations}
    if "fuzz" in options.stages:
        _fuzz(campaign, rows)
    if "replay" in options.stages:
        _replay(campaign, rows)
    campaign.close()
    yield from _table(campaign, rows)


def _fuzz(campaign: Campaign, rows: dict[str, _Row]) -> None:
    campaign.plan_fuzz(dict.fromkeys(campaign.labels, campaign.options.phases))
    for label, reason in campaign.held.items():
        rows[label].reasons[reason] = None
    for label in campaign.labels:
        for phase in campaign.options.phases:
            tally, _ = campaign.fuzz(label, phase)
            row = rows[label]
            row.fuzz += tally.requests - tally.others
            row.others += tally.others
            row.held += tally.held
            if tally.why_held:
                row.reasons[tally.why_held] = None


def _replay(campaign: Campaign, rows: dict[str, _Row]) -> None:
    for chain in campaign.chains():
        result = campaign.replay(chain.name)
        for entry in result.entries.values():
            row = rows.setdefault(entry.label, _Row())
            answer = entry.exchange.response if entry.exchange is not None else None
            reason = getattr(answer, "reason", "")
            if reason:
                row.held += 1
                row.reasons[reason] = None
            elif answer is not None:
                row.replay += 1


def _table(campaign: Campaign, rows: dict[str, _Row]) -> Iterator[str]:
    width = min(_WIDEST, max([len("operation"), *map(len, rows)]))
    yield f"{'operation':<{width}}  {'fuzz':>6}  {'methods':>7}  {'replay':>6}  {'held back':>9}  why"
    for label, row in rows.items():
        held = "all" if label in campaign.held else f"{row.held:,}" if row.held else ""
        why = "; ".join(reason.removeprefix("held back by the guard: ") for reason in row.reasons)
        yield f"{plain(label):<{width}}  {row.fuzz:>6,}  {row.others:>7,}  {row.replay:>6,}  {held:>9}  {plain(why)}".rstrip()
    fuzz, replay = sum(row.fuzz + row.others for row in rows.values()), sum(row.replay for row in rows.values())
    silent = sum(not (row.fuzz or row.replay) for row in rows.values())
    target = campaign.options.base_url or "the embedded sandbox"
    yield ""
    yield f"{fuzz + replay:,} requests to {target}: {fuzz:,} generated, {replay:,} recorded; one or two more see that it is there"
    yield f"{len(rows) - silent:,} operations are called, {len(campaign.held):,} are held back as a whole"
    yield "methods: requests for the operation's path with a safe method that the document may not have there"
    yield "what a live target answers decides over some of the requests, so their number may differ"
