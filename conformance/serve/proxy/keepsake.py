"""What a process leaves to the one that started it, should it be killed: texts in memory that both share, and in no file."""

from __future__ import annotations

import mmap
import struct

_ROOM = 4 << 20
_LENGTH = struct.Struct("!I")
_HEAD = 2 * _LENGTH.size


class Keepsake:
    """Texts that one process adds to and another reads. Make it before the process is forked.

    What is added can be read at once, however the process ends: a text counts when it is there as a whole.
    """

    def __init__(self, room: int = _ROOM) -> None:
        self._memory = mmap.mmap(-1, room)
        self._room, self._end = room, _HEAD

    def add(self, text: str) -> None:
        """Leave a text. What finds no room is noted as missing."""
        data = text.encode("utf-8", "surrogatepass")
        end = self._end + _LENGTH.size + len(data)
        if end > self._room:
            _LENGTH.pack_into(self._memory, _LENGTH.size, 1)
            return
        _LENGTH.pack_into(self._memory, self._end, len(data))
        self._memory[self._end + _LENGTH.size : end] = data
        _LENGTH.pack_into(self._memory, 0, end)
        self._end = end

    @property
    def texts(self) -> tuple[str, ...]:
        """What was left, in its order."""
        end, at, found = max(_LENGTH.unpack_from(self._memory, 0)[0], _HEAD), _HEAD, []
        while at < end:
            start = at + _LENGTH.size
            at = start + _LENGTH.unpack_from(self._memory, at)[0]
            found.append(self._memory[start:at].decode("utf-8", "surrogatepass"))
        return tuple(found)

    @property
    def is_whole(self) -> bool:
        """Whether there was room for everything."""
        return not _LENGTH.unpack_from(self._memory, _LENGTH.size)[0]
