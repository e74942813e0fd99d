"""What a person sees while a run goes on: a live line on a terminal, plain lines in CI."""

from __future__ import annotations

import threading
import time

import pytest
from rich.console import Console
from rich.text import Text

from conformance.run import pulse
from conformance.run.campaign import Campaign

_PLAIN_EVERY = 10.0
_LIVE_EVERY = 0.25


class Progress:
    """A pytest plugin that shows how far a campaign is. It writes to standard error."""

    def __init__(self, campaign: Campaign, console: Console | None = None) -> None:
        self.campaign = campaign
        self._console = console or Console(stderr=True, highlight=False)
        self._done = 0
        self._total = 0
        self._failed = 0
        self._stage = "collecting"
        self._scenarios = 0
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._started = time.monotonic()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Say what is going to happen, and begin to show how far it is."""
        self._total = len(session.items)
        stages = [item for item in session.items if "phase" in getattr(getattr(item, "callspec", None), "params", {})]
        self._scenarios = len(stages)
        options, document = self.campaign.options, self.campaign.document
        target = options.base_url or "the embedded sandbox"
        count = len(self.campaign.operations)
        left_out = f" ({self.campaign.left_out:,} left out, the same since {options.since})" if options.since else ""
        self._print(
            f"{document.title or options.spec}: {count:,} operation{'' if count == 1 else 's'}{left_out}, "
            f"{', '.join(options.stages)} against {target}, seed {options.seed}"
        )
        self._thread = threading.Thread(target=self._show, daemon=True)
        self._thread.start()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Remember the stage."""
        self._stage = next((stage for stage in ("lint", "fuzz", "replay") if f"test_{stage}" in nodeid), self._stage)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count."""
        if report.when == "call" or (report.when == "setup" and report.outcome != "passed"):
            self._done += 1
            self._failed += report.outcome == "failed"

    def pytest_sessionfinish(self) -> None:
        """Stop showing."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def line(self) -> str:
        """How far the run is, in one line."""
        requests, _, scenarios = pulse.read()
        requests = max(requests, self.campaign.requests)
        elapsed = time.monotonic() - self._started
        done, total = (scenarios, self._scenarios) if self._stage == "fuzz" else (self._done, self._total)
        left = ""
        if self._stage == "fuzz" and 0 < done < total:
            left = f", about {_clock(elapsed * (total - done) / done)} left"
        unit = "operation phases" if self._stage == "fuzz" else "tests"
        failures = f"{self._failed} failed" if self._failed else "none failed"
        return f"{self._stage}: {min(done, total)}/{total} {unit}, {requests:,} requests, {failures}, {_clock(elapsed)}{left}"

    def _show(self) -> None:
        if self._console.is_terminal:
            with self._console.status(self._live()) as status:
                while not self._ended.wait(_LIVE_EVERY):
                    status.update(self._live())
        else:
            while not self._ended.wait(_PLAIN_EVERY):
                self._print(self.line())

    def _live(self) -> Text:
        """The line for a terminal; one that is too narrow shows its beginning."""
        return Text(self.line(), no_wrap=True, overflow="ellipsis")

    def _print(self, text: str) -> None:
        # Soft: a line of a log is as long as it is, and no terminal is asked for its width.
        self._console.print(text, markup=False, soft_wrap=True)


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes}:{seconds:02d}"
