"""How the machine is that the gateway runs on: mains, voltage, temperature, memory, as the kernel tells.

Paths below ``root`` are the kernel's own (sysfs, procfs); what a machine lacks is not reported. On a Raspberry Pi
the driver ``rpi_volt`` tells of a supply that sags, and a UPS that the kernel knows tells of the mains.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from gateway.clock import Clock
from gateway.health import report
from gateway.inbox import Inbox

EVERY = 10.0
"""Seconds between two looks."""
HOT, COOL = 80_000, 75_000
"""Thousandths of a degree Celsius from which it is too hot, and below which it no longer is."""
SCARCE = (64_000, 0.1)
"""Kilobytes, and share of all memory, of which the smaller must be left."""


class Machine:
    """The machine under the gateway."""

    def __init__(self, clock: Clock, inbox: Inbox, root: Path = Path("/")) -> None:
        self._clock, self._inbox, self._root = clock, inbox, root
        self._told: dict[str, bool] = {}

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(EVERY)

    def look(self) -> None:
        """Report what changed since the last look; at the first, all there is."""
        news = {name: value for name, value in self._values() if self._told.get(name) != value}
        if news:
            self._told |= news
            self._inbox.put(report(self._clock.now(), "gateway", **news))

    def _values(self) -> Iterator[tuple[str, bool]]:
        heats = self._numbers("sys/class/thermal/thermal_zone*/temp")
        if heats:
            yield "overheated", max(heats) >= (COOL if self._told.get("overheated") else HOT)
        memory = self._memory()
        if memory is not None:
            yield "memory_low", memory
        volts = self._numbers("sys/class/hwmon/hwmon*/in0_lcrit_alarm", named="rpi_volt")
        if volts:
            yield "undervoltage", any(volts)
        mains = self._numbers("sys/class/power_supply/*/online", mains=True)
        if mains:
            yield "mains_lost", not any(mains)

    def _numbers(self, pattern: str, *, named: str = "", mains: bool = False) -> list[int]:
        found = []
        for path in sorted(self._root.glob(pattern)):
            if named and _text(path.parent / "name") != named:
                continue
            if mains and _text(path.parent / "type") not in ("Mains", "USB"):
                continue
            try:
                found.append(int(_text(path)))
            except ValueError:
                continue
        return found

    def _memory(self) -> bool | None:
        said = dict(line.partition(":")[::2] for line in _text(self._root / "proc/meminfo").splitlines())
        try:
            total, left = (int(said[key].split()[0]) for key in ("MemTotal", "MemAvailable"))
        except (KeyError, ValueError, IndexError):
            return None
        return left < min(SCARCE[0], SCARCE[1] * total)


def _text(path: Path) -> str:
    """What the kernel says there; nothing where it says nothing."""
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""
