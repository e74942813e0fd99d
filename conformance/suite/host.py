"""The suite inside pytest: what is collected, in which order it runs, how it ends, and what is written then."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from _pytest.outcomes import OutcomeException

from conformance.errors import ConformanceError
from conformance.run.campaign import DOCUMENT, Campaign
from conformance.run.folder import RESULTS, clear_results
from conformance.run.interrupt import Interrupts, interruptible
from conformance.run.plan import PHASES
from conformance.suite.book import BOOK, Book

_INTERRUPTED = 130
_MODULES = ("test_lint", "test_fuzz", "test_replay")


class Host:
    """A pytest plugin that carries one campaign through one session.

    ``book`` holds the results. ``problem`` is why the reports could not be written, if so.
    """

    def __init__(self, campaign: Campaign) -> None:
        self.campaign = campaign
        self.book = Book(campaign)
        self.problem = ""
        self._interrupts = Interrupts()
        self._own_results: Path | None = None
        self._resources = ExitStack()

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Settle where allure-pytest writes, and what pytest may show."""
        option = config.option
        config.stash[BOOK] = self.book
        if getattr(option, "numprocesses", None) or hasattr(config, "workerinput"):
            raise pytest.UsageError("the suite has worker processes of its own: leave out -n, and use --workers")
        # Local variables in a traceback may be credentials, whole or cut short.
        option.showlocals = False
        if getattr(option, "allure_report_dir", None) is None and not option.collectonly:
            self._own_results = self.campaign.options.out / RESULTS
            option.allure_report_dir = str(self._own_results)

    def pytest_sessionstart(self) -> None:
        """From here to the end, an interruption ends the run in order."""
        self._resources.enter_context(interruptible(self._interrupts))

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each operation, phase and recorded request that was asked for."""
        campaign, names = self.campaign, metafunc.fixturenames
        stages = campaign.options.stages
        if "linted" in names:
            metafunc.parametrize("linted", (DOCUMENT, *campaign.labels) if "lint" in stages else ())
        elif "phase" in names:
            phases = campaign.options.phases if "fuzz" in stages else ()
            pairs = [(label, phase) for phase in phases for label in campaign.labels]
            metafunc.parametrize(("label", "phase"), pairs, ids=[f"{label}-{phase}" for label, phase in pairs])
        elif "chain" in names:
            found = campaign.chains() if "replay" in stages else []
            entries = [(chain.name, index, title) for chain in found for index, title in enumerate(chain.titles)]
            ids = [f"{name}-{index + 1}-{title}" for name, index, title in entries]
            metafunc.parametrize(("chain", "index"), [(name, index) for name, index, _ in entries], ids=ids)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leave out the stages that were not asked for, and keep the order, also where a plugin shuffles."""
        places = {operation: index for index, operation in enumerate((DOCUMENT, *self.campaign.labels))}
        chains = {chain.name: index for index, chain in enumerate(self.campaign.chains())} if self._replays else {}

        def place(item: pytest.Item) -> tuple[int, int, int]:
            stage, params = _stage(item), _params(item)
            if "phase" in params:
                return stage, PHASES.index(params["phase"]), places[params["label"]]
            if "chain" in params:
                return stage, chains[params["chain"]], params["index"]
            return stage, 0, places.get(params.get("linted", ""), 0)

        own = [item for item in items if _stage(item) < len(_MODULES)]
        wanted = sorted(filter(_is_filled, own), key=place)
        items[:] = [*wanted, *(item for item in items if _stage(item) == len(_MODULES))]

    @property
    def _replays(self) -> bool:
        return "replay" in self.campaign.options.stages

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Plan only what was selected, so that a selection costs what it selects."""
        phases: dict[str, set[str]] = {}
        for params in map(_params, session.items):
            if "phase" in params:
                phases.setdefault(params["label"], set()).add(params["phase"])
        self.campaign.plan_fuzz({label: sorted(found) for label, found in phases.items()})
        if session.items and self._own_results is not None:
            clear_results(self._own_results)

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Tell the book of what is neither a verdict nor an interruption."""
        report = yield
        raised = call.excinfo
        if raised is not None and not raised.errisinstance((OutcomeException, KeyboardInterrupt)):
            report.longrepr = self.book.accident(item.name, report.longreprtext)
        return report

    def pytest_internalerror(self, excrepr: object) -> bool:
        """Our own faults outside of tests: shown without secrets."""
        sys.stderr.write(self.book.accident("pytest", str(excrepr)) + "\n")
        return True

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the reports, whatever happened, and say in the exit code what the run says."""
        self._interrupts.finishing = True
        campaign = self.campaign
        campaign.interrupted = self._interrupts.count > 0 or exitstatus == pytest.ExitCode.INTERRUPTED
        if session.config.option.collectonly or not session.items:
            session.exitstatus = _INTERRUPTED if self._interrupts.count else exitstatus
            return
        if campaign.interrupted or session.shouldfail or session.shouldstop:
            campaign.stop()
        # What makes the pages wants the workers' memory.
        campaign.close()
        campaign.clean()
        results = getattr(session.config.option, "allure_report_dir", None)
        try:
            code = self.book.close(exitstatus, allure_results=Path(results) if results else None)
        except ConformanceError as raised:
            self.problem, code = str(raised), 2
        # Pytest's codes and ours differ where ours is none of pytest's.
        session.exitstatus = code

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Where to read on, for who uses pytest itself."""
        if self.problem:
            terminalreporter.write_line(f"error: {self.problem}", red=True)
        elif self.book.written is not None:
            terminalreporter.section("conformance")
            terminalreporter.write_line(f"the report is in {self.campaign.options.out}; begin with {self.book.written.summary}")
            if self.book.nothing_sent():
                terminalreporter.write_line(f"nothing was sent: {self.book.nothing_sent()}")

    def pytest_unconfigure(self) -> None:
        """Let worker processes go, also when the session never began."""
        self.campaign.close()
        self._resources.close()


def _stage(item: pytest.Item) -> int:
    """Which of the suite's modules an item is from; beyond the last for what is not the suite's."""
    name = getattr(getattr(item, "module", None), "__name__", "")
    package, _, module = name.rpartition(".")
    return _MODULES.index(module) if package == "conformance.suite" and module in _MODULES else len(_MODULES)


def _params(item: pytest.Item) -> dict[str, Any]:
    found: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    return found


def _is_filled(item: pytest.Item) -> bool:
    """Whether an item has a subject; pytest makes one without for a stage that has none."""
    return any(isinstance(value, str) for value in _params(item).values())
