"""Paths and parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.lint.rule import ERROR, NOTE, WARNING, Defect, Rule
from conformance.lint.subject import PathEntry, Subject, dict_of
from conformance.spec.places import Place
from conformance.spec.pointer import join

AREA = "parameters"
_TEMPLATE = re.compile(r"\{([^{}]*)\}")
_IGNORED = frozenset({"accept", "content-type", "authorization"})


def _declared(subject: Subject, owner: Place) -> list[tuple[str, Place]]:
    return list(subject.listed(owner, "parameters", "parameter"))


def _path_names(parameters: list[tuple[str, Place]]) -> dict[str, str]:
    """The names of path parameters, with where each is declared."""
    return {place.value["name"]: pointer for pointer, place in parameters
            if place.value.get("in") == "path" and isinstance(place.value.get("name"), str)}  # fmt: skip


def path_parameter_undeclared(subject: Subject) -> Iterator[Defect]:
    """Every template in a path is declared."""
    for entry in subject.paths:
        shared = _path_names(_declared(subject, entry.item))
        for method, operation in entry.operations():
            names = shared | _path_names(_declared(subject, operation))
            for name in dict.fromkeys(_TEMPLATE.findall(entry.path)):
                if name and name not in names and not _is_broken(subject, entry.item, operation):
                    yield Defect(
                        operation.pointer, f"{method.upper()} {entry.path} does not declare the path parameter {name!r}", name
                    )


def _is_broken(subject: Subject, *owners: Place) -> bool:
    """Whether a reference among the parameters leads nowhere, so that nobody knows which is meant."""
    return any(
        isinstance(item, dict) and isinstance(item.get("$ref"), str) and subject.target(item["$ref"]) is None
        for owner in owners for item in (owner.value.get("parameters") if isinstance(owner.value.get("parameters"), list) else ())
    )  # fmt: skip


def path_parameter_unused(subject: Subject) -> Iterator[Defect]:
    """Every declared path parameter stands in the path."""
    for entry in subject.paths:
        templates = set(_TEMPLATE.findall(entry.path))
        for owner in (entry.item, *(operation for _, operation in entry.operations())):
            for name, pointer in _path_names(_declared(subject, owner)).items():
                if name not in templates:
                    yield Defect(pointer, f"the path {entry.path} has no {{{name}}}", name)


def path_parameter_optional(subject: Subject) -> Iterator[Defect]:
    """Path parameters are required."""
    for place in subject.of("parameter"):
        if place.value.get("in") == "path" and place.value.get("required") is not True:
            yield Defect(place.pointer, f"the path parameter {place.value.get('name')!r} is not marked as required")


def parameter_duplicate(subject: Subject) -> Iterator[Defect]:
    """No list of parameters has one twice."""
    for owner in subject.of("path-item", "operation"):
        seen: set[tuple[str, str]] = set()
        for pointer, place in _declared(subject, owner):
            name, location = place.value.get("name"), place.value.get("in")
            if isinstance(name, str) and isinstance(location, str):
                # Names of headers have no case (RFC 9110 section 5.1).
                key = (name.lower() if location == "header" else name, location)
                if key in seen:
                    yield Defect(pointer, f"the {location} parameter {name!r} is in this list before")
                seen.add(key)


def parameter_ignored(subject: Subject) -> Iterator[Defect]:
    """No header is declared whose definition is ignored."""
    for place in subject.of("parameter"):
        name = place.value.get("name")
        if place.value.get("in") == "header" and isinstance(name, str) and name.lower() in _IGNORED:
            yield Defect(place.pointer, f"a header parameter named {name!r} is ignored")
    for place in subject.of("response"):
        for name in dict_of(place.value.get("headers")):
            if name.lower() == "content-type":
                yield Defect(join(place.pointer, "headers", name), f"a response header named {name!r} is ignored")


def path_malformed(subject: Subject) -> Iterator[Defect]:
    """Paths start with a slash, have whole templates, and hold neither a query nor a fragment."""
    for path in dict_of(subject.raw.get("paths")):
        if path.startswith("x-"):
            continue
        rest = _TEMPLATE.sub("", path)
        if not path.startswith("/"):
            problem = "does not start with a slash"
        elif "{" in rest or "}" in rest:
            problem = "has a brace without its partner"
        elif "{}" in path:
            problem = "has a template without a name"
        elif "?" in rest or "#" in rest:
            problem = "holds a query or a fragment; declare query parameters instead"
        else:
            continue
        yield Defect(join("/paths", path), f"the path {path!r} {problem}")


def path_template_repeated(subject: Subject) -> Iterator[Defect]:
    """No path has one template twice."""
    for entry in subject.paths:
        names = _TEMPLATE.findall(entry.path)
        for name in dict.fromkeys(name for name in names if names.count(name) > 1):
            yield Defect(entry.pointer, f"{{{name}}} stands twice in {entry.path}", name)


def path_ambiguous(subject: Subject) -> Iterator[Defect]:
    """No two paths differ in the names of their templates alone."""
    seen: dict[str, str] = {}
    for entry in subject.paths:
        shape = _TEMPLATE.sub("{}", entry.path)
        first = seen.setdefault(shape, entry.path)
        if first != entry.path:
            yield Defect(entry.pointer, f"{entry.path} and {first} match the same requests")


def path_overlapping(subject: Subject) -> Iterator[Defect]:
    """No two paths match one request without one of them being the more concrete."""
    by_length: dict[tuple[int, str], list[tuple[PathEntry, list[str]]]] = {}
    for entry in subject.paths:
        segments = ["{}" if "{" in segment else segment for segment in entry.path.split("/")[1:]]
        group = by_length.setdefault((len(segments), ""), [])
        for other, theirs in group:
            if _overlap(segments, theirs) and _methods(entry) & _methods(other):
                yield Defect(
                    entry.pointer,
                    f"a request can match both {entry.path} and {other.path}, and neither is more concrete",
                    other.path,
                )
        group.append((entry, segments))


def _methods(entry: PathEntry) -> set[str]:
    return {method for method, _ in entry.operations()}


def _overlap(ours: list[str], theirs: list[str]) -> bool:
    ours_wins = theirs_wins = False
    for own, other in zip(ours, theirs, strict=True):
        if own == other:
            continue
        if own != "{}" and other != "{}":
            return False
        ours_wins, theirs_wins = ours_wins or other == "{}", theirs_wins or own == "{}"
    return ours_wins and theirs_wins


RULES = (
    Rule(
        id="parameter-duplicate", severity=ERROR, area=AREA, function=parameter_duplicate,
        summary="A list of parameters has one twice.",
        fix="Remove one of the two.",
        why="A parameter is known by its name and location, which must be unique (OpenAPI, Operation Object).",
    ),
    Rule(
        id="parameter-ignored", severity=WARNING, area=AREA, function=parameter_ignored,
        summary="Accept, Content-Type or Authorization is declared as a parameter or response header.",
        fix="Describe it by the media types of `content` and by `security`.",
        why="The definition is ignored (OpenAPI, Parameter Object and Response Object).",
    ),
    Rule(
        id="path-ambiguous", severity=ERROR, area=AREA, function=path_ambiguous,
        summary="Two paths differ in the names of their templates alone.",
        fix="Merge them into one path.",
        why="They are identical, which is not allowed (OpenAPI, Paths Object).",
    ),
    Rule(
        id="path-malformed", severity=ERROR, area=AREA, function=path_malformed,
        summary="A path is not a path.",
        fix="Start it with a slash, close its templates, and move a query to parameters.",
        why="No request can match it (OpenAPI, Paths Object).",
    ),
    Rule(
        id="path-overlapping", severity=NOTE, area=AREA, function=path_overlapping,
        summary="A request can match two paths, and neither is more concrete.",
        fix="Change a literal part of one of them.",
        why="Which one answers is up to the server and its order of routes (OpenAPI, Path Templating Matching).",
    ),
    Rule(
        id="path-parameter-optional", severity=ERROR, area=AREA, function=path_parameter_optional,
        explains=("", "/in", "/required"),
        summary="A path parameter is not marked as required.",
        fix="Add `required: true`.",
        why="A path without the segment is another path (OpenAPI, Parameter Object).",
    ),
    Rule(
        id="path-parameter-undeclared", severity=ERROR, area=AREA, function=path_parameter_undeclared,
        summary="A path has a template that no parameter declares.",
        fix="Declare a parameter with this name, `in: path` and `required: true`.",
        why="Nobody knows what to put there (OpenAPI, Path Templating).",
    ),
    Rule(
        id="path-parameter-unused", severity=ERROR, area=AREA, function=path_parameter_unused,
        summary="A path parameter is declared that the path does not have.",
        fix="Add the template to the path, correct the name, or remove the parameter.",
        why="The value is never sent; often the name is misspelt (OpenAPI, Parameter Object).",
    ),
    Rule(
        id="path-template-repeated", severity=WARNING, area=AREA, function=path_template_repeated,
        summary="A path has one template twice.",
        fix="Give the two templates different names.",
        why="Clients put one value in both places, and some routers refuse the path.",
    ),
)  # fmt: skip
