"""What a thing is called by, where its paths and fields have conventions of their own."""

from __future__ import annotations

import pytest

from conformance.sandbox.identity import likely_id


@pytest.mark.parametrize(
    ("parameter", "shape", "properties", "found"),
    [
        ("task_gid", "/tasks", ["gid", "name"], ("gid",)),
        ("taskUid", "/tasks", ["name", "uid"], ("uid",)),
        ("call_sid", "/calls", ["sid", "status", "account_sid"], ("sid",)),
        ("task_guid", "/tasks", ["task_guid", "gid"], ("task_guid",)),
        ("id", "/workflows", ["app_id"], ()),
        ("task", "/tasks", ["task_gid", "name"], ("task_gid",)),
    ],
)
def test_a_thing_is_named_by_the_field_that_its_path_means(
    parameter: str, shape: str, properties: list[str], found: tuple[str, ...]
) -> None:
    assert likely_id((parameter,), shape, properties) == found
