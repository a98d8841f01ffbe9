"""A tty and stdin without blocking, under MicroPython's unix port and under CPython.

MicroPython can't open a file non-blocking. There the tty is told to return at once with what it has (VMIN 0),
and stdin is read one byte at a time, asking poll before each.
"""

import errno
import os
import select
import sys
import termios

_CHUNK = 512
_ROOM = 255
"""So much a pty takes without waiting when poll says it takes anything: its buffer is given out by 256 bytes."""
_REOPEN_MS = 1000
_NATIVE = hasattr(os, "read")
_NOT_A_TTY = (OSError, getattr(termios, "error", OSError))
_VMIN = getattr(termios, "VMIN", 6)
_VTIME = getattr(termios, "VTIME", 5)
_CONTROL = 6
"""Place of the control characters in a termios list; before them stand input, output, control, local flags."""


class _Descriptor:
    """CPython: a non-blocking file descriptor; end of file is a hang-up."""

    def __init__(self, path: str) -> None:
        self.handle = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self.number = self.handle
        self.least = 1

    def read(self) -> bytes:
        data = os.read(self.handle, _CHUNK)
        if not data:
            raise OSError(errno.EIO, "hung up")
        return data

    def write(self, data: bytes) -> None:
        os.write(self.handle, data)

    def close(self) -> None:
        os.close(self.handle)


class _Stream:
    """MicroPython: a file object; a read of nothing is no hang-up."""

    def __init__(self, path: str) -> None:
        self.handle = open(path, "r+b", buffering=0)
        self.number = self.handle.fileno()
        self.least = 0

    def read(self) -> bytes:
        return self.handle.read(_CHUNK) or b""

    def write(self, data: bytes) -> None:
        self.handle.write(data)

    def close(self) -> None:
        self.handle.close()


class Stdin:
    """What is typed; ``closed`` once it came to its end."""

    def __init__(self) -> None:
        self.closed = False
        self._poll = select.poll()
        self._poll.register(sys.stdin, select.POLLIN)

    def read(self) -> bytes:
        """-> the bytes that are there."""
        data = b""
        while not self.closed and self._poll.poll(0):
            piece = os.read(0, _CHUNK) if _NATIVE else sys.stdin.buffer.read(1)
            self.closed = not piece
            data += piece
        return data


class Tty:
    """A serial line by its path. One that hangs up is opened again every second."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: "_Descriptor | _Stream | None" = self._open()

    def read(self) -> bytes:
        """-> the bytes that are there."""
        try:
            return self._file.read() if self._file else b""
        except OSError as error:
            self._failed(error)
            return b""

    def write(self, data: bytes) -> None:
        """Send what the line takes now; the rest is lost, as on any wire."""
        try:
            for at in range(0, len(data), _ROOM):
                if not self._file or not _has_room(self._file):
                    return
                self._file.write(data[at : at + _ROOM])
        except OSError as error:
            self._failed(error)

    def wait(self, stdin: Stdin, milliseconds: int) -> None:
        """Until bytes are there on the tty or on stdin, at most so long; opens a lost tty again."""
        waiting = select.poll()
        if not stdin.closed:
            waiting.register(sys.stdin, select.POLLIN)
        if self._file:
            waiting.register(self._file.handle, select.POLLIN)
            for handle, flags in waiting.poll(milliseconds):
                if handle is not sys.stdin and flags & select.POLLHUP and not flags & select.POLLIN:
                    self._close()
            return
        waiting.poll(min(milliseconds, _REOPEN_MS))
        try:
            self._file = self._open()
        except OSError:
            pass

    def _open(self) -> "_Descriptor | _Stream":
        file = _Descriptor(self._path) if _NATIVE else _Stream(self._path)
        try:
            modes = termios.tcgetattr(file.number)
            modes[0] = modes[1] = modes[3] = 0
            modes[_CONTROL][_VMIN] = file.least
            modes[_CONTROL][_VTIME] = 0
            termios.tcsetattr(file.number, termios.TCSANOW, modes)
        except _NOT_A_TTY:
            file.close()
            raise OSError(errno.ENODEV, self._path + " is no tty")
        return file

    def _close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None

    def _failed(self, error: OSError) -> None:
        if error.errno != errno.EAGAIN:
            self._close()


def _has_room(file: "_Descriptor | _Stream") -> bool:
    asked = select.poll()
    asked.register(file.handle, select.POLLOUT)
    return any([flags & select.POLLOUT for _, flags in asked.poll(0)])
