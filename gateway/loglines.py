"""Lines of a log, which hold what others say: files, topics, devices, brokers, libraries."""

import logging
from typing import Any

from gateway.words import printable

PLAIN = "%(asctime)s %(levelname)s %(message)s"


class Lines(logging.Formatter):
    """One line a record; a traceback's lines are set in. Whatever a file, a topic, a device or a library wrote into it
    can neither steer the terminal that shows it nor pass for a line of its own: no other place has to see to that."""

    def __init__(self, form: str = PLAIN) -> None:
        super().__init__(form)

    def formatMessage(self, record: logging.LogRecord) -> str:
        """The record without its traceback."""
        record.message = printable(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: Any) -> str:
        """The traceback."""
        return _set_in(super().formatException(ei))

    def formatStack(self, stack_info: str) -> str:
        """Where it was said."""
        return _set_in(stack_info)


def _set_in(text: str) -> str:
    return "\n".join("  " + printable(line) for line in text.split("\n"))
