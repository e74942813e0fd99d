"""What the exit codes mean; every command ends with one of these."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of the ``conformance`` command."""

    CONFORMS = 0
    FINDINGS = 1
    USAGE = 2
    COVERAGE_FLOOR = 3
    LEAK = 4
    INTERRUPTED = 130
