"""The engine's libraries made quiet and repeatable: what they draw must not depend on the place or process they run in."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from schemathesis.engine.run import probes

from conformance.cases.drawing import draw_directly

_LOCAL = "_get_local_constants"


def make_repeatable() -> None:
    """Settle the libraries for this process; doing it again changes nothing."""
    logging.getLogger("schemathesis").setLevel(logging.CRITICAL)
    # Hypothesis keeps tables in a folder, which would appear wherever the user stands.
    cache = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    set_hypothesis_home_dir((Path(cache) if cache else Path.home() / ".cache") / "telnyx-conformance" / "hypothesis")
    # It also tries numbers and strings out of the user's modules that happen to be imported, and has no setting for that.
    if hasattr(providers, _LOCAL):
        nothing = Constants()
        setattr(providers, _LOCAL, lambda: nothing)
    # The engine asks the target two things before every unit, past the limits and the embedded sandbox: never.
    probes.PROBES = ()  # type: ignore[assignment]
    draw_directly()
