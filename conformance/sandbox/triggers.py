"""Which events an operation leads to, where the document does not tie them to it: by the words that both are named with.

An event belongs to the operations on the thing it is named after (``call.answered`` to those of ``/calls``); of things
whose names are contained in each other, to the longest. Of those, an operation leads to it when it fits what is done:

- Making a thing leads to what says so, and to the steps and the success of it: ``call.initiated``, ``message.sent``. Not
  to what an action of the thing is named after: ``call.answered`` waits for ``/calls/{id}/actions/answer``.
- An action leads to the events that are named after it: ``speak`` to ``call.speak.started`` and ``call.speak.ended``. What
  has an action of its own to stop it (``playback_start`` and ``playback_stop``) ends by that one.
- Changing and deleting lead to ``updated`` and ``deleted``; an event without a verb (``orderStatus``) follows every change.

An event that is named after no thing of the document belongs to the operations that answer with what it carries, else to
those that carry its tag.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from conformance.model.operation import Operation
from conformance.sandbox.event_kinds import Kind, body_of, in_order
from conformance.sandbox.event_words import (
    BIRTH,
    CHANGED,
    COMPLETION,
    FAILED,
    GENERIC,
    GONE,
    OVER,
    START,
    STEPS,
    STOP,
    Words,
    alike,
    stem,
    stems,
    without,
)
from conformance.sandbox.resources import Plan, Resources, shape_of
from conformance.sandbox.roles import Role

_NO_ACTION = frozenset(stem(word) for word in ("actions", "action", "commands", "command", "do"))
_PARTICLES = frozenset(stem(word) for word in ("using", "with", "by", "via", "from", "to", "for"))
_LOOKS = frozenset(stem(word) for word in ("search", "validate", "preview", "check", "lookup", "query", "estimate", "calculate"))
_SILENT = frozenset({"get", "head", "options", "trace"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Aspect:
    """An operation as one of the things in its path.

    ``head`` is the shape of the path up to the thing, ``noun`` the thing's own words, ``above`` those of what stands before
    it. ``after`` are the words of what is done to it, if any is named; ``one`` says that it is done to one of them.
    """

    head: str
    noun: Words
    above: tuple[Words, ...]
    after: Words
    one: bool


class Triggers:
    """The events of a set of kinds that operations lead to.

    Args:
        operations: all of the document.
        kinds: all that are tied to no operation.
        resources: what the operations work on.
    """

    def __init__(self, operations: Sequence[Operation], kinds: Iterable[Kind], resources: Resources) -> None:
        self._kinds, self._resources = tuple(kinds), resources
        self._aspects = {
            operation.label: self._aspects_of(operation.path) for operation in operations if operation.method not in _SILENT
        }
        self._makers = {shape_of(operation.path): operation for operation in operations if operation.method == "post"}
        self._depths: dict[Words, int] = {}
        self._actions: dict[str, list[Words]] = {}
        for aspect in (aspect for aspects in self._aspects.values() for aspect in aspects):
            depth = len(aspect.above)
            self._depths[aspect.noun] = min(depth, self._depths.get(aspect.noun, depth))
            if aspect.after and aspect.one:
                self._actions.setdefault(aspect.head, []).append(aspect.after)
        self._owners = {kind: self._longest(kind) for kind in self._kinds}
        self._found: dict[str, tuple[Kind, ...]] = {}

    def of(self, plan: Plan) -> tuple[Kind, ...]:
        """The kinds of events that an operation leads to, in the order in which they happen."""
        label = plan.operation.label
        if label not in self._found:
            self._found[label] = self._of(plan) if label in self._aspects else ()
        return self._found[label]

    def among(self, kinds: Iterable[Kind], plan: Plan) -> tuple[Kind, ...]:
        """Those of some kinds that fit what an operation does, whatever things they are named after."""
        for aspect in self._aspects_of(plan.operation.path):
            named = [(kind, kind.spoken[0] if (rest := kind.rest(aspect.noun)) is None else rest) for kind in kinds]
            found = in_order(self._fitting(named, plan, aspect))
            if found:
                return found
        return ()

    def _aspects_of(self, path: str) -> tuple[_Aspect, ...]:
        """An operation's path as each of the things in it, the last first."""
        segments, found = path.split("/")[1:], []
        names = [() if "{" in segment else stems(segment.removesuffix(".json")) for segment in segments]
        for index, noun in enumerate(names):
            head = shape_of("/" + "/".join(segments[: index + 1]))
            one = "{" in "".join(segments[index + 1 : index + 2])
            # Behind an item stands what is done to it, unless things live there.
            if noun and (one or "{" not in "/".join(segments[:index]) or self._resources.is_collection(head)):
                after = tuple(word for words in names[index + 1 :] for word in words if word not in _NO_ACTION)
                above = tuple(words for words in names[:index] if words)
                found.append(_Aspect(head=head, noun=noun, above=above, after=after, one=one))
        return tuple(reversed(found))

    def _longest(self, kind: Kind) -> frozenset[Words]:
        """The longest of the nouns that a kind is named after."""
        found = [noun for noun in self._depths if kind.rest(noun) is not None]
        most = max(map(len, found), default=0)
        return frozenset(noun for noun in found if len(noun) == most)

    def _of(self, plan: Plan) -> tuple[Kind, ...]:
        aspects = list(self._aspects[plan.operation.label])
        if plan.role is Role.CREATE and plan.resource is not None:
            aspects += [aspect for aspect in self._aspects_of(plan.resource.shape)[:1] if aspect not in aspects]
        for aspect in aspects:
            is_below = aspect.one and aspect.after and not aspects[0].after
            if is_below or len(aspect.above) > self._depths.get(aspect.noun, 0):
                continue
            named = [(kind, rest) for kind in self._kinds for rest in self._rests(kind, aspect)]
            found = in_order(self._fitting(named, plan, aspect))
            if found:
                return found
        homeless = [(kind, kind.spoken[0]) for kind in self._kinds if not self._owners[kind] and self._is_related(kind, plan)]
        return in_order(self._fitting(homeless, plan, aspects[0])) if homeless and aspects else ()

    def _rests(self, kind: Kind, aspect: _Aspect) -> Iterator[Words]:
        """The words of a kind beside those of the things in a path; nothing when it is about something else."""
        owners = self._owners[kind]
        above = {word for noun in aspect.above for word in noun}
        for words in kind.spoken if aspect.noun in owners else ():
            rest = without(words, aspect.noun)
            first = next((noun for noun in owners if words[: len(noun)] == noun), aspect.noun)
            if rest is not None and (first == aspect.noun or first in aspect.above):
                yield tuple(word for word in rest if word not in above)

    def _is_related(self, kind: Kind, plan: Plan) -> bool:
        media, shown = body_of(kind.webhook), self._resources.envelope(plan.operation)
        if shown is not None and shown.item.pointer.startswith("/components/") and media is not None and media.schema is not None:
            children = media.schema.all_properties().values()
            below = [grand for child in children for grand in child.all_properties().values()]
            if shown.item.pointer in {node.pointer for node in (media.schema, *children, *below)}:
                return True
        return not set(kind.webhook.operation.tags).isdisjoint(plan.operation.tags)

    def _fitting(self, named: list[tuple[Kind, Words]], plan: Plan, aspect: _Aspect) -> list[tuple[Kind, Words]]:
        method = plan.operation.method
        if aspect.after and (aspect.one or not self._is_making(plan, aspect)):
            return self._acted(named, plan, aspect)
        if method == "delete":
            return [(kind, rest) for kind, rest in named if rest and rest[-1] in GONE]
        if aspect.one or method in {"patch", "put"}:
            return [(kind, rest) for kind, rest in named if _is_plain(rest) or (len(rest) == 1 and rest[0] in CHANGED)]
        if not _LOOKS.isdisjoint(aspect.after):
            return []
        actions = [after for head, named in self._actions.items() if aspect.head.startswith(head) for after in named]
        return [(kind, rest) for kind, rest in named if _is_making(rest) and not _is_owned(rest, actions)]

    def _is_making(self, plan: Plan, aspect: _Aspect) -> bool:
        """Whether an operation beside a collection (``/messages/long_code``) makes one of its things."""
        if plan.role is Role.CREATE:
            return True
        shown, made = self._resources.envelope(plan.operation), self._resources.envelope(self._makers.get(aspect.head))
        if shown is None or made is None or shown.many or plan.operation.method != "post":
            return False
        return shown.item.pointer == made.item.pointer

    def _acted(self, named: list[tuple[Kind, Words]], plan: Plan, aspect: _Aspect) -> list[tuple[Kind, Words]]:
        """The kinds that are named after an action: those that share the most words with it."""
        core, phase = _action(aspect.after)
        counterpart = phase == "start" and (core, "stop") in {_action(after) for after in self._actions.get(aspect.head, ())}
        best, found = 0, []
        for kind, rest in named:
            verb = rest[-1:]
            if not core:
                score = int(len(rest) == 1 and rest == aspect.after[-1:])
            elif not rest or verb[0] in FAILED or not all(any(alike(word, other) for other in rest) for word in core):
                score = 0
            else:
                score = _score(rest, core, aspect.after)
                if (phase == "stop" and not _is_over(rest)) or (counterpart and _is_over(rest)):
                    score = 0
            if score:
                best = max(best, score)
                found.append((score, kind, rest))
        if not found and plan.role is Role.SHOW:
            return [(kind, rest) for kind, rest in named if _is_plain(rest)]
        return [(kind, rest) for score, kind, rest in found if score == best]


def _action(after: Words) -> tuple[Words, str]:
    """What an action is about, and whether it starts or stops it."""
    end = next((index for index, word in enumerate(after) if word in _PARTICLES and index), len(after))
    head = after[:end]
    phase = "start" if not START.isdisjoint(head) else "stop" if not STOP.isdisjoint(head) else ""
    core = tuple(word for word in head if word not in START | STOP) if len(head) > 1 else ()
    if len(head) == 1 and not phase:
        core = head
    return core, phase


def _score(rest: Words, core: Words, after: Words) -> int:
    """How near an event is to an action; 0 when it is about something more."""
    if any(alike(rest[-1], word) for word in core):
        return 10
    about = [word for word in rest[:-1] if word not in GENERIC]
    if not all(any(alike(word, other) for other in after) for word in about):
        return 0
    return len(about)


def _is_over(rest: Words) -> bool:
    return rest[-1] in OVER | COMPLETION | STOP


def _is_plain(rest: Words) -> bool:
    """Whether nothing is said but that something happened."""
    return all(word in GENERIC for word in rest) and not (len(rest) == 1 and rest[0] in CHANGED | COMPLETION)


def _is_making(rest: Words) -> bool:
    if _is_plain(rest) or rest[0] == "new":
        return True
    return rest[-1] in (BIRTH | COMPLETION if len(rest) == 1 else STEPS)


def _is_owned(rest: Words, actions: list[Words]) -> bool:
    """Whether what happened has an action of its own."""
    about = rest[:-1] or rest
    return any(alike(word, other) for after in actions for other in _action(after)[0] for word in about if word not in GENERIC)
