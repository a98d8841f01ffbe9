"""Pace: how long the radio waits for what, and how a job that ends is begun anew."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from gateway.ports.ble.bluez import why


class Pace(NamedTuple):
    """Times in seconds."""

    first: float = 1.0
    """Before the first repetition of what failed, and between two starts of a scan at least."""
    longest: float = 30.0
    """Before any later one, at most."""
    steady: float = 60.0
    """After which what ran is held for sound."""
    tick: float = 1.0
    """Between two looks at what no signal tells."""
    grace: float = 10.0
    """That a start of a scan, or bluetoothd's word on its adapters, may take before it is told."""
    lacking: float = 300.0
    """Before another attempt to start the second of an adapter's scans, at most."""


async def again_and_again(
    do: Callable[[], Coroutine[Any, Any, None]], pace: Pace, now: Callable[[], float], say: Callable[[str], None]
) -> None:
    """Until cancelled: whatever it ends with is said once, and it is begun anew, later each time unless it ran long."""
    wait, said = pace.first, ""
    while True:
        began = now()
        try:
            await do()
            said = ""
        except Exception as error:  # bleak and D-Bus raise much; none of it may end the listening
            if why(error) != said:
                said = why(error)
                say(said)
        if now() - began > pace.steady:
            wait = pace.first
        await asyncio.sleep(wait)
        wait = min(wait * 2, pace.longest)
