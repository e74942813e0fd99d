"""Security and servers compared, as they apply to an operation."""

from __future__ import annotations

from typing import Any

from conformance.diff.facts import shown
from conformance.diff.ledger import Entry, Ledger, Scope
from conformance.model.operation import Operation
from conformance.spec.document import Document
from conformance.spec.pointer import follow, from_fragment, join

_URLS = 64

Alternative = dict[str, frozenset[str]]
"""What is demanded together: scopes by what the scheme is, however it is called."""


def security(ledger: Ledger, scope: Scope, old: Operation, new: Operation) -> None:
    """Put down what differs between the credentials that two operations demand."""
    (before, one), (after, other) = _demanded(ledger.old, old), _demanded(ledger.new, new)
    if _open(before) or _open(after):
        if _open(before) and _open(after):
            return
        kind, text = ("security-removed", "no credentials are demanded any more") if _open(after) else (
            "security-added", f"credentials are demanded now: {_told(after)}")  # fmt: skip
        ledger.put(scope, Entry(kind=kind, text=text, old=one, new=other))
        return
    gone = [held for held in before if not any(_as_easy(held, wanted) for wanted in after)]
    come = [held for held in after if held not in before]
    for held in [held for held in before if held not in after]:
        twin = next((wanted for wanted in come if wanted.keys() == held.keys()), None)
        if twin is not None:
            gone = [other for other in gone if other != held]
            come.remove(twin)
            _scopes(ledger, scope, held, twin, (one, other))
    _alternatives(ledger, scope, gone, come, (one, other))
    _addresses(ledger, scope, old, new)


def _alternatives(
    ledger: Ledger, scope: Scope, gone: list[Alternative], come: list[Alternative], places: tuple[str, str]
) -> None:
    if gone and come:
        kind, text = "security-changed", f"{_told(gone)} became {_told(come)}"
    elif gone:
        kind, text = "security-alternative-removed", f"{_told(gone)} {'are' if len(gone) > 1 else 'is'} taken no more"
    elif come:
        kind, text = "security-alternative-added", f"{_told(come)} {'are' if len(come) > 1 else 'is'} taken too"
    else:
        return
    ledger.put(scope, Entry(kind=kind, text=text, old=places[0], new=places[1]))


def _open(alternatives: list[Alternative]) -> bool:
    return not alternatives or any(not held for held in alternatives)


def _as_easy(held: Alternative, wanted: Alternative) -> bool:
    """Whether who has what was demanded has what is demanded."""
    return all(scheme in held and scopes <= held[scheme] for scheme, scopes in wanted.items())


def _scopes(ledger: Ledger, scope: Scope, old: Alternative, new: Alternative, places: tuple[str, str]) -> None:
    for scheme in sorted(old):
        for name in sorted(new[scheme] - old[scheme]):
            ledger.put(
                scope, Entry(kind="scope-added", text=f"the scope {shown(name)} is demanded", old=places[0], new=places[1])
            )
        for name in sorted(old[scheme] - new[scheme]):
            text = f"the scope {shown(name)} is demanded no more"
            ledger.put(scope, Entry(kind="scope-removed", text=text, old=places[0], new=places[1]))


def _demanded(document: Document, operation: Operation) -> tuple[list[Alternative], str]:
    """The alternatives of an operation, and where they stand."""
    value = _raw(document, operation.pointer)
    own = isinstance(value, dict) and "security" in value
    listed = value["security"] if own else document.raw.get("security")
    found: list[Alternative] = []
    for written in listed if isinstance(listed, list) else ():
        held = {}
        for name, scopes in (written if isinstance(written, dict) else {}).items():
            held[_scheme(document, name)] = frozenset(str(scope) for scope in (scopes if isinstance(scopes, list) else ()))
        if held not in found:
            found.append(held)
    return found, join(operation.pointer, "security") if own else "/security" if "security" in document.raw else operation.pointer


def _scheme(document: Document, name: str) -> str:
    """What a scheme is on the wire, in words."""
    scheme = _declared(document, name)
    kind = str(scheme.get("type", ""))
    if kind == "apiKey":
        place, key = str(scheme.get("in", "")), str(scheme.get("name", ""))
        return f"the API key {shown(key.lower() if place == 'header' else key)} in {place}"
    if kind == "http":
        return f"HTTP {str(scheme.get('scheme', '')).lower()}"
    if kind == "oauth2":
        flows = scheme.get("flows")
        return f"OAuth 2 ({', '.join(sorted(flows)) if isinstance(flows, dict) else 'no flow'})"
    return {"openIdConnect": "OpenID Connect", "mutualTLS": "mutual TLS"}.get(kind, name)


def _declared(document: Document, name: str) -> dict[str, Any]:
    value = _raw(document, join("/components/securitySchemes", name))
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
    return " or ".join(" with ".join(sorted(held)) or "nothing" for held in alternatives)


def _addresses(ledger: Ledger, scope: Scope, old: Operation, new: Operation) -> None:
    """Where tokens come from, by the name of the scheme."""
    for name in _used(ledger.new, new):
        if name not in _used(ledger.old, old):
            continue
        before, after = _urls(_declared(ledger.old, name)), _urls(_declared(ledger.new, name))
        if before != after and before.keys() == after.keys():
            place = join("/components/securitySchemes", name)
            text = f"{shown(name)} gets its tokens elsewhere"
            ledger.put(scope, Entry(kind="security-url-changed", text=text, old=place, new=place))


def _used(document: Document, operation: Operation) -> list[str]:
    value = _raw(document, operation.pointer)
    listed = value["security"] if isinstance(value, dict) and "security" in value else document.raw.get("security")
    return [name for held in (listed if isinstance(listed, list) else ()) if isinstance(held, dict) for name in held]


def _urls(scheme: dict[str, Any]) -> dict[str, str]:
    flows = scheme.get("flows")
    found = {f"{name} {key}": str(flow[key]) for name, flow in (flows if isinstance(flows, dict) else {}).items()
             if isinstance(flow, dict) for key in flow if key.endswith("Url")}  # fmt: skip
    if "openIdConnectUrl" in scheme:
        found["openIdConnectUrl"] = str(scheme["openIdConnectUrl"])
    return found


def servers(ledger: Ledger, scope: Scope, old: Operation, new: Operation) -> None:
    """Put down what differs between the servers that two operations are at."""
    before, after = _bases(ledger.old, old), _bases(ledger.new, new)
    if before == after:
        return
    if old.path != new.path and [base + old.path for base in before] == [base + new.path for base in after]:
        _server(ledger, scope, "base-path-moved", f"{_listed(before)} became {_listed(after)}, and the path {new.path}")
        return
    gone, come = [base for base in before if base not in after], [base for base in after if base not in before]
    if gone and come:
        _server(ledger, scope, "server-changed", f"the server {_listed(gone)} became {_listed(come)}")
    elif gone:
        _server(ledger, scope, "server-removed", f"the server {_listed(gone)} was removed")
    elif come:
        _server(ledger, scope, "server-added", f"the server {_listed(come)} was added")
    elif before[0] != after[0]:
        _server(ledger, scope, "server-order-changed", f"the first server is {after[0]} now")


def _server(ledger: Ledger, scope: Scope, kind: str, text: str) -> None:
    ledger.put(scope, Entry(kind=kind, text=text, old="/servers", new="/servers"))


def _bases(document: Document, operation: Operation) -> list[str]:
    """The URLs that an operation is at: what variables can be is all tried, what they are by default first."""
    item = operation.pointer.rpartition("/")[0]
    for holder in (operation.pointer, item, ""):
        value = _raw(document, holder)
        listed = value.get("servers") if isinstance(value, dict) else None
        if isinstance(listed, list) and listed:
            urls = [url.rstrip("/") for server in listed if isinstance(server, dict) for url in _possible(server)]
            return list(dict.fromkeys(urls))
    return [""]


def _possible(server: dict[str, Any]) -> list[str]:
    urls = [str(server.get("url", ""))]
    variables = server.get("variables")
    for name, variable in (variables if isinstance(variables, dict) else {}).items():
        if isinstance(variable, dict):
            listed = variable.get("enum")
            values = dict.fromkeys(map(str, [variable.get("default", ""), *(listed if isinstance(listed, list) else ())]))
            urls = [url.replace("{" + str(name) + "}", value) for url in urls for value in values][:_URLS]
    return urls


def _listed(urls: list[str]) -> str:
    return " and ".join(shown(url or "/") for url in urls)
