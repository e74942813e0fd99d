"""Every class of change, by id."""

from __future__ import annotations

from conformance.diff.kind import Kind
from conformance.diff.kinds import operations, structure, values

KINDS = tuple(sorted((*values.KINDS, *structure.KINDS, *operations.KINDS), key=lambda row: row.id))
"""The rows, sorted by id."""

_BY_ID = {row.id: row for row in KINDS}


def kind(name: str) -> Kind:
    """The row of an id."""
    return _BY_ID[name]
