"""What the verbs of actions and the words of statuses mean."""

from __future__ import annotations

import re
from functools import lru_cache

_ENDINGS = (("ied", "y"), ("ies", "y"), ("ying", "y"), ("ing", ""), ("ed", ""))
_IRREGULAR = {"left": "leave", "sent": "send", "began": "begin", "begun": "begin", "held": "hold", "paid": "pay",
              "frozen": "freeze", "sold": "sell", "ran": "run", "hung": "hang", "hungup": "hangup"}  # fmt: skip
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")


@lru_cache(maxsize=16384)
def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in camel, snake, kebab or dotted case, in lower case; ``hang_up`` is one word."""
    return tuple(word.lower() for word in _WORD.findall(re.sub(r"(?i)hang[_ -]?up", "hangup", name)))


@lru_cache(maxsize=16384)
def root(word: str) -> str:
    """What ``verify``, ``verifies`` and ``verified`` have in common, as ``cancel``, ``cancelled`` and ``canceling``."""
    word = _IRREGULAR.get(word.lower(), word.lower())
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 2:
            word = word.removesuffix(ending) + instead
            break
    word = word.removesuffix("e") if len(word) > 3 else word
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


WAITS = _set(
    "pending queued waiting process processing provisioning initializing initiated starting scheduled requested "
    "submitted progress preparing creating ordering verifying validating enqueued accepted joining init registering "
    "importing uploading deploying building training indexing activating enabling connecting sending"
)
"""Words of a status of something that goes on by itself."""

WAITS_FOR_SOMEBODY = frozenset({"draft", "created", "new", "open", "unverified", "unpaid", "incomplete"})
"""Words of a status of something that waits until somebody does something."""

TROUBLE = _set(
    "failed failure fail error errored rejected declined denied invalid cancelled canceled cancelling canceling "
    "expired aborted unsuccessful timeout timedout blocked undelivered refused partial partially deleted deleting "
    "removed suspended disabled inactive paused pausing stopping revoked terminated archived exception"
)
"""Words of a status that nothing comes to without a reason."""

ENDS = frozenset({"left", "ended", "closed", "finished", "stopped"})
"""Words of a status of something that is over."""

_MEANINGS = """
activate: activated active enabled running live
add: added active
answer: answered active in_progress
approve: approved accepted active verified
archive: archived inactive
assign: assigned
accept: accepted approved active
ban: banned blocked
begin: begun started running active in_progress
block: blocked
cancel: cancelled canceled cancelling inactive terminated stopped
capture: captured succeeded
close: closed completed finished ended resolved
complete: completed complete finished done succeeded
confirm: confirmed verified active
deactivate: deactivated inactive disabled suspended standby
decline: declined rejected denied
deny: denied rejected declined
deploy: deployed active live running
disable: disabled inactive standby deactivated suspended off
dismiss: dismissed closed
deliver: delivered
enable: enabled active on running
end: ended completed finished closed terminated stopped inactive
expire: expired
fail: failed
finish: finished completed done ended
freeze: frozen suspended
hangup: hungup hangup ended completed terminated finished disconnected
hold: held on_hold paused
launch: launched running active in_progress
leave: left
lock: locked
lost: lost
pause: paused suspended on_hold
pay: paid
publish: published live active public
purchase: purchased
read: read seen
reactivate: active enabled running
reject: rejected declined denied
release: released
reopen: open reopened
reset: reset pending
resolve: resolved closed
restart: restarted running active in_progress started
restore: restored active
resume: resumed running in_progress active started processing
retry: retrying pending queued in_progress running
revoke: revoked inactive disabled
run: running in_progress active
send: sent sending delivered queued
start: started in_progress running active processing live
stop: stopped ended completed finished inactive terminated paused
submit: submitted pending in_review processing in_process
suspend: suspended paused inactive disabled
terminate: terminated ended completed cancelled
unarchive: active
unblock: active unblocked
unfreeze: active
unlock: unlocked active
unpause: running active in_progress resumed
unpublish: unpublished draft private
unsuspend: active
verify: verified approved active
void: voided
"""
SAME = {root(verb): tuple(words.split()) for verb, _, words in (line.partition(": ") for line in _MEANINGS.strip().splitlines())}
"""What a status may say once something has been done, the likeliest first; by the verb's root."""

_UNDONE = """
hangup: alive active enabled running open live
end: alive active enabled running open live
stop: alive active enabled running live
terminate: alive active enabled running open live
close: open active alive
cancel: active enabled
disable: enabled active
deactivate: active enabled
suspend: active enabled
reject: alive active
resume: paused suspended held hold
start: paused stopped
enable: disabled suspended
activate: disabled suspended
archive: active
restore: archived deleted
revoke: active enabled valid
release: held hold
leave: active
"""
OPPOSITES = {
    root(verb): tuple(words.split()) for verb, _, words in (line.partition(": ") for line in _UNDONE.strip().splitlines())
}
"""What is no longer so once something has been done; by the verb's root."""

CHANGES = frozenset({"update", "set", "change", "rename", "edit", "modify", "configure", "put", "replace"})
"""Verbs that say no more than that what was sent is so from now on."""
