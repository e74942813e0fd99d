"""The kill matrix beside ``st run``: the same faults at the same operations, with the same seed and the same budget.

    python benchmarks/detection.py [--operations N] [--seed N]... [--fault NAME]... [--max-requests N] [--way NAME]...
                                   [--peer-max-requests N] [--workers N] [--spec F] [--json F]

Prints Markdown: a row a fault, and the scores by family and in all. ``conformance prove`` fills our side. ``st run`` finds a
fault when it reports a failure, which is a check at an operation, that it does not report for the same operations on
the sandbox without faults. What each reports there is printed as well.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from detection_peer import WAYS, Reported, Rivalry, Tried, rivalry
from detection_table import Alarm, Outcome, Report, page

from conformance import shipped
from conformance.run import execute
from conformance.run.credentials import credential_headers, only_headers
from conformance.run.plan import Unit
from conformance.run.prove import Cell, Matrix, cells, prove
from conformance.run.setting import OTHER_TOKEN, SANDBOX_TOKEN, Setting, settle
from conformance.sandbox.faults.misconduct import parse
from conformance.sandbox.faults.table import BY_ID, FAULTS
from conformance.spec.document import Document
from conformance.spec.vendor import write

OURS = "conformance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A column of the other tool: a way to call it, and how many requests count."""

    way: str
    requests: int
    name: str


def tools(ways: Sequence[str], budgets: Sequence[int]) -> tuple[Tool, ...]:
    """A column for each way and budget; the names say what differs from the command as it comes at our budget."""
    return tuple(
        Tool(way=way, requests=budget,
             name=" ".join(("st run", *([way] if way != "default" else []), *([f"({budget:,} requests)"] if index else []))))
        for way in ways
        for index, budget in enumerate(dict.fromkeys(budgets))
    )  # fmt: skip


def report(matrix: Matrix, rivals: Sequence[Rivalry], columns: Sequence[Tool]) -> Report:
    """Both sides, cell by cell."""
    places = {_place(score.cell): {OURS: score.checks} for score in matrix.scores}
    alarms = [
        Alarm(tool=OURS, check=words.split()[2], operation=words.split(": ")[1].partition(" ")[2]) for words in matrix.alarms
    ]
    requests = {OURS: matrix.requests}
    ends: dict[str, dict[str, int]] = {}
    doubtful: dict[str, tuple[str, ...]] = {}
    evidence: dict[tuple[str, str, int], dict[str, tuple[str, ...]]] = {place: {} for place in places}
    for column in columns:
        mine = [rival for rival in rivals if rival.way == column.way]
        runs = [run for rival in mine for run in (rival.clean, *(tried for _, tried in rival.cells))]
        pool = {said.key for rival in mine for said in rival.clean.reported}
        alarms += [
            Alarm(tool=column.name, check=said.check, operation=said.operation)
            for rival in mine
            for said in within(rival.clean, column.requests)
        ]
        for cell, fresh in (
            (cell, news(tried, rival.clean, cell.label, column.requests)) for rival in mine for cell, tried in rival.cells
        ):
            places[_place(cell)][column.name] = tuple(dict.fromkeys(said.check for said in fresh))
            evidence[_place(cell)][column.name] = tuple(map(_words, fresh))
            if fresh and all(said.key in pool for said in fresh):
                doubtful[column.name] = (*doubtful.get(column.name, ()), cell.fault)
        requests[column.name] = sum(min(run.requests, column.requests) for run in runs)
        if column.requests == max(other.requests for other in columns):
            ends[column.name] = dict(Counter(run.cut_in or "by themselves" for run in runs))
    outcomes = tuple(
        Outcome(fault=fault, family=BY_ID[fault].family.value, operation=operation, seed=seed, found=found,
                evidence=evidence[fault, operation, seed])
        for (fault, operation, seed), found in sorted(places.items())
    )  # fmt: skip
    names = (OURS, *(column.name for column in columns))
    return Report(tools=names, outcomes=outcomes, alarms=tuple(alarms), requests=requests, ends=ends, doubtful=doubtful)


def _place(cell: Cell) -> tuple[str, str, int]:
    return cell.fault, cell.label, cell.unit.seed


def within(tried: Tried, budget: int) -> tuple[Reported, ...]:
    """The failures that requests within the budget showed."""
    return tuple(reported for reported in tried.reported if reported.request <= budget)


def news(tried: Tried, clean: Tried, label: str, budget: int) -> tuple[Reported, ...]:
    """The failures that it does not report on the clean sandbox, those at the fault's own operation first."""
    known = {reported.key for reported in within(clean, budget)}
    fresh = [reported for reported in within(tried, budget) if reported.key not in known]
    return tuple(sorted(fresh, key=lambda reported: (reported.operation != label, reported.request)))


def _words(reported: Reported) -> str:
    return f"{reported.check} {reported.operation}: {reported.title} (request {reported.request})"


def rivals(chosen: Sequence[Cell], ways: Sequence[str], setting: Setting, pool: Executor, budget: int) -> list[Rivalry]:
    """The other tool on every unit, in every way."""
    units: dict[Unit, list[Cell]] = {}
    for cell in chosen:
        units.setdefault(cell.unit, []).append(cell)
    futures = [pool.submit(rivalry, WAYS[way], unit, group, setting, budget) for unit, group in units.items() for way in ways]
    found = []
    for future in as_completed(futures):
        found.append(future.result())
        _told("st run: units", len(found), len(futures))
    return found


def _told(what: str, done: int, every: int) -> None:
    if done % 10 == 0 or done == every:
        print(f"{what}: {done}/{every}", file=sys.stderr, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--spec", default=str(shipped.document()), help="the document; the shipped one by default")
    parser.add_argument("--operations", type=int, default=1, help="operations that each fault is planted at")
    parser.add_argument("--seed", type=int, action="append", default=[], help="repeatable; 1 by default")
    parser.add_argument("--fault", action="append", default=[], help="only these; * and ? allowed; repeatable")
    parser.add_argument("--max-requests", type=int, default=300, help="the budget of one fault at one operation")
    parser.add_argument("--peer-max-requests", type=int, default=0, help="a larger budget for st run, in a column of its own")
    parser.add_argument("--way", choices=WAYS, action="append", default=[], help="how st run is called; default by default")
    parser.add_argument("--workers", default="auto", help="processes")
    parser.add_argument("--json", type=Path, help="write everything here too")
    arguments = parser.parse_args()
    spec = str(Path(arguments.spec).resolve())
    document = Document.load(spec)
    wanted = {planted.fault.id for name in arguments.fault or ["*"] for planted in parse(name)}
    chosen = [
        cell
        for seed in arguments.seed or [1]
        for cell in cells(document, faults=[fault for fault in FAULTS if fault.id in wanted], operations=arguments.operations,
                          max_requests=arguments.max_requests, seed=seed)
    ]  # fmt: skip
    others = credential_headers(document, OTHER_TOKEN) if only_headers(document) else ()
    setting = Setting(spec=spec, headers=credential_headers(document, SANDBOX_TOKEN), other_user=others)
    settle(setting, document)
    ways = list(dict.fromkeys(arguments.way)) or ["default"]
    budgets = (arguments.max_requests, max(arguments.max_requests, arguments.peer_max_requests))
    ready = partial(settle, replace(setting, headers=(), other_user=()), document)
    workers = min(execute.worker_count(arguments.workers), len(chosen))
    # In processes of its own, and first where there is but one: ours settles the engine that both use to its own liking.
    with execute.executor(workers, ready=ready) as pool:
        other = rivals(chosen, ways, setting, pool, budgets[-1])
    with execute.executor(workers, ready=ready) as pool:
        matrix = prove(chosen, setting, pool, told=partial(_told, "conformance: cells"))
    full = report(matrix, other, tools(ways, budgets))
    print(page(full))
    if arguments.json is not None:
        write(arguments.json, json.dumps(asdict(full), indent=1) + "\n")


if __name__ == "__main__":
    main()
