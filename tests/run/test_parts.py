"""Large families in parts: what stories are about stays together, and every part can make what it needs."""

from dataclasses import replace

import pytest

from conformance import shipped
from conformance.run.credentials import credential_headers
from conformance.run.fuzz import fuzz
from conformance.run.parts import MOST, divided, parts
from conformance.run.plan import PHASES, families, units
from conformance.run.setting import SANDBOX_TOKEN, Setting
from conformance.sandbox.layout import Layout


@pytest.fixture(scope="module")
def layout(telnyx):
    return Layout(telnyx)


def labels(part):
    return [operation.label for operation in part]


def test_a_small_family_is_one_part(telnyx, layout):
    group = families(telnyx.operations)["/addresses"]
    assert parts(group, layout) == [group]


def test_what_makes_and_shows_a_thing_is_in_one_part_and_its_many_actions_are_in_several(telnyx, layout):
    first, second, *others = parts(families(telnyx.operations)["/conferences"], layout)
    assert {"POST /conferences", "GET /conferences", "GET /conferences/{id}"} <= set(labels(first))
    assert all("/conferences/{id}/actions/" in label for label in labels(second))
    assert max(map(len, (first, second, *others))) <= MOST


def test_every_operation_is_in_one_part_and_what_makes_its_parents_in_it_or_around_it(telnyx, layout):
    found, around = divided(families(telnyx.operations), layout)
    assert sorted(label for part in found.values() for label in labels(part)) == sorted(telnyx.by_label)
    for name, beside in around.items():
        own = labels(found[name])
        assert not set(own) & set(beside)
        if any("/ai/missions/{mission_id}/runs/{run_id}/" in label for label in own):
            assert {"POST /ai/missions", "POST /ai/missions/{mission_id}/runs"} <= {*own, *beside}


def planned(telnyx, layout, phases):
    operations = families(telnyx.operations)["/conferences"]
    return units(operations, dict.fromkeys(labels(operations), phases), order=PHASES, seed=1, max_examples=1, layout=layout)


def test_a_family_is_divided_only_where_stories_make_what_the_parts_need(telnyx, layout):
    assert len(planned(telnyx, layout, PHASES)) > 2
    (whole,) = planned(telnyx, layout, ("coverage",))
    assert whole.around == ()


def test_actions_reach_what_was_made_for_them_around_their_part(telnyx, layout):
    setting = Setting(spec=str(shipped.document()), headers=credential_headers(telnyx, SANDBOX_TOKEN))
    unit = planned(telnyx, layout, ("lifecycle", "coverage"))[1]
    assert {"POST /conferences", "GET /conferences/{id}"} <= set(unit.around)
    found = fuzz(replace(unit, max_requests=40), setting)
    assert not found.accidents
    assert any(found.coverage.keys(label, "success") for label in unit.labels)
