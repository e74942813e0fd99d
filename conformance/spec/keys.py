"""Keys by which a service knows a request again: ``Idempotency-Key``, by whatever way of writing it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from conformance.model.operation import Operation


def retry_header(operation: Operation) -> str | None:
    """The header of an operation by which a request can be told from another one like it."""
    return _key(parameter.name for parameter in operation.parameters_in("header"))


def retry_field(names: Iterable[str]) -> str | None:
    """The field of a body by which a request can be told from another one like it; ``names`` are all that it may have."""
    return _key(names)


def _key(names: Iterable[str]) -> str | None:
    return next((name for name in names if re.sub(r"[^a-z0-9]", "", name.lower()).removeprefix("x") == "idempotencykey"), None)
