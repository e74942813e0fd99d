"""The table of faults."""

from __future__ import annotations

from conformance.sandbox.faults import auth, crash, drift, input, lists, protocol, response, state  # noqa: A004 - a family of faults
from conformance.sandbox.faults.fault import Fault

FAULTS: tuple[Fault, ...] = tuple(
    sorted(
        (*response.FAULTS, *input.FAULTS, *crash.FAULTS, *auth.FAULTS, *state.FAULTS, *lists.FAULTS, *protocol.FAULTS),
        key=lambda fault: fault.id,
    )
)

DRIFTS: tuple[Fault, ...] = drift.DRIFTS
"""What only a recording shows: no check of a run is meant to see them, so they are no part of what the suite is proved by."""

BY_ID = {fault.id: fault for fault in (*FAULTS, *DRIFTS)}
