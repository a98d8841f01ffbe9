"""A tty and stdin without blocking, under MicroPython's unix port and under CPython.

MicroPython can't open a file non-blocking. There the tty is told to return at once with what it has (VMIN 0),
and stdin is read one byte at a time, asking poll before each.
"""

import errno
import os
import select
import sys
import termios

_NATIVE = hasattr(os, "read")
_VMIN = getattr(termios, "VMIN", 6)
_VTIME = getattr(termios, "VTIME", 5)
_CHUNK = 512
_REOPEN_MS = 1000
_NOT_A_TTY = (OSError, getattr(termios, "error", OSError))
_CONTROL = 6
"""Place of the control characters in a termios list; before them stand input, output, control, local flags."""


class Stdin:
    """What is typed; ``closed`` once it came to its end."""

    def __init__(self):
        self.closed = False
        self.poll = select.poll()
        self.poll.register(sys.stdin, select.POLLIN)

    def read(self):
        """-> the bytes that are there."""
        data = b""
        while not self.closed and self.poll.poll(0):
            piece = os.read(0, _CHUNK) if _NATIVE else sys.stdin.buffer.read(1)
            self.closed = not piece
            data += piece
        return data


class Tty:
    """A serial line by its path. One that hangs up is opened again every second."""

    def __init__(self, path):
        self.careful = False
        """True: nobody seems to read at the other end, so that a whole write could wait for ever."""
        self._path = path
        self._file = None
        self._writable = select.poll()
        self.open()

    def open(self):
        """Open and set raw; raises OSError."""
        if _NATIVE:
            self._file = os.open(self._path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        else:
            self._file = open(self._path, "r+b", buffering=0)
        self._writable.register(self._file, select.POLLOUT)
        try:
            self._set_raw(self._file if _NATIVE else self._file.fileno())
        except _NOT_A_TTY:
            self.close()
            raise OSError(errno.ENODEV, self._path + " is no tty")

    def close(self):
        """Let go; harmless when closed."""
        file, self._file = self._file, None
        if file is None:
            return
        self._writable.unregister(file)
        if _NATIVE:
            os.close(file)
        else:
            file.close()

    def read(self):
        """-> the bytes that are there."""
        if self._file is None:
            return b""
        try:
            data = os.read(self._file, _CHUNK) if _NATIVE else self._file.read(_CHUNK)
        except OSError as error:
            self._failed(error)
            return b""
        if _NATIVE and not data:
            self.close()
        return data or b""

    def write(self, data):
        """Send what the line takes now; the rest is lost, as on any wire."""
        try:
            size = 1 if self.careful else len(data)
            for at in range(0, len(data), size):
                if self._file is None or not self._has_room():
                    return
                if _NATIVE:
                    os.write(self._file, data[at : at + size])
                else:
                    self._file.write(data[at : at + size])
        except OSError as error:
            self._failed(error)

    def wait(self, stdin, milliseconds):
        """Until bytes are there on the tty or on stdin, at most so long; opens a lost tty again."""
        waiting = select.poll()
        if not stdin.closed:
            waiting.register(sys.stdin, select.POLLIN)
        if self._file is None:
            milliseconds = min(milliseconds, _REOPEN_MS)
        else:
            waiting.register(self._file, select.POLLIN)
        ready = waiting.poll(milliseconds)
        if self._file is None:
            self._try_open()
        elif any([flags & select.POLLHUP and not flags & select.POLLIN for file, flags in ready if file is not sys.stdin]):
            self.close()

    def _try_open(self):
        try:
            self.open()
        except OSError:
            pass

    def _set_raw(self, number):
        modes = termios.tcgetattr(number)
        modes[0] = modes[1] = modes[3] = 0
        modes[_CONTROL][_VMIN] = 1 if _NATIVE else 0
        modes[_CONTROL][_VTIME] = 0
        termios.tcsetattr(number, termios.TCSANOW, modes)

    def _failed(self, error):
        if error.errno != errno.EAGAIN:
            self.close()

    def _has_room(self):
        ready = self._writable.poll(0)
        return bool(ready) and bool(ready[0][1] & select.POLLOUT)
