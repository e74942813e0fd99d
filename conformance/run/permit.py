"""What the guard lets pass: the user's rules, and the decision over one request.

Against a target on another machine it lets pass

- reads (GET, HEAD, OPTIONS, TRACE), unless a table forbids the operation, or it has a price or is called by a verb of doing;
- what makes something new, unless its words say that it spends money, sends something, places calls or changes what
  is there (``conformance.run.effects``);
- changes and deletions of what this run created (``conformance.run.estate``), and of nothing else;

and no request whose method the document does not have for its path. ``--allow-side-effects``, and the lists of the
table ``[guard]``, move these lines. A target on this machine is guarded only by ``deny``, or when the table says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from fnmatch import fnmatchcase
from urllib.parse import parse_qsl, urlencode

from conformance.model.message import Request
from conformance.model.operation import Operation, Parameter
from conformance.run.effects import READS, change_of, effect_of
from conformance.run.estate import Estate
from conformance.run.shown import plain_path, quoted
from conformance.spec.body import read_json
from conformance.spec.document import Document, base_path
from conformance.spec.pointer import follow
from conformance.spec.router import Match, Router, bases

_OVERRIDES = ("x-http-method-override", "x-http-method", "x-method-override")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the user says of the guard.

    ``allow``, ``deny`` and ``costly`` are globs over labels, operation ids, paths and tags; any case. ``own`` are paths
    whose things the run may treat as its own. ``everywhere`` guards a target on this machine too.
    """

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    costly: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    everywhere: bool = False
    side_effects: bool = False


class Judgement:
    """Decides over requests to one document's service.

    Args:
        document: whose operations the requests are for.
        base_url: where the target is; its path is known to the router.
        rules: what the user allows and forbids.
        remote: whether the target is on another machine.
    """

    def __init__(self, document: Document, *, base_url: str, rules: Rules, remote: bool) -> None:
        self.router = Router(document.operations, extra_bases=(base_path(base_url), *bases(document.operations)))
        self.estate = Estate(document.operations, self.router)
        self.guards = remote or rules.everywhere
        self._rules, self._document = rules, document
        self._base = base_path(base_url)
        self._effects: dict[str, str] = {}

    def fresh(self) -> Judgement:
        """The same judgement for a part of the run that has created nothing yet."""
        other = copy(self)
        other.estate = self.estate.empty()
        return other

    def whole(self, operation: Operation) -> str:
        """Why no request for an operation can pass, whatever it holds; empty when one may."""
        denied = self._named(self._rules.deny, operation)
        if denied:
            return f"[guard] deny has {denied!r}"
        return self._effect(operation) if self._is_guarded(operation) else ""

    def held(self, request: Request) -> str:
        """Why a request must not leave; empty when it may."""
        match = self.router.match(request.method, request.url)
        operation = match.operation if match is not None else None
        if operation is None and request.method.upper() == "HEAD":
            asked = self.router.match("GET", request.url)
            operation = asked.operation if asked is not None else None
        if operation is not None:
            reason = self.whole(operation)
            if reason:
                return reason
        method = _method(request)
        if not self._is_restricted(method, operation, wire=f"{method} {request.parts().path}"):
            return ""
        if match is None or operation is None or method != request.method.upper():
            return f"the document has no {method} here, and it may change something"
        return self._object(operation, match, request)

    def deletion(self, path: str) -> str | None:
        """The query of the request that deletes a thing, mostly empty; ``None`` when the document has none."""
        match = self.router.match("DELETE", quoted(path))
        if match is None or match.operation is None:
            return None
        needed = [parameter for parameter in match.operation.parameters_in("query") if parameter.required]
        known = [(parameter.name, value) for parameter in needed if (value := _given(parameter)) is not None]
        return "?" + urlencode(known) if known else ""

    def _is_restricted(self, method: str, operation: Operation | None, wire: str = "") -> bool:
        """Whether anything but a denial can hold back a request."""
        if not self.guards or method in READS:
            return False
        return not _listed(self._rules.allow, wire) if operation is None else self._is_guarded(operation)

    def _is_guarded(self, operation: Operation) -> bool:
        """Whether what an operation does is to be looked at."""
        return self.guards and not (self._rules.side_effects or self._named(self._rules.allow, operation))

    def _effect(self, operation: Operation) -> str:
        """What an operation does besides changing data, in words; empty for nothing."""
        label = operation.label
        if label not in self._effects:
            # A glob over paths or tags means what they do, and not that reading them costs.
            reads = operation.method.upper() in READS
            table = (
                _listed(_of_method(self._rules.costly, operation), label) if reads else self._named(self._rules.costly, operation)
            )
            effect = None if table else effect_of(operation, description=self._description(operation))
            self._effects[label] = f"[guard] costly has {table!r}" if table else str(effect or "")
        return self._effects[label]

    def _description(self, operation: Operation) -> str:
        try:
            found = follow(self._document.raw, operation.pointer)
        except LookupError:
            return ""
        return str(found.get("description") or "") if isinstance(found, dict) else ""

    def _object(self, operation: Operation, match: Match, request: Request) -> str:
        """Why what a request changes is not the run's to change; empty when it is, or when it makes something new."""
        path = plain_path(request.url)
        if path is None:
            return "services may read its path in more than one way, so what it changes is not certain"
        if self.estate.owns(request.url) or self._is_declared(path):
            return ""
        things = [name for name in match.values if not _is_listed(operation, name)]
        if operation.method == "post" and not things:
            change = change_of(operation)
            return str(change) if change is not None else ""
        if operation.method == "put" and "201" in operation.responses and self.estate.is_absent(request.url):
            return ""
        return "it changes or deletes what this run did not create"

    def _is_declared(self, path: str) -> bool:
        relative = path.removeprefix(self._base)
        return any(
            fnmatchcase(one, own.rstrip("/")) or fnmatchcase(one, own.rstrip("/") + "/*")
            for own in self._rules.own
            for one in (path, relative)
        )

    def _named(self, globs: Iterable[str], operation: Operation) -> str:
        """The first of some globs that means an operation."""
        return _listed(globs, operation.label, operation.operation_id or "", operation.path, *operation.tags)


def unmatched(globs: Iterable[str], operations: Iterable[Operation]) -> tuple[str, ...]:
    """Those of some globs that mean no operation of a document."""
    known = [name.casefold() for operation in operations
             for name in (operation.label, operation.operation_id or "", operation.path, *operation.tags)]  # fmt: skip
    return tuple(glob for glob in globs if not any(fnmatchcase(name, _glob(glob)) for name in known))


def _listed(globs: Iterable[str], *names: str) -> str:
    folded = [name.casefold() for name in names if name]
    return next((glob for glob in globs if any(fnmatchcase(name, _glob(glob)) for name in folded)), "")


def _of_method(globs: Iterable[str], operation: Operation) -> Iterable[str]:
    """Those of some globs that begin with an operation's method."""
    return (glob for glob in globs if glob.casefold().startswith(f"{operation.method} "))


def _glob(glob: str) -> str:
    """``*`` and ``?`` alone have a meaning: a path may hold brackets."""
    return re.sub(r"\[", "[[]", glob.casefold())


def _given(parameter: Parameter) -> str | None:
    """A value that the document itself gives for a parameter."""
    schema = parameter.schema
    listed = [*parameter.examples, *([schema.get("const"), schema.get("default"), schema.get("example")] if schema else [])]
    enum = schema.get("enum") if schema is not None else None
    value = next((value for value in (*listed, *(enum if isinstance(enum, list) else ())) if value is not None), None)
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (str, int, float)) else None


def _is_listed(operation: Operation, name: str) -> bool:
    """Whether a path parameter takes one of a few listed values, and so names no thing."""
    schema = next((parameter.schema for parameter in operation.parameters_in("path") if parameter.name == name), None)
    return schema is not None and (isinstance(schema.get("enum"), list) or schema.get("const") is not None)


def _method(request: Request) -> str:
    """The method that a service may take a request for: some let a header or a field say another."""
    asked = [value for name, value in request.headers if name.lower() in _OVERRIDES]
    if "%" in request.url or "_method" in request.url.lower():
        asked += [value for name, value in parse_qsl(request.parts().query) if name.lower() == "_method"]
    asked += _fields(request, "_method")
    other = next((value.strip().upper() for value in asked if value.strip().upper() not in READS and value.strip()), None)
    return other or request.method.upper()


def _fields(request: Request, name: str) -> list[str]:
    """What a body has in a field, as JSON or as either kind of form."""
    if name.encode() not in request.body:
        return []
    value = read_json(request.body).value
    if isinstance(value, dict):
        return [str(value[name])] if name in value else []
    text = request.body.decode("latin-1")
    return [found for key, found in parse_qsl(text) if key == name] or re.findall(rf'name="{name}"\s+(\S+)', text)
