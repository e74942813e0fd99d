"""Servers compared, as they apply to an operation: addresses, and which of them is meant by default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from conformance.diff.facts import shown
from conformance.diff.ledger import Entry, Ledger, Scope
from conformance.model.operation import Operation
from conformance.spec.document import Document
from conformance.spec.pointer import follow, join

_URLS = 64
_PORTS = {"http": ":80", "https": ":443", "ws": ":80", "wss": ":443"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """Where an operation is: the addresses with the places that say so, and those that a server has by default."""

    pointer: str
    urls: dict[str, str]
    defaults: tuple[tuple[str, str], ...] = ()

    def place(self, urls: list[str]) -> str:
        """Where the first of some addresses is written; the list, when there are none."""
        return self.urls.get(urls[0], self.pointer) if urls else self.pointer


def servers(ledger: Ledger, scope: Scope, old: Operation, new: Operation) -> None:
    """Put down what differs between the servers that two operations are at."""
    before, after = servers_of(ledger.old, old), servers_of(ledger.new, new)
    if old.path != new.path and [url + old.path for url in before.urls] == [url + new.path for url in after.urls]:
        if list(before.urls) != list(after.urls):
            text = f"{_listed(list(before.urls))} became {_listed(list(after.urls))}, and the path {new.path}"
            _put(ledger, scope, "base-path-moved", text, before.place(list(before.urls)), after.place(list(after.urls)))
        return
    gone, come = [url for url in before.urls if url not in after.urls], [url for url in after.urls if url not in before.urls]
    places = _precise(ledger, before.place(gone or come), after.place(come or gone))
    if gone and come:
        _put(ledger, scope, "server-changed", f"the server {_listed(gone)} became {_listed(come)}", *places)
    elif gone:
        _put(ledger, scope, "server-removed", f"the server {_listed(gone)} was removed", *places)
    elif come:
        _put(ledger, scope, "server-added", f"the server {_listed(come)} was added", *places)
    else:
        _defaults(ledger, scope, before, after)


def _defaults(ledger: Ledger, scope: Scope, before: Servers, after: Servers) -> None:
    """What variables of one server are when nobody fills them in."""
    if len(before.defaults) != len(after.defaults):
        return
    ones, others = (sorted(held.defaults) for held in (before, after))
    for (url, place), (other, there) in zip(ones, others, strict=True):
        if url != other:
            text = f"the server is {shown(other)} by default now"
            _put(ledger, scope, "server-default-changed", text, *_precise(ledger, place, there))


def _precise(ledger: Ledger, old: str, new: str) -> tuple[str, str]:
    """The member of two servers that differs: the address, or what a variable of it can be."""
    at = max(old, new, key=len)
    if not at.startswith(min(old, new, key=len)):
        return old, new
    one, other = _raw(ledger.old, at), _raw(ledger.new, at)
    if not isinstance(one, dict) or not isinstance(other, dict) or (old != new and one.get("url") != other.get("url")):
        return old, new
    names = one.get("variables") if isinstance(one.get("variables"), dict) else {}
    for path in (("url",), *(("variables", str(name), word) for name in names or () for word in ("enum", "default"))):
        before, after = _member(one, path), _member(other, path)
        if before != after and before is not None and after is not None:
            return join(at, *path), join(at, *path)
    return old, new


def _member(server: dict[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = server
    for token in path:
        value = value.get(token) if isinstance(value, dict) else None
    return value


def _put(ledger: Ledger, scope: Scope, kind: str, text: str, old: str, new: str) -> None:
    ledger.put(scope, Entry(kind=kind, text=text, old=old, new=new))


def servers_of(document: Document, operation: Operation) -> Servers:
    """The addresses of an operation: what variables can be is all tried, what they are by default first."""
    item = operation.pointer.rpartition("/")[0]
    for holder in (operation.pointer, item, ""):
        value = _raw(document, holder)
        listed = value.get("servers") if isinstance(value, dict) else None
        if not isinstance(listed, list) or not listed:
            continue
        pointer = join(holder, "servers")
        urls: dict[str, str] = {}
        defaults = []
        for index, server in enumerate(listed):
            if isinstance(server, dict):
                at = join(pointer, index)
                possible = [_normal(url) for url in _possible(server)]
                for url in possible:
                    urls.setdefault(url, at)
                if len(possible) > 1:
                    defaults.append((possible[0], at))
        return Servers(pointer=pointer, urls=urls, defaults=tuple(defaults))
    return Servers(pointer="/servers" if "servers" in document.raw else "", urls={"": ""})


def _normal(url: str) -> str:
    """An address without what says nothing: the case of its host, the port of its scheme, a slash at its end."""
    split = urlsplit(url)
    host = split.netloc.lower()
    port = _PORTS.get(split.scheme.lower(), "")
    host = host.removesuffix(port) if port else host
    written = f"{split.scheme}://{host}{url[url.find('//') + 2 + len(split.netloc) :]}" if split.netloc and split.scheme else url
    return written.rstrip("/")


def _possible(server: dict[str, Any]) -> list[str]:
    urls = [str(server.get("url", ""))]
    variables = server.get("variables")
    for name, variable in (variables if isinstance(variables, dict) else {}).items():
        if isinstance(variable, dict):
            listed = variable.get("enum")
            values = dict.fromkeys(map(str, [variable.get("default", ""), *(listed if isinstance(listed, list) else ())]))
            urls = [url.replace("{" + str(name) + "}", value) for url in urls for value in values][:_URLS]
    return urls


def _raw(document: Document, pointer: str) -> Any:
    try:
        return follow(document.schemas.tree, pointer)
    except LookupError:
        return None


def _listed(urls: list[str]) -> str:
    return " and ".join(shown(url or "/") for url in urls)
