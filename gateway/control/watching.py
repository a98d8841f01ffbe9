"""Watching: what devices say just now, those that nobody registered among them. For whoever puts one up.

Nothing is kept while nobody watches; strangers' frames are looked into only then, and of all that is heard the last
few hundred words are held.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from drivers.driver import BadFrame
from drivers.reading import Scalar
from gateway.hub.fold import Fold
from gateway.hub.outcome import Outcome
from gateway.hub.routes import decode, head_of

KEPT: Final = 256
"""Words held."""
WATCHED: Final = 30.0
"""Seconds after a question for which somebody watches."""
LONGEST: Final = 5.0
"""Seconds for which a question waits for news at most."""


class Watching:
    """What was heard since somebody began to look."""

    def __init__(self, fold: Fold) -> None:
        self._fold = fold
        self._heard: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._n = 0
        self._until = 0.0
        self._news = asyncio.Event()

    async def since(self, n: int | None, now: float, seconds: float = LONGEST) -> Mapping[str, Any]:
        """All words after the n-th, as soon as there is one; nothing at the begin (None), or when that long is over."""
        if now > self._until:
            self._heard.clear()
        self._until = now + WATCHED
        if n is None:
            return {"n": self._n, "heard": []}
        if not self._after(n):
            self._news.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), min(seconds, LONGEST))
        return {"n": self._n, "heard": self._after(n)}

    def _after(self, n: int) -> list[dict[str, Any]]:
        return [one for one in self._heard if one["n"] > n]

    def note(self, out: Outcome, now: float) -> None:
        """A step of the hub."""
        if now > self._until or out.frame.port not in self._fold.routes:
            return
        port, driver = self._fold.routes[out.frame.port]
        try:
            head = head_of(driver, out.frame.data)
            device = self._fold.devices.get((port, head.address))
            if out.readings:
                values = {one.point: one.value for one in out.readings}
            else:
                values = {} if device else _values(decode(driver, head, {}, "").values)
        except BadFrame:
            return
        self._n += 1
        said = {"n": self._n, "port": out.frame.port.partition(":")[0], "driver": driver.name, "address": head.address}
        self._heard.append({**said, "device": device.name if device else "", "values": values})
        self._news.set()


def _values(values: Any) -> dict[str, Scalar]:
    return {one.quantity + (f"#{one.nth + 1}" if one.nth else ""): one.value for one in values}
