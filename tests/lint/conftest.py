"""Documents with one planted defect each: a shop without defects, and what is changed in it."""

import copy
import json
import re
from pathlib import Path

import pytest
import yaml

from conformance.model.operation import METHODS
from conformance.spec.document import Document
from conformance.spec.load import parse
from conformance.spec.pointer import split

PINNED = ("array-items-missing", "nullable-untyped", "reference-siblings-ignored", "reference-words-ignored", "type-list-early")
DEFECTS = Path(__file__).with_name("data") / "defects"
EXTRA = "/components/schemas/Order/properties/extra"
PARAMETER = "/paths/~1orders/get/parameters/4"
BASE = yaml.safe_load((DEFECTS / "base.yaml").read_text("utf-8").replace("code: no,", "code: 'no',"))


def holder(value, pointer):
    *above, last = split(pointer)
    for token in above:
        value = value[int(token)] if isinstance(value, list) else value.setdefault(token, {})
    return value, int(last) if isinstance(value, list) else last


def put(value, pointer, held):
    owner, name = holder(value, pointer)
    if isinstance(owner, list) and name == len(owner):
        owner.append(copy.deepcopy(held))
    else:
        owner[name] = copy.deepcopy(held)


def operations(value):
    return [(path, method, item[method]) for path, item in value["paths"].items() for method in METHODS if method in item]


def planted(row):
    """The shop with the defect of a row."""
    value = copy.deepcopy(BASE)
    value["openapi"] = row.get("version", "3.1.0")
    for path, method, operation in operations(value):
        place = f"/paths/{path.replace('/', '~1')}/{method}"
        if "secured" in row and place not in row["secured"]:
            operation.setdefault("security", [{"bearer": []}])
        if "latency" in row:
            operation["x-latency-category"] = row["latency"]
    changes = {EXTRA: row["schema"]} if "schema" in row else {PARAMETER: row["parameter"]} if "parameter" in row else {}
    for pointer, held in {**changes, **row.get("set", {})}.items():
        put(value, pointer, held)
    for pointer in row.get("drop", []):
        owner, name = holder(value, pointer)
        del owner[name]
    return value


def place(row):
    """Where the finding has to stand."""
    return EXTRA + row["at"][1:] if row["at"].startswith(".") else row["at"]


def braced(text):
    """A pointer with the templates of its path; flow style has other uses for braces."""
    return re.sub(r"~1<(\w+)>", r"~1{\1}", text)


def rows():
    found = [
        row for path in sorted(DEFECTS.glob("*.yaml")) if path.stem != "base" for row in yaml.safe_load(path.read_text("utf-8"))
    ]
    for row in found:
        row["at"] = braced(row["at"])
        row["set"] = {braced(pointer): held for pointer, held in row.get("set", {}).items()}
        row |= {key: [braced(pointer) for pointer in row[key]] for key in ("drop", "secured") if key in row}
    return found


def read(value):
    return Document(parse("test.json", json.dumps(value).encode()))


def pytest_generate_tests(metafunc):
    if "defect" in metafunc.fixturenames:
        found = rows()
        metafunc.parametrize("defect", found, ids=[row["name"] for row in found])
    if "right" in metafunc.fixturenames:
        held = yaml.safe_load(DEFECTS.with_name("right.yaml").read_text("utf-8"))
        metafunc.parametrize("right", held.items(), ids=list(held))
    if "near_miss" in metafunc.fixturenames:
        found = yaml.safe_load(DEFECTS.with_name("near_misses.yaml").read_text("utf-8"))
        metafunc.parametrize("near_miss", found, ids=[row["name"] for row in found])


@pytest.fixture(scope="session")
def shop():
    """The document without defects, and how one is read."""
    return BASE, read


@pytest.fixture(scope="session")
def defects():
    """Every planted defect."""
    return rows()


@pytest.fixture
def expected(defect):
    """The rule and the place of a defect."""
    return defect["rule"], place(defect)


@pytest.fixture
def defective(defect):
    """The document of a defect."""
    return read(planted(defect))


@pytest.fixture
def passing(right):
    """A rule, and the document of the example that it passes."""
    id_, row = right
    version = next((each["version"] for each in rows() if each["rule"] == id_ and "version" in each), None)
    return id_, read(planted(row | ({"version": version} if version and id_ in PINNED else {})))


@pytest.fixture
def near(near_miss):
    """The document of a near miss."""
    return read(planted(near_miss))


@pytest.fixture(scope="session")
def shop_with():
    """Reads the shop with a defect in it, or another document."""
    return lambda row, value=None: read(planted(row) if value is None else value)
