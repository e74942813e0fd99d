"""A document as operations: references followed, servers and security worked out, defects isolated.

A document that has a defect still gives every operation it can. What cannot be used is an operation
whose ``broken`` says why, so that it is reported once and the others run.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance.errors import UnknownName
from conformance.model.operation import METHODS, MediaType, Operation, Parameter, RequestBody, ResponseSpec, SecurityScheme
from conformance.spec import dialect
from conformance.spec.load import Source, load
from conformance.spec.misplaced import settled
from conformance.spec.pointer import follow, join
from conformance.spec.schema import SchemaNode, SchemaSet, UnresolvableReference
from conformance.spec.servers import server_urls
from conformance.spec.webhooks import Webhook, callbacks, webhooks

# What 3.1 has no more, in JSON or YAML: looked for in the text, so that most documents need not be walked for it.
_LEFT_OVER = re.compile(r"exclusiveM(?:in|ax)imum[\"']?\s*:\s*(?:true|false)")
_DEFAULT_STYLE = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}


class Document:
    """An OpenAPI 3.0 or 3.1 document.

    ``raw`` is what the author wrote; ``schemas`` and ``operations`` mean the same in one dialect.
    A document is picklable: it travels as its source and is read again on the other side.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.raw: dict[str, Any] = source.value
        self.version = str(self.raw.get("openapi", ""))
        is_30 = self.version.startswith("3.0")
        tree = dialect.to_2020_12(self.raw) if is_30 else dialect.mended(self.raw) if _LEFT_OVER.search(source.text) else self.raw
        written = (lambda pointer: dialect.as_written(self.raw, pointer)) if is_30 else (lambda pointer: pointer)
        self.schemas = SchemaSet(tree, written=written)

    @classmethod
    def load(cls, source: str | Path, *, allow_remote: bool = False) -> Document:
        """Read a document from a path, a URL or ``-``; see ``spec.load.load`` for the errors."""
        return cls(load(source, allow_remote=allow_remote))

    def __reduce__(self) -> tuple[type[Document], tuple[Source]]:
        return Document, (self.source,)

    @cached_property
    def digest(self) -> str:
        """Hex digest of the text, for caches and reports."""
        return hashlib.sha256(self.source.text.encode()).hexdigest()

    @property
    def title(self) -> str:
        """The title in ``info``; empty when there is none."""
        info = self.raw.get("info")
        title = info.get("title") if isinstance(info, dict) else None
        return title if isinstance(title, str) else ""

    @cached_property
    def plain(self) -> dict[str, Any]:
        """The document for whoever knows references by pointer only, and only where OpenAPI has them."""
        names = self.schemas.validators.names
        return settled(names.plain() if names else self.raw)

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """Every operation under ``paths``, in the document's order; broken ones say so."""
        return tuple(self._operations())

    @cached_property
    def by_label(self) -> Mapping[str, Operation]:
        """Operations by label (``GET /path``)."""
        return {operation.label: operation for operation in self.operations}

    @cached_property
    def webhooks(self) -> tuple[Webhook, ...]:
        """The messages that the service sends without an operation that they are tied to, in the document's order."""
        return tuple(webhooks(self.schemas.tree, self._follow, self._operation))

    @cached_property
    def callbacks(self) -> Mapping[str, tuple[Webhook, ...]]:
        """The messages that follow operations, by the label of the operation."""
        return callbacks(self.schemas.tree, self.operations, self._follow, self._operation)

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """The tags that operations use, in order of first use."""
        return tuple(dict.fromkeys(tag for operation in self.operations for tag in operation.tags))

    def select(self, *, tags: tuple[str, ...] = (), operation_ids: tuple[str, ...] = ()) -> tuple[Operation, ...]:
        """The operations that carry one of the tags or ids; all of them when neither is named.

        Raises:
            UnknownName: when the document has no such tag or id.
        """
        ids = [operation.operation_id for operation in self.operations if operation.operation_id]
        for kind, wanted, known in (("tag", tags, self.tags), ("operation id", operation_ids, ids)):
            for name in wanted:
                if name not in known:
                    raise UnknownName(kind=kind, name=name, known=known)
        if not tags and not operation_ids:
            return self.operations
        return tuple(
            operation for operation in self.operations
            if (not tags or set(tags) & set(operation.tags)) and (not operation_ids or operation.operation_id in operation_ids)
        )  # fmt: skip

    @cached_property
    def servers(self) -> tuple[str, ...]:
        """The document's server URLs, variables filled in with their defaults; ``/`` when none is given."""
        return server_urls(self.raw.get("servers")) or ("/",)

    def schema(self, pointer: str) -> SchemaNode:
        """The schema at a pointer.

        Raises:
            LookupError: when there is none.
        """
        return self.schemas.node(pointer)

    def _operations(self) -> Iterator[Operation]:
        paths = self.schemas.tree.get("paths")
        for path, written in (paths if isinstance(paths, dict) else {}).items():
            if not isinstance(path, str) or path.startswith("x-"):
                continue
            pointer = join("/paths", path)
            try:
                item, pointer = self._follow(written, pointer)
            except LookupError:
                continue
            if isinstance(item, dict):
                for method in METHODS:
                    if method in item:
                        yield self._operation(path, method, item, pointer)

    def _operation(self, path: str, method: str, item: dict[str, Any], item_pointer: str) -> Operation:
        value, pointer = item[method], join(item_pointer, method)
        try:
            # A reference has no place here (4.8.10), and what its author means is plain.
            value, pointer = self._follow(value, pointer)
            broken = "it is not an object"
        except LookupError as raised:
            broken = str(raised)
        if not isinstance(value, dict) or "$ref" in value:
            return Operation(method=method, path=path, operation_id=None, tags=(), pointer=pointer, broken=broken)
        tags = value.get("tags")
        problems: list[str] = []
        operation_id = value.get("operationId")
        return Operation(
            method=method,
            path=path,
            operation_id=operation_id if isinstance(operation_id, str) else None,
            tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
            summary=str(value.get("summary") or ""),
            parameters=self._parameters(path, item, item_pointer, value, pointer, problems),
            request_body=self._request_body(value, pointer, problems),
            responses=self._responses(value, pointer, problems),
            security=self._security(value),
            servers=server_urls(value.get("servers")) or server_urls(item.get("servers")) or self.servers,
            deprecated=value.get("deprecated") is True,
            extensions={key: extension for key, extension in value.items() if key.startswith("x-")},
            pointer=pointer,
            broken="; ".join(problems) or None,
        )

    def _follow(self, value: Any, pointer: str) -> tuple[Any, str]:
        """A Reference Object followed to its end; ``pointer`` becomes where it ends."""
        seen: set[str] = set()
        while isinstance(value, dict) and isinstance(value.get("$ref"), str):
            target = self.schemas.resolve(value["$ref"], pointer)
            if target in seen:
                raise UnresolvableReference(reference=value["$ref"], pointer=pointer)
            seen.add(target)
            value, pointer = follow(self.schemas.tree, target), target
        return value, pointer

    def _parameters(
        self, path: str, item: dict[str, Any], item_pointer: str, value: dict[str, Any], pointer: str, problems: list[str]
    ) -> tuple[Parameter, ...]:
        found: dict[tuple[str, str], Parameter] = {}
        for owner, place in ((item, item_pointer), (value, pointer)):
            listed = owner.get("parameters")
            for index, written in enumerate(listed if isinstance(listed, list) else ()):
                try:
                    declared, where = self._follow(written, join(place, "parameters", index))
                    parameter = self._parameter(declared, where)
                except (LookupError, TypeError, ValueError) as raised:
                    problems.append(f"a parameter cannot be used: {raised}")
                    continue
                found[(parameter.name, parameter.location)] = parameter
        in_path = {name for name, location in found if location == "path"}
        problems.extend(f"the path parameter {name!r} is not declared" for name in template_names(path) if name not in in_path)
        return tuple(found.values())

    def _parameter(self, declared: Any, pointer: str, *, name: str = "", location: str = "") -> Parameter:
        if not isinstance(declared, dict):
            raise TypeError(f"{pointer} is not an object")
        name, location = name or declared.get("name", ""), location or declared.get("in", "")
        if not isinstance(name, str) or not name or location not in _DEFAULT_STYLE:
            raise ValueError(f"{pointer} has no usable name and place")
        style = declared.get("style") or _DEFAULT_STYLE[location]
        content = self._content(declared, pointer)
        return Parameter(
            name=name,
            location=location,
            required=declared.get("required") is True or location == "path",
            style=style,
            explode=declared.get("explode", style in {"form", "deepObject"}) is True,
            schema=self._schema(declared, pointer),
            content=next(iter(content.values()), None),
            allow_reserved=declared.get("allowReserved") is True,
            allow_empty_value=declared.get("allowEmptyValue") is True,
            deprecated=declared.get("deprecated") is True,
            examples=self._examples(declared, pointer),
            pointer=pointer,
            description=said if isinstance(said := declared.get("description"), str) else "",
        )

    def _schema(self, owner: dict[str, Any], pointer: str) -> SchemaNode | None:
        if not isinstance(owner.get("schema"), (dict, bool)):
            return None
        return self.schemas.node(join(pointer, "schema"))

    def _examples(self, owner: dict[str, Any], pointer: str) -> tuple[Any, ...]:
        found = [owner["example"]] if "example" in owner else []
        named = owner.get("examples")
        for name, written in (named if isinstance(named, dict) else {}).items():
            try:
                example, _ = self._follow(written, join(pointer, "examples", name))
            except LookupError:
                continue
            if isinstance(example, dict) and "value" in example:
                found.append(example["value"])
        return tuple(found)

    def _content(self, owner: dict[str, Any], pointer: str) -> dict[str, MediaType]:
        declared, where = self._follow(owner.get("content"), join(pointer, "content"))
        found = {}
        for name, written in (declared if isinstance(declared, dict) else {}).items():
            media, place = self._follow(written, join(where, name))
            media = media if isinstance(media, dict) else {}
            encoding = media.get("encoding")
            found[name] = MediaType(
                name=name,
                schema=self._schema(media, place),
                examples=self._examples(media, place),
                encoding=encoding if isinstance(encoding, dict) else {},
                pointer=place,
            )
        return found

    def _request_body(self, value: dict[str, Any], pointer: str, problems: list[str]) -> RequestBody | None:
        if "requestBody" not in value:
            return None
        try:
            body, where = self._follow(value["requestBody"], join(pointer, "requestBody"))
            if isinstance(body, dict):
                return RequestBody(required=body.get("required") is True, content=self._content(body, where), pointer=where)
            problems.append("the request body is not an object")
        except (LookupError, TypeError) as raised:
            problems.append(f"the request body cannot be used: {raised}")
        return None

    def _responses(self, value: dict[str, Any], pointer: str, problems: list[str]) -> dict[str, ResponseSpec]:
        declared = value.get("responses")
        found = {}
        for status, written in (declared if isinstance(declared, dict) else {}).items():
            if str(status).startswith("x-"):
                continue
            try:
                response, where = self._follow(written, join(pointer, "responses", status))
                if isinstance(response, dict):
                    found[str(status)] = self._response(str(status), response, where)
            except (LookupError, TypeError, ValueError) as raised:
                problems.append(f"the response {status} cannot be used: {raised}")
        return found

    def _response(self, status: str, response: dict[str, Any], pointer: str) -> ResponseSpec:
        headers = {}
        declared = response.get("headers")
        for name, written in (declared if isinstance(declared, dict) else {}).items():
            if str(name).lower() == "content-type":  # ignored by OpenAPI 4.8.17
                continue
            header, where = self._follow(written, join(pointer, "headers", name))
            headers[str(name)] = self._parameter(header, where, name=str(name), location="header")
        links = response.get("links")
        return ResponseSpec(
            status=status,
            content=self._content(response, pointer),
            headers=headers,
            links=links if isinstance(links, dict) else {},
            pointer=pointer,
        )

    def _security(self, value: dict[str, Any]) -> tuple[tuple[SecurityScheme, ...], ...]:
        alternatives = value.get("security", self.raw.get("security"))
        found = []
        for alternative in alternatives if isinstance(alternatives, list) else ():
            schemes = [self.security_schemes.get(name) for name in alternative] if isinstance(alternative, dict) else [None]
            if all(schemes):
                found.append(tuple(scheme for scheme in schemes if scheme))
        return tuple(found)

    @cached_property
    def security_schemes(self) -> Mapping[str, SecurityScheme]:
        """The declared security schemes that can be used, by name."""
        components = self.raw.get("components")
        declared = components.get("securitySchemes") if isinstance(components, dict) else None
        found = {}
        for name, written in (declared if isinstance(declared, dict) else {}).items():
            try:
                scheme, _ = self._follow(written, join("/components/securitySchemes", name))
            except LookupError:
                continue
            if isinstance(scheme, dict):
                found[name] = SecurityScheme(
                    name=name,
                    kind=str(scheme.get("type") or ""),
                    scheme=str(scheme.get("scheme") or "").lower(),
                    location=str(scheme.get("in") or ""),
                    parameter=str(scheme.get("name") or ""),
                )
        return found


@lru_cache(maxsize=16384)
def template_names(path: str) -> tuple[str, ...]:
    """The names of the parameters in a path template."""
    return tuple(part.partition("}")[0] for part in path.split("{")[1:])


def base_path(server: str) -> str:
    """The path of a server URL, without a slash at its end; empty when the URL cannot be read."""
    try:
        return urlsplit(server).path.rstrip("/")
    except ValueError:
        return ""
