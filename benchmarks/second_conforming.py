"""Services that behave otherwise than the sandbox and keep every promise: whatever is found there is a false alarm.

Each stands before the whole sandbox, and changes an answer only where the document still accepts it.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote, unquote

from second_faults_http import too_many
from second_lives import (
    delete_again,
    forbidden,
    late_lists,
    later,
    no_doubles,
    other_order,
    others_write,
    small_pages,
    soft_delete,
)
from second_shapes import (
    UUID,
    backwards,
    fewer_in_lists,
    fits,
    keeps_values,
    lower_case,
    masked,
    more_fields,
    moving_states,
    moving_times,
    shows_changed,
    shows_values,
    sorted_arrays,
    telephone,
    time_with_offset,
    trimmed,
    web_address,
    with_floats,
    without_null,
    without_totals,
)
from second_site import Answer, Behaviour, Fault, Site, Turn, is_good, is_there, loaded, sampled, with_body, with_header
from second_spoiling import media_of

from conformance.model.message import Response


def _headers(turn: Turn) -> Answer:
    answer = turn.send()
    if not isinstance(answer, Response):
        return answer
    turn.notes["answers"] = count = turn.notes.get("answers", 0) + 1
    more = (("Server", "cloudfront"), ("X-Request-Id", f"r-{count}"), ("Date", "Tue, 15 Nov 1994 08:12:31 GMT"), ("Vary",
         "Accept, Authorization"),
            ("Cache-Control", "private, max-age=0"), ("ETag", f'W/"{count}"'), ("Via", "1.1 edge"), ("X-RateLimit-Remaining",
            "17"),
            ("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; Path=/"), ("Strict-Transport-Security", "max-age=1"))  # fmt: skip
    return replace(answer, headers=(*answer.headers, *more))


def _charset(turn: Turn) -> Answer:
    answer = turn.send()
    if isinstance(answer, Response) and answer.media_type == "application/json":
        text = (
            json.dumps(loaded(answer.body), indent=2, ensure_ascii=True).encode()
            if is_there(loaded(answer.body))
            else answer.body
        )
        return with_header(replace(answer, body=text), "Content-Type", "application/json; charset=UTF-8")
    return answer


def _zipped(turn: Turn) -> Answer:
    answer = turn.send()
    if isinstance(answer, Response) and answer.body and "gzip" in (turn.request.header("accept-encoding") or ""):
        return replace(answer, body=gzip.compress(answer.body), headers=(*answer.headers, ("Content-Encoding", "gzip")))
    return answer


_OWN = re.compile(r"\bt_([0-9a-f]{32})\b")


def _long(match: re.Match[str]) -> str:
    hexed = match.group(1)
    return f"{hexed[:8]}-{hexed[8:12]}-{hexed[12:16]}-{hexed[16:20]}-{hexed[20:]}"


def _other_ids(turn: Turn) -> Answer:
    """Ids have a form of this service's own, the same everywhere."""
    request = turn.request
    body = _OWN.sub(_long, request.body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    answer = turn.send(replace(request, url=_OWN.sub(_long, request.url), body=body))
    if not isinstance(answer, Response) or not is_there(loaded(answer.body)):
        return answer
    text = UUID.sub(lambda match: "t_" + match.group().replace("-", ""), answer.body.decode())
    headers = tuple(
        (name, UUID.sub(lambda match: "t_" + match.group().replace("-", ""), value)) for name, value in answer.headers
    )
    return replace(answer, body=text.encode(), headers=headers) if fits(turn, answer.status, json.loads(text)) else answer


def _any_case(turn: Turn) -> Answer:
    """Ids are told in capitals where they are made, and as they are kept where they are read."""
    answer = turn.send(
        replace(turn.request, url=re.sub(r"(?i)[0-9a-f]{8}-[0-9a-f-]{27}", lambda match: match.group().lower(), turn.request.url))
    )
    if turn.operation is None or turn.operation.method != "post" or not isinstance(answer, Response) or not is_good(answer):
        return answer
    text = UUID.sub(lambda match: match.group().upper(), answer.body.decode("utf-8", "replace")).encode()
    return replace(answer, body=text) if is_there(loaded(text)) and fits(turn, answer.status, loaded(text)) else answer


def _limited(turn: Turn) -> Answer:
    turn.notes["asked"] = turn.notes.get("asked", 0) + 1
    if turn.notes["asked"] % 7 == 0 and turn.operation is not None and turn.operation.response_for(429) is not None:
        return with_header(too_many(turn), "Retry-After", "1")
    return turn.send()


def _head_and_options(turn: Turn) -> Answer:
    """HEAD is answered as GET is, and OPTIONS says what there is."""
    if turn.operation is None and turn.request.method == "HEAD":
        answer = turn.send(replace(turn.request, method="GET"))
        return (
            replace(with_header(answer, "Content-Length", str(len(answer.body))), body=b"")
            if isinstance(answer, Response)
            else answer
        )
    answer = turn.send()
    if turn.operation is None and turn.request.method == "OPTIONS" and isinstance(answer, Response) and answer.status == 405:
        return Response(
            status=204, headers=(("Allow", f"{answer.header('allow')}, OPTIONS"), ("Access-Control-Allow-Origin", "*"))
        )
    return answer


def _conditional(turn: Turn) -> Answer:
    """Reads have an ETag, and conditions are heeded as RFC 9110 section 13 says."""
    answer = turn.send()
    if turn.request.method != "GET" or not isinstance(answer, Response) or answer.status != 200:
        return answer
    tag = f'"{abs(hash(answer.body)):x}"'
    if tag in (turn.request.header("if-none-match") or ""):
        return Response(status=304, headers=(("ETag", tag),))
    return with_header(answer, "ETag", tag)


def _bad_id_is_missing(turn: Turn) -> Answer:
    """A path that names what cannot be is not found, rather than refused."""
    answer = turn.send()
    if turn.operation is None or not isinstance(answer, Response) or answer.status not in {400, 422}:
        return answer
    errors = turn.reading.errors
    media = media_of(turn.operation, 404)
    if not errors or not all(error.pointer.startswith("/path") for error in errors) or media is None or media.schema is None:
        return answer
    return with_body(Response(status=404, headers=(("content-type", "application/json"),)), sampled(media.schema))


def _cold(turn: Turn) -> Answer:
    """The first answer takes long, for the service has to wake up."""
    answer = turn.send()
    if isinstance(answer, Response) and not turn.notes.get("warm"):
        turn.notes["warm"] = True
        return replace(answer, elapsed=1.2)
    return answer


def _unquoted(turn: Turn) -> Answer:
    """Ids in a path are taken as they are meant, however they are escaped."""
    return turn.send(
        replace(turn.request, url=turn.request.url.replace(turn.path, quote(unquote(turn.path), safe="/:@")))
        if turn.values
        else None
    )


def _row(
    name: str, why: str, behave: Callable[[Site], Behaviour], applies: Callable[[Site], bool] = lambda site: site.role != ""
) -> Fault:
    return Fault(id=f"ok-{name}", promise=why, source="", applies=applies, behave=behave, proof="")


def _plainly(respond: Behaviour) -> Callable[[Site], Behaviour]:
    return lambda _site: respond


def _writes_202(site: Site) -> bool:
    return any(
        operation is not None and operation.response_for(202) is not None
        for operation in (site.update, site.replace, site.delete)
    )


def _makes_202(site: Site) -> bool:
    return site.create is not None and site.create.response_for(202) is not None and site.listing is not None


def _lists(site: Site) -> bool:
    return site.listing is not None and site.create is not None


def _owned(site: Site) -> bool:
    return site.read is not None and site.create is not None


def _deletes(site: Site) -> bool:
    return site.delete is not None and site.create is not None


ROWS: tuple[Fault, ...] = (
    _row("trims", "White space may be taken off.", keeps_values(trimmed), _owned),
    _row("lower-case", "Texts may be kept in lower case.", keeps_values(lower_case), _owned),
    _row("telephone-numbers", "Numbers may be kept in one form.", keeps_values(telephone), _owned),
    _row("addresses", "URLs may be kept in one form.", keeps_values(web_address), _owned),
    _row("times-with-offset", "A time can be written in several ways.", shows_values(time_with_offset)),
    _row("masked-secrets", "Secrets need not be shown.", shows_values(masked), _owned),
    _row("integers-with-point", "1.0 is an integer (JSON Schema section 6.1.1).", _plainly(with_floats)),
    _row("more-fields", "What the schema does not forbid may be there.", shows_changed(more_fields)),
    _row("summaries-in-lists", "A list need not show what is not required.", shows_changed(fewer_in_lists), _lists),
    _row("null-left-out", "What is null need not be there.", shows_changed(without_null), _owned),
    _row("other-key-order", "Objects have no order.", shows_changed(backwards)),
    _row("arrays-as-sets", "Tags and the like may be kept as a set.", shows_changed(sorted_arrays), _owned),
    _row("totals-left-out", "Totals need not be there.", shows_changed(without_totals), _lists),
    _row("times-move", "A service may note each look at a thing.", shows_changed(moving_times), _owned),
    _row("states-move", "What goes on with a thing goes on.", shows_changed(moving_states), _owned),
    _row("more-headers", "There may be other headers.", _plainly(_headers)),
    _row("charset-and-spaces", "A media type may have parameters, JSON may have spaces.", _plainly(_charset)),
    _row("compressed", "Who accepts gzip may get it.", _plainly(_zipped)),
    _row("later-effect", "202 promises no effect yet.", _plainly(later), _writes_202),
    _row("late-lists", "202 promises no effect yet, in lists either.", _plainly(late_lists), _makes_202),
    _row("other-ids", "An id is what a service says it is.", _plainly(_other_ids), _owned),
    _row("ids-in-capitals", "A UUID may be written in capitals (RFC 9562 section 4).", _plainly(_any_case), _owned),
    _row("foreign-forbidden", "403 is as good as 404.", _plainly(forbidden), lambda site: _owned(site) and site.read is not None
         and site.read.response_for(403) is not None),
    _row("rate-limit", "A client may be told to wait.", _plainly(_limited),
         lambda site: site.operation.response_for(429) is not None),
    _row("soft-delete", "What is deleted may be shown as such.", _plainly(soft_delete), _deletes),
    _row("delete-again", "A second delete may succeed.", _plainly(delete_again), _deletes),
    _row("others-write", "Others use the service too.", _plainly(others_write), _lists),
    _row("small-pages", "A page may be smaller than was asked for.", _plainly(small_pages), _lists),
    _row("other-order", "A list has the order that the service gives it.", _plainly(other_order), _lists),
    _row("head-and-options", "HEAD and OPTIONS may be there.", _plainly(_head_and_options)),
    _row("conditional", "Conditions may be heeded.", _plainly(_conditional), _owned),
    _row("bad-id-not-found", "What cannot be is not there.", _plainly(_bad_id_is_missing), _owned),
    _row("conflicts", "A service may refuse the same thing twice.", _plainly(no_doubles),
         lambda site: site.create is not None and site.create.response_for(409) is not None),
    _row("cold-start", "A category is about what is usual.", _plainly(_cold)),
    _row("escaped-paths", "Escaping does not change a path (RFC 3986 section 6.2.2.2).", _plainly(_unquoted)),
)  # fmt: skip
"""The services of this file."""
