"""The page of checks and comparisons for readers: ``python -m conformance.run.page > docs/checks.md``."""

from __future__ import annotations

import sys

from conformance.checks import page as checks
from conformance.run.compare import COMPARISONS

_WORDS = {
    "State": "Judged over the exchanges of one unit of work or one recording, where nothing else can explain the answer.",
    "Replay": "A fresh answer beside the recorded one. Values are not compared, and neither are the order and number of items.",
}


def page() -> str:
    """The page as Markdown: the checks by area, then the comparisons that replay makes."""
    return checks.page({**checks.sections(), "Replay": COMPARISONS}, words=_WORDS)


if __name__ == "__main__":
    sys.stdout.write(page())
