"""Unions: branches that never match, that never count alone, or that stand twice."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.lint.cover import covers
from conformance.lint.parts import key, whole
from conformance.lint.rule import NOTE, WARNING, Defect, Rule
from conformance.lint.space import branch_impossible, impossible
from conformance.lint.subject import Subject, list_of
from conformance.spec.places import Place
from conformance.spec.pointer import join
from conformance.spec.schema import SchemaNode

AREA = "schemas"
_UNIONS = ("oneOf", "anyOf")


def _branches(subject: Subject, keyword: str) -> Iterator[tuple[Place, SchemaNode, list[tuple[int, SchemaNode]]]]:
    for place in subject.having(keyword):
        node = subject.node(place.pointer)
        if node is None:
            continue
        found = [(index, child) for index in range(len(list_of(place.value[keyword])))
                 if (child := node.child(keyword, index)) is not None]  # fmt: skip
        if len(found) > 1 or (found and "type" in place.value):
            yield place, node, found


def union_branch_impossible(subject: Subject) -> Iterator[Defect]:
    """Every branch of a union agrees with what stands beside the union."""
    for keyword in _UNIONS:
        for place, node, branches in _branches(subject, keyword):
            failed = [(index, reason) for index, branch in branches if (reason := branch_impossible(node, branch)) is not None]
            alone = [index for index, branch in branches if impossible(whole(branch)) is not None]
            if len(failed) == len(branches) and not alone:
                continue
            for index, reason in failed:
                if index not in alone:
                    yield Defect(
                        join(place.pointer, keyword, index), f"this branch never agrees with what stands beside it: {reason}"
                    )


def one_of_overlapping(subject: Subject) -> Iterator[Defect]:
    """Every branch of a ``oneOf`` allows something that no other branch does."""
    for place, node, branches in _branches(subject, "oneOf"):
        for index, branch in branches:
            for other, wide in branches:
                if other == index or (other > index and covers(branch, wide)) or not covers(wide, branch):
                    continue
                if branch_impossible(node, branch) is None:
                    same = "is the same as" if covers(branch, wide) else "is always also valid for"
                    yield Defect(
                        join(place.pointer, "oneOf", index),
                        f"what this branch allows {same} branch {other}, so that it never counts alone",
                    )
                    break


def branch_duplicate(subject: Subject) -> Iterator[Defect]:
    """No branch stands twice in ``anyOf`` or ``allOf``."""
    for keyword in ("anyOf", "allOf"):
        for place in subject.having(keyword):
            seen: dict[str, int] = {}
            for index, branch in enumerate(list_of(place.value[keyword])):
                first = seen.setdefault(key(branch), index)
                if first != index:
                    yield Defect(join(place.pointer, keyword, index), f"this branch is the same as branch {first}")


def any_of_branch_redundant(subject: Subject) -> Iterator[Defect]:
    """No branch of an ``anyOf`` only narrows what another one of its type, or one that takes anything, allows."""
    # Branches that tell a reader more, by name, words, listed values or a format, are left alone: an open list of values
    # is written so. Neither are objects judged, which show their properties.
    for place, _, branches in _branches(subject, "anyOf"):
        for index, branch in branches:
            types = branch.types()
            if not types or types & {"object", "array"} or not _is_mute(list_of(place.value["anyOf"])[index]):
                continue
            wide = next((other for other, node in branches if other != index and (node.value in (True, {}) or (
                         node.types() == types and covers(node, branch) and not covers(branch, node)))), None)  # fmt: skip
            if wide is not None:
                yield Defect(
                    join(place.pointer, "anyOf", index), f"branch {wide} allows all that this one does, so that it has no effect"
                )


_BOUNDS = frozenset({"type", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
                     "pattern"})  # fmt: skip


def _is_mute(branch: object) -> bool:
    """Whether a branch is no more than a type with bounds."""
    return isinstance(branch, dict) and branch.keys() <= _BOUNDS


RULES = (
    Rule(
        id="any-of-branch-redundant",
        severity=NOTE,
        area=AREA,
        function=any_of_branch_redundant,
        summary="A branch of `anyOf` allows nothing that a wider one does not allow too.",
        fix="Remove the narrower branch, or the wider one if the bound is meant.",
        why="One match is enough, so its bound is never asked (JSON Schema core 10.2.1.2).",
    ),
    Rule(
        id="branch-duplicate",
        severity=WARNING,
        area=AREA,
        function=branch_duplicate,
        summary="A branch stands twice in one `anyOf` or `allOf`.",
        fix="Remove one of the two, or write the one that was meant.",
        why="The second says nothing new; often a copy was not finished (JSON Schema core 10.2.1).",
    ),
    Rule(
        id="one-of-overlapping",
        severity=WARNING,
        area=AREA,
        function=one_of_overlapping,
        summary="A branch of `oneOf` allows nothing that another branch does not allow too.",
        fix="Tell the branches apart by a required property, a constant or a type, or use `anyOf`.",
        why="Exactly one branch may match, so no value is ever valid by this one (JSON Schema core 10.2.1.3).",
    ),
    Rule(
        id="union-branch-impossible",
        severity=WARNING,
        area=AREA,
        function=union_branch_impossible,
        summary="A branch of a union contradicts what stands beside the union.",
        fix="Remove the branch, or what contradicts it.",
        why="The branch can never match (JSON Schema core 10.2.1).",
    ),
)
