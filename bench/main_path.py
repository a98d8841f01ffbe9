"""A sensor's message on the broker in the home, through a rule, to an alert on the platform's: how soon, how many.

``python bench/main_path.py [--seconds 20] [--rate 200]``. 100 sensors say ``{"value": x}`` at QoS 1 on
``site/b1/FLAT/SENSOR``; one message in ten (in the flood one in 80) lies above the limit of a rule or back below it, so
each of those must come out as an alert's change: rarely enough that no alert flickers. One mosquitto serves both sides,
one clock takes both moments. ``highest`` is how many messages a second were taken when all are published as fast as the
broker takes them, with every change told; the broker's own limit stands in the floor's row: a bare script (paho-mqtt,
one ``if``) that keeps nothing.

Every message is on the gateway's disk before it is acknowledged, every alert before it is told; the floor and most
peers keep nothing.
"""

import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import psutil
from paho.mqtt.enums import CallbackAPIVersion

from bench.figures import arguments, quantile, show
from gateway.sim.ledger import Arrived
from gateway.sim.platform import Platform
from gateway.sim.process import Process
from hil_tests.broker import Mosquitto
from hil_tests.gateway import Gateway

SENSORS = 100
OFTEN, RARELY = 10, 80
"""Of so many messages one changes an alert, at a steady rate and in the flood. The sixth end of an alert within an hour
waits for calm: that it comes is measured elsewhere."""
CALM, HOT = 20.0, 45.0
SITE = """
gateway = {{id = "gw", site = "bench"}}
store = {{path = "data/anju.db"}}
rules = {{packs = [], files = ["hot.toml"]}}
topics = {{files = ["b1.toml"]}}
homes.flat = {{}}
uplinks.platform = {{type = "mqtt", host = "127.0.0.1", port = {port}}}
ports.home = {{type = "mqtt", host = "127.0.0.1", port = {port}, driver = "json-b1"}}
"""
RULE = """
[hot]
title = {zh = "过热", en = "Hot"}
advice = {zh = "请查看。", en = "Have a look."}
why = "The limit of the measurement."
severity = "urgent"
when = {quantity = "temperature_c", above = 40}
clear = {below = 40}
"""
MAP = """
topic = "site/b1/{address}/{address}"
[[value]]
path = "value"
quantity = "temperature_c"
"""


class Sensors:
    """A hundred of them behind one client."""

    def __init__(self, broker: Mosquitto) -> None:
        self._client = paho.Client(CallbackAPIVersion.VERSION2, "sensors")
        self._client.max_inflight_messages_set(200)
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()
        self.every = OFTEN
        self._hot = [False] * SENSORS
        self._n = 0
        self.changes: list[tuple[str, bool, float]] = []
        """(sensor, hot, when it was said) of each message that must come out."""

    def say(self) -> paho.MQTTMessageInfo:
        """The next message."""
        sensor = self._n % SENSORS
        turn = self._n // SENSORS % self.every == sensor % self.every
        self._n += 1
        if turn:
            self._hot[sensor] = not self._hot[sensor]
            self.changes.append((f"s{sensor}", self._hot[sensor], time.monotonic()))
        body = json.dumps({"value": HOT if self._hot[sensor] else CALM + random.random()})
        return self._client.publish(f"site/b1/flat/s{sensor}", body, 1)

    def close(self) -> None:
        """Say goodbye."""
        self._client.disconnect()
        self._client.loop_stop()


def write_site(folder: Path, broker: Mosquitto) -> Path:
    """site.toml with a hundred sensors."""
    devices = "".join(
        f'devices.s{n} = {{home = "flat", port = "home", address = "flat/s{n}"}}\n' for n in range(SENSORS)
    )
    (folder / "site.toml").write_text(SITE.format(port=broker.port) + devices)
    (folder / "hot.toml").write_text(RULE)
    (folder / "b1.toml").write_text(MAP)
    return folder / "site.toml"


@contextmanager
def anju(folder: Path, broker: Mosquitto) -> Iterator[int]:
    """The gateway -> its process."""
    gateway = Gateway(write_site(folder, broker))
    gateway.up()
    gateway.lines.wait(lambda line: "port home is up" in line.text, 15)
    gateway.lines.wait(lambda line: "uplink platform is up" in line.text, 15)
    yield gateway.pid
    gateway.stop()


@contextmanager
def floor(folder: Path, broker: Mosquitto) -> Iterator[int]:
    """The bare script -> its process."""
    script = Process("floor", [sys.executable, __file__, "--floor", broker.host, str(broker.port)])
    script.start()
    script.lines.wait(lambda line: "ready" in line.text, 15)
    yield script.pid
    script.kill()


RUNS = {"floor: paho-mqtt, one if, keeps nothing": floor, "anju": anju}


def bare(host: str, port: int) -> None:
    """The floor itself: until killed."""
    client = paho.Client(CallbackAPIVersion.VERSION2, "floor")
    hot: dict[str, bool] = {}

    def hear(client: paho.Client, userdata: Any, message: paho.MQTTMessage) -> None:
        is_hot = json.loads(message.payload)["value"] > 40
        if hot.get(message.topic, False) != is_hot:
            hot[message.topic] = is_hot
            said = {"device": message.topic.rpartition("/")[2], "state": "firing" if is_hot else "resolved"}
            client.publish("anju/v1/bench/gw/event", json.dumps(said), 1)

    client.on_message = hear
    client.on_subscribe = lambda *_: print("ready", flush=True)
    client.connect(host, port)
    client.subscribe("site/b1/+/+", 1)
    client.loop_forever()


def told(arrived: list[Arrived]) -> list[tuple[str, bool, float]]:
    """The changes that came, each once."""
    seen: set[object] = set()
    found = []
    for one in arrived:
        body = one.body
        if one.rest != "event" or body.get("state") not in ("firing", "resolved") or body.get("id") in seen:
            continue
        seen.add(body.get("id", len(seen)))
        found.append((str(body["device"]), body["state"] == "firing", one.at))
    return found


def delays(said: list[tuple[str, bool, float]], came: list[tuple[str, bool, float]]) -> list[float]:
    """Seconds of each change, matched in order per sensor; raises if one is missing or too many."""
    mine: dict[str, list[float]] = {}
    theirs: dict[str, list[float]] = {}
    for changes, into in ((said, mine), (came, theirs)):
        for sensor, _, at in changes:
            into.setdefault(sensor, []).append(at)
    counts = {sensor: (len(at), len(theirs.get(sensor, ()))) for sensor, at in mine.items()}
    if lost := {sensor: both for sensor, both in counts.items() if both[0] != both[1]}:
        raise AssertionError(f"said and told differ: {lost}")
    return [after - before for sensor, at in mine.items() for before, after in zip(at, theirs[sensor], strict=True)]


def steady(sensors: Sensors, rate: float, seconds: float) -> None:
    """Messages at this rate."""
    start, n = time.monotonic(), 0
    while (due := start + n / rate) < start + seconds:
        time.sleep(max(0.0, due - time.monotonic()))
        sensors.say()
        n += 1


def flood(sensors: Sensors, messages: int) -> None:
    """As fast as the broker takes them, five hundred at a time."""
    last = None
    for n in range(messages):
        if n % 500 == 0 and last is not None:
            last.wait_for_publish(60)
        last = sensors.say()
    if last is not None:
        last.wait_for_publish(60)


def measure(who: str, rate: float, seconds: float, messages: int) -> dict[str, object]:
    """One row."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker = stack.enter_context(Mosquitto(folder / "broker", settings="max_queued_messages 0\n"))
        platform = stack.enter_context(Platform(broker.host, broker.port))
        process = psutil.Process(stack.enter_context(RUNS[who](folder, broker)))
        sensors = Sensors(broker)
        stack.callback(sensors.close)
        steady(sensors, rate, seconds)
        wait_for(platform, len(sensors.changes))
        late = delays(sensors.changes, told(platform.arrived.all()))
        before, began, cpu = len(sensors.changes), time.monotonic(), sum(process.cpu_times()[:2])
        sensors.every = RARELY
        flood(sensors, messages)
        wait_for(platform, len(sensors.changes))
        came = told(platform.arrived.all())
        delays(sensors.changes, came)
        took = max(at for _, _, at in came[before:]) - began
        return {
            "who": who,
            "p50 ms": round(quantile(late, 0.5) * 1000, 2),
            "p99 ms": round(quantile(late, 0.99) * 1000, 2),
            "p99.9 ms": round(quantile(late, 0.999) * 1000, 2),
            "alerts": len(late),
            "highest/s": round(messages / took),
            "CPU s per 10,000": round((sum(process.cpu_times()[:2]) - cpu) / messages * 10_000, 2),
            "MiB": round(process.memory_info().rss / 2**20, 1),
        }


def wait_for(platform: Platform, changes: int) -> None:
    """Until so many changes were told, or nothing comes for 20 s."""
    quiet, seen = time.monotonic(), -1
    while (now := len(told(platform.arrived.all()))) < changes:
        if now != seen:
            quiet, seen = time.monotonic(), now
        if time.monotonic() - quiet > 20:
            raise AssertionError(f"{now} of {changes} changes were told")
        time.sleep(0.1)


def main() -> None:
    """Measure and print."""
    if sys.argv[1:2] == ["--floor"]:
        bare(sys.argv[2], int(sys.argv[3]))
        return
    parser = arguments(__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--rate", type=float, default=200, help="messages a second")
    parser.add_argument("--messages", type=int, default=40_000, help="of the flood")
    said = parser.parse_args()
    if said.quick:
        said.seconds, said.messages = 1.0, 2_000
    rows = [measure(who, said.rate, said.seconds, said.messages) for who in RUNS]
    show(said, f"{SENSORS} sensors, {said.rate:g} messages a second, then {said.messages:,} at once", rows)


if __name__ == "__main__":
    main()
