"""Brokers that don't take everything, against the real mosquitto: one message must not hold up the others."""

import asyncio
import json
import sys
import tracemalloc
from pathlib import Path
from typing import Literal

import pytest

from gateway.store.message import ALARM, Message
from hil_tests.broker import Mosquitto
from hil_tests.test_uplink import PREFIX, One, config_for, running, until


class Sized(One):
    """Messages of any size and topic."""

    def say(self, n: int, size: int = 0, topic: str = "event") -> None:
        body = json.dumps({"id": f"m{n}", "kind": "alert", "sources": [], "fill": "x" * size}).encode()
        self.rows.append(Message("platform", ALARM, n, topic, body, self.clock.now()))
        self.outbox.release(self.rows[-1:])


@pytest.mark.parametrize("version", [5, 3])
async def test_a_message_that_is_too_long_for_the_broker_holds_up_no_other(
    tmp_path: Path, version: Literal[3, 5]
) -> None:
    with Mosquitto(tmp_path, settings="max_packet_size 700\n") as broker:
        one = Sized(config_for(broker, version=version))
        for n in range(1, 10):
            one.say(n, size=2_000 if n == 3 else 0)
        async with running(one):
            await until(lambda: one.outbox.delivered == 8)
            assert [message.n for message in one.outbox.held()] == [3]
            await one.until_told({"uplink_down": True})
            for n in range(10, 13):
                began = asyncio.get_running_loop().time()
                one.say(n)
                await until(lambda expected=n - 1: one.outbox.delivered == expected)  # type: ignore[misc]
                assert asyncio.get_running_loop().time() - began < 5.0


GIANT = """
import sys, paho.mqtt.client as paho
client = paho.Client(paho.CallbackAPIVersion.VERSION2)
client.connect("127.0.0.1", int(sys.argv[1]))
client.loop_start()
client.publish(sys.argv[2], bytes(40 << 20), 1).wait_for_publish(30)
"""


@pytest.mark.parametrize("version", [5, 3])
async def test_a_giant_command_takes_no_memory_and_holds_up_nothing(tmp_path: Path, version: Literal[3, 5]) -> None:
    with Mosquitto(tmp_path) as broker:
        one = Sized(config_for(broker, version=version))
        async with running(one):
            await one.until_told({"uplink_down": False})
            tracemalloc.start()
            program = [sys.executable, "-c", GIANT, str(broker.port), f"{PREFIX}/command"]
            assert await (await asyncio.create_subprocess_exec(*program)).wait() == 0
            one.say(1)
            await until(lambda: one.outbox.delivered == 1)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert peak < 20e6


async def test_a_message_that_the_broker_forbids_holds_up_no_other_and_is_told_when_it_may_be(tmp_path: Path) -> None:
    rules = tmp_path / "acl"
    rules.write_text("".join(f"topic readwrite {PREFIX}/{rest}\n" for rest in ("status", "event", "command")))
    with Mosquitto(tmp_path / "b", settings=f"acl_file {rules}\n") as broker:
        one = Sized(config_for(broker))
        for n in range(1, 50):
            one.say(n, topic="reply" if n % 10 == 0 else "event")
        async with running(one):
            await until(lambda: one.outbox.delivered == 45)
            assert sorted(message.n for message in one.outbox.held()) == [10, 20, 30, 40]
            await one.until_told({"uplink_down": True})
            rules.write_text("topic readwrite #\n")
            broker.stop()
            one.say(50)
            await asyncio.sleep(2.5)  # time for an attempt that finds nobody
            broker.start()
            await until(lambda: one.outbox.delivered == 50)
