"""The table of faults."""

from __future__ import annotations

from conformance.sandbox.faults import auth, crash, input, lists, protocol, response, state  # noqa: A004 - a family of faults
from conformance.sandbox.faults.fault import Fault

FAULTS: tuple[Fault, ...] = tuple(
    sorted(
        (*response.FAULTS, *input.FAULTS, *crash.FAULTS, *auth.FAULTS, *state.FAULTS, *lists.FAULTS, *protocol.FAULTS),
        key=lambda fault: fault.id,
    )
)

BY_ID = {fault.id: fault for fault in FAULTS}
