"""What a unit of work needs besides itself: the document and the target, picklable and opened once a process."""

from __future__ import annotations

import base64
import threading
from dataclasses import dataclass, field
from functools import cached_property

from conformance.cases.values import Values
from conformance.checks.latency import LIMITS
from conformance.model.message import Headers
from conformance.model.ports import Responder
from conformance.run.guard import Guarded, is_remote
from conformance.run.judge import Judge
from conformance.run.ledger import Ledger
from conformance.run.matchers import Matchers
from conformance.run.permit import Judgement, Rules
from conformance.run.rehearsal import Rehearsal
from conformance.sandbox.faults.ground import Ground
from conformance.sandbox.faults.misconduct import misconduct
from conformance.sandbox.layout import Layout
from conformance.sandbox.responder import Sandbox
from conformance.spec.document import Document, base_path
from conformance.transport.network import Network
from conformance.transport.paced import Pace, Paced
from conformance.transport.target import Target

EMBEDDED_ORIGIN = "http://127.0.0.1:8080"
"""Where the embedded sandbox seems to be: nothing listens, but ``conformance sandbox --port 8080`` would."""

SANDBOX_TOKEN, OTHER_TOKEN = (base64.b64encode(pair).decode() for pair in (b"sandbox:token", b"sandbox:other-token"))
"""What the embedded sandbox takes, as a bearer token or as basic credentials: two users' tokens."""

_USERS = {SANDBOX_TOKEN: "", "token": "", OTHER_TOKEN: "other", "other-token": "other"}
_KEPT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A document and a target.

    ``base_url`` is ``None`` for the embedded sandbox. ``headers`` go with every request and may hold secrets, so a
    setting is never printed or written. ``other_user`` are those that make it another user's, where there is one.
    ``timeout`` is in seconds a request. ``faults`` are planted in the embedded sandbox (see ``sandbox.faults``).
    ``nonce`` makes the keys of requests others than those of earlier runs, which a service may remember for a day.
    ``rules`` are for the guard that stands before a target; what is created there is written into the ``ledger``. With
    ``rehearsal`` a sandbox answers for the target, and nothing is sent.
    """

    spec: str
    base_url: str | None = None
    headers: Headers = field(default=(), repr=False)
    other_user: Headers = field(default=(), repr=False)
    seed: int = 1
    timeout: float = 30.0
    allow_remote: bool = False
    faults: tuple[str, ...] = ()
    rules: Rules = field(default_factory=Rules)
    ledger: Ledger | None = None
    rehearsal: bool = False
    values: Values = field(default_factory=Values)
    latency: tuple[tuple[str, float], ...] = tuple(LIMITS.items())
    matchers: Matchers = field(default_factory=Matchers)
    nonce: str = ""

    @property
    def is_embedded(self) -> bool:
        """Whether the target is the sandbox in this process."""
        return self.base_url is None


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A setting made real, for one process. Safe to use from several threads."""

    document: Document
    target: Target
    judge: Judge
    pace: Pace = field(default_factory=Pace)

    @cached_property
    def layout(self) -> Layout:
        """What the document says of its service."""
        return Layout(self.document)

    @cached_property
    def ground(self) -> Ground:
        """Where faults can be planted."""
        return Ground(self.layout)


# One entry a document and target; credentials and the like make no difference.
_opened: dict[tuple[str, bool, str | None], Opened] = {}
# Making one reads every path of the document.
_judgements: dict[tuple[str, bool, str | None], tuple[Document, Rules, Judgement]] = {}
_lock = threading.RLock()


def opened(setting: Setting) -> Opened:
    """The document, read; the same object for the same document and target in one process.

    Raises:
        DocumentError: when it cannot be read.
        UsageError: when the base URL cannot be right.
    """
    with _lock:
        return _opened.get(_key(setting)) or settle(setting, Document.load(setting.spec, allow_remote=setting.allow_remote))


def settle(setting: Setting, document: Document) -> Opened:
    """Make ``document`` the one of a setting in this process, which saves reading it again.

    Standard input can be read only once, and a file or URL may change between one process and the next: whoever
    starts processes reads once and settles each of them with what was read.
    """
    url = setting.base_url or EMBEDDED_ORIGIN + base_path(document.servers[0])
    here = Opened(document=document, target=Target(url, servers=document.servers), judge=Judge(document, base_url=url))
    with _lock:
        _opened.pop(_key(setting), None)
        while len(_opened) >= _KEPT:
            del _opened[next(iter(_opened))]
        _opened[_key(setting)] = here
    return here


def _key(setting: Setting) -> tuple[str, bool, str | None]:
    return setting.spec, setting.allow_remote, setting.base_url


def responder(setting: Setting, document: Document) -> Responder:
    """What answers: a sandbox that nobody has used, or the network with the guard before it."""
    if setting.base_url is None:
        return _sandbox(setting)
    inner: Responder
    if setting.rehearsal:
        inner = Rehearsal(_sandbox(setting), setting.base_url)
    else:
        # Headers are put on by whoever makes a request: a probe without credentials must stay without.
        inner = Paced(Network(setting.base_url, timeout=setting.timeout), opened(setting).pace)
    return Guarded(inner, judgement(setting, document), ledger=setting.ledger)


def _sandbox(setting: Setting) -> Sandbox:
    here = opened(setting)
    conduct = misconduct(setting.faults, here.ground, seed=setting.seed)
    return Sandbox(here.document, seed=setting.seed, users=_USERS if setting.other_user else None, conduct=conduct,
                   layout=here.layout)  # fmt: skip


def judgement(setting: Setting, document: Document) -> Judgement:
    """What decides over requests to a setting's target; it begins with knowing of nothing that the run created."""
    with _lock:
        known = _judgements.get(_key(setting))
        if known is None or known[0] is not document or known[1] != setting.rules:
            made = Judgement(document, base_url=setting.base_url or EMBEDDED_ORIGIN, rules=setting.rules,
                             remote=is_remote(setting.base_url))  # fmt: skip
            while len(_judgements) >= _KEPT:
                del _judgements[next(iter(_judgements))]
            known = _judgements[_key(setting)] = document, setting.rules, made
    return known[2].fresh()
