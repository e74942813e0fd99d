"""The environment that a client's command runs in: where the service is, and how its tests get a name on the wire."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from conformance.errors import UsageError

VARIABLES: Final = ("TEST_API_BASE_URL", "TELNYX_BASE_URL")
"""The variables that hold the base URL without being asked for."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLACE, _PLACES = re.compile(r"\{\w+\}"), frozenset({"{base}", "{origin}"})
_LOCAL = ("127.0.0.1", "localhost", "::1")
CLIENT = Path(__file__).resolve().parent / "client"


def assignments(given: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """``--env`` read: names with their templates, ``{base}`` where none is given.

    Raises:
        UsageError: when a name cannot be one, or a template asks for something else.
    """
    found = []
    for one in given:
        name, equals, template = one.partition("=")
        if not _NAME.fullmatch(name):
            raise UsageError(f"--env {one!r} does not begin with the name of a variable; write NAME or NAME={{base}}/path")
        unknown = next((place for place in _PLACE.findall(template) if place not in _PLACES), None)
        if unknown is not None:
            raise UsageError(f"--env {one!r} has {unknown} in it, for which nothing can be put; write {{base}} or {{origin}}")
        found.append((name, template if equals else "{base}"))
    return tuple(found)


def surroundings(
    before: Mapping[str, str], *, origin: str, base: str, given: Sequence[tuple[str, str]], names_tests: bool
) -> dict[str, str]:
    """The environment of the command.

    Args:
        before: the one that it comes on top of.
        origin: scheme, host and port of the proxy.
        base: the base URL: the origin with the base path of the service.
        given: variables with their templates, which may have ``{base}`` and ``{origin}`` in them.
        names_tests: whether Python clients are to say which test a request is from.
    """
    found = {**before, **dict.fromkeys(VARIABLES, base)}
    for name, template in given:
        found[name] = template.replace("{base}", base).replace("{origin}", origin)
    # Requests to this machine must not go by way of somebody else's proxy.
    for name in ("NO_PROXY", "no_proxy"):
        listed = [one for one in before.get(name, "").split(",") if one]
        found[name] = ",".join(dict.fromkeys((*listed, *_LOCAL)))
    if names_tests:
        rest = before.get("PYTHONPATH", "")
        found["PYTHONPATH"] = f"{CLIENT}{os.pathsep}{rest}" if rest else str(CLIENT)
    return found
