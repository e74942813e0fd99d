import pytest
from diff.building import built, changes, document

from conformance.diff.diff import diff


@pytest.fixture
def between():
    return changes


@pytest.fixture
def example():
    """The changes between both fragments of a row's example, by direction."""

    def run(row):
        before, after = built(row.example.place, row.example.old), built(row.example.place, row.example.new)
        for direction in before:
            yield direction, diff(document(before[direction]), document(after[direction]), names="--names" in row.summary)

    return run


@pytest.fixture
def same():
    """The changes between a row's example and itself."""

    def run(row):
        held = [value for text in (row.example.old, row.example.new) for value in built(row.example.place, text).values()]
        return [change for value in held for change in diff(document(value), document(value))]

    return run
