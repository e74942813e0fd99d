"""A second opinion on a response, from the document as its author wrote it and packages that know nothing of this project."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import UnknownType, ValidationError
from openapi_schema_validator import OAS30Validator, OAS31Validator
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

_BASE = "urn:document"


class Opinion:
    """Judges responses of one raw document."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self._raw = _for_responses(raw)
        self._is_30 = str(raw.get("openapi")).startswith("3.0")
        self._registry = Registry().with_resource(_BASE, Resource(contents=self._raw, specification=DRAFT202012)).crawl()
        self._validators: dict[str, Any] = {}

    def breaches(self, pointer: str | None, headers: Sequence[tuple[str, str]], body: bytes) -> Iterator[str]:
        """What is wrong with an answer whose entry stands at ``pointer``; ``None`` when the document has none."""
        if pointer is None:
            return
        spec = self._at(pointer)
        content = spec.get("content") if isinstance(spec, dict) else None
        if not isinstance(content, dict) or not content:
            if body:
                yield "second opinion: a body that the document does not describe"
            return
        given = next((value for name, value in headers if name.lower() == "content-type"), None)
        key = _entry(content, given) if given is not None else None
        if key is None:
            if body:
                yield f"second opinion: {given!r} is not among {list(content)}"
            return
        media = content[key]
        if not isinstance(media, dict) or "schema" not in media or "json" not in str(given):
            return
        yield from self._errors(f"{pointer}/content/{_escaped(key)}/schema", json.loads(body))

    def _errors(self, pointer: str, value: Any) -> Iterator[str]:
        kind = OAS30Validator if self._is_30 else OAS31Validator
        if pointer not in self._validators:
            reference = f"{_BASE}#{pointer.replace('%', '%25')}"
            self._validators[pointer] = kind(
                {"$ref": reference}, registry=self._registry, format_checker=Draft202012Validator.FORMAT_CHECKER
            )
        try:
            for error in self._validators[pointer].iter_errors(value):
                yield f"second opinion: {_said(error)}"
        except (Unresolvable, UnknownType, re.error, RecursionError, TypeError, AttributeError):
            return  # a schema that this validator cannot use

    def _at(self, pointer: str) -> Any:
        value: Any = self._raw
        for token in pointer.split("/")[1:]:
            token = token.replace("~1", "/").replace("~0", "~")
            value = value[int(token)] if isinstance(value, list) else value[token]
        return value


def _said(error: ValidationError) -> str:
    return f"/{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"


def _entry(content: Mapping[str, Any], given: str) -> str | None:
    wanted = given.partition(";")[0].strip().lower()
    names = {key.partition(";")[0].strip().lower(): key for key in content}
    ranges = (wanted, f"{wanted.partition('/')[0]}/*", f"{wanted.partition('/')[0]}/*+{wanted.rpartition('+')[2]}", "*/*", "*")
    return next((names[name] for name in ranges if name in names), None)


def _escaped(token: str) -> str:
    return token.replace("~", "~0").replace("/", "~1").replace(" ", "%20")


def _for_responses(raw: dict[str, Any]) -> dict[str, Any]:
    """A copy in which a response need not have what is ``writeOnly``, and without patterns that Python cannot read."""
    tree = copy.deepcopy(raw)
    stack: list[Any] = [tree]
    while stack:
        node = stack.pop()
        stack.extend(node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())
        if not isinstance(node, dict):
            continue
        if isinstance(node.get("oneOf"), list) or isinstance(node.get("anyOf"), list):
            node.pop("discriminator", None)  # a hint for readers; this validator takes a mapped name for a URL
        if isinstance(node.get("pattern"), str) and not _is_readable(node["pattern"]):
            del node["pattern"]
        properties, required = node.get("properties"), node.get("required")
        if isinstance(properties, dict) and isinstance(required, list):
            node["required"] = [name for name in required if not _is_write_only(tree, properties.get(name))]
    return tree


def _is_write_only(tree: dict[str, Any], schema: Any) -> bool:
    for _ in range(10):
        if not isinstance(schema, dict) or schema.get("writeOnly") is True:
            break
        reference = schema.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#/"):
            return False
        schema = tree
        for token in reference[2:].split("/"):
            schema = schema.get(token.replace("~1", "/").replace("~0", "~")) if isinstance(schema, dict) else None
    return isinstance(schema, dict) and schema.get("writeOnly") is True


def _is_readable(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True
