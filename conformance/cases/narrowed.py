"""The part of a document that some operations need, for an engine that would take all of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from conformance.model.operation import METHODS


def narrowed(raw: dict[str, Any], labels: Sequence[str]) -> dict[str, Any]:
    """The document with the paths of some operations alone, and without servers: the base URL says where they are.

    Links that lead out of what is left are gone too.
    """
    wanted = {label.partition(" ")[2] for label in labels}
    paths = {path: item for path, item in raw.get("paths", {}).items() if path in wanted}
    kept = {**{key: value for key, value in raw.items() if key not in {"servers", "webhooks"}}, "paths": paths}
    ids = {operation.get("operationId") for item in paths.values() if isinstance(item, dict) for operation in item.values()
           if isinstance(operation, dict)}  # fmt: skip
    targets = {f"#/paths/{_escaped(path)}/{method}" for path, item in paths.items() for method in item}
    kept["paths"] = {path: _item(item, ids, targets) for path, item in paths.items()}
    components = kept.get("components")
    if isinstance(components, dict) and isinstance(components.get("responses"), dict):
        responses = {name: _response(response, ids, targets) for name, response in components["responses"].items()}
        kept["components"] = {**components, "responses": responses}
    return kept


def _escaped(path: str) -> str:
    return path.replace("~", "~0").replace("/", "~1")


def _item(item: Any, ids: set[Any], targets: set[str]) -> Any:
    """A path item without servers, and without links that lead out of the document that is left."""
    if not isinstance(item, dict):
        return item
    kept = {key: value for key, value in item.items() if key != "servers"}
    for method in METHODS:
        operation = kept.get(method)
        if isinstance(operation, dict):
            operation = {key: value for key, value in operation.items() if key not in {"servers", "callbacks"}}
            if isinstance(operation.get("responses"), dict):
                responses = operation["responses"].items()
                operation["responses"] = {status: _response(response, ids, targets) for status, response in responses}
            kept[method] = operation
    return kept


def _response(response: Any, ids: set[Any], targets: set[str]) -> Any:
    if not isinstance(response, dict) or not isinstance(response.get("links"), dict):
        return response
    links = {name: link for name, link in response["links"].items() if isinstance(link, dict)
             and (link.get("operationId") in ids or unquote(str(link.get("operationRef", ""))) in targets)}  # fmt: skip
    return {**response, "links": links}
