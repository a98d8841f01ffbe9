"""The rig itself: what its line costs, and a rig of real parts, played by simulated ones that it doesn't know."""

import os
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.sim.node import Node
from gateway.sim.wire import Wire
from hil_tests.broker import Mosquitto
from hil_tests.report import Entry
from hil_tests.rig import Rig, read_plan

pytestmark = pytest.mark.usefixtures("simulated_only")


def test_the_pump_adds_little(tmp_path: Path, report: Entry) -> None:
    """The simulated line adds less than 1 ms (median) to a byte's way."""
    with Wire(tmp_path) as wire:
        node = os.open(wire.node_path, os.O_RDWR | os.O_NOCTTY)
        gateway = os.open(wire.gateway_path, os.O_RDWR | os.O_NOCTTY)
        took = []
        for _ in range(300):
            began = time.perf_counter()
            os.write(node, b"x")
            os.read(gateway, 1)
            took.append(time.perf_counter() - began)
        os.close(node)
        os.close(gateway)
    median = statistics.median(took)
    figures = {"median_us": round(median * 1e6), "p99_us": round(sorted(took)[297] * 1e6)}
    report(did="300 single bytes", figures=figures)
    assert median < 0.001


class Played(Rig):
    """A rig of real parts, played by simulated ones that the rig itself doesn't know."""

    played: Node
    relay: int


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Played]:
    with Mosquitto(tmp_path / "b") as broker, Wire(tmp_path / "w") as wire, Node(wire.node_path, "a1b2c3d4") as node:
        power = os.openpty()
        path = tmp_path / "rig.toml"
        path.write_text(
            f'[node]\ntty = "{wire.gateway_path}"\naddress = "a1b2c3d4"\n[broker]\nhost = "127.0.0.1"\n'
            f'port = {broker.port}\n[power]\ntty = "{os.ttyname(power[1])}"\non = "01"\noff = "00"\n'
        )
        with Played(tmp_path, read_plan(path)) as rig:
            rig.played, rig.relay = node, power[0]
            yield rig
        for end in power:
            os.close(end)


def test_an_alarm_goes_its_way_and_the_relay_is_told(rig: Played) -> None:
    rig.gateway.up()
    rig.played.set("smoke", 1)
    rig.platform.wait_event(5, rule="smoke", state="firing")
    rig.needs("power")
    rig.power.power_cut()
    rig.power.start()
    assert os.read(rig.relay, 1) + os.read(rig.relay, 1) == b"\x00\x01"


def test_what_it_cannot_do_is_skipped_with_a_sentence(rig: Rig) -> None:
    for ability in ("account", "wire", "broker", "freeze"):
        with pytest.raises(pytest.skip.Exception, match="this rig can't: it has no "):
            rig.needs(ability)


def test_a_plan_without_its_parts_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "rig.toml"
    path.write_text('[node]\ntty = "/dev/ttyS0"\n[broker]\nhost = "h"\nport = 1\n')
    with pytest.raises(pytest.UsageError, match="lacks address"):
        read_plan(path)
    assert read_plan(Path(__file__).with_name("rig.example.toml"))["power"]["on"]
