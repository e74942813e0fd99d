"""What a call that the document does not have was probably meant to be."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from conformance.model.operation import Operation
from conformance.spec.document import base_path
from conformance.spec.router import Router

_LEAST = 0.6
_SPELLED = 0.8
_MOST_COMPARED = 4000
_FILLING = "x0"
_ENDS = "it ends with a slash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """The documented operation that comes nearest to a call.

    ``slip`` says what the client did to the path, where that can be told: then the operation is surely meant; ``hint`` says what
    it may have done. ``allowed`` are the methods of the path, where it is the method alone that the document has not.
    ``is_empty`` is whether a parameter of the path is.
    """

    operation: Operation
    slip: str = ""
    hint: str = ""
    allowed: tuple[str, ...] = ()
    is_empty: bool = False


class Nearest:
    """Finds what calls were meant to be, among the operations of one document."""

    def __init__(self, operations: Iterable[Operation], *, bases: Iterable[str] = ()) -> None:
        self._operations = tuple(operations)
        own = {base_path(server) for operation in self._operations for server in operation.servers}
        self._bases = sorted({base for base in (*own, *bases) if base}, key=len, reverse=True)
        self._router = Router(self._operations, extra_bases=self._bases)

    def doubled(self, path: str) -> str:
        """The base path that stands twice at the beginning of a path; empty when none does."""
        return next((base for base in self._bases if path.startswith(f"{base}{base}/")), "")

    def __call__(self, method: str, path: str) -> Near | None:
        """The nearest operation to a method and the path of a URL, or ``None`` when nothing is near."""
        there = self._router.match(method, path)
        if there is not None and there.first is not None and there.operation is None:
            return Near(operation=there.first, allowed=there.allowed)
        empty = self._filled(method, path)
        for changed, slip in self._mended(path):
            match = self._router.match(method, changed)
            if match is not None and match.operation is not None:
                also = f", or {empty.slip}" if empty is not None and slip == _ENDS else ""
                return Near(operation=match.operation, slip=slip + also)
        return empty or self._joined(method, path) or self._alike(method, path)

    def _filled(self, method: str, path: str) -> Near | None:
        """The operation that is meant where a parameter of the path is empty."""
        filled = re.sub(r"/(?=/|$)", f"/{_FILLING}", path)
        match = self._router.match(method, filled) if filled != path else None
        if match is None or match.operation is None:
            return None
        empty = [f"{{{name}}}" for name, value in match.values.items() if value == _FILLING]
        slip = f"{' and '.join(empty)} {'is' if len(empty) == 1 else 'are'} empty"
        return Near(operation=match.operation, slip=slip, is_empty=True) if empty else None

    def _joined(self, method: str, path: str) -> Near | None:
        """The operation that is meant where a parameter of the path has a slash in it."""
        segments = path.split("/")
        for index in range(2, len(segments)):
            held = "%2F".join(segments[index - 1 : index + 1])
            match = self._router.match(method, "/".join((*segments[: index - 1], held, *segments[index + 1 :])))
            if match is not None and match.operation is not None:
                name = next((name for name, value in match.values.items() if value == held), "")
                if name:
                    return Near(operation=match.operation, hint=f"a slash in {{{name}}} is written %2F")
        return None

    def _mended(self, path: str) -> Iterable[tuple[str, str]]:
        """The path with one slip taken back, and what the slip is."""
        doubled = self.doubled(path)
        if doubled:
            yield path.removeprefix(doubled), f"{doubled} stands twice"
        first, _, rest = path.lstrip("/").partition("/")
        if rest:
            # A version or prefix that the base URL of the client adds: /v2/v1/things.
            for base in ("", *self._bases):
                if base and path.startswith(base + "/"):
                    inner = path.removeprefix(base).lstrip("/").partition("/")
                    if inner[2]:
                        yield f"{base}/{inner[2]}", f"/{inner[0]} stands behind {base}"
            yield f"/{rest}", f"/{first} stands before it"
        yield from _respelt(path)

    def _alike(self, method: str, path: str) -> Near | None:
        bare = next((path.removeprefix(base) for base in self._bases if path.startswith(base + "/")), path)
        best: tuple[float, Operation] | None = None
        wanted = bare.split("/")[1:]
        for operation in self._operations[:_MOST_COMPARED]:
            score = _likeness(wanted, operation.path.split("/")[1:]) + (0.05 if operation.method == method.lower() else 0.0)
            if score > _LEAST and (best is None or score > best[0]):
                best = score, operation
        return Near(operation=best[1]) if best is not None else None


def _respelt(path: str) -> Iterable[tuple[str, str]]:
    if "//" in path:
        yield re.sub("/{2,}", "/", path), "a slash stands twice"
    if path.endswith("/"):
        yield path.rstrip("/"), _ENDS
    else:
        yield path + "/", "the slash at its end is missing"
    if path.lower() != path:
        yield path.lower(), "it has capital letters"
    if "_" in path:
        yield path.replace("_", "-"), "it has _ for -"
    if "-" in path:
        yield path.replace("-", "_"), "it has - for _"


def _likeness(sent: list[str], known: list[str]) -> float:
    """From 0 to 1: how much of two paths is the same, segment by segment; a parameter is half as good as the same word."""
    if abs(len(sent) - len(known)) > 1:
        return 0.0
    scores = []
    for ours, theirs in zip(sent, known, strict=False):
        if "{" in theirs:
            scores.append(0.6)
        elif ours == theirs:
            scores.append(1.0)
        else:
            ratio = SequenceMatcher(None, ours, theirs).ratio()
            scores.append(ratio if ratio > _SPELLED else 0.0)
    # The collection that a path begins with says the most of what is meant.
    first = scores[0] if scores else 0.0
    return (first + sum(scores)) / (1 + max(len(sent), len(known))) if first > _LEAST else 0.0
