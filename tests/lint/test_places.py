"""Where findings stand in the text, for every rule, in JSON and in YAML."""

import json

import pytest
import yaml

from conformance.lint.lint import lint
from conformance.lint.table import rule
from conformance.spec.document import Document
from conformance.spec.load import parse
from conformance.spec.pointer import split

DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_line_and_column_lead_to_the_name_that_the_pointer_ends_with(defects, shop_with, form):
    first = {row["rule"]: row for row in defects}
    for id_, row in first.items():
        value = shop_with(row).raw
        text = json.dumps(value, indent=2) if form == "json" else yaml.dump(value, Dumper=DUMPER, sort_keys=False, width=10_000)
        lines = text.split("\n")
        found = lint(Document(parse(f"a.{form}", text.encode())), rules=[rule(id_)])
        assert found, id_
        for each in found:
            name = split(each.pointer)[-1]
            here = lines[each.line - 1][each.column - 1 :]
            assert here.strip('"').strip("'").startswith(name[:40]) or here.startswith(json.dumps(name)) or name.isdecimal(), (
                each,
                here,
            )
