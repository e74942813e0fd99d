"""Is the target there, and does it let us in? Asked once, before anything else is sent."""

from __future__ import annotations

import re
from collections.abc import Sequence

from conformance.errors import TargetError
from conformance.model.message import NoResponse, Request
from conformance.model.operation import Operation
from conformance.run.options import TOKEN_VARIABLE
from conformance.run.setting import Setting, opened, responder
from conformance.transport.probe import probe


def check_target(setting: Setting, operations: Sequence[Operation]) -> int:
    """Make sure that the target answers and takes the credentials; returns how many requests that took, one or two.

    Any HTTP answer shows that the target is there. A 401 to a read whose operation declares security shows that the
    credentials are missing or wrong; without such a read nothing can be said of them.

    Raises:
        TargetError: with what to do about it.
    """
    here = opened(setting)
    answering = responder(setting, here.document)
    read = next(iter(sorted(filter(_is_read, operations), key=_needs)), None)
    if read is None:
        probe(answering, here.target.base + "/", name=here.target.base)
        return 1
    request = Request(method="GET", url=here.target.url_for(read, _filled(read.path)), headers=setting.headers)
    answer = answering.respond(request)
    if isinstance(answer, NoResponse):
        # One operation that fails must not be taken for a target that is not there.
        probe(answering, here.target.base + "/", name=here.target.base)
        return 2
    if answer.status == 401:
        names = {name.lower() for name, _ in setting.headers} & _credentials(read)
        remedy = "check that it is right and not expired" if names else f"set {TOKEN_VARIABLE}, or pass {_example(read)}"
        state = "refuses the credentials" if names else "wants credentials, and there are none"
        raise TargetError(f"the target {state} (401 for {read.label}); {remedy}")
    return 1


def _is_read(operation: Operation) -> bool:
    """A read that needs credentials."""
    return operation.method == "get" and operation.needs_auth and operation.broken is None


def _needs(operation: Operation) -> int:
    """How much a read needs besides credentials; a service asks for them first, so the rest need not be right."""
    return operation.path.count("{") + sum(parameter.required for parameter in operation.parameters)


def _filled(path: str) -> str:
    return re.sub(r"\{[^{}]*\}", "0", path)


def _credentials(operation: Operation) -> set[str]:
    schemes = [scheme for alternative in operation.security for scheme in alternative]
    return {"authorization", *(scheme.parameter.lower() for scheme in schemes if scheme.kind == "apiKey")}


def _example(operation: Operation) -> str:
    schemes = [scheme for alternative in operation.security for scheme in alternative]
    key = next((scheme for scheme in schemes if scheme.kind == "apiKey" and scheme.location == "header"), None)
    only_key = key is not None and all(scheme.kind == "apiKey" for scheme in schemes)
    return f"--header '{key.parameter}: ...'" if key is not None and only_key else "--header 'Authorization: Bearer ...'"
