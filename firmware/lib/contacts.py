"""Contacts and buttons: what a bouncing level means. No pins here, so that a computer can test it."""

LONG_MS = 2000
DOUBLE_MS = 500
PRESS, LONG_PRESS, DOUBLE_PRESS = 1, 2, 3


class Contact:
    """A level that counts once it held for ``settle_ms``; the first one counts at once."""

    def __init__(self, settle_ms: int = 50) -> None:
        self.on: "bool | None" = None
        self._settle_ms = settle_ms
        self._candidate: "bool | None" = None
        self._since = 0

    def feed(self, on: bool, now: int) -> bool:
        """-> True if the settled level changed."""
        if self.on is None:
            self.on = self._candidate = on
            return True
        if on != self._candidate:
            self._candidate = on
            self._since = now
        if self._candidate == self.on or now - self._since < self._settle_ms:
            return False
        self.on = self._candidate
        return True


class Button:
    """A call button. A press is told when the finger comes down: a call for help waits for nothing.

    Held for LONG_MS it is told again as a long press; a second press within DOUBLE_MS as a double press.
    """

    def __init__(self) -> None:
        self._contact = Contact(20)
        self._down_at: "int | None" = None
        self._last_down: "int | None" = None

    def feed(self, down: bool, now: int) -> int:
        """-> PRESS, LONG_PRESS, DOUBLE_PRESS, or 0 for nothing new."""
        if self._contact.feed(down, now):
            return self._edge(now)
        if self._down_at is not None and now - self._down_at >= LONG_MS:
            self._down_at = None
            return LONG_PRESS
        return 0

    def _edge(self, now: int) -> int:
        if not self._contact.on:
            self._down_at = None
            return 0
        again = self._last_down is not None and now - self._last_down <= DOUBLE_MS
        self._down_at = now
        self._last_down = None if again else now
        return DOUBLE_PRESS if again else PRESS
