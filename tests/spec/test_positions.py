"""Lines and columns of pointers, for JSON and YAML."""

import json
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from conformance.spec.load import load, parse
from conformance.spec.places import places
from conformance.spec.pointer import split
from conformance.spec.positions import positions

SHARED = Path(__file__).parents[3] / "shared" / "specs"
JSON = '{\n "a/b": {"~": [1, {"c": true}], "":null},\n "quo\\"te": "x}{",\n "list": [\n  [],\n  "s"\n ]\n}'
YAML = (
    "a/b:\n  '~': [1, {c: true}]\n  ? long\n  : 2\nlist:\n- - x\n- s: 1\n  t: &t {u: 1}\nalias: *t\nmerged:\n  <<: *t\n  v: 2\n"
)


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("", (1, 1)), ("/a~1b", (2, 2)), ("/a~1b/~0", (2, 10)), ("/a~1b/~0/0", (2, 16)), ("/a~1b/~0/1/c", (2, 20)), ("/a~1b/", (2, 33)),
        ('/quo"te', (3, 2)), ("/list/0", (5, 3)), ("/list/1", (6, 3)), ("/nothing", (1, 1)), ("/list/7/x", (4, 2)), ("/list/x", (4, 2)),
        ('/quo"te/deeper', (3, 2)),
    ],
)  # fmt: skip
def test_json_places(pointer, place):
    assert positions(JSON, "JSON").locate(pointer) == place


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("", (1, 1)), ("/a~1b", (1, 1)), ("/a~1b/~0", (2, 3)), ("/a~1b/~0/1/c", (2, 13)), ("/a~1b/long", (3, 5)), ("/list/0", (6, 3)),
        ("/list/0/0", (6, 5)), ("/list/1/t", (8, 3)), ("/list/1/t/u", (8, 10)), ("/alias", (9, 1)), ("/alias/u", (8, 10)),
        ("/merged/u", (8, 10)), ("/merged/v", (12, 3)), ("/list/9", (5, 1)), ("/nothing", (1, 1)),
    ],
)  # fmt: skip
def test_yaml_places(pointer, place):
    assert positions(YAML, "YAML").locate(pointer) == place


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def _pointers(value, pointer=""):
    yield pointer, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _pointers(item, f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}")


@given(TREES, st.sampled_from([None, 1]), st.booleans())
def test_in_any_json_text_a_member_is_at_its_key_and_an_item_at_its_value(tree, indent, ascii_only):
    text = json.dumps(tree, indent=indent, ensure_ascii=ascii_only)
    lines = text.split("\n")
    found = positions(text, "JSON")
    for pointer, value in _pointers(tree):
        line, column = found.locate(pointer)
        here = "\n".join([lines[line - 1][column - 1 :], *lines[line:]])
        parent_is_list = (
            pointer and pointer.rpartition("/")[2].isdecimal() and not here.startswith('"' + pointer.rpartition("/")[2] + '":')
        )
        if not pointer or parent_is_list:
            assert json.JSONDecoder().raw_decode(here)[0] == value
        else:
            assert here.startswith(json.dumps(split(pointer)[-1], ensure_ascii=ascii_only) + ":")


def test_crlf_and_a_byte_order_mark_do_not_move_columns():
    source = parse("a.json", '\ufeff{\r\n  "openapi": "3.1.0"\r\n}'.encode())
    assert source.locate("/openapi") == (2, 3)


def test_locating_hundreds_of_places_in_megabytes_is_cheap():
    value = {
        "openapi": "3.1.0",
        "paths": {f"/p/{index}": {"get": {"tags": ["a", "b"], "x": [{"y": "z" * 40}] * 20}} for index in range(2000)},
    }
    text = json.dumps(value, indent=1)
    wanted = [f"/paths/~1p~1{index}/get/x/19/y" for index in range(0, 2000, 4)]
    start = time.process_time()
    found = [positions(text, "JSON").locate(pointer) for pointer in wanted]
    assert time.process_time() - start < 3
    assert len(text) > 2_000_000
    assert len(set(found)) == len(wanted)


def test_every_place_of_the_shipped_document_is_found_in_json_and_in_yaml():
    from conformance import shipped

    source = load(shipped.document())
    text = yaml.dump(source.value, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False)
    in_yaml = parse("a.yaml", text.encode())
    for held in (source, in_yaml):
        lines = held.text.split("\n")
        for place in list(places(held.value))[::7]:
            name = split(place.pointer)[-1] if place.pointer else ""
            line, column = held.locate(place.pointer)
            here = lines[line - 1][column - 1 :]
            assert not name or name.isdecimal() or here.lstrip("'\"? ").startswith(name[:20]), place.pointer
