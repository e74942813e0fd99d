"""What the published SDK offers, found by looking at it: its list iterators and the endpoints that they ask."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

_ENDPOINT = re.compile(r'_get_api_list\(\s*(?:path_template\(\s*)?"([^"]+)"')


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A method that returns an iterator over a list. ``name`` is how one writes it, ``path`` is its endpoint."""

    name: str
    path: str
    parameters: tuple[str, ...]
    required: tuple[str, ...]

    def on(self, client: Any) -> Callable[..., Any]:
        """The method of a client."""
        for part in self.name.split("."):
            client = getattr(client, part)
        return client


def iterators(client: Any) -> Iterator[Listing]:
    """Every list iterator of the SDK."""
    yield from _below(client, (), set())


def _below(thing: Any, names: tuple[str, ...], seen: set[type]) -> Iterator[Listing]:
    for name in dir(type(thing)):
        if name.startswith(("_", "with_")):
            continue
        kept = inspect.getattr_static(type(thing), name)
        if inspect.isfunction(kept) and "Pagination" in str(kept.__annotations__.get("return", "")):
            yield _iterator(kept, (*names, name))
        elif not inspect.isfunction(kept) and hasattr(kept, "func"):
            inside = getattr(thing, name)
            if type(inside).__name__.endswith("Resource") and type(inside) not in seen:
                yield from _below(inside, (*names, name), {*seen, type(inside)})


def _iterator(method: Any, names: tuple[str, ...]) -> Listing:
    match = _ENDPOINT.search(inspect.getsource(method))
    assert match is not None, names
    own = {name: found for name, found in inspect.signature(method).parameters.items() if name != "self"}
    required = tuple(name for name, found in own.items() if found.default is inspect.Parameter.empty)
    return Listing(name=".".join(names), path=match[1], parameters=tuple(own), required=required)
