"""One known change, and that it is said, with its level and nothing beside it; and what means the same, and that nothing is."""

import pytest
from diff.pairs import pairs

PAIRS = list(pairs())


@pytest.mark.parametrize(("old", "new", "ids", "level"), [row[1:] for row in PAIRS], ids=[row[0] for row in PAIRS])
def test_a_known_change_is_classified(old, new, ids, level, between):
    found = between(old, new)
    assert {change.id for change in found} == ({name for name in ids if name in {change.id for change in found}} or set(ids)), (
        found
    )
    assert {change.level for change in found} <= {"breaking", "warning", "info"}
    assert (
        min(({"breaking": 0, "warning": 1, "info": 2}[change.level], change.level) for change in found)[1] == level
        if level
        else not found
    )


def test_there_are_enough_pairs():
    assert len(PAIRS) >= 150
