"""Operations that differ from their siblings on other resources: what a user of the whole API trips over."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from conformance.lint.calls import TEMPLATE, Call, calls_of, collections, success
from conformance.lint.nearness import folded
from conformance.lint.rule import NOTE, WARNING, Defect, Rule
from conformance.lint.subject import PathEntry, Subject
from conformance.spec.pointer import join
from conformance.spec.schema import SchemaNode

AREA = "consistency"
_PAGING = re.compile(
    r"^(page|limit|offset|cursor|after|before|per_?page|starting_?after|ending_?before|skip|top|"
    r"(page|next|continuation)_?(size|number|token|cursor|limit|offset)|max_?(results|items)|page\[\w+\])$",
    re.IGNORECASE,
)
_LISTS = ("data", "items", "results", "records", "values", "content", "entries")
_META = re.compile(r"meta|page|paging|pagination|total|count|next|prev|links?$|cursor|has_?more|limit|offset", re.IGNORECASE)
_NEXT = re.compile(r"next_?(page_?)?(cursor|token)", re.IGNORECASE)
_REPLACED = re.compile(
    r"\breplace(d|ment)|instead|sunset|migrat|successor|supersed|in favou?r|\buse\b(?! (this|it)\b)|\bmoved|\bremoved|\bsee ",
    re.IGNORECASE,
)
_LEVELS = 4


def _is_list(node: SchemaNode | None) -> bool:
    """Whether an answer is a list, or an object around exactly one."""
    if node is None:
        return False
    if "array" in node.types():
        return True
    properties = node.all_properties()
    lists = [name for name, inner in properties.items() if "array" in inner.types()]
    return len(lists) == 1 and (lists[0] in _LISTS or all(_META.search(name) for name in properties if name != lists[0]))


def list_unpaged(subject: Subject) -> Iterator[Defect]:
    """Lists are paged where the lists of the other resources are."""
    calls = calls_of(subject)
    things = {call.shape.removesuffix("/{}") for call in calls if call.shape.endswith("/{}")}
    things |= {
        call.shape for call in calls
        if (call.method == "post" and not call.shape.endswith("/{}")) or call.shape.count("/") == 1
    }  # fmt: skip
    paged: list[Call] = []
    whole: list[Call] = []
    for call in calls:
        found = success(subject, call.place) if call.method == "get" and call.shape in things else None
        if found is not None and _is_list(found[1]):
            names = [
                str(place.value.get("name"))
                for owner in (call.entry.item, call.place)
                for _, place in subject.listed(owner, "parameters", "parameter")
                if place.value.get("in") == "query"
            ]
            (paged if any(_PAGING.match(name) for name in names) else whole).append(call)
    is_custom = len(paged) >= 2 and len(whole) * 3 <= len(paged) + len(whole)
    for call in whole if paged else ():
        others = f"{paged[0].name} and {len(paged) - 1} more have it" if len(paged) > 1 else f"{paged[0].name} has it"
        # An answer that says where the list goes on is a page, whatever the other lists are.
        if is_custom or _goes_on(subject, call):
            yield Defect(call.place.pointer, f"{call.name} is a list without paging, and {others}")


def _goes_on(subject: Subject, call: Call) -> bool:
    """Whether an answer has what asks for its next page."""
    found = success(subject, call.place)
    names = found[1].all_properties() if found is not None and found[1] is not None else {}
    return any(
        _NEXT.fullmatch(name) and "string" in inner.types() and not str(inner.get("format")).startswith(("uri", "iri"))
        for name, inner in names.items()
    )


def create_unreadable(subject: Subject) -> Iterator[Defect]:
    """What is created can be read back where that of the other resources can."""
    everything = calls_of(subject)
    listed = {call.shape for call in everything if call.method == "get"}
    held = collections(everything)
    readable = [calls for calls in held.values() if "create" in calls and "get" in calls]
    for calls in held.values():
        if "create" not in calls or "get" in calls or not _creates(subject, calls):
            continue
        is_kept = bool(calls.keys() & {"put", "patch", "delete"})
        if calls["create"].shape in listed and not (is_kept and readable):
            continue
        # A POST on a word that is no plural is an action, and what it answers is its result.
        if is_kept or (readable and calls["create"].shape.endswith("s")):
            yield Defect(calls["create"].place.pointer, f"no operation reads the one thing that {calls['create'].name} creates")


def _creates(subject: Subject, calls: Mapping[str, Call]) -> bool:
    """Whether a POST makes a thing with an id: it answers 201, and its things can be changed or have an id."""
    found = success(subject, calls["create"].place)
    if found is None or found[0] != "201":
        return False
    names = found[1].all_properties() if found[1] is not None else {}
    inner = names.get("data")
    return (
        bool(calls.keys() & {"put", "patch", "delete"}) or "id" in names or (inner is not None and "id" in inner.all_properties())
    )


def path_parameter_renamed(subject: Subject) -> Iterator[Defect]:
    """The parameter of one resource has one name on all of its paths."""
    names: dict[str, list[tuple[str, PathEntry]]] = {}
    for entry in subject.paths:
        prefix = ""
        for segment in entry.path.split("/")[1:]:
            found = TEMPLATE.fullmatch(segment)
            if found is not None:
                names.setdefault(prefix, []).append((found.group(1), entry))
            prefix += "/" + TEMPLATE.sub("{}", segment)
    for prefix, held in names.items():
        counts = Counter(name for name, _ in held)
        if len(counts) > 1:
            usual = max(counts, key=lambda name: (counts[name], -[other for other, _ in held].index(name)))
            for name, entry in held:
                if name != usual:
                    first = next(other.path for other_name, other in held if other_name == usual)
                    yield Defect(entry.pointer, f"{{{name}}} after {prefix} is called {{{usual}}} in {first}", name)


def operation_deprecated_silently(subject: Subject) -> Iterator[Defect]:
    """A deprecated operation says what takes its place."""
    for call in calls_of(subject):
        value = call.place.value
        if value.get("deprecated") is True:
            told = f"{value.get('description', '')} {value.get('summary', '')}"
            extra = [name for name in value if name.startswith("x-") and _REPLACED.search(name)]
            if not _REPLACED.search(told) and not extra and "externalDocs" not in value:
                yield Defect(
                    join(call.place.pointer, "deprecated"), f"{call.name} is deprecated, and nothing says what to use instead"
                )


def id_unproduced(subject: Subject) -> Iterator[Defect]:
    """Some operation gives the ids that paths ask for, as for the other resources."""
    calls = calls_of(subject)
    sources = {call.shape for call in calls if call.method in {"get", "post"} and not call.shape.endswith("}")}
    made = {call.shape for call in calls if call.method == "post"}
    above_made = {above for shape in made for above in _above(shape)}
    names = {shape.rpartition("/")[2] for shape in sources}
    stems = {name[: found.start()] for name in names for found in re.finditer("[_-]", name)}
    spelt = {folded(shape) for shape in sources}
    fields, identified = _answered(subject, calls)
    known: set[str] = set()
    unknown: dict[str, tuple[str, PathEntry]] = {}
    for entry in subject.paths:
        for prefix, name in _ids(entry):
            kind = prefix.rpartition("/")[2]
            is_made = prefix in above_made or not made.isdisjoint(_above(prefix))
            if not kind.endswith("s"):
                continue
            # Things that orders, batches or the like of theirs bring about are told by these.
            is_ordered = kind[:-1] in stems
            is_told = (name.lower() != "id" and name in fields) or folded(kind[:-1]) in identified
            if folded(prefix) in spelt or kind in names or is_made or is_ordered or is_told:
                known.add(prefix)
            else:
                unknown.setdefault(prefix, (name, entry))
    if len(known) >= 2 and len(unknown) * 3 <= len(known) + len(unknown):
        for prefix, (name, entry) in unknown.items():
            yield Defect(entry.pointer, f"no operation gives a {name!r}: nothing lists or creates {prefix}", name)


def _above(shape: str) -> list[str]:
    """What a path stands below, the outermost first."""
    return [shape[: found.start()] for found in re.finditer("/", shape)]


def _ids(entry: PathEntry) -> Iterator[tuple[str, str]]:
    """The ids in a path, each with the shape of what stands before it."""
    prefix = ""
    for segment in entry.path.split("/")[1:]:
        found = TEMPLATE.fullmatch(segment)
        if found is not None and re.search(r"(^|_|[a-z])[iI]d$", found.group(1)):
            yield prefix, found.group(1)
        prefix += "/" + TEMPLATE.sub("{}", segment)


def _answered(subject: Subject, calls: list[Call]) -> tuple[set[str], set[str]]:
    """The names of all properties in answers, a few levels deep, and of those that hold a thing with an id."""
    found: set[str] = set()
    identified: set[str] = set()
    # By pointer, how many levels have been looked at: answers share most of what they are made of.
    known: dict[str, int] = {}
    for call in calls:
        answer = success(subject, call.place)
        level = [answer[1]] if answer is not None and answer[1] is not None else []
        for left in range(_LEVELS, 0, -1):
            deeper: list[SchemaNode] = []
            for node in level:
                if known.get(node.pointer, 0) >= left:
                    continue
                known[node.pointer] = left
                items, properties = node.child("items"), node.all_properties()
                found.update(properties)
                identified.update(folded(name) for name, inner in properties.items() if "id" in inner.all_properties())
                deeper.extend(properties.values())
                deeper.extend([items] if items is not None else [])
            level = list({node.pointer: node for node in deeper}.values())
    return found, identified


RULES = (
    Rule(
        id="create-unreadable", severity=NOTE, area=AREA, function=create_unreadable,
        summary="What an operation creates cannot be read by itself.",
        fix="Describe the operation that reads one, as the other resources have it.",
        why="A client cannot see what became of what it made.",
    ),
    Rule(
        id="id-unproduced", severity=NOTE, area=AREA, function=id_unproduced,
        summary="A path asks for an id that no operation gives.",
        fix="Describe the operation that lists or creates these things.",
        why="A client has no way to learn the id.",
    ),
    Rule(
        id="list-unpaged", severity=WARNING, area=AREA, function=list_unpaged,
        summary="A list has no paging, and the other lists have it.",
        fix="Add the parameters for paging that the others have.",
        why="The list grows until it cannot be sent, and generic clients page all lists alike.",
    ),
    Rule(
        id="operation-deprecated-silently", severity=NOTE, area=AREA, function=operation_deprecated_silently,
        summary="A deprecated operation does not say what takes its place.",
        fix="Name the replacement in the description.",
        why="A client cannot move away from it (OpenAPI, `deprecated`: consumers should refrain from usage).",
    ),
    Rule(
        id="path-parameter-renamed", severity=NOTE, area=AREA, function=path_parameter_renamed,
        summary="The parameter of one resource has different names on its paths.",
        fix="Use one name for the parameter.",
        why="Generated clients name one thing in two ways.",
    ),
)  # fmt: skip
