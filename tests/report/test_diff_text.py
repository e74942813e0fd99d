"""How changes are told to people."""

from conformance.diff.change import Change, Level
from conformance.report.diff_text import as_json, as_markdown, as_text


def added(value, operation="GET /pets"):
    return Change(
        id="enum-value-added", level=Level.WARNING, sdk=Level.WARNING, operation=operation, where="response 200, kind",
        text=f"the value '{value}' was added", old_pointer="/components/schemas/Kind/enum", new_pointer="/components/schemas/Kind/enum",
    )  # fmt: skip


def test_values_that_came_into_one_list_are_told_in_one_line():
    changes = [added(f"v{index}", operation) for index in range(10) for operation in ("GET /pets", "POST /pets")]
    line = "response 200, kind: 10 values were added: 'v0', 'v1', 'v2', 'v3', 'v4', 'v5', 'v6', 'v7' and 2 more"
    assert as_text(changes).splitlines() == [
        "warning (may surprise clients): 10",
        f"  enum-value-added  {line}",
        "      GET /pets, POST /pets  /components/schemas/Kind/enum",
        "",
        "10 changes (10 warning) in 2 operations",
    ]
    assert f"| `enum-value-added` | {line} | GET /pets, POST /pets |" in as_markdown(changes)
    assert as_json(changes).count("was added") == 20


def test_values_of_other_operations_are_told_apart():
    told = as_text([added("a"), added("b", "POST /pets")])
    assert "the value 'a' was added" in told
    assert "the value 'b' was added" in told
