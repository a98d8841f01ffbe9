"""A third party's driver in its worker: what it breaks at, hangs at or floods costs nobody else anything."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from drivers.reading import Frame
from gateway.clock import Clock
from gateway.control.conftest import running
from gateway.guests import cards, host
from gateway.guests.conftest import SITE, site_with
from gateway.guests.host import Host
from gateway.guests.hosts import hosts
from gateway.hub.fold import Fold
from gateway.inbox import Inbox
from gateway.ports.serial import Line, members
from gateway.reload import take
from gateway.sim.bus.line import BusLine
from gateway.sim.bus.unit import Speed, Unit
from gateway.site import load as load_site

pytestmark = pytest.mark.usefixtures("odd")


# ---- what it does at work


class Life:
    """A host, what went into its inbox, and a fold that takes it in."""

    def __init__(self, name: str) -> None:
        self.site = site_with(name)
        self.clock, self.inbox = Clock(), Inbox()
        self.fold = Fold({self.site.hash: self.site.text})
        self.frames: list[Frame] = []
        self.bad: list[str] = []
        boot = {"gateway": "g", "epoch": "e", "offset": 0.0, "synced": True}
        self.fold.handle(Frame("boot", 0.0, json.dumps(boot).encode()))
        self.fold.handle(Frame("config", 0.0, self.site.hash.encode()))
        self.host = Host(
            name, {"line-1": "line-1"}, inbox=self.inbox, now=self.clock.now, memories={}, keys={"line-1/t9": "5ec7e7"}
        )

    def hear(self, *lines: str) -> None:
        for line in lines:
            self.host.take(Frame("line-1", self.clock.now(), line.encode() + b"\n"))

    def look(self) -> "Life":
        for frame in self.inbox.take(10_000):
            self.frames.append(frame)
            out = self.fold.handle(frame)
            self.bad += [out.bad] * bool(out.bad)
            if out.bad and isinstance(out.bad, str) and b'"why"' in frame.data:
                assert out.n, "what was not decoded is kept"
        return self

    def values(self) -> list[object]:
        """What the decoded frames say, the first value of each; without those that are no frames."""
        said = [json.loads(frame.data) for frame in self.look().frames if frame.port == "line-1"]
        return [one["values"][0][1] if "values" in one else one["why"] for one in said if "bad" not in one]

    def faults(self) -> list[object]:
        """How they came and went, after its word that none of an earlier life lasts."""
        said = [json.loads(one.data)["values"]["driver_fault"] for one in self.look().frames if one.port == "health"]
        assert said[:1] in ([], [False])
        return said[1:]

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not true():
                await asyncio.sleep(0.005)


@asynccontextmanager
async def living(name: str = "odd") -> AsyncIterator[Life]:
    life = Life(name)
    task = asyncio.create_task(life.host.run())
    try:
        yield life
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_frames_are_decoded_in_the_worker_and_folded_here_with_their_memory() -> None:
    async with living() as life:
        life.hear("t1 20.5", "t1 21.5", "nonsense", "t2 1")
        life.host.take(Frame("line-1", 1.0, b"t1 2"))
        life.host.take(Frame("line-1", 2.0, b"2.5\n"))
        await life.until(lambda: len(life.values()) == 4)
        assert life.values() == [20.5, 21.5, 1.0, 22.5]
        assert life.fold.memories["line-1", "t1"] == {"count": 3}
        assert life.faults() == []
        assert (life.host.count["bad"], life.bad) == (1, ["no line"])
        points = [life.fold.handle(life.frames[-1]._replace(at=99.0)).readings]
        assert [(one.device, one.quantity, one.value) for one in points[0]] == [
            ("warm", "temperature_c", 22.5), ("warm", "uptime_s", 3),
        ]  # fmt: skip


async def test_the_same_frames_give_the_same_state_without_worker_and_package(monkeypatch: pytest.MonkeyPatch) -> None:
    async with living() as life:
        life.hear("t1 20.5", "t1 raise", "t1 21.5")
        await life.until(lambda: len(life.values()) == 3)
    monkeypatch.setenv("PYTHONPATH", "")
    cards.forget()
    again = Fold({life.site.hash: life.site.text})
    for name, data in (
        ("boot", b'{"gateway":"g","epoch":"e","offset":0.0,"synced":true}'),
        ("config", life.site.hash.encode()),
    ):
        again.handle(Frame(name, 0.0, data))
    for frame in life.frames:
        again.handle(frame)
    assert (again.n, again.memories, again.engine.open()) == (life.fold.n, life.fold.memories, life.fold.engine.open())
    assert again.memories == {("line-1", "t1"): {"count": 2}}


WRONG = {
    "raise": "KeyError", "nonsense": "no quantity", "exit": "broke at it", "spin": "broke at it", "fork": "broke at it",
    "shout": "roke", "eat": "",
}  # fmt: skip
"""What the driver does -> part of the reason that stands in the journal; to eat memory takes longer on some machines."""


async def test_what_a_driver_breaks_at_is_kept_undecoded_and_the_next_frame_is_read() -> None:
    async with living() as life:
        for number, what in enumerate(WRONG):
            life.hear(f"t1 {what}", f"t1 {number}")
            await life.until(lambda wanted=2 * number + 2: len(life.values()) == wanted)  # type: ignore[misc]
            assert WRONG[what] in str(life.values()[-2]), what
            assert life.values()[-1] == number
            assert json.loads(life.frames[-1].data)["values"][1][1] == number + 1, "its memory outlives the worker"
        raws = [json.loads(frame.data).get("raw") for frame in life.frames if b'"why"' in frame.data]
        assert [bytes.fromhex(raw) for raw in raws] == [f"t1 {what}".encode() for what in WRONG]
        assert life.faults() == [True]
        assert [alert.rule for alert in life.fold.engine.open()] == ["driver-fault"]
        assert life.host.count["undecoded"] == len(WRONG)


async def test_a_cut_that_hangs_costs_those_bytes_alone() -> None:
    async with living() as life:
        life.hear("t1 20.5")
        await life.until(lambda: len(life.values()) == 1)
        life.hear("hang-cut")
        life.hear("t1 21.5")
        await life.until(lambda: len(life.values()) == 3)
        assert life.values() == [20.5, "the driver broke at it", 21.5]


async def test_while_a_driver_hangs_the_loop_turns() -> None:
    async with living() as life:
        life.hear("t1 20.5")
        await life.until(lambda: len(life.values()) == 1)
        life.hear("t1 hang")
        loop, longest, last = asyncio.get_running_loop(), 0.0, 0.0
        last = loop.time()
        while len(life.values()) < 2:
            await asyncio.sleep(0.001)
            longest, last = max(longest, loop.time() - last), loop.time()
        assert longest < host.DEADLINE


async def test_a_worker_that_is_killed_is_started_again_and_ends_with_its_host(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with living() as life:
        life.hear("t1 20.5")
        await life.until(lambda: len(life.values()) == 1)
        first = life.host.pid
        os.kill(first, 9)
        await life.until(lambda: life.host.up and life.host.pid != first)
        life.hear("t1 21.5")
        await life.until(lambda: len(life.values()) == 2)
        assert life.faults() == [True]
        assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
            'driver "odd" failed: it was ended by signal 9'
        ]
        last = life.host.pid
    with pytest.raises(ProcessLookupError):
        os.kill(last, 0)


async def test_a_fault_is_over_after_a_while_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "STEADY", 0.2)
    async with living() as life:
        life.hear("t1 raise")
        await life.until(lambda: life.faults() == [True, False])
        assert life.fold.engine.open() == []


async def test_a_driver_gets_no_secrets_but_its_devices_own_and_writes_no_file(odd: Path) -> None:
    async with living() as life:
        life.hear("t1 environment", "t9 secret", "t1 secret", "t1 write", "t1 1")
        await life.until(lambda: len(life.values()) == 5)
        assert life.values()[:3] == ["none", "5ec7e7", "none"]
        assert "File too large" in str(life.values()[3])
        assert (odd / "guest-was-here").stat().st_size == 0
        assert all("5ec7e7" not in str(memory) for memory in life.fold.memories.values())


async def test_what_it_prints_is_logged_and_hurts_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with living() as life:
        life.hear("t1 print", "t1 2")
        await life.until(lambda: 'driver "odd" says: what a day' in caplog.messages and len(life.values()) == 2)
        assert life.values() == [2.0, 2.0]


async def test_a_flood_that_the_driver_cannot_follow_is_bounded_and_counted() -> None:
    async with living("gone") as life:
        for _ in range(3 * host.WAITING):
            life.hear("t1 1")
        kept = [value for value in life.values() if value == "the driver is too slow"]
        assert len(kept) == host.UNDECODED[0]
        assert life.host.count["undecoded"] + life.host.count["lost"] == 2 * host.WAITING


# ---- on a line and by radio


class Echo(Unit):
    """A device that answers ``ADDRESS?`` with a line of two halves, a pause between them."""

    def answer(self, heard: bytes, at: float) -> bytes:
        return (
            f"{self.address} {self.value('temperature_c', at)}\n".encode()
            if heard == f"{self.address}?\n".encode()
            else b""
        )


async def test_a_device_on_a_line_is_asked_and_its_answer_is_what_comes_until_the_pause(tmp_path: Path) -> None:
    with BusLine(
        tmp_path, [Echo("t1", Speed(1200), {"temperature_c": 21.5}), Echo("t2", Speed(1200), {"temperature_c": -3.0})]
    ) as bus:
        text = SITE.replace("DRIVER", "asked").replace("/dev/ttyUSB0", str(bus.path)) + 'every = "0.1s"\nbaud = 1200\n'
        text += '[devices.cold]\nhome = "flat"\nport = "line-1"\naddress = "t2"\nevery = "0.1s"\nbaud = 1200\n'
        (tmp_path / "site.toml").write_text(text)
        site = load_site(tmp_path / "site.toml")
        inbox, clock = Inbox(), Clock()
        fold = Fold({site.hash: site.text})
        fold.handle(Frame("boot", 0.0, b'{"gateway":"g","epoch":"e","offset":0.0,"synced":true}'))
        fold.handle(Frame("config", 0.0, site.hash.encode()))
        line = Line(site.lines["line-1"], site.drivers["asked"], members(site, "line-1"), inbox, clock.now)
        jobs = [line.run(), *(one.run() for one in hosts(site, fold, inbox, clock.now).values())]
        tasks = [asyncio.create_task(job) for job in jobs]
        found: dict[str, object] = {}
        async with asyncio.timeout(20):
            while len(found) < 2:
                await asyncio.sleep(0.02)
                readings = [one for frame in inbox.take(100) for one in fold.handle(frame).readings]
                found |= {one.device: one.value for one in readings if one.quantity == "temperature_c"}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert found == {"warm": 21.5, "cold": -3.0}


# ---- in a whole gateway


async def test_an_alarm_waits_for_no_driver_that_hangs(tmp_path: Path) -> None:
    more = SITE.partition("[ports")[2].replace("line-1", "line-2").replace("DRIVER", "odd")
    async with running(tmp_path, f"[ports{more}") as gateway:
        app = gateway.app
        assert app.guests["odd"].name == "odd"
        await gateway.until(lambda: app.guests["odd"].up)
        for _ in range(20):
            app.inbox.put(Frame("line-2", app.clock.now(), b"t1 hang\n"))
        await asyncio.sleep(0.05)
        began = asyncio.get_running_loop().time()
        await gateway.smoke()
        assert asyncio.get_running_loop().time() - began < 1.0, "its twenty frames take eight seconds"
        await gateway.until(lambda: "driver-fault" in {one.rule for one in app.booted.fold.engine.open()})


async def test_a_device_of_a_changed_site_is_heard_without_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        app, path = gateway.app, tmp_path / "site.toml"
        assert app.guests == {}
        more = SITE.partition("[ports")[2].replace("line-1", "line-2").replace("DRIVER", "odd")
        path.write_text(f"{path.read_text()}\n[ports{more}")
        await take(app, load_site(path))
        await gateway.until(lambda: "odd" in app.guests and app.guests["odd"].up and not len(app.inbox))
        heard: list[object] = []
        app.hub.listeners.append(lambda out: heard.extend(one.value for one in out.readings if one.device == "warm"))
        app.inbox.put(Frame("line-2", app.clock.now(), b"t1 20.5\n"))
        await gateway.until(lambda: heard == [20.5, 1])
        await take(app, app.site)
        await gateway.until(lambda: not len(app.inbox))
        assert app.guests["odd"].up, "nothing changed: it goes on"


async def test_a_driver_that_writes_to_the_gateway_by_itself_is_ended() -> None:
    async with living() as life:
        life.hear("t1 1", "t1 inject", "t1 2")
        await life.until(lambda: 2.0 in life.values())
        assert life.values()[0] == 1.0
        assert life.faults() == [True]
