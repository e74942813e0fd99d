"""Units of work: who belongs together, and how a limit is shared out."""

import pytest

from conformance.cases.generated import PHASES
from conformance.model.operation import Operation
from conformance.run.plan import families, units


def operation(label, **others):
    method, path = label.split(" ")
    return Operation(method=method.lower(), path=path, operation_id=None, tags=(), **others)


THINGS = [operation(label) for label in ("GET /things", "POST /things", "GET /things/{id}", "DELETE /things/{id}/parts/{part}",
                                         "GET /things/events", "GET /other", "GET /{any}", "GET /")]  # fmt: skip


def labels(group):
    return [one.label for one in group]


def test_operations_of_one_collection_are_a_family_also_below_it():
    found = families(THINGS)
    assert labels(found["/things"]) == [one.label for one in THINGS[:5]]
    assert labels(found["/other"]) == ["GET /other"]


def test_every_operation_is_in_exactly_one_unit(telnyx):
    found = units(telnyx.operations, {one.label: PHASES for one in telnyx.operations}, order=PHASES, seed=1, max_examples=1)
    everybody = [label for unit in found for label in unit.labels]
    assert sorted(everybody) == sorted(one.label for one in telnyx.operations)
    assert len({unit.name for unit in found}) == len(found)


@pytest.mark.parametrize("limit", [0, 1, 7, 100, 12345])
def test_the_shares_of_a_limit_add_up_to_it(telnyx, limit):
    wanted = {one.label: PHASES for one in telnyx.operations}
    found = units(telnyx.operations, wanted, order=PHASES, seed=1, max_examples=1, max_requests=limit)
    assert sum(unit.max_requests for unit in found) == limit
    assert all(unit.max_requests >= 0 for unit in found)


def test_the_largest_unit_comes_first():
    found = units(THINGS, {one.label: ("fuzzing",) for one in THINGS}, order=PHASES, seed=1, max_examples=1)
    sizes = [len(unit.labels) for unit in found]
    assert sizes == sorted(sizes, reverse=True)


def test_only_wanted_phases_of_usable_operations_are_planned_in_their_order():
    broken = operation("GET /broken", broken="it is")
    wanted = {"GET /other": ("fuzzing", "examples"), "GET /broken": PHASES}
    (found,) = units([*THINGS, broken], wanted, order=PHASES, seed=1, max_examples=1)
    assert (found.labels, found.phases) == (("GET /other",), ("examples", "fuzzing"))


def test_nothing_wanted_is_no_unit():
    assert units(THINGS, {}, order=PHASES, seed=1, max_examples=1, max_requests=5) == ()
