"""``--values FILE``: known values for parameters and fields, from YAML, JSON or TOML.

```yaml
connection_id: "1494404757140276705"     # by name, wherever it stands; a list gives alternatives
from: ["+13125550100", "+13125550101"]
/messaging_profiles/{id}: "4001..."       # by the place in paths
POST /calls:                              # by operation: a label or an operation id
  to: "+13125550199"
```
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from conformance.cases.values import Alternatives, Values
from conformance.errors import UsageError
from conformance.run.config import near
from conformance.spec.document import Document
from conformance.spec.load import parse
from conformance.spec.pointer import join

_LABEL = re.compile(r"(get|put|post|delete|options|head|patch|trace|query)\s+(/.*)", re.IGNORECASE)
_AT = re.compile(r" \(at line (\d+), column (\d+)\)$")


def values(path: Path, document: Document) -> Values:
    """The values in a file.

    Raises:
        UsageError: when it cannot be read, or holds something that cannot be meant; with the line.
        DocumentSyntax: when it is not well-formed YAML or JSON.
    """
    held, line = _read(path)
    if not isinstance(held, dict):
        raise UsageError(f'{path}:1: the values must be a mapping from names to values, such as connection_id: "123"')
    labels = {operation.label.casefold(): operation.label for operation in document.operations}
    ids = {operation.operation_id: operation.label for operation in document.operations if operation.operation_id}
    places = {operation.path[: found.end()] for operation in document.operations
              for found in re.finditer(r"\{[^{}]*\}", operation.path)}  # fmt: skip
    names: dict[str, Alternatives] = {}
    operations: dict[str, dict[str, Alternatives]] = {}
    at_places: dict[str, Alternatives] = {}
    for key, value in held.items():
        where = f"{path}:{line(key)}: "
        found = _LABEL.fullmatch(str(key))
        if found is not None or (isinstance(value, dict) and key in ids):
            label = labels.get(f"{found[1]} {found[2]}".casefold()) if found is not None else ids[key]
            if label is None:
                raise UsageError(f"{where}the document has no operation {key!r}; {near(str(key), list(labels.values()))}")
            if not isinstance(value, dict):
                raise UsageError(f'{where}{key!r} must hold values by name, such as {{to: "+13125550199"}}')
            operations[label] = {str(name): _alternatives(one) for name, one in value.items()}
        elif str(key).startswith("/"):
            if key not in places:
                raise UsageError(f"{where}no path of the document has the place {key!r}; {near(str(key), sorted(places))}")
            at_places[key] = _alternatives(value)
        else:
            names[str(key)] = _alternatives(value)
    return Values(names=names, operations=operations, places=at_places)


def _alternatives(value: Any) -> Alternatives:
    return tuple(value) if isinstance(value, list) and value else (value,)


def _read(path: Path) -> tuple[Any, Callable[[Any], int]]:
    """What a file holds, and a function from a key at the top to its line."""
    try:
        content = path.read_bytes()
    except OSError as raised:
        raise UsageError(f"cannot read {path}: {(raised.strerror or str(raised)).lower()}; check --values") from None
    if path.suffix.lower() != ".toml":
        source = parse(str(path), content)
        return source.value, lambda key: source.locate(join("", str(key)))[0]
    try:
        text = content.decode("utf-8-sig")
        return _flattened(tomllib.loads(text)), lambda key: _line(text, str(key))
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not text in UTF-8") from None
    except tomllib.TOMLDecodeError as raised:
        found = _AT.search(str(raised))
        place = f"{path}:{found[1]}:{found[2]}" if found else f"{path}"
        raise UsageError(f"{place}: not well-formed TOML: {_AT.sub('', str(raised))}") from None


def _flattened(held: Mapping[str, Any]) -> dict[str, Any]:
    """Dates of TOML as the texts that they are on the wire."""
    return {
        name: _flattened(value) if isinstance(value, dict) else value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in held.items()
    }


def _line(text: str, key: str) -> int:
    found = re.search(rf"^\s*\[?[\"']?{re.escape(key)}", text, re.MULTILINE)
    return text.count("\n", 0, found.end()) + 1 if found else 1
