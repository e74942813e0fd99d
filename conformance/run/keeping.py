"""What a run creates at its target, kept account of: a ledger in the folder of the run, and an end with nothing left."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from conformance.model.message import Headers
from conformance.run.cleaning import Cleaned, clean
from conformance.run.credentials import credential_headers
from conformance.run.ledger import LEDGER, Account, Ledger, accounts
from conformance.run.setting import Setting
from conformance.spec.document import Document
from conformance.transport.network import Network

TOKEN = "{token}"  # noqa: S105 - stands where a token goes


class Keeping:
    """The account of one run.

    Args:
        out: the folder of the run.
        target: the base URL.

    Raises:
        UsageError: when what lies where the ledger should be is none.
    """

    def __init__(self, out: Path, target: str) -> None:
        self._path, self._target = out / LEDGER, target
        self.ledger = Ledger(self._path, uuid.uuid4().hex[:12])
        self.earlier: tuple[Account, ...] = ()
        self._is_open = False
        if self._path.exists():
            self.earlier = tuple(account for account in accounts(self._path) if not account.is_settled)

    @property
    def path(self) -> Path:
        """The ledger's file."""
        return self._path

    def begin(self, document: Document, headers: Headers) -> None:
        """Begin the account, before the first request that may create something. ``headers`` are those of the user."""
        if self._is_open:
            return
        self._is_open = True
        if not self.earlier:
            # What earlier runs made is gone, or can be deleted by nobody: their account is closed.
            self._path.unlink(missing_ok=True)
        auth = credential_headers(document, TOKEN, headers, always=True)
        self.ledger.open(target=self._target, auth=auth, headers=[name for name, _ in headers])

    def end(self, setting: Setting, *, most: int | None, until: float | None, workers: int = 1) -> Cleaned | None:
        """Delete what this run created.

        Args:
            setting: of the run, with its headers.
            most: how many requests it may take.
            until: when to stop, in seconds since the epoch.
            workers: how many requests may be under way at a time.
        """
        account = next((one for one in accounts(self._path) if one.run == self.ledger.run), None) if self._is_open else None
        if account is None:
            return None
        network = Network(setting.base_url or "", timeout=_patience(setting.timeout, until))
        try:
            return clean(account, self.ledger, network, setting.headers, most=most, until=until, workers=workers)
        finally:
            network.close()


def _patience(timeout: float, until: float | None) -> float:
    """Seconds that one deletion may take: what hangs must not take all the time there is."""
    return timeout if until is None else max(0.5, min(timeout, (until - time.time()) / 3))


def credentials(account: Account, token: str | None, given: Headers) -> Headers:
    """The headers for an account that an earlier run left: the token where it went then, and those given now."""
    named = {name.lower() for name, _ in given}
    added = tuple((name, value.replace(TOKEN, token)) for name, value in account.auth if token and name.lower() not in named)
    return (*given, *added)


def missing(account: Account, token: str | None, given: Headers) -> Sequence[str]:
    """The names of headers that the run was given and that are not given now."""
    known = {name.lower() for name, _ in credentials(account, token, given)}
    return [name for name in account.headers if name.lower() not in known]
