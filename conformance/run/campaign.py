"""A whole run: what was asked, made ready, carried out stage by stage, and folded at the end.

Nothing is sent and nothing is written before ``start`` has found everything in order. Results are asked for one by one
(``lint``, ``fuzz``, ``replay``), so that pytest can collect, select and show them; work begins with the first question.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future, wait
from dataclasses import replace
from pathlib import Path

from conformance.cases.generated import PHASES
from conformance.coverage.fold import Coverage
from conformance.errors import OutputError
from conformance.lint.lint import lint
from conformance.model.operation import Operation
from conformance.model.record import Finding, Severity
from conformance.run import execute, preflight, pulse
from conformance.run.baseline import Baseline
from conformance.run.credentials import credential_headers
from conformance.run.fuzz import Tally, UnitResult, fuzz, keep
from conformance.run.options import Options
from conformance.run.plan import Unit, units
from conformance.run.recordings import Chain, ChainResult, chains, play
from conformance.run.setting import Setting, opened

DOCUMENT = "(document)"
"""Stands for the document itself where an operation's label is expected."""

SANDBOX_TOKEN = "sandbox-token"  # noqa: S105 - the embedded sandbox takes any
_REPLAY_SHARE = 0.1


class Campaign:
    """One run. Use it from one thread."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.started = time.time()
        self.setting = Setting(spec=options.spec, base_url=options.base_url, seed=options.seed, timeout=options.timeout,
                               allow_remote=options.allow_remote)  # fmt: skip
        self.document = opened(self.setting).document
        self.operations = self.document.select(tags=options.tags, operation_ids=options.operation_ids)
        self.baseline = Baseline.load(options.baseline) if options.baseline is not None else Baseline.empty()
        self.coverage = Coverage()
        self.requests = 0
        self.interrupted = False
        self._findings: dict[str, Finding] = {}
        self._lint: dict[str, list[Finding]] | None = None
        self._executor: Executor | None = None
        self._units: dict[str, Future[UnitResult]] = {}
        self._unit_list: tuple[Unit, ...] = ()
        self._folded: set[str] = set()
        self._chains: list[Chain] | None = None
        self._played: dict[str, ChainResult] = {}

    @property
    def labels(self) -> tuple[str, ...]:
        """The selected operations, by label."""
        return tuple(operation.label for operation in self.operations)

    def start(self) -> None:
        """Make sure that the run can be carried out.

        Raises:
            UsageError, TargetError, OutputError: with what to do about it.
        """
        headers = self.options.headers
        if self.setting.is_embedded:
            headers = (*headers, *credential_headers(self.document, SANDBOX_TOKEN, headers))
        self.setting = replace(self.setting, headers=headers)
        writable(self.options.out)
        if set(self.options.stages) & {"fuzz", "replay"} and not self.setting.is_embedded:
            preflight.check_target(self.setting, self.operations)

    @property
    def deadline(self) -> float | None:
        """When to stop sending, in seconds since the epoch."""
        return self.started + self.options.max_time if self.options.max_time is not None else None

    # Lint

    def lint(self, label: str) -> tuple[Finding, ...]:
        """The linter's findings on one operation, or on the document itself for ``DOCUMENT``."""
        if self._lint is None:
            self._lint = {}
            tags = {tag for operation in self.operations for tag in operation.tags}
            restricted = len(self.operations) < len(self.document.operations)
            for found in lint(self.document):
                if restricted and found.operation is None and not tags & set(found.tags):
                    continue
                self._lint.setdefault(found.operation or DOCUMENT, []).append(self._placed(found))
        found_here = tuple(self._lint.get(label, ()))
        for found in found_here:
            keep(self._findings, found)
        return found_here

    # Fuzz

    def plan_fuzz(self, phases: Mapping[str, Sequence[str]]) -> tuple[Unit, ...]:
        """Settle what will be fuzzed: the wanted phases by operation label."""
        limit = self.options.max_requests
        if limit is not None and "replay" in self.options.stages:
            limit -= min(sum(len(chain.titles) for chain in self.chains()), int(limit * _REPLAY_SHARE))
        self._unit_list = units(
            self.operations, phases, order=PHASES, seed=self.options.seed, max_examples=self.options.max_examples,
            max_requests=limit, deadline=self.deadline, safe_probes=preflight.is_remote(self.options.base_url),
        )  # fmt: skip
        return self._unit_list

    def _begin_fuzz(self) -> None:
        workers = min(execute.worker_count(self.options.workers), len(self._unit_list)) or 1
        self._executor = execute.executor(workers)
        for unit in self._unit_list:
            future = self._executor.submit(fuzz, unit, self.setting)
            self._units.update(dict.fromkeys(unit.labels, future))

    def fuzz(self, label: str, phase: str) -> tuple[Tally, tuple[Finding, ...]]:
        """What fuzzing one operation in one phase found; waits until it is known."""
        if self._executor is None:
            self._begin_fuzz()
        result = self._result(label)
        if result is None:
            return Tally(operation=label, phase=phase, status="skip", reason="the operation cannot be used"), ()
        tally = result.tallies.get((label, phase))
        if tally is None:
            reason = "the run was cut short" if result.interrupted else "the engine had no case for it"
            tally = Tally(operation=label, phase=phase, reason=reason)
        return tally, tuple(self._findings[print_] for print_ in sorted(tally.fingerprints) if print_ in self._findings)

    def _result(self, label: str) -> UnitResult | None:
        future = self._units.get(label)
        if future is None:
            return None
        # A wait without a limit cannot be interrupted on every platform.
        while not wait([future], timeout=0.5).done:
            pass
        result = future.result()
        self._fold(result)
        return result

    def _placed(self, found: Finding) -> Finding:
        """A finding with its line, and with the baseline's word on it."""
        line, column = self.document.source.locate(found.pointer)
        return replace(found, line=line, column=column, known=self.baseline.known(found))

    def _fold(self, result: UnitResult) -> None:
        if result.name in self._folded:
            return
        self._folded.add(result.name)
        self.coverage.merge(result.coverage)
        self.requests += result.requests
        for found in result.findings.values():
            keep(self._findings, self._placed(found))

    # Replay

    def chains(self) -> list[Chain]:
        """The recordings that touch a selected operation; one that cannot be read says so."""
        if self._chains is None:
            path = self.options.recordings
            found = chains(path, self.document) if path is not None else []
            wanted = set(self.labels)
            everything = not (self.options.tags or self.options.operation_ids)
            self._chains = [chain for chain in found if everything or wanted & chain.labels or chain.error]
        return self._chains

    def replay(self, name: str) -> ChainResult:
        """What replaying one recording found."""
        if name not in self._played:
            chain = next(chain for chain in self.chains() if chain.name == name)
            limit = None if self.options.max_requests is None else max(0, self.options.max_requests - self.requests)
            result = play(chain, self.setting, max_requests=limit, deadline=self.deadline)
            self.coverage.merge(result.coverage)
            self.requests += result.requests
            result = replace(result, findings={
                index: tuple(self._placed(found) for found in entry) for index, entry in result.findings.items()
            })  # fmt: skip
            for entry in result.findings.values():
                for found in entry:
                    keep(self._findings, found)
            self._played[name] = result
        return self._played[name]

    # The end

    def stop(self, *, patience: float = 20.0) -> None:
        """End early, in order: units that run give what they have within ``patience`` seconds."""
        self.interrupted = True
        pulse.stop()
        futures = set(self._units.values())
        for future in futures:
            future.cancel()
        for future in wait([future for future in futures if not future.cancelled()], timeout=patience).done:
            if future.exception() is None:
                self._fold(future.result())

    def close(self) -> None:
        """Let the worker processes go."""
        if self._executor is not None:
            self._executor.shutdown(wait=not self.interrupted, cancel_futures=True)

    def findings(self) -> tuple[Finding, ...]:
        """Every finding so far, known ones too: the worst first, then by operation and id."""
        return tuple(sorted(self._findings.values(), key=lambda found: (
            found.known is not None, found.severity.rank, found.stage, found.operation or "", found.id, found.pointer, found.detail,
        )))  # fmt: skip

    def new_findings(self) -> tuple[Finding, ...]:
        """The findings that fail the run: not known, and worse than a note."""
        return tuple(found for found in self.findings() if found.known is None and found.severity is not Severity.NOTE)

    def operation(self, label: str) -> Operation | None:
        """The operation of a label."""
        return self.document.by_label.get(label)


def writable(out: Path) -> None:
    """Make the output folder, and make sure that files can be written in it.

    Raises:
        OutputError: when they cannot.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        trial = out / ".conformance-writable"
        trial.write_bytes(b"")
        trial.unlink()
    except OSError as raised:
        raise OutputError(path=str(out), reason=raised.strerror or str(raised)) from None
