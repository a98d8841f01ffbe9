"""Sensors on a broker in the home, against the real mosquitto: what rings, what doesn't, and what a killed gateway owes."""

import json
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from gateway.sim.platform import Platform
from hil_tests.broker import Mosquitto
from hil_tests.gateway import Gateway

SITE = """
gateway = {{id = "gw-1", site = "estate"}}
homes.flat = {{}}
uplinks.platform = {{type = "mqtt", host = "127.0.0.1", port = {port}, version = {version}}}
ports.home = {{type = "mqtt", host = "127.0.0.1", port = {home}, version = {version}, driver = "zigbee2mqtt"}}
devices.smoke = {{home = "flat", room = "kitchen", port = "home", address = "Kitchen Smoke"}}
devices.bed = {{home = "flat", port = "home", address = "bed button"}}
devices.hall = {{home = "flat", port = "home", address = "hall"}}
"""


class Sensors:
    """What zigbee2mqtt does for them: one client that publishes at QoS 1."""

    def __init__(self, broker: Mosquitto) -> None:
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="zigbee2mqtt")
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()

    def say(self, name: str, said: dict[str, Any] | list[Any], *, retain: bool = False) -> None:
        self.publish(f"zigbee2mqtt/{name}", json.dumps(said), retain=retain)

    def publish(self, topic: str, payload: str | bytes, *, retain: bool = False) -> None:
        self._client.publish(topic, payload, 1, retain).wait_for_publish(10)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


class House:
    """A broker that serves both sides, a gateway, a platform and sensors."""

    def __init__(self, folder: Path, stack: ExitStack, version: int, **broker: Any) -> None:
        self.broker = stack.enter_context(Mosquitto(folder / "broker", **broker))
        self.platform = stack.enter_context(Platform(self.broker.host, self.broker.port))
        (folder / "site.toml").write_text(SITE.format(port=self.broker.port, home=self.broker.port, version=version))
        self.sensors = Sensors(self.broker)
        stack.callback(self.sensors.close)
        self.gateway = Gateway(folder / "site.toml")
        stack.callback(self.gateway.stop)

    def up(self) -> None:
        """Start the gateway, and return when it hears its sensors."""
        before = len(self.gateway.lines)
        self.gateway.up()
        self.gateway.lines.wait(lambda line: "port home is up" in line.text, 10, after=before)

    def changes(self, rule: str) -> list[dict[str, Any]]:
        return [one.body for one in self.platform.events(kind="alert", rule=rule)]


@pytest.fixture(params=[5, 3])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with ExitStack() as stack:
        yield House(tmp_path, stack, request.param)


def test_kept_states_are_true_at_once_and_kept_presses_ring_nobody(house: House) -> None:
    house.sensors.say("Kitchen Smoke", {"smoke": True, "battery": 80}, retain=True)
    house.sensors.say("bed button", {"action": "single"}, retain=True)
    house.up()
    house.platform.wait_event(10, rule="smoke", state="firing", device="smoke")
    house.sensors.say("hall", {"smoke": True})
    house.platform.wait_event(10, rule="smoke", state="firing", device="hall")
    assert house.changes("emergency-call") == []
    house.sensors.say("bed button", {"action": "single"})
    house.platform.wait_event(10, rule="emergency-call", state="firing", device="bed")


def test_a_bridge_that_goes_down_is_a_trouble_of_its_port_and_the_list_of_devices_says_what_words_mean(
    house: House,
) -> None:
    exposes = [{"type": "binary", "property": "smoke", "value_on": "ALARM", "value_off": "NORMAL"}]
    devices = [{"friendly_name": "hall", "definition": {"model": "S1", "exposes": exposes}}]
    house.sensors.say("bridge/devices", devices, retain=True)
    house.up()
    house.sensors.say("bridge/state", {"state": "offline"})
    house.gateway.lines.wait(lambda line: "zigbee2mqtt says it is down" in line.text, 10)
    house.sensors.say("bridge/state", {"state": "online"})
    house.gateway.lines.wait(lambda line: "zigbee2mqtt says it is up" in line.text, 10)
    house.sensors.say("hall", {"smoke": "ALARM"})
    house.platform.wait_event(10, rule="smoke", state="firing", device="hall")


def test_every_press_that_the_broker_took_rings_once_whenever_the_gateway_dies(tmp_path: Path) -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    with ExitStack() as stack:
        house = House(tmp_path, stack, 5)
        house.up()
        presses = 0
        for _ in range(5):
            for _ in range(chance.randrange(2, 7)):
                house.sensors.say("bed button", {"action": chance.choice(["single", "single", "emergency"])})
                presses += 1
                time.sleep(chance.choice([0, 0, 0.002, 0.01]))
            house.gateway.kill()
            for _ in range(chance.randrange(0, 3)):  # the broker keeps these
                house.sensors.say("bed button", {"action": "single"})
                presses += 1
            house.up()
        house.platform.arrived.wait(
            lambda one: one.body.get("rule") == "emergency-call" and one.body.get("n") == presses, 15
        )
        told = Counter((body["alert"], body["n"]) for body in house.changes("emergency-call"))
        assert sorted(n for _, n in told) == list(range(1, presses + 1))
        assert len({alert for alert, _ in told}) == 1


def test_a_flood_of_states_holds_up_no_alarm(house: House) -> None:
    """Brokers send only so many before the first is acknowledged."""
    house.up()
    for n in range(300):
        house.sensors.say("hall", {"smoke": False, "battery": 50 + n % 50})
    began = time.monotonic()
    house.sensors.say("Kitchen Smoke", {"smoke": True})
    house.platform.wait_event(5, rule="smoke", state="firing")
    assert time.monotonic() - began < 5


def test_a_giant_publication_costs_neither_memory_nor_the_next_alarm(house: House) -> None:
    """MQTT allows 256 MB; under 3.1.1 nobody can tell a broker that this is too much."""
    house.up()
    before = _peak(house.gateway.pid)
    giant = b'{"smoke": "' + b"x" * (40 << 20) + b'"}'
    house.sensors.publish("zigbee2mqtt/hall", giant, retain=True)
    house.sensors.say("Kitchen Smoke", {"smoke": True})
    house.platform.wait_event(10, rule="smoke", state="firing", device="smoke")
    assert _peak(house.gateway.pid) - before < 40e6
    house.gateway.kill()  # the broker has kept it
    house.up()
    house.sensors.say("Kitchen Smoke", {"smoke": False})
    house.platform.wait_event(10, rule="smoke", state="cleared", device="smoke")
    assert _peak(house.gateway.pid) - before < 40e6


def _peak(pid: int) -> int:
    """The most memory that a process ever had, bytes."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found
    return 1024 * int(found[1])


@pytest.mark.parametrize("house", [5], indirect=True)
def test_who_takes_our_name_at_the_broker_is_outlived_and_presses_ring_once(house: House) -> None:
    """Two clients of one name: a broker throws the older one out."""
    house.up()
    thief = paho.Client(CallbackAPIVersion.VERSION2, client_id="anju-gw-1-home", protocol=paho.MQTTv5)
    thief.connect(house.broker.host, house.broker.port)
    thief.loop_start()
    house.gateway.lines.wait(lambda line: "port home is down" in line.text, 10)
    before = len(house.gateway.lines)
    thief.disconnect()
    thief.loop_stop()
    house.gateway.lines.wait(lambda line: "port home is up" in line.text, 10, after=before)
    for _ in range(3):
        house.sensors.say("bed button", {"action": "single"})
    house.platform.wait_event(10, rule="emergency-call", n=3)
    time.sleep(0.5)
    assert [body["n"] for body in house.changes("emergency-call")] == [1, 2, 3]


@pytest.mark.parametrize("keeps", [True, False])
def test_presses_ring_once_over_restarts_of_the_broker(tmp_path: Path, keeps: bool) -> None:
    """One that has its queues on the disk is stopped in order, the other one killed."""
    with ExitStack() as stack:
        house = House(tmp_path, stack, 5)
        home = stack.enter_context(Mosquitto(tmp_path / "home", keeps=keeps))
        (tmp_path / "site.toml").write_text(SITE.format(port=house.broker.port, home=home.port, version=5))
        house.up()
        for life in range(3):
            house.sensors = Sensors(home)
            for _ in range(3):
                house.sensors.say("bed button", {"action": "single"})
            house.platform.wait_event(10, rule="emergency-call", n=3 * life + 3)
            house.sensors.close()
            before = len(house.gateway.lines)
            if keeps:
                home.signal(signal.SIGTERM)
                home.wait(10)
            else:
                home.kill()
            home.start()
            house.gateway.lines.wait(lambda line: "port home is up" in line.text, 15, after=before)
        time.sleep(1.0)
        told = {(body["alert"], body["n"]) for body in house.changes("emergency-call")}
        assert sorted(n for _, n in told) == list(range(1, 10))
        assert len({alert for alert, _ in told}) == 1
