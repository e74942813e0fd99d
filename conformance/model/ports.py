"""The seams of the suite: small Protocols that rooms meet at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from conformance.model.message import NoResponse, Request, Response


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaError:
    """One place where an instance breaks a schema, at the deepest cause that is known.

    ``instance_pointer`` is in the instance, ``schema_pointer`` is in the document; both RFC 6901. ``names`` are the
    properties that are missing, or there without leave.
    """

    message: str
    instance_pointer: str
    schema_pointer: str
    keyword: str
    names: tuple[str, ...] = ()


class Schema(Protocol):
    """A schema of the document that navigates and validates without showing a ``$ref``.

    Two schemas with the same ``pointer`` are the same schema, so recursion is found by comparing pointers.
    """

    @property
    def pointer(self) -> str:
        """Where the schema stands in the document, references followed."""
        ...

    @property
    def value(self) -> Mapping[str, Any] | bool:
        """The keywords of this schema; children may still be references, so use the methods for those."""
        ...

    @property
    def notes(self) -> dict[Any, Any]:
        """What others have worked out about the schema, under names of their own, so that it is worked out once."""
        ...

    def get(self, keyword: str, default: Any = None) -> Any:
        """A keyword that holds no schema, such as ``minLength`` or ``enum``."""
        ...

    def types(self) -> frozenset[str]:
        """The JSON types that the schema's own ``type`` allows; empty when it does not say."""
        ...

    def properties(self) -> Mapping[str, Schema]:
        """Declared properties, of this schema alone (see ``all_properties``)."""
        ...

    def all_properties(self) -> Mapping[str, Schema]:
        """Declared properties, those from ``allOf`` and every branch of ``anyOf`` and ``oneOf`` included."""
        ...

    def required(self) -> frozenset[str]:
        """Names of required properties, those from ``allOf`` included."""
        ...

    def flagged(self, flag: str) -> frozenset[str]:
        """Names of the properties that are ``readOnly`` or ``writeOnly``, those of every branch included."""
        ...

    def holds(self, flag: str) -> bool:
        """Whether a property here, or anywhere below, is flagged."""
        ...

    def child(self, *path: str | int) -> Schema | None:
        """The sub-schema at keywords such as ``("items",)`` or ``("anyOf", 0)``, or ``None``."""
        ...

    def branches(self, keyword: str) -> tuple[Schema, ...]:
        """The sub-schemas of ``allOf``, ``anyOf``, ``oneOf`` or ``prefixItems``."""
        ...

    def problem(self, *, direction: str = "any") -> str | None:
        """Why the schema cannot be compiled, or ``None`` when it can."""
        ...

    def errors(self, instance: Any, *, direction: str = "any") -> tuple[SchemaError, ...]:
        """What is wrong with a JSON value.

        ``direction`` is ``request`` (readOnly is not required), ``response`` (writeOnly is not required), ``any``, or
        ``lenient`` (nothing is required, and types count but bounds do not; see ``spec.relaxed``).
        """
        ...

    def is_valid(self, instance: Any, *, direction: str = "any") -> bool:
        """Whether a JSON value satisfies the schema."""
        ...


class Responder(Protocol):
    """Anything that answers a request: a live API, a proxied upstream, or the sandbox."""

    def respond(self, request: Request) -> Response | NoResponse:
        """The answer, or why there is none. Never raises for what the target did."""
        ...
