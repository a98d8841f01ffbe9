"""One flat's life on a clock that jumps from frame to frame: ``python -m bench.flat SITE HOURS``, for footprint.py.

The gateway's own application (boot, hub, committer, store, uplink) runs in this process and nothing else does, so that
its memory and its writes are those of the process. It prints one JSON object.

The flat: eight nodes with a heartbeat a minute; of them three with climate a minute, an energy meter every ten
seconds, a water meter a minute, motion and a door now and then, one press of the call button a day.
"""

import asyncio
import heapq
import json
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.feeder import Feeder
from drivers.reading import Frame
from firmware.lib import wire as codec
from gateway.app import App
from gateway.clock import Clock
from gateway.hub.boot import boot
from gateway.hub.suspects import Suspects
from gateway.lives import GROUP
from gateway.site import load

HOUR = 3600.0
NODES = range(1, 9)
STEP = 4.0
"""Virtual seconds between two looks at the clock; after five the gateway would think that it had slept."""
SETTLE = 30.0
"""Virtual seconds after which the disk and the network get a moment of real time."""
MOMENT = 0.005


class Now:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def steady(self) -> float:
        """Seconds since it was made."""
        return self.seconds

    def wall(self) -> float:
        """Some civil time."""
        return 1_750_000_000.0 + self.seconds


class Flat:
    """What eight nodes say, in order."""

    def __init__(self, seed: int = 1) -> None:
        self._dice = random.Random(seed)
        self._feeder = Feeder(-1, NODES)
        self._water, self._energy, self._motion, self._door = 1000.0, 5000.0, 0, 0
        self._now = 0.0
        self._due: list[tuple[float, int, int, Callable[[int], float]]] = []
        """When, a number of its own (so that nothing after it is compared), which node, what."""
        self._said = b""

    def life(self, seconds: float) -> Iterator[tuple[float, bytes]]:
        """(second, frame as the driver cuts it)"""
        habits = [(7.5 * node, node, self.heartbeat) for node in NODES]
        habits += [(20.0 * node, node, self.climate) for node in (1, 2, 3)]
        habits += [(1.0, 4, self.energy), (2.0, 5, self.water), (300.0, 6, self.motion), (900.0, 7, self.door)]
        habits += [(9 * HOUR, 8, self.press)]
        self._due = [(at, number, node, say) for number, (at, node, say) in enumerate(habits)]
        heapq.heapify(self._due)
        while self._due[0][0] < seconds:
            self._now, number, node, say = heapq.heappop(self._due)
            again = self._now + say(node)
            yield self._now, self._said
            heapq.heappush(self._due, (again, number, node, say))

    def heartbeat(self, node: int) -> float:
        """Battery, uptime and the alarm states."""
        states = [(codec.QUANTITIES[quantity][0], 0, 0) for quantity in ("smoke", "flood", "tamper")]
        body = codec.heartbeat(int(self._now), (3000, 100), (1, 0, 0), 0, 0, 0, states)
        self._said = self._feeder.frame_of(codec.HEARTBEAT, node, body)[1].strip(b"\0")
        return 60.0

    def climate(self, node: int) -> float:
        """Temperature and humidity."""
        self._say(node, temperature_c=self._dice.gauss(21, 0.3), humidity_pct=self._dice.gauss(50, 2))
        return 60.0

    def energy(self, node: int) -> float:
        """The electricity meter."""
        self._energy += 0.001
        self._say(node, power_w=self._dice.gauss(300, 50), energy_kwh=self._energy)
        return 10.0

    def water(self, node: int) -> float:
        """The water meter; a tap runs a tenth of the time."""
        self._water += 0.01 if self._dice.random() < 0.1 else 0.0
        self._say(node, water_m3=self._water, flow_m3_h=0.0)
        return 60.0

    def motion(self, node: int) -> float:
        """On and off, forty times an hour."""
        self._motion = 1 - self._motion
        self._say(node, motion=self._motion)
        return self._dice.expovariate(1 / 90)

    def door(self, node: int) -> float:
        """Open and shut, four times an hour."""
        self._door = 1 - self._door
        self._say(node, door_open=self._door)
        return self._dice.expovariate(1 / 900)

    def press(self, node: int) -> float:
        """The call button."""
        self._say(node, codec.ALARM, button=1)
        return 24 * HOUR

    def _say(self, node: int, kind: int = codec.READING, **values: float) -> None:
        scaled = [(codec.QUANTITIES[name], value) for name, value in values.items()]
        triples = [(code, 0, round(value * steps)) for (code, steps), value in scaled]
        self._said = self._feeder.frame(kind, node, triples)[1].strip(b"\0")


async def live(path: Path, hours: float) -> dict[str, float]:
    """The application through so many hours; the figures of this process."""
    site, now = load(path), Now()
    clock = Clock(now.steady, now.wall, lambda: True)
    suspects = Suspects(site.store.path.with_suffix(".suspects"))
    app = App(site, await boot(site, clock, suspects), clock, suspects, GROUP)
    running = asyncio.create_task(app.run())
    try:
        await asyncio.sleep(1)
        figures = {"mib_after_start": resident()}
        before = written()
        figures["frames"] = await feed(app, now, min(1.0, hours) * HOUR, 0.0)
        figures["mib_after_an_hour"] = resident()
        figures["frames"] += await feed(app, now, hours * HOUR, HOUR)
        await asyncio.sleep(1)
        figures |= {"mib_at_the_end": resident(), "written": written() - before}
        figures["commits"] = app.committer.store.commits
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await app.booted.store.close()
    return figures


async def feed(app: App, now: Now, until: float, since: float) -> int:
    """What the flat says between two moments; returns the number of frames."""
    line = next(iter(app.site.ports))
    count, settled = 0, since
    for at, data in Flat().life(until):
        if at < since:
            continue
        while at - now.seconds > STEP:
            now.seconds += STEP
            # A frame of no port is counted and forgotten: it only makes the hub look at its clock.
            await take(app, Frame("nobody", app.clock.now(), b""))
        now.seconds = at
        await take(app, Frame(line, app.clock.now(), data))
        count += 1
        if at - settled > SETTLE:
            settled = at
            await asyncio.sleep(MOMENT)
    return count


async def take(app: App, frame: Frame) -> None:
    """Hand the frame in and let the hub fold it."""
    app.inbox.put(frame)
    while app.inbox:  # noqa: ASYNC110 - the hub's turns are what is waited for, not an event
        await asyncio.sleep(0)


def resident(pid: int | str = "self") -> float:
    """MiB of resident memory."""
    return round(_kernel_says(f"/proc/{pid}/status", "VmRSS:") / 1024, 1)


def written() -> int:
    """Bytes that this process had written to block devices."""
    return _kernel_says("/proc/self/io", "write_bytes:")


def _kernel_says(path: str, name: str) -> int:
    lines = Path(path).read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])


if __name__ == "__main__":
    print(json.dumps(asyncio.run(live(Path(sys.argv[1]), float(sys.argv[2])))))
