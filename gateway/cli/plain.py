"""Plain: what others wrote (notes, reasons, names) is shown as text, whatever stands in it.

A terminal obeys control characters: a note of a platform could clear the screen, name the window, or hide what stands
beside it. Marks that turn the direction of writing are taken out for the same reason.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import TextIOBase
from typing import TextIO

_TURNS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)
_CONTROLS = (*range(0x20), *range(0x7F, 0xA0), *_TURNS)
SHOWN = {code: "\ufffd" for code in _CONTROLS if chr(code) not in "\n\t"}
"""Character -> what is shown in its place."""


class Plain(TextIOBase):
    """A way out that lets no control through."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, text: str) -> int:
        """Write it, harmless."""
        self._out.write("\r\n".join(line.translate(SHOWN) for line in text.split("\r\n")))  # as CSV ends its lines
        return len(text)

    def flush(self) -> None:
        """At once."""
        self._out.flush()

    def close(self) -> None:
        """Leave it open: it is somebody else's, and may be closed already when this object goes."""

    def isatty(self) -> bool:
        """Whether somebody looks at it."""
        return self._out.isatty()


@contextmanager
def plain() -> Iterator[None]:
    """All that is printed here is plain."""
    with redirect_stdout(Plain(sys.stdout)), redirect_stderr(Plain(sys.stderr)):
        yield
