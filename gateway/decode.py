"""What `anju decode` does: hexadecimal text -> one JSON-able object a frame, by one driver, without a site."""

import re
from collections.abc import Iterator

from drivers.driver import BadFrame, Driver, Memory
from drivers.reading import Value
from drivers.topics import Publication, packed
from gateway.words import Language, say

_SPACE = re.compile(r"\s+")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})*")


class Decoder:
    """Decodes frame after frame and remembers per address what the driver wants remembered (halves, repetitions).

    ``address`` is for frames that carry none; ``key`` is handed to the driver as the entry ``key`` of its memory.
    """

    def __init__(self, driver: Driver, language: Language, address: str = "", key: bytes = b"") -> None:
        self._driver, self._language = driver, language
        self._address = address.lower()
        self._fresh: Memory = {"key": key.hex()} if key else {}
        self._memory: dict[str, Memory] = {}

    def text(self, text: str) -> Iterator[dict[str, object]]:
        """The frames in one HEX; an ``{"error": …}`` for each that is none."""
        packed = _SPACE.sub("", text)
        if not _HEX.fullmatch(packed) and self._driver.link == "mqtt" and (said := self._published(text)):
            yield self._frame(said)
            return
        if not _HEX.fullmatch(packed):
            yield {"error": say("not-hex", self._language, text=f"{text.strip():.60}")}
            return
        data = bytes.fromhex(packed)
        frames, rest = self._driver.cut(data)
        for frame in [*frames, *([rest] if rest or not frames else [])]:
            yield self._frame(frame or data)

    def _published(self, text: str) -> bytes:
        """``TOPIC PAYLOAD`` as `mosquitto_sub -v` prints it -> a publication; nothing if it isn't such a line."""
        said = text.strip()
        at = said.find(" {") if " {" in said else said.find(" ")  # a topic may hold blanks, and most payloads are JSON
        if at < 0:
            return b""
        topic, payload = said[:at], said[at + 1 :]
        below = topic.removeprefix(f"{self._driver.base}/") if self._driver.base else topic
        return packed(Publication(below, payload.encode(errors="replace")))

    def _why(self, why: str) -> str:
        if self._language == "en":
            return why
        from gateway.chinese.frames import WHYS

        return WHYS.chinese(why)

    def _frame(self, frame: bytes) -> dict[str, object]:
        if not frame:
            return {"error": say("no-frame", self._language)}
        try:
            head = self._driver.head(frame)
            head = head._replace(address=head.address or self._address)
            decoded = self._driver.decode(head, self._memory.get(head.address, self._fresh))
        except BadFrame as bad:
            return {"error": say("bad-frame", self._language, driver=self._driver.name, why=self._why(bad.why))}
        self._memory[head.address] = {**decoded.memory, **self._fresh}
        readings = {_point(value): value.value for value in decoded.values}
        said: dict[str, object] = {"driver": self._driver.name, "address": head.address, "readings": readings}
        return said if decoded.fresh else {**said, "repeated": True}


def _point(value: Value) -> str:
    return f"{value.quantity}#{value.nth + 1}" if value.nth else value.quantity
