"""A whole run: what was asked, made ready, carried out stage by stage, and folded at the end.

Nothing is sent and nothing is written before ``start`` has found everything in order. Results are asked for one by one
(``lint``, ``fuzz``, ``replay``), so that pytest can collect, select and show them; work begins with the first question.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import replace
from secrets import token_hex

from conformance.cases.values import Values
from conformance.checks.latency import Timings
from conformance.coverage.fold import Coverage
from conformance.errors import UsageError
from conformance.model.operation import Operation
from conformance.model.record import Finding, Severity
from conformance.run import execute, folder, preflight, pulse
from conformance.run.baseline import Baseline
from conformance.run.cleaning import Cleaned
from conformance.run.config import check_globs, config
from conformance.run.credentials import credential_headers, only_headers
from conformance.run.crew import Crew
from conformance.run.fuzz import Tally, UnitResult
from conformance.run.guard import is_remote
from conformance.run.keeping import Keeping
from conformance.run.options import Options
from conformance.run.plan import PHASES, Unit, units
from conformance.run.recordings import Chain, ChainResult, chains, play
from conformance.run.setting import OTHER_TOKEN, SANDBOX_TOKEN, Setting, judgement, opened, settle
from conformance.run.smallest import keep
from conformance.run.values import values
from conformance.sandbox.faults.misconduct import misconduct
from conformance.spec.document import Document

DOCUMENT = "(document)"
"""Stands for the document itself where an operation's label is expected."""

_REPLAY_SHARE = 0.1
_CLEANING = 10.0
"""Seconds that the deletion of what was created may take after an interruption or the end of the time."""


class Campaign:
    """One run. Use it from one thread."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.started = time.time()
        self.setting = Setting(spec=options.spec, base_url=options.base_url, seed=options.seed, timeout=options.timeout,
                               allow_remote=options.allow_remote, faults=options.faults,
                               nonce=token_hex(8) if options.base_url is not None else "")  # fmt: skip
        settled = config(options.config)
        # Read once, also where standard input is the document; every process gets what was read.
        self.document = Document.load(options.spec, allow_remote=options.allow_remote)
        here = settle(self.setting, self.document)
        self._rules = settled.lint
        check_globs(settled.guard, self.document.operations, settled.path)
        shipped = config(options.costly).guard.costly if options.costly is not None else ()
        rules = replace(settled.guard, side_effects=options.side_effects, costly=(*settled.guard.costly, *shipped))
        latency = {**dict(self.setting.latency), **dict(settled.latency), **dict(options.latency)}
        known = values(options.values, self.document) if options.values is not None else Values()
        self.setting = replace(self.setting, rules=rules, values=known, latency=tuple(latency.items()),
                               matchers=settled.matchers)  # fmt: skip
        if options.faults:
            misconduct(options.faults, here.ground)  # one that cannot be planted is said at once
        self.operations = self.document.select(tags=options.tags, operation_ids=options.operation_ids)
        if not self.operations and (options.tags or options.operation_ids):
            raise UsageError("no operation has both a tag and an operation id of those that are asked for; leave out one of them")
        selected, self.operations = self.operations, self._since(self.operations)
        self.left_out = len(selected) - len(self.operations)
        self.baseline = Baseline.load(options.baseline) if options.baseline is not None else Baseline.empty()
        self.coverage = Coverage()
        self.timings = Timings()
        self.stories: dict[str, dict[str, str]] = {}
        self.requests = 0
        self.asked = 0
        self._owed = 0
        self.interrupted = False
        self.accidents: list[str] = []
        self._findings: dict[str, Finding] = {}
        self._lint: dict[str, list[Finding]] | None = None
        self._crew = Crew((), self.setting, self.document, workers=1)
        self._cost: dict[str, int] = {}
        self._cuts: list[str] = []
        self._chains: list[Chain] | None = None
        self._played: dict[str, ChainResult] = {}
        self.held: dict[str, str] = {}
        self.keeping: Keeping | None = None
        self.cleaned: Cleaned | None = None

    def _since(self, selected: tuple[Operation, ...]) -> tuple[Operation, ...]:
        """Those whose contract is not what it was in the earlier document, when there is one to compare with."""
        if self.options.since is None:
            return selected
        from conformance.diff.diff import changed_operations  # noqa: PLC0415 - only a run that compares has to know it

        old = Document.load(self.options.since, allow_remote=self.options.allow_remote)
        changed = {operation.label for operation in changed_operations(old, self.document)}
        return tuple(operation for operation in selected if operation.label in changed)

    @property
    def labels(self) -> tuple[str, ...]:
        """The selected operations, by label."""
        return tuple(operation.label for operation in self.operations)

    def start(self) -> None:
        """Make sure that the run can be carried out. Of an earlier report nothing is touched.

        Raises:
            UsageError, TargetError, RecordingError, OutputError: with what to do about it.
        """
        pulse.share(pulse.fresh())
        options, setting = self.options, self.setting
        token = SANDBOX_TOKEN if setting.is_embedded else options.token
        added = credential_headers(self.document, token, options.headers, always=not setting.is_embedded) if token else ()
        other = OTHER_TOKEN if setting.is_embedded else options.other_token
        other_user = credential_headers(self.document, other) if other and only_headers(self.document) else ()
        self.setting = replace(setting, headers=(*options.headers, *added), other_user=other_user)
        if self.sends and "lint" not in options.stages and not self.operations:
            raise UsageError("the document has no operations, so there is nothing to send")
        if "replay" in options.stages and not self.chains() and options.stages == ("replay",):
            what = "no recording has a request to a selected operation" if options.recordings else "there are no recordings"
            raise UsageError(f"{what}; name some with --recordings")
        folder.prepare(options.out)
        if self.sends and options.base_url is not None:
            self.keeping = Keeping(options.out, options.base_url)
            self.setting = replace(self.setting, ledger=self.keeping.ledger)
        if self.sends and self.operations and not setting.is_embedded:
            timeout = min(options.timeout, options.max_time or options.timeout)
            self.asked = preflight.check_target(replace(self.setting, timeout=timeout), self.operations)
            self.requests += self.asked

    def rehearse(self) -> None:
        """Have a sandbox answer for the target, so that the run can be counted: nothing is sent and nothing written."""
        pulse.share(pulse.fresh())
        added = credential_headers(self.document, SANDBOX_TOKEN, self.options.headers, always=True)
        self.setting = replace(self.setting, headers=(*self.options.headers, *added), rehearsal=True)

    @property
    def sends(self) -> bool:
        """Whether a stage that was asked for sends requests."""
        return bool({"fuzz", "replay"} & set(self.options.stages))

    @property
    def deadline(self) -> float | None:
        """When to stop sending, in seconds since the epoch."""
        return self.started + self.options.max_time if self.options.max_time is not None else None

    # Lint

    def lint(self, label: str) -> tuple[Finding, ...]:
        """The linter's findings on one operation, or on the document itself for ``DOCUMENT``."""
        if self._lint is None:
            # A tenth of the start of a run that does not ask for it.
            from conformance.lint.lint import lint  # noqa: PLC0415
            from conformance.lint.table import RULES  # noqa: PLC0415

            self._lint = {}
            tags = {tag for operation in self.operations for tag in operation.tags}
            restricted = len(self.operations) < len(self.document.operations)
            for found in lint(self.document, rules=self._rules.chosen(RULES)):
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
        if limit is not None:
            limit = max(0, limit - self.asked)
            if "replay" in self.options.stages:
                limit -= min(sum(len(chain.titles) for chain in self.chains()), int(limit * _REPLAY_SHARE))
        if not self.setting.is_embedded:
            decide = judgement(self.setting, self.document)
            self.held = {operation.label: reason for operation in self.operations if (reason := decide.whole(operation))}
        planned = units(
            [operation for operation in self.operations if operation.label not in self.held], phases, order=PHASES,
            seed=self.options.seed, max_examples=self.options.max_examples, max_requests=limit, deadline=self.deadline,
            safe_probes=is_remote(self.options.base_url) or self.setting.rules.everywhere, known=self.baseline.fingerprints,
            layout=opened(self.setting).layout,
        )  # fmt: skip
        self._crew = Crew(planned, self.setting, self.document, workers=self.options.workers)
        return planned

    def fuzz(self, label: str, phase: str) -> tuple[Tally, tuple[Finding, ...]]:
        """What fuzzing one operation in one phase found; waits until it is known."""
        if self.keeping is not None:
            self.keeping.begin(self.document, self.options.headers)
        try:
            result = self._crew.result(label)
        except BrokenExecutor:
            reason = "a worker process died, for want of memory or by a signal; run again with --workers 1"
            return Tally(operation=label, phase=phase, status="error", reason=reason), ()
        if result is None:
            reason = f"held back by the guard: {self.held[label]}" if label in self.held else "the operation cannot be used"
            return Tally(operation=label, phase=phase, status="skip", reason=reason), ()
        self._fold(result)
        if pulse.stopped():
            # The engine takes an interruption for its own and ends in order; the run has to end too.
            raise KeyboardInterrupt
        tally = result.tallies.get((label, phase))
        if tally is None:
            tally = Tally(operation=label, phase=phase, reason=result.cut or "the engine had no case for it")
        return tally, tuple(self._findings[print_] for print_ in sorted(tally.fingerprints) if print_ in self._findings)

    def _placed(self, found: Finding) -> Finding:
        """A finding with its line, and with the baseline's word on it."""
        line, column = self.document.source.locate(found.pointer)
        return replace(found, line=line, column=column, known=self.baseline.known(found))

    def _fold(self, result: UnitResult) -> None:
        if result.name in self._cost:
            return
        self._cost[result.name] = result.requests
        self._cuts.append(result.cut)
        self.coverage.merge(result.coverage)
        self.timings.merge(result.timings)
        for label, checks in result.stories.items():
            self.stories.setdefault(label, {}).update(checks)
        self.requests += result.requests
        self._owed += result.owed
        self.accidents += result.accidents
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
            if self.keeping is not None:
                self.keeping.begin(self.document, self.options.headers)
            chain = next(chain for chain in self.chains() if chain.name == name)
            result = play(chain, self.setting, max_requests=self._left(), deadline=self.deadline)
            self.coverage.merge(result.coverage)
            self.timings.merge(result.timings)
            self.requests += result.requests
            self._owed += result.owed
            result = replace(result, findings={
                index: tuple(self._placed(found) for found in entry) for index, entry in result.findings.items()
            })  # fmt: skip
            for entry in result.findings.values():
                for found in entry:
                    keep(self._findings, found)
            self._played[name] = result
            if pulse.stopped():
                raise KeyboardInterrupt
        return self._played[name]

    def _left(self) -> int | None:
        """How many requests may still be sent, those left out that fuzzing may still need."""
        if self.options.max_requests is None:
            return None
        promised = sum(unit.max_requests or 0 for unit in self._crew.units if unit.name not in self._cost)
        return max(0, self.options.max_requests - self.requests - self._owed - promised)

    # The end

    def stop(self, *, patience: float = 4.0) -> None:
        """End early, in order: units that run give what they have within ``patience`` seconds."""
        pulse.stop()
        for result in self._crew.stop(patience=patience):
            self._fold(result)

    def close(self) -> None:
        """Let the workers go."""
        self._crew.close()

    def clean(self) -> None:
        """Delete what the run created at its target, within the limits; after an interruption, quickly."""
        if self.keeping is None:
            return
        limit = self.options.max_requests
        hurried = self.interrupted or self.deadline is not None
        self.cleaned = self.keeping.end(
            self.setting, most=max(0, limit - self.requests) if limit is not None else None,
            until=time.time() + _CLEANING if hurried else None,
            workers=execute.worker_count(self.options.workers, waits=True),
        )  # fmt: skip
        self.requests += self.cleaned.requests if self.cleaned is not None else 0

    def findings(self) -> tuple[Finding, ...]:
        """Every finding so far, known ones too: the worst first, then by operation and id."""
        return tuple(sorted(self._findings.values(), key=lambda found: (
            found.known is not None, found.severity.rank, found.stage, found.operation or "", found.id, found.pointer,
            found.detail,
        )))  # fmt: skip

    def new_findings(self) -> tuple[Finding, ...]:
        """The findings that fail the run: not known, and worse than a note."""
        return tuple(found for found in self.findings() if found.known is None and found.severity is not Severity.NOTE)

    def partial(self) -> tuple[str, ...]:
        """What keeps the run from having looked at everything that its stages could look at."""
        options = self.options
        cuts = [*self._cuts, *(result.cut for result in self._played.values())]
        if any(unit.name not in self._cost for unit in self._crew.units):
            cuts.append("not every unit was run")
        selected = "only some operations were selected" if options.tags or options.operation_ids or options.since else ""
        phases = "only some phases were asked for" if "fuzz" in options.stages and options.phases != PHASES else ""
        stopped = "it was interrupted" if self.interrupted else ""
        return tuple(dict.fromkeys(reason for reason in (stopped, selected, phases, *cuts) if reason))

    def operation(self, label: str) -> Operation | None:
        """The operation of a label."""
        return self.document.by_label.get(label)
