"""Names that collide: in file systems and generated code that ignore case, or on the wire."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from conformance.lint.nearness import folded
from conformance.lint.rule import NOTE, WARNING, Defect, Rule
from conformance.lint.subject import Subject, dict_of, list_of, texts_of
from conformance.spec.pointer import join

AREA = "consistency"


def _twins(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Names with an earlier one that differs in case alone."""
    seen: dict[str, str] = {}
    for name in names:
        first = seen.setdefault(name.casefold(), name)
        if first != name:
            yield name, first


def component_case_twin(subject: Subject) -> Iterator[Defect]:
    """No two components of one kind differ in case alone."""
    for kind in dict_of(subject.raw.get("components")):
        for name, first in _twins(subject.components(kind)) if not kind.startswith("x-") else ():
            yield Defect(join("/components", kind, name), f"{name!r} and {first!r} differ in case alone")


def path_case_twin(subject: Subject) -> Iterator[Defect]:
    """No two paths differ in case or in a slash at the end alone."""
    seen: dict[str, str] = {}
    for entry in subject.paths:
        plain = entry.path.casefold().rstrip("/")
        first = seen.setdefault(plain, entry.path)
        if first != entry.path:
            what = "case alone" if first.casefold() == entry.path.casefold() else "a slash at the end"
            yield Defect(entry.pointer, f"{entry.path} and {first} differ in {what}")


def property_case_twin(subject: Subject) -> Iterator[Defect]:
    """No two properties of one schema differ in case alone."""
    for place in subject.having("properties"):
        for name, first in _twins(dict_of(place.value["properties"])):
            yield Defect(join(place.pointer, "properties", name), f"{name!r} and {first!r} differ in case alone")


def property_spelling_twin(subject: Subject) -> Iterator[Defect]:
    """No two properties of one schema differ in underscores and hyphens alone."""
    for place in subject.having("properties"):
        seen: dict[str, str] = {}
        for name in dict_of(place.value["properties"]):
            first = seen.setdefault(folded(name), name)
            if (
                first.casefold() != name.casefold()
                and not {*name} & {*"+<>=!"}
                and not {*first} & {*"+<>=!"}
                and folded(name).isalnum()
            ):
                yield Defect(join(place.pointer, "properties", name), f"generated code gives {name!r} and {first!r} one name")


def enum_case_twin(subject: Subject) -> Iterator[Defect]:
    """No two enumerated values differ in case alone."""
    for place in subject.having("enum"):
        values = texts_of(place.value["enum"])
        for name, first in _twins(dict.fromkeys(values)):
            index = list_of(place.value["enum"]).index(name)
            yield Defect(join(place.pointer, "enum", index), f"{name!r} and {first!r} differ in case alone")


def tag_case_twin(subject: Subject) -> Iterator[Defect]:
    """No two tags differ in case alone."""
    names: dict[str, str] = {}
    for index, tag in enumerate(list_of(subject.raw.get("tags"))):
        name = dict_of(tag).get("name")
        if isinstance(name, str):
            names.setdefault(name, join("/tags", index, "name"))
    for operation in subject.document.operations:
        for index, name in enumerate(operation.tags):
            names.setdefault(name, join(operation.pointer, "tags", index))
    for name, first in _twins(names):
        yield Defect(names[name], f"the tags {name!r} and {first!r} differ in case alone")


def tag_repeated(subject: Subject) -> Iterator[Defect]:
    """No operation has one tag twice."""
    for place in subject.of("operation"):
        tags = texts_of(place.value.get("tags"))
        for index, name in enumerate(tags):
            if name in tags[:index]:
                yield Defect(join(place.pointer, "tags", index), f"the operation has the tag {name!r} already")


def operation_id_spelling_twin(subject: Subject) -> Iterator[Defect]:
    """No two operation ids differ in underscores, hyphens and dots alone."""
    seen: dict[str, str] = {}
    for operation in subject.document.operations:
        name = operation.operation_id
        if name:
            first = seen.setdefault(folded(name), name)
            if first.casefold() != name.casefold():
                yield Defect(join(operation.pointer, "operationId"), f"generated code gives {name!r} and {first!r} one name")


def parameter_case_twin(subject: Subject) -> Iterator[Defect]:
    """No two parameters of an operation in one place differ in case alone."""
    for entry in subject.paths:
        shared = list(subject.listed(entry.item, "parameters", "parameter"))
        for _, operation in entry.operations():
            seen: dict[tuple[str, str], tuple[str, bool]] = {}
            for is_own, (pointer, place) in [(False, row) for row in shared] + [
                (True, row) for row in subject.listed(operation, "parameters", "parameter")
            ]:
                name, location = place.value.get("name"), place.value.get("in")
                if not isinstance(name, str) or not isinstance(location, str):
                    continue
                first, first_own = seen.setdefault((location, name.casefold()), (name, is_own))
                # Twins among headers of one list are duplicates, which another rule says.
                if first != name and not (location == "header" and first_own == is_own):
                    yield Defect(pointer, f"the {location} parameters {name!r} and {first!r} differ in case alone")


RULES = (
    Rule(
        id="component-case-twin", severity=WARNING, area=AREA, function=component_case_twin,
        summary="Two components of one kind differ in case alone.",
        fix="Rename one of them, or merge the two.",
        why="Generated code, and file systems that ignore case, take them for one.",
    ),
    Rule(
        id="enum-case-twin", severity=NOTE, area=AREA, function=enum_case_twin,
        summary="Two enumerated values differ in case alone.",
        fix="Keep one spelling.",
        why="Generated code gives the two constants one name; often one of them is a mistake.",
    ),
    Rule(
        id="operation-id-spelling-twin", severity=NOTE, area=AREA, function=operation_id_spelling_twin,
        summary="Two operation ids differ in underscores, hyphens and dots alone.",
        fix="Give one of them another name.",
        why="Generated code writes both names the same way.",
    ),
    Rule(
        id="parameter-case-twin", severity=WARNING, area=AREA, function=parameter_case_twin,
        summary="Two parameters of an operation differ in case alone.",
        fix="Keep one spelling.",
        why="Generated code gives both one name; of headers, only one exists (RFC 9110 section 5.1).",
    ),
    Rule(
        id="path-case-twin", severity=WARNING, area=AREA, function=path_case_twin,
        summary="Two paths differ in case or in a slash at the end alone.",
        fix="Keep one of the two.",
        why="Many servers answer both alike, so that nobody knows which is described (RFC 3986 section 6).",
    ),
    Rule(
        id="property-case-twin", severity=WARNING, area=AREA, function=property_case_twin,
        summary="Two properties of a schema differ in case alone.",
        fix="Keep one spelling.",
        why="Generated code gives both one name, and one of the two values is lost.",
    ),
    Rule(
        id="property-spelling-twin", severity=NOTE, area=AREA, function=property_spelling_twin,
        summary="Two properties of a schema differ in underscores and hyphens alone.",
        fix="Keep one spelling.",
        why="Generated code gives both one name, and one of the two values is lost.",
    ),
    Rule(
        id="tag-case-twin", severity=WARNING, area=AREA, function=tag_case_twin,
        summary="Two tags differ in case alone.",
        fix="Use one spelling.",
        why="Readers find half of the operations in each.",
    ),
    Rule(
        id="tag-repeated", severity=WARNING, area=AREA, function=tag_repeated,
        summary="An operation has one tag twice.",
        fix="Remove one of the two.",
        why="Generated pages and clients list the operation twice.",
    ),
)  # fmt: skip
