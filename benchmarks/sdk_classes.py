"""Calls what the classes of the older, hand-written Python SDK offer: list, retrieve, create and delete.

    SDK_VALUES=FILE python sdk_classes.py

Runs in the interpreter of the SDK and needs nothing of this project. The base URL comes from ``TELNYX_API_BASE``. ``FILE`` has
a body for creating and an id for reading by the URL of a class. Writes TAP, and says which class a request is from as pytest
would.
"""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import telnyx
from telnyx import api_resources

_ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"


def calls(values: dict[str, Any]) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Every call that the classes offer, by name."""
    for name, kind in sorted(inspect.getmembers(api_resources, inspect.isclass)):
        if not hasattr(kind, "class_url"):
            continue
        try:
            url = kind.class_url()
        except Exception:  # abstract ones have none
            continue
        given = values.get(url, {})
        if hasattr(kind, "list"):
            yield f"{name}.list", kind.list
        if hasattr(kind, "retrieve"):
            yield f"{name}.retrieve", partial(kind.retrieve, given.get("id", _ID))
        if hasattr(kind, "create") and "body" in given:
            yield f"{name}.create", partial(kind.create, **given["body"])
        if hasattr(kind, "delete") and hasattr(kind, "retrieve"):
            yield f"{name}.delete", kind(given.get("id", _ID)).delete


def main() -> None:
    """Make every call."""
    setattr(telnyx, "api_key", "KEY0123456789ABCDEF_classes")  # noqa: B010 - newer versions of the package have none
    values = json.loads(Path(os.environ["SDK_VALUES"]).read_text(encoding="utf-8"))
    number = 0
    for number, (name, call) in enumerate(calls(values), 1):
        os.environ["PYTEST_CURRENT_TEST"] = f"{name} (call)"
        try:
            call()
        except Exception as raised:  # an answer that it does not take is what is looked for
            print(f"not ok {number} - {name}\n# {type(raised).__name__}: {str(raised)[:200]}")
        else:
            print(f"ok {number} - {name}")
    print(f"1..{number}")


if __name__ == "__main__":
    main()
