"""Statuses and errors of operations that differ from those of their siblings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from conformance.lint.calls import Call, calls_of, collections, json_of, success
from conformance.lint.rule import NOTE, WARNING, Defect, Rule
from conformance.lint.subject import Subject, dict_of
from conformance.spec.body import is_json
from conformance.spec.places import Place
from conformance.spec.pointer import join

AREA = "consistency"


def status_unlike_siblings(subject: Subject) -> Iterator[Defect]:
    """A kind of operation succeeds with the same status on all resources."""
    groups: dict[str, list[tuple[str, Call]]] = {}
    everything = calls_of(subject)
    listed = {call.shape for call in everything if call.method == "get"}
    for shape, calls in collections(everything).items():
        for kind, call in calls.items():
            found = success(subject, call.place)
            if found is not None and (kind != "create" or shape in listed or "get" in calls):
                groups.setdefault(kind, []).append((found[0], call))
    for kind, rows in groups.items():
        counts = Counter(status for status, _ in rows)
        usual, most = counts.most_common(1)[0]
        if len(counts) > 1 and most >= 2 and (len(rows) - most) * (3 if most > 2 else 2) <= most:
            what = {"create": "creates", "delete": "deletes", "list": "lists"}.get(kind, f"{kind} operations")
            for status, call in rows:
                if status != usual:
                    yield Defect(
                        join(call.place.pointer, "responses", status),
                        f"{call.name} answers {status}, and {most} other {what} answer {usual}",
                    )


def error_unlike_siblings(subject: Subject) -> Iterator[Defect]:
    """Errors have one form on all operations."""
    forms: list[tuple[frozenset[str], str]] = []
    for call in calls_of(subject):
        for status, pointer, response in subject.responses(call.place):
            node = json_of(subject, response) if status[:1] in {"4", "5"} or status == "default" else None
            names = frozenset(node.all_properties()) if node is not None else frozenset()
            if names:
                forms.append((names, _body(pointer, response)))
    counts = Counter(names for names, _ in forms)
    if len(counts) < 2:
        return
    usual, most = counts.most_common(1)[0]
    others = [(names, pointer) for names, pointer in forms if not names & usual]
    if most >= 2 and len(others) * 2 <= most:
        told: set[frozenset[str]] = set()
        for names, pointer in others:
            if names not in told:
                told.add(names)
                same = sum(1 for form, _ in others if form == names) - 1
                more = f" (and {same} more such)" if same else ""
                yield Defect(
                    pointer,
                    f"this error has {', '.join(sorted(names)[:4])}{more}, and {most} others have {', '.join(sorted(usual)[:4])}",
                )


def _body(pointer: str, response: Place) -> str:
    """Where the body of a response stands, as written."""
    name = next((name for name in dict_of(response.value.get("content")) if is_json(name)), None)
    return join(pointer, "content", name, "schema") if response.pointer == pointer and name is not None else pointer


def error_status_unlike_siblings(subject: Subject) -> Iterator[Defect]:
    """The errors that nearly all operations of a kind, or of a path, document are documented by each of them."""
    everything = calls_of(subject)
    groups = {
        "operations": (everything, ("401", "403", "406", "429", "500", "503")),
        "operations on one thing": ([call for call in everything if call.shape.endswith("/{}")], ("404",)),
        "operations with a body": ([call for call in everything if "requestBody" in call.place.value], ("400", "415", "422")),
    }
    shapes: dict[str, list[Call]] = {}
    for call in everything:
        if call.shape.endswith("/{}"):
            shapes.setdefault(call.shape, []).append(call)
    groups |= {f"operations of {calls[0].entry.path}": (calls, ("404",)) for calls in shapes.values() if len(calls) > 2}
    missing: dict[str, dict[str, str]] = {}
    for what, (calls, statuses) in groups.items():
        listed = [(call, dict_of(call.place.value.get("responses")).keys()) for call in calls]
        for status in statuses:
            # Where nothing is asked of a client, it cannot be refused for that.
            rows = [row for row in listed if status not in {"401", "403"} or _is_secured(subject, row[0])]
            having = sum(1 for _, codes in rows if status in codes)
            # Of an operation without any error, another rule tells.
            some = [row for row in rows if any(code[:1] in {"4", "5"} for code in row[1])]
            lacking = [call for call, codes in some if not codes & {status, f"{status[0]}XX", "default"}]
            is_custom = having >= (2 if what.startswith("operations of ") else 4)
            if is_custom and (len(lacking) == 1 or len(lacking) * 10 <= having):
                for call in lacking:
                    missing.setdefault(call.place.pointer, {}).setdefault(status, f"which {having} other {what} have")
    for pointer, told in missing.items():
        statuses_told = "; no ".join(f"{status}, {who}" for status, who in told.items())
        yield Defect(join(pointer, "responses"), f"there is no {statuses_told}")


def _is_secured(subject: Subject, call: Call) -> bool:
    """Whether every way to call it needs credentials."""
    wanted = call.place.value.get("security", subject.raw.get("security"))
    return isinstance(wanted, list) and bool(wanted) and {} not in wanted


RULES = (
    Rule(
        id="error-status-unlike-siblings", severity=NOTE, area=AREA, function=error_status_unlike_siblings,
        summary="An operation does not document an error that nearly all others do.",
        fix="Add the response, or `default`, if the operation can answer it.",
        why="A client that handles what is documented is surprised by it here alone.",
    ),
    Rule(
        id="error-unlike-siblings", severity=WARNING, area=AREA, function=error_unlike_siblings,
        summary="An error has another form than those of the other operations.",
        fix="Use the schema that the others use.",
        why="Clients have one reader for errors, and it does not understand this one.",
    ),
    Rule(
        id="status-unlike-siblings", severity=NOTE, area=AREA, function=status_unlike_siblings,
        summary="An operation succeeds with another status than its siblings.",
        fix="Use the status that the others use.",
        why="Clients that handle all resources alike take it for something else.",
    ),
)  # fmt: skip
