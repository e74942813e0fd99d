"""A second kill matrix: faults of another hand, injected by a proxy before the sandbox, and how many of them the suite finds.

    python benchmarks/second_set.py [--spec F] [--operations N] [--max-requests N] [--seed N] [--fault GLOB] [--json FILE]
    python benchmarks/second_set.py --witness [--fault GLOB]
    python benchmarks/second_set.py --conforming

The faults, in ``second_faults_*.py``, were written from the document, the RFCs and what APIs do wrong, not from the checks
of the suite, so they tell whether its oracles stand for promises or only for the sandbox's own table of faults. A cell is one
fault at one operation: its family is fuzzed with a fixed budget through the proxy. It is found when something is found that is
not found through the proxy without fault.

``--witness`` proves that a fault can be seen at all: a scripted client, which knows nothing of the suite, shows it at
operations of different resources. ``--conforming`` counts false alarms: services that behave otherwise and keep every promise.
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from functools import cache, partial
from pathlib import Path

import second_conforming
import second_faults_answers
import second_faults_http
import second_faults_input
import second_faults_lists
import second_faults_memory
import second_faults_places
import second_faults_refused
import second_faults_remembered
import second_faults_state
import second_faults_users
import second_faults_writes
import second_witness
from second_site import Fault, Proxy, Site, sites

from conformance import shipped
from conformance.model.record import Finding, Severity
from conformance.run import execute
from conformance.run.credentials import credential_headers, only_headers
from conformance.run.fuzz import fuzz
from conformance.run.prove import Cell, cells_at
from conformance.run.setting import OTHER_TOKEN, SANDBOX_TOKEN, Setting, opened, responder, settle
from conformance.spec.document import Document

FAULTS: tuple[Fault, ...] = (
    *second_faults_answers.ROWS, *second_faults_input.ROWS, *second_faults_refused.ROWS, *second_faults_writes.ROWS,
    *second_faults_state.ROWS, *second_faults_memory.ROWS, *second_faults_remembered.ROWS,
    *second_faults_lists.ROWS, *second_faults_http.ROWS,
    *second_faults_users.ROWS, *second_faults_places.ROWS,
)  # fmt: skip
"""The second set."""

_BY_ID = {fault.id: fault for fault in (*FAULTS, *second_conforming.ROWS)}
CLEAN = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """What the fuzzing of a cell found: fingerprint, check and words of each, those of its own operation first.

    ``notes`` are the fingerprints of those that accuse nobody.
    """

    cell: Cell
    found: tuple[tuple[str, str, str], ...]
    requests: int
    notes: frozenset[str] = frozenset()
    trouble: str = ""


@cache
def _sites(source: str) -> dict[str, Site]:
    return sites(opened(Setting(spec=source)).document)


def shoot(cell: Cell, setting: Setting) -> Shot:
    """Fuzz one cell through the proxy."""
    here = replace(setting, seed=cell.unit.seed)
    site = _sites(setting.spec)[cell.label]
    proxy = Proxy(responder(here, opened(here).document), site, _BY_ID.get(cell.fault))
    try:
        result = fuzz(cell.unit, here, through=proxy)
    except Exception:
        return Shot(cell=cell, found=(), requests=0, trouble=traceback.format_exc(limit=-3))
    notes = frozenset(found.fingerprint for found in result.findings.values() if found.severity is Severity.NOTE)
    findings = sorted(result.findings.values(), key=lambda found: (found.operation != cell.label, found.severity.rank, found.id))
    return Shot(cell=cell, found=tuple(map(_words, findings)), requests=result.requests, notes=notes)


def _words(found: Finding) -> tuple[str, str, str]:
    return found.fingerprint, found.id, f"{found.operation}: {found.message}"


def matrix(chosen: Sequence[Cell], setting: Setting, document: Document, workers: int) -> list[Shot]:
    """Every cell, and the clean one of each of their units."""
    clean = {cell.unit: Cell(fault=CLEAN, label=cell.label, unit=cell.unit) for cell in chosen}
    every = (*clean.values(), *chosen)
    shots = []
    ready = partial(settle, replace(setting, headers=(), other_user=()), document)
    with execute.executor(min(workers, len(every)), ready=ready) as pool:
        futures = [pool.submit(shoot, cell, setting) for cell in every]
        for count, future in enumerate(as_completed(futures), 1):
            shots.append(future.result())
            if count % 50 == 0 or count == len(every):
                print(f"{count}/{len(every)} cells", file=sys.stderr)
    return shots


def news(shots: Iterable[Shot], *, is_alarm: bool) -> Iterator[tuple[Shot, tuple[tuple[str, str], ...]]]:
    """The shots with a fault, each with the checks and words of what the clean proxy did not show; a note is no alarm."""
    shots = list(shots)
    known = {shot.cell.unit: {print_ for print_, _, _ in shot.found} for shot in shots if shot.cell.fault == CLEAN}
    for shot in sorted(shots, key=lambda shot: (shot.cell.fault, shot.cell.label)):
        if shot.cell.fault != CLEAN:
            left_out = known[shot.cell.unit] | (shot.notes if is_alarm else frozenset())
            yield shot, tuple((check, words) for print_, check, words in shot.found if print_ not in left_out)


def _table(shots: list[Shot], *, is_alarm: bool) -> Iterator[str]:
    by_fault: dict[str, list[bool]] = {}
    for shot, new in news(shots, is_alarm=is_alarm):
        known = by_fault.setdefault(shot.cell.fault, [])
        checks = ", ".join(list(dict.fromkeys(check for check, _ in new))[:3])
        what = checks or ("" if is_alarm else "MISSED")
        yield f"{shot.cell.fault if not known else '':<28}  {shot.cell.label:<60.60}  {shot.trouble or what}"
        if is_alarm:
            yield from (f"{'':<28}    {check} {words}" for check, words in new)
        known.append(bool(new))
    cells = [found for known in by_fault.values() for found in known]
    everywhere = sum(all(known) for known in by_fault.values())
    spent = sum(shot.requests for shot in shots)
    clean = [found for shot in shots if shot.cell.fault == CLEAN for found in shot.found]
    yield ""
    if is_alarm:
        yield f"false alarms: {sum(cells)} of {len(cells)} cells"
    else:
        yield f"faults found everywhere: {everywhere}/{len(by_fault)} ({100 * everywhere / len(by_fault):.1f} %)"
        yield f"cells found: {sum(cells)}/{len(cells)} ({100 * sum(cells) / len(cells):.1f} %), {spent:,} requests"
    yield f"through the proxy without fault: {len(clean)} findings"
    yield from (f"  {check} {words}" for _, check, words in clean)
    yield from (f"  {shot.cell.label}: {shot.trouble}" for shot in shots if shot.cell.fault == CLEAN and shot.trouble)


def _json(shots: list[Shot], *, is_alarm: bool) -> dict[str, object]:
    found: dict[str, list[dict[str, object]]] = {}
    for shot, new in news(shots, is_alarm=is_alarm):
        found.setdefault(shot.cell.fault, []).append({
            "operation": shot.cell.label, "seed": shot.cell.unit.seed, "requests": shot.requests, "trouble": shot.trouble,
            "checks": list(dict.fromkeys(check for check, _ in new)), "words": [f"{check} {words}" for check, words in new],
        })  # fmt: skip
    return {"faults": found, "clean": [list(one) for shot in shots if shot.cell.fault == CLEAN for one in shot.found]}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spec", default=str(shipped.document()))
    parser.add_argument("--operations", type=int, default=3, help="operations that each fault is planted at")
    parser.add_argument("--max-requests", type=int, default=300, help="the budget of a cell")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fault", action="append", default=[], metavar="GLOB")
    parser.add_argument("--at", default="*", metavar="GLOB", help="only operations with such a label")
    parser.add_argument("--workers", default="auto")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--witness", action="store_true", help="show each fault by a scripted client")
    parser.add_argument("--conforming", action="store_true", help="count false alarms on services that keep every promise")
    given = parser.parse_args()
    document = Document.load(given.spec)
    others = credential_headers(document, OTHER_TOKEN) if only_headers(document) else ()
    setting = Setting(spec=given.spec, headers=credential_headers(document, SANDBOX_TOKEN), other_user=others)
    here = settle(setting, document)
    rows = second_conforming.ROWS if given.conforming else FAULTS
    rows = tuple(row for row in rows if not given.fault or any(fnmatch(row.id, name) for name in given.fault))
    ground = {label: site for label, site in sites(document).items() if fnmatch(label, given.at)}
    planted = [(row.id, [site.operation for site in ground.values() if row.applies(site)]) for row in rows]
    if given.witness:
        return second_witness.shown(document, rows, ground, setting, operations=given.operations)
    chosen = cells_at(
        here.ground, document, planted, operations=given.operations, max_requests=given.max_requests, seed=given.seed
    )
    shots = matrix(chosen, setting, document, execute.worker_count(given.workers))
    print(*_table(shots, is_alarm=given.conforming), sep="\n")
    if given.json:
        given.json.write_text(json.dumps(_json(shots, is_alarm=given.conforming), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
