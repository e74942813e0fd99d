"""Faults of the second set in whose things are whose, and who may ask at all."""

from __future__ import annotations

from collections.abc import Callable

from second_bodies import crash
from second_faults_http import HTTP, SECURITY, header_is, on_answer, row_of
from second_site import Answer, Behaviour, Fault, Site, Turn, is_good, loaded, things, with_body
from second_things import created_name

from conformance.model.message import Response


def _token(value: str) -> str:
    return value.partition(" ")[2].strip()


def _lets_in(test: Callable[[str | None, str], bool]) -> Callable[[Site], Behaviour]:
    """Credentials that should be refused do as well as those that were taken before."""

    def respond(turn: Turn) -> Answer:
        answer = turn.send()
        if is_good(answer) and turn.user:
            turn.notes["user"] = turn.user
        known = turn.notes.get("user")
        if (
            turn.here
            and known
            and isinstance(answer, Response)
            and answer.status == 401
            and test(turn.request.header("authorization"), known)
        ):
            return turn.send(turn.request.with_header("Authorization", known))
        return answer

    return lambda _site: respond


def _foreign(*, quiet: bool = False) -> Callable[[Site], Behaviour]:
    """What is another user's is shown, or changed; ``quiet`` says that it is not there, and does it all the same."""

    def respond(turn: Turn) -> Answer:
        owners: dict[str, str] = turn.notes.setdefault("owners", {})
        answer = turn.send()
        if turn.user and is_good(answer):
            if turn.role == "create":
                owners[f"{turn.path}/{created_name(turn, answer)}"] = turn.user
            elif turn.role in {"read", "update", "replace"}:
                owners.setdefault(turn.path, turn.user)
        owner = owners.get(turn.path)
        missing = isinstance(answer, Response) and answer.status in {403, 404}
        if turn.here and missing and owner and turn.user and owner != turn.user:
            done = turn.send(turn.request.with_header("Authorization", owner))
            return answer if quiet else done
        return answer

    return lambda _site: respond


def _foreign_list(turn: Turn) -> Answer:
    """A list holds what is another user's too."""
    lists: dict[str, dict[str, list[object]]] = turn.notes.setdefault("lists", {})
    answer = turn.send()
    if not turn.here or not is_good(answer) or not isinstance(answer, Response):
        return answer
    body = loaded(answer.body)
    listed = things(body)
    if listed is None:
        return answer
    mine = lists.setdefault(turn.path, {})
    mine[turn.user] = [*listed] or mine.get(turn.user, [])
    listed.extend(one for user, others in mine.items() if user != turn.user for one in others)
    return with_body(answer, body)


def _owned(*roles: str) -> Callable[[Site], bool]:
    return lambda site: site.role in roles and site.create is not None and site.read is not None and site.operation.needs_auth


def _lists_openly(site: Site) -> bool:
    """Whether another user can ask for the list at all: what it lives in may be hidden."""
    return _owned("listing")(site) and "{" not in site.operation.path


def _needs(site: Site) -> bool:
    return site.operation.needs_auth


ROWS: tuple[Fault, ...] = (
    row_of("u-anonymous", "Who says nothing is refused.", SECURITY, _needs, _lets_in(lambda sent, _known: not sent), "anonymous"),
    row_of("u-wrong-token", "A wrong token is refused.", SECURITY, _needs,
         _lets_in(lambda sent, _known: bool(sent) and len(_token(str(sent))) > 1), "wrong-token"),
    row_of("u-delete-open", "Deleting needs credentials.", SECURITY, lambda site: site.role == "delete" and _needs(site),
         _lets_in(lambda sent, _known: not sent or len(_token(sent)) > 1), "wrong-token"),
    row_of("u-other-scheme", "Only the declared scheme.", SECURITY, _needs,
         _lets_in(lambda sent, known: bool(sent) and str(sent).partition(" ")[0].lower() != known.partition(" ")[0].lower()),
         "other-scheme"),
    row_of("u-challenge-missing", "401 says how to ask.", HTTP + "15.5.2", _needs,
         header_is("www-authenticate", None, lambda turn, answer: turn.here and answer.status == 401), "anonymous"),
    row_of("u-crash-on-wrong", "Wrong credentials are no accident.", HTTP + "15.6", _needs,
         on_answer(lambda turn, answer: turn.here and answer.status == 401 and bool(turn.user), lambda _turn, _answer: crash()),
         "wrong-token"),
    row_of("u-foreign-read", "What is another's is hidden.", SECURITY, _owned("read"), _foreign(), "foreign"),
    row_of("u-foreign-update", "What is another's cannot be changed.", SECURITY, _owned("update", "replace"), _foreign(),
         "foreign-write"),
    row_of("u-foreign-update-quiet", "What is refused is not done.", SECURITY, _owned("update", "replace"), _foreign(quiet=True),
         "foreign-quiet"),
    row_of("u-foreign-delete", "What is another's cannot be deleted.", SECURITY, _owned("delete"), _foreign(), "foreign-delete"),
    row_of("u-foreign-delete-quiet", "What is refused is not done.", SECURITY, _owned("delete"), _foreign(quiet=True),
         "foreign-quiet"),
    row_of("u-foreign-list", "What is another's is in no list.", SECURITY, _lists_openly, lambda _site: _foreign_list,
         "foreign-list"),
)  # fmt: skip
"""The faults of this file."""
