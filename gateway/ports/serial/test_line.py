"""A serial line on a pty: cut, noise, hang-up and return, a reader that is full, a wire that takes nothing, turns."""

import asyncio
import json
import logging
import os
import tty
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from drivers import node as driver
from drivers.reading import Frame
from gateway.clock import Clock
from gateway.health import report
from gateway.hub.conftest import WIRE, begun, boot_frame, say
from gateway.inbox import Inbox
from gateway.ports.serial import Line
from gateway.ports.serial import line as module
from gateway.ports.serial.faults import WHAT
from gateway.ports.serial.member import member
from gateway.sim.bus.node import firmware
from gateway.site import SerialPort


class Pty:
    """The far end of a line; the near end is a link that can be plugged elsewhere."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "tty"
        self.far = -1

    def plug(self) -> None:
        self.far, near = os.openpty()
        tty.setraw(near)
        os.set_blocking(self.far, False)
        self.path.symlink_to(os.ttyname(near))
        self._near = near

    def unplug(self) -> None:
        self.path.unlink()
        os.close(self._near)
        os.close(self.far)
        self.far = -1

    def say(self, data: bytes) -> None:
        os.write(self.far, b"\0" + data + b"\0")


@pytest.fixture
def pty(tmp_path: Path) -> Iterator[Pty]:
    pty = Pty(tmp_path)
    pty.plug()
    yield pty
    if pty.far >= 0:
        pty.unplug()


@asynccontextmanager
async def line_on(
    path: Path, inbox: Inbox, *, shared: bool = False, nodes: tuple[str, ...] = ()
) -> AsyncIterator[Line]:
    port = SerialPort("line-1", "node", str(path), "", 115_200, "N", 1, shared)
    known = [member(address, driver.DRIVER, address, "line-1") for address in nodes]
    line = Line(port, driver.DRIVER, known, inbox, Clock().now)
    task = asyncio.create_task(line.run())
    try:
        yield line
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.002)


class Heard:
    """What came in, health and frames apart."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self.health: list[dict[str, object]] = []
        self.frames: list[Frame] = []

    def look(self) -> "Heard":
        for frame in self._inbox.take(100_000):
            if frame.port == "health":
                said = json.loads(frame.data)["values"]
                if said != dict.fromkeys(WHAT, False):  # at its start: nothing of an earlier life lasts
                    self.health.append(said)
            else:
                self.frames.append(frame)
        return self


async def test_frames_come_in_whole_however_they_arrive_and_noise_spoils_only_itself(pty: Pty) -> None:
    inbox = Inbox()
    heard = Heard(inbox)
    good = [say("READING", seq, temperature_c=20) for seq in range(3)]
    async with line_on(pty.path, inbox) as line:
        await until(lambda: line.up)
        os.write(pty.far, b"\xff\x13noise" + b"\0" + good[0] + b"\0")
        for byte in b"\0" + good[1] + b"\0":
            os.write(pty.far, bytes([byte]))
        os.write(pty.far, b"\0" + good[2][:10])
        await until(lambda: len(heard.look().frames) >= 3)
        os.write(pty.far, b"\0" + good[2] + b"\0")
        await until(lambda: good[2] in [frame.data for frame in heard.look().frames])
    assert [frame.data for frame in heard.frames if frame.data in good] == good
    assert [frame.at for frame in heard.frames] == sorted(frame.at for frame in heard.frames)


async def test_a_fault_of_an_earlier_life_is_over_when_the_line_is_owned_again(pty: Pty) -> None:
    """The gateway was restarted, or the line is another one, while somebody babbled; nobody does now."""
    fold, inbox = begun(), Inbox()
    fold.handle(report(1.0, "gateway:line-1", line_babble=True, line_late=True))
    fold.handle(boot_frame(2000.0))
    assert {"line-babble", "line-late"} <= {alert.rule for alert in fold.engine.open()}
    async with line_on(pty.path, inbox) as line:
        await until(lambda: line.up)
        for frame in inbox.take(100):
            fold.handle(frame)
    assert not {"line-babble", "line-late"} & {alert.rule for alert in fold.engine.open()}


async def test_a_line_that_goes_is_told_once_found_again_and_told_once(
    pty: Pty, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    inbox = Inbox()
    heard = Heard(inbox)
    async with line_on(pty.path, inbox) as line:
        await until(lambda: line.up)
        pty.unplug()
        await until(lambda: {"port_down": True} in heard.look().health)
        assert not line.send("node", b"to nobody", "")
        await asyncio.sleep(0.7)  # three attempts of the back-off
        pty.plug()
        await until(lambda: line.up)
        pty.say(say("READING", 1, temperature_c=20))
        await until(lambda: len(heard.look().frames) == 1)
    assert heard.health == [{"port_down": False}, {"port_down": True}, {"port_down": False}]
    assert [record.levelname for record in caplog.records] == ["INFO", "ERROR", "INFO"]


async def test_a_line_that_is_not_there_at_the_start_is_a_trouble_and_then_found(tmp_path: Path) -> None:
    inbox, pty = Inbox(), Pty(tmp_path)
    heard = Heard(inbox)
    async with line_on(pty.path, inbox) as line:
        await until(lambda: heard.look().health == [{"port_down": True}])
        pty.plug()
        await until(lambda: line.up)
        pty.unplug()


async def test_a_full_inbox_stops_the_reading_and_loses_nothing_that_the_wire_can_hold(pty: Pty) -> None:
    inbox = Inbox(limit=10)
    heard = Heard(inbox)
    said = [say("READING", seq, temperature_c=20) for seq in range(100)]
    async with line_on(pty.path, inbox) as line:
        await until(lambda: line.up)
        for start in range(0, 100, 20):
            os.write(pty.far, b"\0" + b"\0\0".join(said[start : start + 20]) + b"\0")
            await asyncio.sleep(0.01)
        assert len(inbox) < 60
        assert inbox.overruns == 1
        await until(lambda: len(heard.look().frames) == 100)
    assert [frame.data for frame in heard.frames] == said


async def test_a_wire_that_takes_nothing_never_makes_the_sender_wait(pty: Pty) -> None:
    async with line_on(pty.path, Inbox()) as line:
        await until(lambda: line.up)
        for _ in range(2_000):
            assert line.send("node", bytes(100), "")
        taken = b""
        last = b"\0" + b"the last one" + b"\0"
        line.send("node", last, "")
        async with asyncio.timeout(10):
            while last not in taken:  # a sign of life may follow it
                await asyncio.sleep(0.001)
                try:
                    taken = taken[-100:] + os.read(pty.far, 65_536)
                except BlockingIOError:
                    continue


async def test_a_wire_that_takes_nothing_for_long_is_stalled_and_opened_anew(
    pty: Pty, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "DRAINED", 0.2)
    monkeypatch.setattr("gateway.ports.serial.listening.LOOK", 0.05)
    inbox = Inbox()
    heard = Heard(inbox)
    async with line_on(pty.path, inbox) as line:
        await until(lambda: line.up)
        for _ in range(1_000):
            line.send("node", bytes(100), "")
        await until(lambda: {"line_stalled": True} in heard.look().health)
        await until(lambda: line.up)
        pty.say(say("READING", 1, temperature_c=20))
        await until(lambda: {"line_stalled": False} in heard.look().health)
    assert sum("it takes nothing" in record.message for record in caplog.records) == 1


async def test_a_node_s_own_line_on_which_nothing_is_heard_is_opened_anew_and_asked(
    pty: Pty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.ports.serial.listening.SILENT", 0.3)
    monkeypatch.setattr("gateway.ports.serial.listening.LOOK", 0.05)
    inbox = Inbox()
    heard = Heard(inbox)
    one = member("a1b2c3d4", driver.DRIVER, "a1b2c3d4", "line-1", silent_after=0.1)
    port = SerialPort("line-1", "node", str(pty.path), "", 115_200, "N", 1, False)
    line = Line(port, driver.DRIVER, [one], inbox, Clock().now)
    task = asyncio.create_task(line.run())
    try:
        await until(lambda: {"line_stalled": True} in heard.look().health)
        await until(lambda: line.up)
        asked = b""
        while asked.count(driver.query("a1b2c3d4")) < 2:
            await asyncio.sleep(0.01)
            asked += os.read(pty.far, 4096)
        pty.say(say("READING", 1, temperature_c=20))
        await until(lambda: {"line_stalled": False} in heard.look().health)
        assert [said for said in heard.health if "port_down" in said] == [{"port_down": False}]
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_nodes_on_a_shared_line_speak_in_turn_and_their_alarms_come_through(pty: Pty) -> None:
    """Three real node state machines on one pair of wires; one of them is dead."""
    machine = firmware("node")
    equipment = machine.Equipment("test", machine.SHARED_LINE, 1, 0)
    nodes = [machine.Node(0xA0 + number, 7, 0, equipment, 60, 300, True) for number in range(2)]
    addresses = ("000000a0", "000000ff", "000000a1")
    inbox, clash = Inbox(), 0
    heard = Heard(inbox)
    loop = asyncio.get_running_loop()

    def bus() -> None:
        nonlocal clash
        data = os.read(pty.far, 4096)
        now = round(loop.time() * 1000)
        answers = [frame for one in nodes for frame in one.receive(data, now)]
        clash += len(answers) > 1
        for frame in answers:
            os.write(pty.far, frame)

    loop.add_reader(pty.far, bus)
    try:
        async with line_on(pty.path, inbox, shared=True, nodes=addresses) as line:
            await until(lambda: line.up)
            nodes[1].set(WIRE.QUANTITIES["smoke"][0], 0, 1, round(loop.time() * 1000))
            began = loop.time()
            await until(lambda: any(_is_alarm(frame) for frame in heard.look().frames))
            assert loop.time() - began < 1.0
            alarm = next(frame for frame in heard.frames if _is_alarm(frame))
            line.send("node", driver.acknowledge(driver.head(alarm.data), True), "000000a1")
            line.send("node", driver.switch("000000a1", 1, True, 1), "000000a1")
            await until(lambda: "acked" in [event.name for event in nodes[1].events])
            await until(lambda: ("output", 1, 1) in [(e.name, e.number, e.value) for e in nodes[1].events])
            await until(lambda: len({driver.head(frame.data).address for frame in heard.look().frames}) > 1)
            senders = {driver.head(frame.data).address for frame in heard.frames}
    finally:
        loop.remove_reader(pty.far)
    assert senders == {"000000a0", "000000a1"}
    assert clash == 0


def _is_alarm(frame: Frame) -> bool:
    return driver.head(frame.data).alarm


def test_the_back_off_ends_at_thirty_seconds() -> None:
    assert module.BACKOFF[1] <= 30.0


async def test_noise_without_end_on_a_node_s_own_line_is_told_once_and_over_when_it_is_understood(
    pty: Pty, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A wrong speed, say: bytes come, so the line isn't silent, and nobody understands a word."""
    monkeypatch.setattr("gateway.ports.serial.listening.LOOK", 0.05)
    monkeypatch.setattr("gateway.ports.serial.listening.NOISE", (1024, 0.3))
    monkeypatch.setattr("gateway.ports.serial.faults.CALM", 0.5)
    heard = Heard(inbox := Inbox())
    async with line_on(pty.path, inbox) as line:
        await until(lambda: line.up)
        pty.say(say("READING", 1, temperature_c=20))
        await until(lambda: any(frame.port == "line-1" for frame in heard.look().frames))
        os.write(pty.far, os.urandom(900))
        await asyncio.sleep(0.4)
        assert {"line_babble": True} not in heard.look().health, "a node that starts says a few lines"
        os.write(pty.far, os.urandom(900))
        await until(lambda: {"line_babble": True} in heard.look().health)
        os.write(pty.far, b"\0")
        pty.say(say("READING", 2, temperature_c=20))
        await until(lambda: {"line_babble": False} in heard.look().health)
    assert sum("without a sound frame" in record.message for record in caplog.records) == 1
