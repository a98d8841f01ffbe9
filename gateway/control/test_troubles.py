"""Each trouble by its name: it is raised, has an owner, stands on the work list, is never louder than an alarm, and ends.

Every rule of the packs that tell of troubles is in the table: one that is new there needs its row.
"""

import json
from typing import NamedTuple

import pytest

from drivers.reading import Frame
from drivers.shipped import shipped
from gateway.control import status
from gateway.control.status import RANK
from gateway.health import report
from gateway.hub.conftest import say
from gateway.ladder.conftest import NODES, PEOPLE, House, site
from gateway.site import Site, loads
from rules.document import read
from rules.rulefile import packs, read_rules

OWN: dict[str, tuple[str, str, float]] = {
    "mains-lost": ("gateway", "mains_lost", 60),
    "undervoltage": ("gateway", "undervoltage", 0),
    "overheated": ("gateway", "overheated", 300),
    "memory-low": ("gateway", "memory_low", 300),
    "no-receipt": ("gateway:platform", "receipt_missing", 0),
    "no-channel": ("gateway:wang", "channel_missing", 0),
    "ladder-silent": ("gateway:ladder", "ladder_silent", 0),
    "port-down": ("gateway:line", "port_down", 30),
    "passive-off": ("gateway:ble", "passive_off", 30),
    "driver-fault": ("gateway:acme", "driver_fault", 0),
    "broker-flood": ("gateway:zigbee", "broker_flood", 120),
    "uplink-down": ("gateway:platform", "uplink_down", 180),
    "storage": ("gateway", "storage_fault", 0),
    "clock-unsynced": ("gateway", "clock_unsynced", 3600),
    "output-fault": ("gateway:siren", "output_fault", 10),
    "inbox-overrun": ("gateway", "inbox_overrun", 0),
    "frame-set-aside": ("gateway", "frame_set_aside", 0),
    "duplicate-gateway": ("gateway", "duplicate_gateway", 0),
    "site-refused": ("gateway", "site_refused", 0),
    "line-stalled": ("gateway:line", "line_stalled", 30),
    "line-babble": ("gateway:line", "line_babble", 120),
    "line-late": ("gateway:line", "line_late", 600),
    "line-slow": ("gateway:line", "line_slow", 600),
    "line-echo": ("gateway:line", "line_echo", 600),
}
"""Rule -> the part that says it, what it says, and after how many seconds it counts."""
HEARD: dict[str, tuple[dict[str, float], dict[str, float], float]] = {
    "sensor-faulty": ({"fault": 1}, {"fault": 0}, 10),
    "battery-low": ({"battery_low": 1}, {"battery_low": 0}, 0),
    "tamper": ({"tamper": 1}, {"tamper": 0}, 2),
}
"""Rule -> what the kitchen's node says, says when it is over, and the seconds."""
TOLD: dict[str, str] = {
    "sensor-untested": "untested",
    "sensors-unsigned": "unsigned",
    "sensor-doubted": "counter_behind",
    "sensor-unsafe": "safe",
    "battery-due": "battery_days",
    "valve-faulty": "valve_fault",
}
"""Rule -> the quantity; these come of the site, or of devices that are no nodes."""
SILENT = {"sensor-silent", "not-supervised"}
SLOW = {"contact-faulty", "motion-faulty", "motion-stuck", "meter-doubted"}
"""They take a day; stories of their pack tell of them."""
NO_TROUBLES = {"sensor-unsafe"}
"""In those packs, but about the home."""


def troubles() -> dict[str, str]:
    """Rule -> its pack: of all packs that tell of troubles, and the rules of others that do."""
    texts = packs()
    found = {rule.id: pack for pack in ("trouble", "machine", "lines") for rule in read_rules(read(texts[pack], pack))}
    return {name: pack for name, pack in found.items() if name not in NO_TROUBLES} | {
        "tamper": "security",
        "valve-faulty": "meter",
    }


class Row(NamedTuple):
    """One open trouble as the work list shows it."""

    rule: str
    owner: str
    severity: str
    state: str


def house() -> House:
    return House(with_siren())


def with_siren() -> Site:
    silent = 'outputs.siren = {home = "flat-1", kind = "siren", device = "kitchen-1", line = 0}\n'
    return site(1, people=PEOPLE + silent, spoken="")


def work(house: House) -> list[Row]:
    rows = status.work(house.fold, ["flat-1"])
    return [Row(one["rule"], one["owner"], one["severity"], one["state"]) for one in rows]


def feed(house: House, at: float, rule: str, *, on: bool) -> float:
    """Let it happen, or be over -> the seconds after which that counts."""
    house.wait(at)
    if rule in OWN:
        device, quantity, after = OWN[rule]
        house.feed(report(at, device, **{quantity: on}))
        return after if on else 600.0
    if rule in HEARD:
        yes, no, after = HEARD[rule]
        house.seq += 1
        values = yes if on else no
        house.feed(Frame("line", at, say("ALARM", house.seq, node=NODES["kitchen"] + 1, boot=7, values=values)))
        return after
    quantity = TOLD[rule]
    value: float | bool = (20.0 if on else 999.0) if quantity == "battery_days" else on is not (quantity == "safe")
    house.feed(Frame("health", at, json.dumps({"device": "kitchen-1", "values": {quantity: value}}).encode()))
    return 3600.0


@pytest.mark.parametrize("rule", sorted({*OWN, *HEARD, *TOLD} - NO_TROUBLES))
def test_a_trouble_is_raised_has_an_owner_and_ends(rule: str) -> None:
    there = house()
    there.node(5.0, "kitchen", temperature_c=20)
    after = feed(there, 10.0, rule, on=True)
    there.wait(10.0 + after + 1)
    (row,) = [one for one in work(there) if one.rule == rule]
    assert (row.owner, row.state) == ("property", "firing")
    there.act(10.0 + after + 2, "assign", alert=_alert(there, rule), person="wang")
    assert [one.owner for one in work(there) if one.rule == rule] == ["wang"]
    over = feed(there, 10.0 + after + 3, rule, on=False)
    there.wait(10.0 + after + over + 700)
    assert [one for one in work(there) if one.rule == rule] == [], "it ends by itself"


def _alert(there: House, rule: str) -> str:
    return next(one.id for one in there.fold.engine.open() if one.rule == rule)


@pytest.mark.parametrize("rule", sorted(SILENT))
def test_a_sensor_that_falls_silent_is_one_too(rule: str) -> None:
    there = House(loads(house().site.text.replace("300d", "1h")))
    there.node(5.0, "kitchen", temperature_c=20, motion=1)
    there.wait(5.0 + 13 * 3600)
    assert rule in {one.rule for one in work(there)}
    assert {one.owner for one in work(there)} == {"property"}
    there.node(5.0 + 13 * 3600 + 9, "kitchen", motion=1)
    devices = {one.device for one in there.fold.engine.open() if one.rule == rule and one.n}
    assert "kitchen-1" not in devices


def test_every_trouble_has_its_row() -> None:
    assert troubles().keys() == {*OWN, *HEARD, *TOLD, *SILENT, *SLOW} - NO_TROUBLES


def test_no_trouble_is_louder_than_an_alarm() -> None:
    rules = with_siren().by_id
    alarms = [rule for rule in rules.values() if rule.severity == "emergency"]
    assert len(alarms) >= 5
    for name in troubles():
        rule = rules[name]
        assert RANK[rule.severity] > RANK["emergency"], name
        assert rule.act == (), f"{name} sounds a siren"
        assert rule.ladder in ("property", "maintenance"), f"{name} is nobody's work"
        assert not rule.latch, f"{name} needs a person to end"


def test_an_alarm_beside_a_trouble_comes_first_and_is_no_work() -> None:
    there = house()
    feed(there, 10.0, "storage", on=True)
    there.node(20.0, "kitchen", smoke=1)
    assert next(alert.rule for alert in status.raised(there.fold)) == "smoke"
    assert "smoke" not in {one.rule for one in work(there)}


def test_budgets_are_those_of_the_table() -> None:
    """Mains 10 min; meters two missed polls, and a day more for daily ones; what sleeps has the time that it sleeps."""
    drivers = shipped()
    meters = [name for name, one in drivers.items() if one.ask is not None and one.every >= 900]
    assert set(meters) == {"dlt645", "mbus", "cjt188", "cjt188-gas", "cjt188-heat", "cjt188-hot-water"}
    for name in meters:
        assert 2 * drivers[name].every < drivers[name].silent_after <= 2 * drivers[name].every + 120, name
    polled = [name for name, one in drivers.items() if one.ask is not None and one.every < 900]
    assert len(polled) >= 10
    for name in polled:
        assert 2 * drivers[name].every <= drivers[name].silent_after <= 600, name
    assert {name: drivers[name].silent_after for name in ("tasmota", "bthome", "xiaomi", "shelly", "zigbee2mqtt")} == {
        "tasmota": 600,
        "bthome": 12 * 3600,
        "xiaomi": 12 * 3600,
        "shelly": 25 * 3600,
        "zigbee2mqtt": 25 * 3600,
    }


@pytest.mark.parametrize(("every", "budget"), [("1h", 7260), ("6h", 2 * 21600 + 60), ("24h", 3 * 86400 + 60)])
def test_a_meter_that_is_asked_seldom_has_two_polls_and_a_daily_one_a_day_more(every: str, budget: float) -> None:
    text = f"""
gateway = {{id = "g", site = "s"}}
homes.flat = {{}}
ports.line = {{type = "serial", path = "/dev/ttyUSB0", driver = "cjt188"}}
devices.water = {{home = "flat", port = "line", address = "12345678901234", every = "{every}"}}
devices.own = {{home = "flat", port = "line", address = "12345678901235", every = "{every}", silent_after = "5h"}}
"""
    devices = loads(json.dumps({"format": 1, "site": text, "packs": packs(), "files": {}})).devices
    assert (devices["water"].silent_after, devices["own"].silent_after) == (budget, 18000)
