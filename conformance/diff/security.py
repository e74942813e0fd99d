"""Security compared, as it applies to an operation: alternatives, what is demanded together, scopes, flows, addresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.diff.facts import shown
from conformance.diff.ledger import Entry, Ledger, Scope
from conformance.model.operation import Operation
from conformance.spec.document import Document
from conformance.spec.pointer import follow, from_fragment, join

_SCHEMES = "/components/securitySchemes"
_TOLD = {"apiKey": ("in", "name"), "http": ("scheme",)}
"""The members of a scheme that are seen on the wire."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """What is demanded together: scopes by what the scheme is on the wire, however it is called, and where it says so."""

    held: dict[str, frozenset[str]]
    names: tuple[str, ...]
    pointer: str

    def as_easy(self, wanted: Alternative) -> bool:
        """Whether who has this has what is wanted."""
        return all(scheme in self.held and scopes <= self.held[scheme] for scheme, scopes in wanted.held.items())


def security(ledger: Ledger, scope: Scope, old: Operation, new: Operation) -> None:
    """Put down what differs between the credentials that two operations demand."""
    (before, one), (after, other) = _demanded(ledger.old, old, ledger.new), _demanded(ledger.new, new, ledger.old)
    if _open(before) or _open(after):
        if _open(before) and _open(after):
            _optional(ledger, scope, before, after, (one, other))
            return
        kind, text = ("security-removed", "no credentials are demanded any more") if _open(after) else (
            "security-added", f"credentials are demanded now: {_told(after)}")  # fmt: skip
        ledger.put(scope, Entry(kind=kind, text=text, old=one, new=other))
        return
    gone = [held for held in before if not any(held.as_easy(wanted) for wanted in after)]
    come = [held for held in after if all(held.held != had.held for had in before)]
    for had in [had for had in before if all(had.held != wanted.held for wanted in after)]:
        twin = next((wanted for wanted in come if wanted.held.keys() == had.held.keys()), None)
        if twin is not None:
            gone = [other for other in gone if other.held != had.held]
            come.remove(twin)
            _scopes(ledger, scope, had, twin)
    _alternatives(ledger, scope, gone, come, (one, other))
    for name in dict.fromkeys(name for held in after for name in held.names):
        if any(name in held.names for held in before):
            scopes = frozenset().union(*(held.held[key] for held in after if name in held.names for key in held.held))
            _flows(ledger, scope, name, scopes)


def _alternatives(
    ledger: Ledger, scope: Scope, gone: list[Alternative], come: list[Alternative], places: tuple[str, str]
) -> None:
    if gone and come:
        place = _redefined(ledger, gone, come)
        old, new = place or (gone[0].pointer, come[0].pointer)
        kind, text = "security-changed", f"{_told(gone)} became {_told(come)}"
    elif gone:
        old, new = gone[0].pointer, places[1]
        kind, text = "security-alternative-removed", f"{_told(gone)} {'are' if len(gone) > 1 else 'is'} taken no more"
    elif come:
        old, new = places[0], come[0].pointer
        kind, text = "security-alternative-added", f"{_told(come)} {'are' if len(come) > 1 else 'is'} taken too"
    else:
        return
    ledger.put(scope, Entry(kind=kind, text=text, old=old, new=new))


def _optional(ledger: Ledger, scope: Scope, old: list[Alternative], new: list[Alternative], places: tuple[str, str]) -> None:
    """Credentials that may be sent, where none have to be."""
    before, after = ([held for held in listed if held.held] for listed in (old, new))
    gone = [held for held in before if not any(held.as_easy(wanted) for wanted in after)]
    come = [held for held in after if all(held.held != had.held for had in before)]
    if gone:
        text = f"{_told(gone)} {'are' if len(gone) > 1 else 'is'} not looked at any more"
        ledger.put(scope, Entry(kind="optional-security-removed", text=text, old=gone[0].pointer, new=places[1]))
    if come:
        text = f"{_told(come)} {'are' if len(come) > 1 else 'is'} taken too"
        ledger.put(scope, Entry(kind="security-alternative-added", text=text, old=places[0], new=come[0].pointer))


def _redefined(ledger: Ledger, gone: list[Alternative], come: list[Alternative]) -> tuple[str, str] | None:
    """Where a scheme became another one, when what is demanded is written as before."""
    if [held.names for held in gone] != [held.names for held in come]:
        return None
    for name in gone[0].names:
        before, after = _declared(ledger.old, name), _declared(ledger.new, name)
        for key in ("type", *_TOLD.get(str(after.get("type")), ())):
            if before.get(key) != after.get(key):
                at = join(_SCHEMES, name)
                return (join(at, key) if key in before else at), (join(at, key) if key in after else at)
    return None


def _open(alternatives: list[Alternative]) -> bool:
    return not alternatives or any(not held.held for held in alternatives)


def _scopes(ledger: Ledger, scope: Scope, old: Alternative, new: Alternative) -> None:
    for scheme in sorted(old.held):
        places = _scheme_place(old, scheme), _scheme_place(new, scheme)
        for name in sorted(new.held[scheme] - old.held[scheme]):
            text = f"the scope {shown(name)} is demanded"
            ledger.put(scope, Entry(kind="scope-added", text=text, old=places[0], new=places[1]))
        for name in sorted(old.held[scheme] - new.held[scheme]):
            text = f"the scope {shown(name)} is demanded no more"
            ledger.put(scope, Entry(kind="scope-removed", text=text, old=places[0], new=places[1]))


def _scheme_place(alternative: Alternative, scheme: str) -> str:
    index = list(alternative.held).index(scheme)
    return join(alternative.pointer, alternative.names[index]) if len(alternative.names) == len(alternative.held) else (
        alternative.pointer)  # fmt: skip


def _demanded(document: Document, operation: Operation, other: Document) -> tuple[list[Alternative], str]:
    """The alternatives of an operation but those that demand more than another one, and where they stand."""
    value = _raw(document, operation.pointer)
    own = isinstance(value, dict) and "security" in value
    listed = value["security"] if own else document.raw.get("security")
    place = join(operation.pointer, "security") if own else "/security" if "security" in document.raw else operation.pointer
    found: list[Alternative] = []
    for index, written in enumerate(listed if isinstance(listed, list) else ()):
        names = tuple(written) if isinstance(written, dict) else ()
        held = {
            _scheme(document, name, other): frozenset(map(str, scopes if isinstance(scopes, list) else ()))
            for name, scopes in (written.items() if isinstance(written, dict) else ())
        }
        if all(held != had.held for had in found):
            found.append(Alternative(held=held, names=names, pointer=join(place, index)))
    kept = [one for one in found if not any(one is not wanted and wanted.held and one.as_easy(wanted) for wanted in found)]
    return kept, place


def _scheme(document: Document, name: str, other: Document) -> str:
    """What a scheme is on the wire, in words; schemes that ask another service for tokens by name, when both have it."""
    scheme = _declared(document, name)
    kind = str(scheme.get("type", ""))
    if kind == "apiKey":
        place, key = str(scheme.get("in", "")), str(scheme.get("name", ""))
        return f"the API key {shown(key.lower() if place == 'header' else key)} in {place}"
    if kind == "http":
        return f"HTTP {str(scheme.get('scheme', '')).lower()}"
    words = {"oauth2": "OAuth 2", "openIdConnect": "OpenID Connect", "mutualTLS": "mutual TLS"}.get(kind)
    if words is None:
        return name
    return f"{words} {shown(name)}" if _declared(other, name).get("type") == kind else words


def _declared(document: Document, name: str) -> dict[str, Any]:
    value = _raw(document, join(_SCHEMES, name))
    for _ in range(8):
        if not isinstance(value, dict):
            return {}
        reference = value.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#"):
            return value
        value = _raw(document, from_fragment(reference[1:]))
    return {}


def _raw(document: Document, pointer: str) -> Any:
    try:
        return follow(document.schemas.tree, pointer)
    except LookupError:
        return None


def _told(alternatives: list[Alternative]) -> str:
    return " or ".join(" with ".join(sorted(held.held)) or "nothing" for held in alternatives)


def _flows(ledger: Ledger, scope: Scope, name: str, scopes: frozenset[str]) -> None:
    """How and where tokens of a scheme are got: flows, addresses, and the scopes that can be asked for."""
    old, new = _declared(ledger.old, name), _declared(ledger.new, name)
    before, after = _held(old, "flows"), _held(new, "flows")
    at = join(_SCHEMES, name)
    for flow in sorted(before.keys() ^ after.keys()):
        if old.get("type") == new.get("type") == "oauth2":
            place = join(at, "flows", flow)
            kind, verb = ("security-flow-added", "can be got too") if flow in after else ("security-flow-removed", "come no more")
            text = f"tokens of {shown(name)} {verb} by {flow}"
            ledger.put(scope, Entry(kind=kind, text=text, old=place if flow in before else join(at, "flows"),
                                    new=place if flow in after else join(at, "flows")))  # fmt: skip
    urls, others = _urls(old), _urls(new)
    for key in sorted(urls.keys() & others.keys(), key=str):
        if urls[key] != others[key]:
            text = f"{shown(name)} gets its tokens elsewhere"
            ledger.put(scope, Entry(kind="security-url-changed", text=text, old=join(at, *key), new=join(at, *key)))
    for wanted in sorted(scopes & _offered(before) - _offered(after)):
        if before.keys() & after.keys():
            text = f"the scope {shown(wanted)} is demanded, and {shown(name)} has it no more"
            ledger.put(scope, Entry(kind="scope-withdrawn", text=text, old=_scope_at(at, before, wanted), new=join(at, "flows")))


def _held(scheme: dict[str, Any], keyword: str) -> dict[str, Any]:
    value = scheme.get(keyword)
    return {str(name): flow for name, flow in value.items() if isinstance(flow, dict)} if isinstance(value, dict) else {}


def _offered(flows: dict[str, Any]) -> frozenset[str]:
    return frozenset(str(scope) for flow in flows.values() if isinstance(flow.get("scopes"), dict) for scope in flow["scopes"])


def _scope_at(at: str, flows: dict[str, Any], wanted: str) -> str:
    flow = next(name for name, flow in flows.items() if wanted in _offered({name: flow}))
    return join(at, "flows", flow, "scopes", wanted)


def _urls(scheme: dict[str, Any]) -> dict[tuple[str, ...], str]:
    found: dict[tuple[str, ...], str] = {("flows", name, key): str(flow[key]) for name, flow in _held(scheme, "flows").items()
             for key in flow if key.endswith("Url")}  # fmt: skip
    if "openIdConnectUrl" in scheme:
        found["openIdConnectUrl",] = str(scheme["openIdConnectUrl"])
    return found
