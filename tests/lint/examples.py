"""The page of rules with what each finds and what passes: ``python tests/lint/examples.py > docs/rules.md``."""

import sys
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).parent))

from conftest import BASE, EXTRA, PARAMETER, planted, rows

from conformance.lint.page import Example, page
from conformance.lint.table import RULES
from conformance.spec.pointer import follow, split

RIGHT = yaml.safe_load((Path(__file__).with_name("data") / "right.yaml").read_text("utf-8"))
TWICE = Example(wrong="info:\n  title: Shop\n  title: Store", right="info:\n  title: Shop")

FILE = Example(
    wrong="examples:\n  small:\n    externalValue: examples/smal.json",
    right="examples:\n  small:\n    externalValue: examples/small.json",
)


def pairs():
    """The first planted defect of each rule, and the document that passes."""
    first = {}
    for row in rows():
        first.setdefault(row["rule"], row)
    return {
        id_: (row, {key: row[key] for key in ("version", "secured", "latency") if key in row} | RIGHT.get(id_, {}))
        for id_, row in first.items()
    }


def shown(value, pointers):
    """The places of a document, with what they stand in, as YAML."""
    tree = {}
    for pointer in pointers:
        tokens = split(pointer)
        try:
            held = follow(value, pointer)
        except (LookupError, TypeError):
            continue
        inner = tree
        for token in tokens[:-1]:
            inner = inner.setdefault(token, {})
        inner[tokens[-1]] = held
    return yaml.safe_dump(listed(tree, value), sort_keys=False, allow_unicode=True, width=100).strip() if tree else ""


def listed(tree, value):
    """Lists as lists: of theirs, only the items that are shown."""
    if isinstance(value, list) and isinstance(tree, dict) and all(key.isdecimal() for key in tree):
        return [listed(inner, value[int(key)]) for key, inner in tree.items()]
    if isinstance(tree, dict) and isinstance(value, dict):
        return {key: listed(inner, value[key]) for key, inner in tree.items()}
    return tree


def places(row):
    """What a row changes in the shop."""
    return [
        *([EXTRA] if "schema" in row else []),
        *([PARAMETER] if "parameter" in row else []),
        *row.get("set", {}),
        *row.get("drop", []),
    ]


def examples():
    """An example for each rule."""
    found = {"name-repeated": TWICE, "example-file-missing": FILE}
    for id_, (wrong, right) in pairs().items():
        both = list(dict.fromkeys([*places(wrong), *places(right)]))
        found[id_] = Example(wrong=shown(planted(wrong), places(wrong)), right=shown(planted(right), both))
    return found


if __name__ == "__main__":
    assert BASE
    sys.stdout.write(page(RULES, examples()))
