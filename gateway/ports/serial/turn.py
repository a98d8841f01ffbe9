"""Turn: one request on a line and what is heard after it. Pure, and the same however the bytes are cut up.

Our own bytes come first where an adapter hears itself; an answer may have noise around it, be another device's that
comes late, be damaged, or refuse. What is no answer to this request never passes for one.
"""

from collections.abc import Callable

from drivers.driver import BadFrame, Driver, Head

LONGEST = 268
"""Bytes of the longest frame of any driver."""
MOST = 2048
"""Bytes kept of one turn."""


class Turn:
    """Tell it what is heard; ``over`` says that the answer is there."""

    def __init__(self, driver: Driver, address: str, request: bytes, *, echoes: bool = False) -> None:
        self._driver, self._address, self.request = driver, address, request
        self._echoes = echoes
        self._heard = b""
        self._rest = b""
        self._maybe_echo = True
        self.echoed = False
        """Our own request came back in front."""
        self.answer: Head | None = None
        self.size = 0
        """Bytes of the answer, with what its sender puts in front of it."""
        self.refused = ""
        """Why the device says nothing, though it answers."""
        self.wrong = ""
        """Why what was heard is no frame."""
        self.others = False
        """What was heard is another's late answer: this one's own may still come."""

    @property
    def over(self) -> bool:
        """Whether the answer is there."""
        return self.answer is not None

    @property
    def silent(self) -> bool:
        """Whether nothing but our own bytes was heard."""
        return not self._heard

    def hear(self, data: bytes) -> list[bytes]:
        """-> the answer, once it is there and says something; as the driver reads it."""
        data = self._without_echo(data)
        if not data or self.over:
            return []
        self._heard = (self._heard + data)[-MOST:]
        if self._driver.manners.whole:
            return []
        return self._pair(len(data)) if self._driver.manners.paired else self._frames(data)

    def close(self) -> list[bytes]:
        """Nothing more is heard: what was begun is no frame, or the answer of a device whose answers have no end."""
        if self._maybe_echo:
            self._heard, self._rest, self._maybe_echo = self._rest, b"", False  # it began as an echo would
        if self.over or self.wrong or not self._heard:
            return []
        if self._driver.manners.whole:
            self.answer, self.size = Head(self._address, b""), len(self._heard)
            return [self._heard]
        try:
            self._driver.head(self.request + self._heard if self._driver.manners.paired else self._heard)
        except BadFrame as error:
            self.wrong = error.why
        else:
            self.wrong = "another's answer"
        return []

    def _without_echo(self, data: bytes) -> bytes:
        """An echo is all of our request before anything else; until it can't be one, it is held back.

        An answer may be the very same bytes: then it is an echo only where the adapter is known to hear itself.
        """
        if not self._maybe_echo:
            return data
        self._rest += data
        if len(self._rest) < len(self.request) and self.request.startswith(self._rest):
            return b""
        self._maybe_echo = False
        data, self._rest = self._rest, b""
        if data.startswith(self.request) and (self._echoes or not self._answers_itself()):
            self.echoed = True
            return data[len(self.request) :]
        return data

    def _answers_itself(self) -> bool:
        """A write of one Modbus coil or register is confirmed by the same bytes (V1.1b3, 6.5 and 6.6)."""
        return bool(paired(self._driver, self.request, self.request))

    def _pair(self, fresh: int) -> list[bytes]:
        """An answer that wasn't there before ends in what has just been heard."""
        pair = paired(self._driver, self.request, self._heard[-(fresh + LONGEST) :])
        if not pair:
            return []
        self.answer, self.size = self._driver.head(pair), len(pair) - len(self.request)
        self.refused = _refused(self._driver)(self.answer)
        return [] if self.refused else [pair]

    def _frames(self, data: bytes) -> list[bytes]:
        frames, self._rest = self._driver.cut(self._rest + data)
        return [frame for frame in frames if self._is_answer(frame)]

    def _is_answer(self, frame: bytes) -> bool:
        """Whether it is the answer, and says something."""
        try:
            head = self._driver.head(frame)
        except BadFrame as error:
            self.wrong = error.why
            return False
        if self.over or not self._answers(head):
            return False
        self.answer, self.refused, self.size = head, _refused(self._driver)(head), len(self._heard)
        return not self.refused and bool(head.address)

    def _answers(self, head: Head) -> bool:
        known = self._driver.manners.answers
        if known is not None:
            return known(self._address, self.request, head)
        return self._address in (head.address, *head.also)


def paired(driver: Driver, request: bytes, heard: bytes) -> bytes:
    """The sound answer to a request somewhere in what was heard -> both as one frame; b"" if there is none."""
    find = driver.manners.paired
    first, end = find(request, heard) if find else (0, 0)
    return request + heard[first:end] if end else b""


def _refused(driver: Driver) -> Callable[[Head], str]:
    return driver.manners.refused or (lambda head: "")
