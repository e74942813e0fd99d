"""Operations as a document has them under its paths, with references followed and in one dialect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any

from conformance.model.operation import METHODS, MediaType, Operation, Parameter, RequestBody, ResponseSpec, SecurityScheme
from conformance.spec.pointer import follow, join
from conformance.spec.schema import SchemaNode, SchemaSet, UnresolvableReference
from conformance.spec.servers import server_urls

_DEFAULT_STYLE = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}


class OperationReader:
    """Reads the operations of one document.

    Args:
        raw: what the author wrote.
        schemas: of the document; where the paths stand too, in one dialect.
        servers: of the document, for operations that have none of their own.
    """

    def __init__(self, raw: Mapping[str, Any], schemas: SchemaSet, servers: Sequence[str]) -> None:
        self._raw, self._schemas, self._servers = raw, schemas, tuple(servers)

    def operations(self) -> Iterator[Operation]:
        """Every operation under ``paths``, in the document's order; broken ones say so."""
        paths = self._schemas.tree.get("paths")
        for path, written in (paths if isinstance(paths, dict) else {}).items():
            if not isinstance(path, str) or path.startswith("x-"):
                continue
            pointer = join("/paths", path)
            try:
                item, pointer = self.follow(written, pointer)
            except LookupError:
                continue
            if isinstance(item, dict):
                for method in METHODS:
                    if method in item:
                        yield self.operation(path, method, item, pointer)

    def operation(self, path: str, method: str, item: dict[str, Any], item_pointer: str) -> Operation:
        """One operation of a path item."""
        value, pointer = item[method], join(item_pointer, method)
        try:
            # A reference has no place here (4.8.10), and what its author means is plain.
            value, pointer = self.follow(value, pointer)
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
            servers=server_urls(value.get("servers")) or server_urls(item.get("servers")) or self._servers,
            deprecated=value.get("deprecated") is True,
            extensions={key: extension for key, extension in value.items() if key.startswith("x-")},
            pointer=pointer,
            broken="; ".join(problems) or None,
        )

    def follow(self, value: Any, pointer: str) -> tuple[Any, str]:
        """A Reference Object followed to its end; ``pointer`` becomes where it ends.

        Raises:
            LookupError: when it leads nowhere.
        """
        seen: set[str] = set()
        while isinstance(value, dict) and isinstance(value.get("$ref"), str):
            target = self._schemas.resolve(value["$ref"], pointer)
            if target in seen:
                raise UnresolvableReference(reference=value["$ref"], pointer=pointer)
            seen.add(target)
            value, pointer = follow(self._schemas.tree, target), target
        return value, pointer

    def _parameters(
        self, path: str, item: dict[str, Any], item_pointer: str, value: dict[str, Any], pointer: str, problems: list[str]
    ) -> tuple[Parameter, ...]:
        found: dict[tuple[str, str], Parameter] = {}
        for owner, place in ((item, item_pointer), (value, pointer)):
            listed = owner.get("parameters")
            for index, written in enumerate(listed if isinstance(listed, list) else ()):
                try:
                    declared, where = self.follow(written, join(place, "parameters", index))
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
        return self._schemas.node(join(pointer, "schema"))

    def _examples(self, owner: dict[str, Any], pointer: str) -> tuple[Any, ...]:
        found = [owner["example"]] if "example" in owner else []
        named = owner.get("examples")
        for name, written in (named if isinstance(named, dict) else {}).items():
            try:
                example, _ = self.follow(written, join(pointer, "examples", name))
            except LookupError:
                continue
            if isinstance(example, dict) and "value" in example:
                found.append(example["value"])
        return tuple(found)

    def _content(self, owner: dict[str, Any], pointer: str) -> dict[str, MediaType]:
        declared, where = self.follow(owner.get("content"), join(pointer, "content"))
        found = {}
        for name, written in (declared if isinstance(declared, dict) else {}).items():
            media, place = self.follow(written, join(where, name))
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
            body, where = self.follow(value["requestBody"], join(pointer, "requestBody"))
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
                response, where = self.follow(written, join(pointer, "responses", status))
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
            header, where = self.follow(written, join(pointer, "headers", name))
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
        alternatives = value.get("security", self._raw.get("security"))
        found = []
        for alternative in alternatives if isinstance(alternatives, list) else ():
            schemes = [self.security_schemes.get(name) for name in alternative] if isinstance(alternative, dict) else [None]
            if all(schemes):
                found.append(tuple(scheme for scheme in schemes if scheme))
        return tuple(found)

    @cached_property
    def security_schemes(self) -> Mapping[str, SecurityScheme]:
        """The declared security schemes that can be used, by name."""
        components = self._raw.get("components")
        declared = components.get("securitySchemes") if isinstance(components, dict) else None
        found = {}
        for name, written in (declared if isinstance(declared, dict) else {}).items():
            try:
                scheme, _ = self.follow(written, join("/components/securitySchemes", name))
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
