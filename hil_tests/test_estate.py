"""A board over several gateways from topics alone: it shows and counts what each gateway prints of itself."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bench.feeder import Feeder
from firmware.lib import wire as codec
from gateway.control.client import ask
from gateway.control.name import socket_of
from gateway.sim.link import Link
from gateway.sim.platform import Platform
from gateway.sim.wire import Wire
from hil_tests.broker import Mosquitto
from hil_tests.estate import Estate, by_building
from hil_tests.gateway import Gateway

SITE = """
gateway = {{id = "{name}", site = "estate", language = "en", timezone = "UTC"}}
store = {{path = "{folder}/anju.db"}}
homes.a = {{title = "Flat A", building = "3"}}
homes.b = {{building = "3"}}
homes.c = {{building = "3"}}
homes.d = {{building = "3"}}
homes.empty = {{}}
ports.line = {{type = "serial", path = "{tty}", driver = "node"}}
devices.kitchen = {{home = "a", room = "kitchen", port = "line", address = "00000001", silent_after = "1d"}}
devices.bath-c = {{home = "c", room = "bath", port = "line", address = "00000003", silent_after = "1d"}}
devices.bath-d = {{home = "d", room = "bath", port = "line", address = "00000004", silent_after = "1d"}}
devices.hall = {{home = "b", room = "hall", port = "line", address = "00000002", silent_after = "{budget}s"}}
channels.none = {{type = "webhook", url = "http://127.0.0.1:9/"}}
people.wang = {{role = "property", channels = ["none"]}}
uplinks.platform = {{type = "mqtt", host = "127.0.0.1", port = {port}, keepalive = 2}}
"""
BUDGET = 2
KITCHEN, HALL, BATHS = 1, 2, (3, 4)


class Block:
    """One gateway with its line, and its link to the broker."""

    def __init__(self, name: str, folder: Path, broker: Mosquitto, stack: ExitStack) -> None:
        self.name, folder = name, folder / name
        folder.mkdir()
        self.socket = socket_of(folder / "anju.db")
        self.link = stack.enter_context(Link(broker.host, broker.port))
        self.wire = stack.enter_context(Wire(folder / "tty", "line", direct=True))
        said = {"name": name, "folder": folder, "tty": self.wire.gateway_path, "port": self.link.port, "budget": BUDGET}
        (folder / "site.toml").write_text(SITE.format(**said))
        self.gateway = Gateway(folder / "site.toml")
        stack.callback(self.gateway.stop)
        self.feeder = Feeder(self.wire.direct_fd, [KITCHEN, HALL, *BATHS])

    def up(self) -> None:
        self.gateway.up()
        until(self.socket.exists)
        self.listen()

    def listen(self) -> None:
        for _ in self.feeder.listen(0.1):
            pass

    def say(self, node: int, kind: int = codec.ALARM, **values: int) -> None:
        triples = [(codec.QUANTITIES[name][0], 0, value * codec.QUANTITIES[name][1]) for name, value in values.items()]
        self.feeder.write(self.feeder.frame(kind, node, triples)[1])
        self.listen()

    def ask(self, call: str, **said: Any) -> dict[str, Any]:
        answer = ask(self.socket, call, **said)
        assert answer["ok"], answer
        result: dict[str, Any] = answer["result"]
        return result

    def alert(self, rule: str) -> str:
        found: list[str] = []

        def there() -> bool:
            found[:] = [str(one["alert"]) for one in self.ask("alerts")["alerts"] if one["rule"] == rule]
            return bool(found)

        until(there)
        return found[0]

    def is_drained(self) -> bool:
        uplink = self.ask("status")["uplinks"]["platform"]
        return uplink["up"] is True and not any(uplink["waiting"].values())


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[tuple[list[Block], Mosquitto, Platform]]:
    with ExitStack() as stack:
        broker = stack.enter_context(Mosquitto(tmp_path / "broker"))
        platform = stack.enter_context(Platform(broker.host, broker.port, "anju/v1/#"))
        blocks = [Block(f"gw-{n}", tmp_path, broker, stack) for n in (1, 2, 3)]
        for block in blocks:
            block.up()
        yield blocks, broker, platform


def test_a_board_and_a_report_are_built_from_topics_alone(
    stage: tuple[list[Block], Mosquitto, Platform],
) -> None:
    """Several gateways, one that is cut off and one that is killed: the platform's figures are the gateways' own."""
    (plain, killed, away), broker, platform = stage
    away.link.refuse()
    away.link.cut()
    for block in (plain, killed, away):
        block.say(KITCHEN, smoke=1)
        block.ask("act", verb="acknowledge", actor="wang", alert=block.alert("smoke"))
    killed.gateway.kill()
    time.sleep(1.0)
    killed.up()
    plain.say(KITCHEN, smoke=0)
    plain.ask("act", verb="visit", actor="wang", alert=plain.alert("smoke"), found="false")
    for _ in range(6):  # water that comes and goes, in four homes of a building
        for node in (KITCHEN, HALL, *BATHS):
            plain.say(node, flood=1)
            plain.say(node, flood=0)
    plain.ask("act", verb="walk-test", actor="wang", home="a", seconds=600)
    plain.say(KITCHEN, gas_alarm=1)
    time.sleep(BUDGET)  # the halls fall silent: a trouble of each
    away.say(HALL, battery_pct=9, temperature_c=20)
    until(lambda: not any(one["device"] == "hall" for home in away.ask("status")["homes"] for one in home["why"]))
    away.link.resume()
    for block in (plain, killed, away):
        until(block.is_drained)
        estate = _agreed(platform, block)
    assert {home: one["protected"] for home, one in estate.board("gw-1").items()} == {
        "a": False,
        "b": False,
        "c": True,
        "d": True,
        "empty": False,
    }
    halls = [one for one in platform.arrived.all() if one.topic.endswith("gw-3/home/b")]
    changes = [bool(one.body["why"]) for one in halls if one.body["kind"] == "home"]
    assert changes[:3] == [False, True, False], "silent, and heard again"
    assert [one["cause"] for one in estate.gateways["gw-2"].of("gap")] == ["boot"]
    _a_late_board(blocks=[plain, killed, away], broker=broker)


def _agreed(platform: Platform, block: Block) -> Estate:
    """A board that agrees with its gateway: what has just happened there may still be on its way."""
    deadline = time.monotonic() + 15
    while True:
        estate = Estate()
        for one in platform.arrived.all():
            estate.hear(one.topic, one.body)
        try:
            _compare(estate, block)
        except (AssertionError, KeyError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            return estate


def _compare(estate: Estate, block: Block) -> None:
    """What the platform has made of the messages, and what the gateway prints."""
    month = datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m")
    report = block.ask("report", month=month)
    begin = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC).timestamp() - (report["at"] - report["gateway_at"])
    mine = estate.month(block.name, (begin, begin + 31 * 86400), report["gateway_at"])
    compared = 0
    for row in report["homes"]:
        built = mine[row["home"]]
        built = {key: value for key, value in built.items() if row["home"] or key not in ("covered", "hours", "lost")}
        assert _close(built, {key: row[key] for key in built}) == [], row["home"]
        compared += len(built)
    assert compared >= 100
    wide = estate.wide(block.name, (begin, begin + 31 * 86400))
    assert _close(wide, report["wide"]) == []
    assert block.name != "gw-1" or [(one["rule"], one["building"], len(one["homes"])) for one in wide] == [
        ("flood", "3", 4)
    ]
    assert {one["building"]: [one["homes"], one["visits"], one["wide"]] for one in report["buildings"]} == {
        name: [one["homes"], one["visits"], one["wide"]] for name, one in by_building(mine, wide).items()
    }
    assert estate.titles(block.name) == report["titles"]
    assert sum(row["alerts_emergency"] for row in report["homes"]) >= 1
    for home in block.ask("status")["homes"]:
        told = estate.board(block.name)[home["home"]]
        assert (told["protected"], told["since"]) == (home["protected"], home["since"])
        assert [(one["rule"], one["device"], one["since"]) for one in told["why"]] == [
            (one["rule"], one["device"], one["since"]) for one in home["why"]
        ]
        assert {one["device"]: one["due"] for one in told["batteries"]} == home["batteries"]
    assert estate.open_alerts(block.name) >= {
        one["alert"] for one in block.ask("alerts")["alerts"] if one["home"] == "b"
    }


def _close(mine: Any, its: Any, where: str = "") -> list[str]:
    """Where two differ; figures may by what passes between two looks, hours by what they are rounded to."""
    if isinstance(mine, dict) and isinstance(its, dict) and mine.keys() == its.keys():
        return [one for key in mine for one in _close(mine[key], its[key], f"{where}.{key}")]
    if isinstance(mine, list) and isinstance(its, list) and len(mine) == len(its):
        return [one for a, b in zip(mine, its, strict=True) for one in _close(a, b, where)]
    if isinstance(mine, float) and isinstance(its, float):
        return [] if mine == pytest.approx(its, abs=0.006 if where.endswith("hours") else 2e-3) else [f"{where}: {mine}, {its}"]
    return [] if mine == its else [f"{where}: {mine}, {its}"]


def _a_late_board(blocks: list[Block], broker: Mosquitto) -> None:
    """Who subscribes only now has each home as it stands, also those of a gateway that is gone."""
    blocks[0].gateway.kill()
    homes = {block.name: 5 for block in blocks}

    def board() -> Estate:
        estate = Estate()
        for one in late.arrived.all():
            estate.hear(one.topic, one.body)
        return estate

    with Platform(broker.host, broker.port, "anju/v1/#", "late") as late:
        late.arrived.wait(lambda one: one.topic.endswith("gw-1/status") and not one.body["online"], 15)
        until(lambda: {name: len(board().board(name)) for name in board().gateways} == homes)
        until(lambda: board().is_up("gw-2", time.time()))
        assert not board().is_up("gw-1", time.time())


def until(true: Any) -> None:
    deadline = time.monotonic() + 15
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
