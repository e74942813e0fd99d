"""Is the target there, and does it let us in? Asked once, before anything else is sent."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from conformance.errors import TargetError
from conformance.model.message import Request, Response
from conformance.model.operation import Operation
from conformance.run.setting import Setting, opened, responder
from conformance.transport.probe import probe


def is_remote(base_url: str | None) -> bool:
    """Whether a base URL leads to another machine."""
    if base_url is None:
        return False
    host = urlsplit(base_url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return False
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return True


def check_target(setting: Setting, operations: Sequence[Operation]) -> None:
    """Make sure that the target answers and takes the credentials.

    Raises:
        TargetError: with what to do about it.
    """
    here = opened(setting)
    answering = responder(setting, here.document)
    probe(answering, here.target.base + "/")
    simple = next((operation for operation in operations if _is_simple(operation)), None)
    if simple is None:
        return
    answer = answering.respond(Request(method="GET", url=here.target.url_for(simple, simple.path), headers=setting.headers))
    if isinstance(answer, Response) and answer.status == 401:
        given = any(name.lower() == "authorization" for name, _ in setting.headers)
        remedy = (
            "check that it is right and not expired"
            if given
            else "set TELNYX_API_KEY, or pass --header 'Authorization: Bearer ...'"
        )
        state = "refuses the credentials" if given else "wants credentials, and there are none"
        raise TargetError(f"the target {state} (401 for {simple.label}); {remedy}")


def _is_simple(operation: Operation) -> bool:
    """A read that needs credentials and nothing else."""
    return (
        operation.method == "get" and operation.needs_auth and operation.broken is None and "{" not in operation.path
        and not any(parameter.required for parameter in operation.parameters)
    )  # fmt: skip
