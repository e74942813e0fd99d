"""What actions promise: what one of them answers of a thing is so afterwards, and not what it was before."""

from __future__ import annotations

import re

from conformance.checks.meaning import agree, is_moving, is_secret, same
from conformance.run.lifecycle.bodies import bodies, json_media
from conformance.run.lifecycle.collection import Way
from conformance.run.lifecycle.named import identity
from conformance.run.lifecycle.reader import Reader, short
from conformance.run.lifecycle.teller import Told
from conformance.run.lifecycle.things import Thing
from conformance.run.lifecycle.views import PASSING

_MOST = 3
# Actions that tell how a thing would be, and leave it as it is.
_SUPPOSES = re.compile(
    r"preview|dry|estimat|validat|verif|simulat|test|calculat|quote|render|check|compar|clone|copy|duplicat", re.IGNORECASE
)
# States that a thing comes to, and does not leave by itself; a thing that is restarting may run again by the next look.
_ENDS = re.compile(
    r"(cancel+ed|stopped|disabled|archived|paused|suspended|closed|terminated|deactivated|revoked|blocked)$", re.IGNORECASE
)
_SWITCHES = re.compile(r"active|enabled|disabled|archived|paused|suspended|blocked|cancel|closed", re.IGNORECASE)


class Acts:
    """The stories of one collection's actions, on a thing that nobody else needs."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def done(self, thing: Thing) -> None:
        """What an action answers to have changed, a read shows; asked twice, for it may come later."""
        reader = self._reader
        acts = [way for way in reader.collection.acts if way.operation.method in {"post", "put", "patch"} and _does(way)]
        before = reader.found(thing.path, "Read before an action") if acts and reader.can_read else None
        for way in acts[:_MOST] if before is not None else ():
            body = next(bodies(way.operation, reader.teller.sampler, salt="action"), None)
            required = way.operation.request_body is not None and way.operation.request_body.required
            if before is None or (required and (body is None or json_media(way.operation) is None)):
                continue
            told = reader.teller.send(way.operation, thing.path, why="Have something done to it", body=body, place=way.place)
            after = reader.found(thing.path, "Read what something was done to") if told is not None and told.succeeded else None
            if told is not None and after is not None and identity(reader.collection, told.thing) == thing.name:
                self._is_so(way, thing, (before, told, after))
            before = after

    def _is_so(self, way: Way, thing: Thing, seen: tuple[Told, Told, Told]) -> None:
        before, told, _ = seen
        back = _back(*seen)
        again = self._reader.found(thing.path, "Read it once more") if back else None
        for name in back if again is not None else ():
            if again is not None and name in _back(before, told, again):
                said = f"{name} was answered as {short(told.thing[name])}, and is {short(again.thing[name])} as before"
                self._reader.teller.report("read-stale", again, said, detail=f"{way.operation.label} {name}", after=(told,))
                return


def _does(way: Way) -> bool:
    return not _SUPPOSES.search(f"{way.operation.path.rpartition('/')[2]} {way.operation.summary}")


def _back(before: Told, told: Told, after: Told) -> list[str]:
    """The fields that an answer says are changed, and that are read as they were."""
    return [
        name for name, value in told.thing.items()
        if _stays(name, value) and not is_secret(name) and name in before.thing and name in after.thing
        and not agree(before.thing[name], value) and same(before.thing[name], after.thing[name])
    ]  # fmt: skip


def _stays(name: str, value: object) -> bool:
    """Whether a value does not become another one by itself."""
    if isinstance(value, bool):
        return _SWITCHES.search(name) is not None
    moves = is_moving(name) or PASSING.search(name) is not None
    return isinstance(value, str) and (not moves or _ENDS.search(value) is not None)
