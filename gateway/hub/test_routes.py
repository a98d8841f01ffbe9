"""Which driver reads a Frame: several on one port, old journals, and secrets that no state holds."""

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from drivers import advert
from drivers.reading import Frame
from gateway.hub import checkpoint
from gateway.hub.conftest import TOML, boot_frame, say
from gateway.hub.fold import Fold
from gateway.hub.outcome import Outcome
from gateway.site import Site, loads
from rules.rulefile import packs

MORE = """
[devices.gas]
home = "flat"
port = "line-1"
driver = "modbus-generic-gas"
address = "1"
[devices.power]
home = "flat"
port = "line-1"
driver = "dlt645"
address = "000000000001"
"""
FRAMES = Path(__file__).parents[2] / "drivers/frames"


def site_of(toml: str) -> Site:
    return loads(json.dumps({"format": 1, "site": toml, "packs": packs(), "files": {}}))


def begun(*sites: Site) -> Fold:
    fold = Fold({site.hash: site.text for site in sites}, sites[-1])
    fold.handle(boot_frame())
    fold.handle(Frame("config", 0.0, sites[0].hash.encode()))
    return fold


def capture(driver: str, name: str) -> bytes:
    frames = tomllib.loads((FRAMES / f"{driver}.toml").read_text(encoding="utf-8"))["frame"]
    return bytes.fromhex(next(frame["hex"] for frame in frames if frame["name"] == name))


def said(out: Outcome) -> dict[str, object]:
    return {f"{reading.device} {reading.point}": reading.value for reading in out.readings}


GAS = capture("modbus-generic-gas", "12.5 %LEL, first alarm")


def test_a_port_with_several_drivers_says_which_one_cut_the_frame() -> None:
    site = site_of(TOML + MORE)
    fold = begun(site)
    assert site.frame_port("line-1", "modbus-generic-gas") == "line-1:modbus-generic-gas"
    out = fold.handle(Frame("line-1:modbus-generic-gas", 1.0, GAS))
    assert said(out)["gas gas_lel_pct"] == 12.5
    assert [alert.rule for alert in out.alerts] != []
    out = fold.handle(Frame("line-1:node", 2.0, say("READING", 1, temperature_c=20)))
    assert said(out) == {"kitchen temperature_c": 20.0}


@pytest.mark.parametrize("port", ["line-2", "line-1:mbus", "line-1:", ":node", "line-1:node:node"])
def test_a_port_or_driver_that_the_site_does_not_have_is_counted(port: str) -> None:
    out = begun(site_of(TOML + MORE)).handle(Frame(port, 1.0, say("READING", 1, temperature_c=20)))
    assert (out.bad, out.n) == ("no such port", 0)


def test_a_second_driver_on_a_line_makes_no_repetition_news_and_no_old_journal_unreadable() -> None:
    old, new = site_of(TOML), site_of(TOML + MORE)
    fold = begun(old, new)
    alarm = say("ALARM", 3, smoke=1)
    assert fold.handle(Frame("line-1", 1.0, alarm)).alerts
    fold.handle(Frame("config", 2.0, new.hash.encode()))
    again = fold.handle(Frame("line-1:node", 3.0, alarm))
    assert again.acknowledge is not None
    assert again.n == 0
    assert fold.handle(Frame("line-1", 4.0, say("READING", 4, temperature_c=20))).readings[0].device == "kitchen"


def test_the_state_of_several_drivers_outlives_a_restart() -> None:
    site = site_of(TOML + MORE)
    fold = begun(site)
    alarm = say("ALARM", 3, smoke=1)
    fold.handle(Frame("line-1:node", 1.0, alarm))
    fold.handle(Frame("line-1:modbus-generic-gas", 1.0, GAS))
    rows = {key: row for key, row in checkpoint.changed(fold).items() if row is not None}
    later = Fold({site.hash: site.text})
    assert checkpoint.load(later, rows, fold.n) == []
    assert later.handle(Frame("line-1:node", 2.0, alarm)).n == 0
    assert later.memories == fold.memories


def test_a_devices_key_is_lent_to_its_driver_and_kept_nowhere() -> None:
    """The worked example of bthome.io: its key reads it, no key refuses it, and no row of the state holds a key."""
    key, address = "231d39c1d7cc1ab1aee224cd096db932", "54:48:e6:8f:80:a5"
    data = bytes.fromhex("41a47266c95f730011223378237214")
    plain = site_of(TOML)
    # A radio's port is another matter: here only the way of the secret is asked.
    device = replace(plain.devices["kitchen"], name="climate", driver="bthome", address=address)
    site = replace(plain, devices={**plain.devices, "climate": device}, keys={"climate": key})
    fold = Fold({}, site)
    fold.handle(boot_frame())
    fold.handle(Frame("config", 0.0, b"unknown"))
    out = fold.handle(Frame("line-1:bthome", 1.0, advert.packed(advert.Advert(address, -60, data))))
    assert said(out) == {"climate temperature_c": 25.06, "climate humidity_pct": 50.55}
    assert key not in json.dumps([dict(memory) for memory in fold.memories.values()])
    assert key not in json.dumps(checkpoint.changed(fold))
    deaf = Fold({}, replace(site, keys={}))
    deaf.handle(boot_frame())
    deaf.handle(Frame("config", 0.0, b"unknown"))
    out = deaf.handle(Frame("line-1:bthome", 1.0, advert.packed(advert.Advert(address, -60, data))))
    assert out.bad == "encrypted, and there is no key"
    assert fold.handle(Frame("line-1:bthome", 2.0, b"short")).bad == "5 bytes are too short"


RADIO = (
    TOML
    + """
[ports.radio]
type = "ble"
driver = "bthome"
[devices.smoke]
home = "flat"
port = "radio"
address = "A4-C1-38-00-00-01"
[devices.cuff]
home = "flat"
port = "radio"
driver = "health"
address = "a4c138000002"
"""
)


def test_what_a_radio_hears_becomes_readings_and_an_empty_advert_is_a_sign_of_life() -> None:
    fold = begun(site_of(RADIO))
    smoke, cuff = "a4:c1:38:00:00:01", "a4:c1:38:00:00:02"
    fire = advert.packed(advert.Advert(smoke, -60, bytes.fromhex("4000012901")))
    out = fold.handle(Frame("radio:bthome", 1.0, fire))
    assert said(out) == {"smoke smoke": True}
    assert [alert.state for alert in out.alerts if alert.rule == "smoke"] == ["firing"]
    assert fold.handle(Frame("radio:bthome", 2.0, fire)).n == 0, "the same packet id again"
    there = fold.handle(Frame("radio:bthome", 3.0, advert.packed(advert.Advert(smoke, -71, b""))))
    assert said(there) == {"smoke rssi_dbm": -71}
    assert fold.handle(Frame("radio:bthome", 4.0, fire)).n == 0, "and the sign of life made nobody forget it"
    measured = bytes.fromhex("2a3504780050005d004800")
    out = fold.handle(Frame("radio:health", 5.0, advert.packed(advert.Advert(cuff, None, measured))))
    assert said(out)["cuff blood_pressure_systolic_mmhg"] == 120
    assert fold.handle(Frame("radio:health", 6.0, advert.packed(advert.Advert(cuff, None, b"")))).n == 0
    assert fold.handle(Frame("radio:health", 6.0, b"1234567")).bad == ""


METERS = """
[devices.heat]
home = "flat"
port = "line-1"
driver = "mbus"
address = "{heat}"
[devices.power]
home = "flat"
port = "line-1"
driver = "dlt645"
address = "{power}"
"""


@pytest.mark.parametrize("heat", ["12345678", "1234567824400107", "5"])
@pytest.mark.parametrize("power", ["201806020003", "aaaaaaaaaaaa"])
def test_a_meter_is_known_under_any_of_its_addresses(heat: str, power: str) -> None:
    fold = begun(site_of(TOML + METERS.format(heat=heat, power=power)))
    body = bytes.fromhex("08 05 72 78563412 2440 01 07 55 00 0000 0c13 13270000".replace(" ", ""))
    size = bytes((len(body), len(body)))
    frame = b"\x68" + size + b"\x68" + body + bytes((sum(body) & 0xFF, 0x16))
    out = fold.handle(Frame("line-1:mbus", 1.0, frame))
    assert said(out) == {"heat water_m3": 2.713}
    assert out.stranger == ""
    energy = capture("dlt645", "combined energy, four wake-up bytes")
    out = fold.handle(Frame("line-1:dlt645", 2.0, energy))
    assert said(out) == {"power energy_net_kwh": 119.24}
    rows = {key: row for key, row in checkpoint.changed(fold).items() if row is not None}
    assert {f"m:line-1:mbus/{heat}", f"m:line-1:dlt645/{power}"} <= rows.keys()


def test_a_meter_that_answers_only_errors_is_not_heard() -> None:
    fold = begun(site_of(TOML + METERS.format(heat="1", power="123456789012")))
    out = fold.handle(Frame("line-1:dlt645", 1.0, bytes.fromhex("6812907856341268d101358d16")))
    assert (out.readings, out.n, out.bad) == ([], 0, "the meter refuses: no-data")


def test_a_battery_read_over_a_connection_is_the_sensors_own_and_leaves_its_packet_ids_alone() -> None:
    """A reading, a day of the trend; a repetition of the press before it stays one, also after a restart."""
    site = site_of(RADIO.replace('address = "A4-C1-38-00-00-01"', 'address = "A4-C1-38-00-00-01"\nbattery_every = "1d"'))
    fold = begun(site)
    press = advert.packed(advert.Advert("a4:c1:38:00:00:01", -60, bytes.fromhex("4000073a01")))
    assert said(fold.handle(Frame("radio:bthome", 1.0, press)))["smoke button"] == "press"
    for day in range(20):
        data = advert.packed(advert.Advert("a4:c1:38:00:00:01", -60, bytes((0x2A, 0x19, 80 - day))))
        out = fold.handle(Frame("radio:bthome:battery", 10.0 + day * 86400.0, data))
        assert said(out)["smoke battery_pct"] == 80 - day
    assert "smoke battery_days" in said(out)
    assert fold.handle(Frame("radio:bthome", 19 * 86400.0 + 20, press)).n == 0, "the same press again"
    rows = {key: row for key, row in checkpoint.changed(fold).items() if row is not None}
    later = Fold({site.hash: site.text})
    assert checkpoint.load(later, rows, fold.n) == []
    assert later.handle(Frame("radio:bthome", 19 * 86400.0 + 30, press)).n == 0
    plain = begun(site_of(RADIO))
    assert plain.handle(Frame("radio:bthome:battery", 1.0, data)).bad == "no such port"
