"""``findings.json`` read back: the run, and its findings as far as the file holds them."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.errors import UsageError
from conformance.model.message import Headers, Request, Response
from conformance.model.record import Case, Exchange, Finding, Intent, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What a run left. ``names`` are the groups of findings as the file has them, by fingerprint."""

    path: Path
    run: Mapping[str, Any]
    findings: tuple[Finding, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    def chosen(self, name: str) -> tuple[Finding, ...]:
        """The findings that a fingerprint or a group, or the beginning of one, stands for: those with the fewest parts first.

        Raises:
            UsageError: when it stands for none, or for more than one.
        """
        wanted = name.strip().lower()
        known = {*self.names, *self.names.values()}
        found = [one for one in sorted(known) if wanted and one.startswith(wanted)]
        if wanted in known:
            found = [wanted]
        if len(found) != 1:
            reason = f"{len(found)} findings or groups begin with {name!r}; write more of it" if found else (
                f"{self.path} has no finding or group {name!r}; its entries have a 'fingerprint' and a 'group'")  # fmt: skip
            raise UsageError(reason)
        return tuple(one for one in self.findings if found[0] in {one.fingerprint, self.names.get(one.fingerprint)})


def stored(path: Path) -> Stored:
    """Read the file.

    Raises:
        UsageError: when it cannot be read, or is something else.
    """
    try:
        held = json.loads(path.read_text("utf-8"))
    except OSError as raised:
        reason = (raised.strerror or str(raised)).lower()
        raise UsageError(
            f"cannot read {path}: {reason}; name the folder of a run with --out, or the file with --findings"
        ) from None
    except (ValueError, RecursionError) as raised:
        raise UsageError(f"{path} is not well-formed JSON: {raised}") from None
    if not isinstance(held, dict) or held.get("version") != 1:
        raise UsageError(f"{path} is not the findings.json of a run")
    try:
        findings = tuple(_finding(one) for one in held["findings"])
        names = {one["fingerprint"]: str(one.get("group") or one["fingerprint"]) for one in held["findings"]}
        return Stored(path=path, run=dict(held["run"]), findings=findings, names=names)
    except (KeyError, TypeError, ValueError, AttributeError) as raised:
        raise UsageError(f"{path} is not the findings.json of a run ({type(raised).__name__}: {raised})") from None


def _finding(value: Mapping[str, Any]) -> Finding:
    return Finding(
        id=_text(value["id"]), severity=Severity(value["severity"]), stage=_text(value["stage"]), phase=_text(value.get("phase")),
        message=_text(value.get("message")), pointer=_text(value.get("pointer")), detail=_text(value.get("detail")),
        operation=_maybe(value.get("operation")), operation_id=_maybe(value.get("operation_id")),
        tags=tuple(map(str, value.get("tags") or ())), line=value.get("line"), column=value.get("column"),
        why=_text(value.get("why")), fix=_text(value.get("fix")), status=value.get("status"),
        request=_request(value.get("request")), response=_response(value.get("response")), curl=_text(value.get("curl")),
        known=_maybe(value.get("known")), flaky=value.get("flaky") is True, seed=value.get("seed"),
        blame=_text(value.get("blame")), lead=tuple(step for one in value.get("lead") or () if (step := _step(one)) is not None),
    )  # fmt: skip


def _step(value: Mapping[str, Any]) -> Exchange | None:
    request, answer = _request(value.get("request")), _response(value.get("response"))
    if request is None or answer is None:
        return None
    case = Case(id="lead", operation="", stage="fuzz", phase="", intent=Intent.POSITIVE)
    return Exchange(request=request, response=answer, case=case, operation=None)


def _request(value: Any) -> Request | None:
    """A request that is there in full."""
    if not isinstance(value, dict) or value.get("body_left_out"):
        return None
    return Request(method=str(value["method"]), url=str(value["url"]), headers=_headers(value.get("headers")),
                   body=_body(value.get("body")))  # fmt: skip


def _response(value: Any) -> Response | None:
    if not isinstance(value, dict):
        return None
    return Response(status=int(value["status"]), headers=_headers(value.get("headers")), body=_body(value.get("body")))


def _headers(value: Any) -> Headers:
    return tuple((str(name), str(text)) for name, text in value or ())


def _body(value: Any) -> bytes:
    if isinstance(value, dict):
        try:
            return base64.b64decode(value["base64"], validate=True)
        except binascii.Error as raised:
            raise ValueError(f"a body is not base64: {raised}") from None
    return str(value).encode("utf-8", "surrogatepass") if value else b""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _maybe(value: Any) -> str | None:
    return value if isinstance(value, str) else None
