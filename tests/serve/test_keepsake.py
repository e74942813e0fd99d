"""What a process that is killed leaves to the one that started it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys

import pytest

from conformance.serve.proxy.keepsake import Keepsake


def leave(keepsake):
    for text in ("first", "", "\ud800 \u00e9"):
        keepsake.add(text)
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is shared with a copy of the process")
def test_what_a_killed_process_added_is_there():
    keepsake = Keepsake()
    process = multiprocessing.get_context("fork").Process(target=leave, args=(keepsake,))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert keepsake.texts == ("first", "", "\ud800 \u00e9")
    assert keepsake.is_whole


def test_what_found_no_room_is_known_to_be_missing():
    keepsake = Keepsake(room=32)
    for text in ("a" * 10, "b" * 20, "c"):
        keepsake.add(text)
    assert keepsake.texts == ("a" * 10, "c")
    assert not keepsake.is_whole


def test_nothing_was_left_by_who_said_nothing():
    assert Keepsake().texts == ()
