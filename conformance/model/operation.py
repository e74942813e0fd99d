"""An operation of the document, with everything a caller or a server needs and no ``$ref`` in sight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.model.ports import Schema

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaType:
    """One entry of a ``content`` map. ``pointer`` is where it stands in the document."""

    name: str
    schema: Schema | None
    examples: tuple[Any, ...] = ()
    encoding: Mapping[str, Any] = field(default_factory=dict)
    pointer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter with its serialisation made explicit (OpenAPI 3.1 section 4.8.12).

    ``location`` is ``path``, ``query``, ``header`` or ``cookie``. ``content`` is set instead of
    ``schema`` when the parameter is declared with a media type. ``description`` is the author's words on it.
    """

    name: str
    location: str
    required: bool
    style: str
    explode: bool
    schema: Schema | None
    content: MediaType | None = None
    allow_reserved: bool = False
    allow_empty_value: bool = False
    deprecated: bool = False
    examples: tuple[Any, ...] = ()
    pointer: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBody:
    """The body an operation takes, by media type (or media range such as ``text/*``)."""

    required: bool
    content: Mapping[str, MediaType]
    pointer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseSpec:
    """What the document says of one status: a code, a range such as ``4XX``, or ``default``."""

    status: str
    content: Mapping[str, MediaType]
    headers: Mapping[str, Parameter] = field(default_factory=dict)
    links: Mapping[str, Any] = field(default_factory=dict)
    pointer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityScheme:
    """A security scheme: ``kind`` is ``http``, ``apiKey``, ``oauth2``, ``openIdConnect`` or ``mutualTLS``."""

    name: str
    kind: str
    scheme: str = ""
    location: str = ""
    parameter: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path.

    ``security`` is the alternatives (any of) of schemes (all of); empty means open, and an empty
    alternative means that anonymous calls are allowed too. ``servers`` are the URLs that apply,
    as written. ``label`` (``GET /path/{id}``) is its name in every report. ``needs_auth`` says whether
    an anonymous call must be refused, ``broken`` why the operation cannot be used, when it cannot.
    """

    method: str
    path: str
    operation_id: str | None
    tags: tuple[str, ...]
    summary: str = ""
    parameters: tuple[Parameter, ...] = ()
    request_body: RequestBody | None = None
    responses: Mapping[str, ResponseSpec] = field(default_factory=dict)
    security: tuple[tuple[SecurityScheme, ...], ...] = ()
    servers: tuple[str, ...] = ()
    deprecated: bool = False
    extensions: Mapping[str, Any] = field(default_factory=dict)
    pointer: str = ""
    broken: str | None = None
    label: str = field(default="", init=False, compare=False)
    needs_auth: bool = field(default=False, init=False, compare=False)
    _by_location: dict[str, tuple[Parameter, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", f"{self.method.upper()} {self.path}")
        object.__setattr__(self, "needs_auth", bool(self.security) and all(self.security))

    @property
    def promises_success(self) -> bool:
        """Whether the document lists a status that is no error."""
        return any(status[:1] in {"1", "2", "3"} or status == "default" for status in self.responses)

    def response_for(self, status: int) -> ResponseSpec | None:
        """The entry that covers ``status``: the code, else its range, else ``default`` (OpenAPI 4.8.16)."""
        for key in (str(status), f"{status // 100}XX", f"{status // 100}xx", "default"):
            if key in self.responses:
                return self.responses[key]
        return None

    def parameters_in(self, location: str) -> tuple[Parameter, ...]:
        """The parameters of one location, in the document's order."""
        found = self._by_location.get(location)
        if found is None:
            found = tuple(parameter for parameter in self.parameters if parameter.location == location)
            self._by_location[location] = found
        return found
