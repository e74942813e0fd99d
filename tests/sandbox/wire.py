"""Values written on the wire by the styles that a document declares, as a careful client writes them."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

from conformance.model.operation import MediaType, Parameter
from conformance.spec.body import is_json


def text(value: Any) -> str:
    """A scalar as parameters have it."""
    return value if isinstance(value, str) else json.dumps(value)


def flat(value: Any) -> list[str]:
    """An array's items or an object's names and values, as texts."""
    if isinstance(value, dict):
        return [part for name, held in value.items() for part in (name, text(held))]
    return [text(held) for held in value]


def escaped(part: str) -> str:
    """Percent-encoded, so that no delimiter is left; dots too, where a path would swallow them."""
    return quote(part, safe="") if part not in {".", ".."} else part.replace(".", "%2E")


def in_path(parameter: Parameter, value: Any) -> str:
    """A path parameter by its style (OpenAPI 3.1 section 4.8.12.4)."""
    if parameter.content is not None:
        return escaped(json.dumps(value))
    pairs = [(escaped(name), escaped(text(held))) for name, held in value.items()] if isinstance(value, dict) else []
    parts = [escaped(part) for part in flat(value)] if isinstance(value, (list, dict)) else [escaped(text(value))]
    joined = ",".join(f"{name}={held}" for name, held in pairs) if pairs and parameter.explode else ",".join(parts)
    if parameter.style == "label":
        if parameter.explode and pairs:
            return "." + ".".join(f"{name}={held}" for name, held in pairs)
        return "." + (".".join(parts) if parameter.explode else joined)
    if parameter.style == "matrix":
        if parameter.explode and pairs:
            return "".join(f";{name}={held}" for name, held in pairs)
        if parameter.explode and isinstance(value, list):
            return "".join(f";{parameter.name}={part}" for part in parts)
        return f";{parameter.name}={joined}"
    return joined


def in_header(parameter: Parameter, value: Any) -> str:
    """A header's value, style simple."""
    if parameter.content is not None:
        return json.dumps(value)
    if isinstance(value, dict) and parameter.explode:
        return ",".join(f"{name}={text(held)}" for name, held in value.items())
    return ",".join(flat(value)) if isinstance(value, (list, dict)) else text(value)


def in_query(parameter: Parameter, value: Any) -> list[str]:
    """The pairs of a query parameter by its style."""
    name = quote(parameter.name, safe="")
    if parameter.content is not None:
        return [f"{name}={quote(json.dumps(value), safe='')}"]
    if parameter.style == "deepObject" and isinstance(value, dict):
        return [pair for key, held in value.items() for pair in deep(f"{parameter.name}[{key}]", held)]
    if isinstance(value, dict) and parameter.explode:
        return [pair for key, held in value.items() for pair in deep(key, held)]
    if isinstance(value, list) and parameter.explode:
        return [f"{name}={escaped(text(held))}" for held in value]
    if isinstance(value, (list, dict)):
        mark = {"spaceDelimited": "%20", "pipeDelimited": "|"}.get(parameter.style, ",")
        return [f"{name}={mark.join(escaped(part) for part in flat(value))}"] if value else []
    return [f"{name}={escaped(text(value))}"]


def deep(name: str, value: Any) -> list[str]:
    """``a[b][c]=1`` for what is inside an object, repeated names for lists."""
    if isinstance(value, dict):
        return [pair for key, held in value.items() for pair in deep(f"{name}[{key}]", held)]
    return [f"{quote(name, safe='[]')}={escaped(text(held))}" for held in (value if isinstance(value, list) else [value])]


def encoded(media: MediaType, value: Any) -> tuple[str, bytes]:
    """A content type and a body that says ``value``."""
    essence = media.name.partition(";")[0].strip().lower()
    if is_json(essence):
        return media.name, json.dumps(value).encode()
    if essence == "application/x-www-form-urlencoded" and isinstance(value, dict):
        pairs = [pair for name, held in value.items() for pair in
                 (deep(name, held) if not isinstance(held, str) else [f"{quote(name)}={escaped(held)}"])]  # fmt: skip
        return media.name, "&".join(pairs).encode()
    if essence.startswith("multipart/") and isinstance(value, dict):
        return f"{media.name}; boundary=bound", _multipart(media, value)
    if essence in {"*/*", "*", "application/*"}:
        return "application/json", json.dumps(value).encode()
    name = re.sub(r"/\*$", {"image": "/png", "audio": "/mpeg"}.get(essence.partition("/")[0], "/plain"), media.name)
    return name, value.encode() if isinstance(value, str) else json.dumps(value).encode()


def _multipart(media: MediaType, value: dict[str, Any]) -> bytes:
    properties, parts = media.schema.all_properties() if media.schema is not None else {}, []
    for name, held in value.items():
        schema = properties.get(name)
        for item in held if isinstance(held, list) else [held]:
            inner = (schema.child("items") or schema) if schema is not None and isinstance(held, list) else schema
            is_file = inner is not None and (inner.get("format") == "binary" or inner.get("contentMediaType") is not None)
            extra = '; filename="f.bin"\r\nContent-Type: application/octet-stream' if is_file else ""
            extra = "\r\nContent-Type: application/json" if isinstance(item, dict) else extra
            parts.append(f'--bound\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n{text(item)}\r\n')
    return ("".join(parts) + "--bound--\r\n").encode()
