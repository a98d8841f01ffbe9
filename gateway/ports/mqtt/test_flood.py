"""A broker in the home that floods: what that costs, what comes through, and what is told."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from drivers.reading import Frame
from drivers.shipped import shipped
from drivers.topics import unpacked
from gateway.clock import Clock
from gateway.inbox import Inbox
from gateway.ports.mqtt import Broker, broker, bulk
from gateway.sim.hostile import HostileBroker
from gateway.site import loads

TOML = """
gateway = {id = "g", site = "s"}
homes.flat = {}
[ports.zigbee]
type = "mqtt"
host = "127.0.0.1"
port = PORT
version = 3
driver = "zigbee2mqtt"
[devices.smoke]
home = "flat"
port = "zigbee"
address = "smoke"
"""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "LOOK", 0.05)


class Life:
    """A port on a hostile broker, and what the hub would get."""

    def __init__(self, far: HostileBroker) -> None:
        text = TOML.replace("PORT", str(far.port))
        site = loads(json.dumps({"format": 1, "site": text, "packs": {}, "files": {}}))
        self.far, self.inbox, clock = far, Inbox(), Clock()
        self.broker = Broker(
            site.brokers["zigbee"], [shipped()["zigbee2mqtt"]], gateway="g", inbox=self.inbox, clock=clock,
            hurry=lambda: None,
        )  # fmt: skip
        self.frames: list[Frame] = []
        self.most = 0
        """Bytes that waited in the inbox at once."""

    def look(self) -> "Life":
        taken = self.inbox.take(10_000)
        self.most = max(self.most, sum(len(frame.data) for frame in taken))
        self.frames += taken
        for frame in taken:
            if frame.port != "health":
                self.broker.stored(frame.port, 1)
        return self

    def health(self, name: str) -> list[bool]:
        said = [json.loads(frame.data)["values"] for frame in self.look().frames if frame.port == "health"]
        return [one[name] for one in said if name in one][1:]  # the first: nothing of an earlier life lasts

    def topics(self) -> list[str]:
        return [unpacked(frame.data).topic for frame in self.look().frames if frame.port != "health"]

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not true():
                await asyncio.sleep(0.005)


@asynccontextmanager
async def living() -> AsyncIterator[Life]:
    async with HostileBroker() as far:
        life = Life(far)
        task = asyncio.create_task(life.broker.run())
        try:
            await far.subscribed.wait()
            yield life
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def devices(count: int, unit: str = "V", size: int = 4000) -> bytes:
    """The bridge's list; ``size``: bytes of each, as long as converters' exposes are."""
    expose = {"property": "voltage", "unit": unit, "description": "x" * size}
    definition = {"model": "M1", "exposes": [expose]}
    return json.dumps([{"friendly_name": f"d{n}", "definition": definition} for n in range(count)]).encode()


@pytest.mark.parametrize("other", [True, False])
async def test_lists_of_a_megabyte_a_hundred_times_a_second_cost_little_and_hold_up_no_alarm(other: bool) -> None:
    async with living() as life:
        lists = [devices(240, unit) for unit in ("V", "mV" if other else "V")]
        began = time.monotonic()
        for number in range(40):
            await life.far.say("zigbee2mqtt/bridge/devices", lists[number % 2])
            if number % 10 == 9:
                await life.far.say("zigbee2mqtt/smoke", b'{"smoke": true}', number)
            life.look()
            await asyncio.sleep(max(0.0, began + number * 0.01 - time.monotonic()))
        await life.until(lambda: life.topics().count("smoke") == 4)
        await life.until(lambda: life.health("broker_flood") == [True])
        assert 240 <= len(life.topics()) <= 240 * 22
        assert life.broker.bulk.left_out >= 40 - 22 if other else life.broker.bulk.left_out == 39
        await life.until(lambda: life.look().far.acknowledged == list(range(9, 40, 10)))


async def test_the_last_of_the_lists_is_read_and_the_end_of_the_flood_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bulk, "LISTS", (2, 4.0))
    monkeypatch.setattr(bulk, "CALM", 0.4)
    caplog.set_level(logging.INFO)
    async with living() as life:
        for number in range(9):
            await life.far.say("zigbee2mqtt/bridge/devices", devices(1, f"u{number}", 10), number + 1)
        await life.until(lambda: len(life.look().far.acknowledged) == 9)
        await life.until(lambda: len(life.topics()) == 3)
        about = [json.loads(unpacked(frame.data).payload)["properties"] for frame in life.frames if frame.port != "health"]
        assert [one["voltage"] for one in about] == [["u0"], ["u1"], ["u8"]]
        await life.until(lambda: life.health("broker_flood") == [True, False])
    told = [record.message for record in caplog.records if "flood" in record.message]
    assert [message.partition(": ")[2][:27] for message in told] == ["the broker floods: lists or", "the broker no longer floods"]


async def test_what_is_longer_than_any_sensors_word_costs_no_more_than_its_way() -> None:
    async with living() as life:
        for number in range(1, 41):
            await life.far.say("zigbee2mqtt/smoke", b'{"smoke": true}' + b" " * 900_000, number)
        await life.far.say("zigbee2mqtt/smoke", b'{"smoke": true}', 41)
        await life.until(lambda: life.topics() == ["smoke"])
        await life.until(lambda: life.look().far.acknowledged == list(range(1, 42)))
        await life.until(lambda: life.health("broker_flood") == [True])
        assert life.broker.bulk.left_out == 40
        assert life.most < 1000


def test_a_list_that_waits_is_read_in_the_midst_of_giants() -> None:
    """A hundred a second: each would take what the list waits for."""
    one = bulk.Bulk()
    for _ in range(40):
        one.refuse(0.0)
    assert not one.takes("devices", b"[]", 0.0)
    read = []
    for tick in range(1, 1000):
        one.refuse(tick / 100)
        if tick % 100 == 0:
            read.append(one.held(tick / 100))
    assert [said for said in read if said] == [("devices", b"[]")]
    assert read.index(("devices", b"[]")) <= 5
    assert one.flood(10.0) is True
