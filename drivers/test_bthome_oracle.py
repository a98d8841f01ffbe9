"""BTHome v2: frames that others recorded read the same as they say."""

import gzip
import json
import logging
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from drivers import bthome
from drivers.driver import BadFrame
from drivers.test_bthome import Gateway, plain

SHARED = Path(os.environ.get("ANJU_SHARED", Path(__file__).parent.parent.parent / "shared"))
EXPECTED: Mapping[tuple[str, str | None], tuple[str, float]] = {
    ("battery", "%"): ("battery_pct", 1),
    ("temperature", "°C"): ("temperature_c", 1),
    ("humidity", "%"): ("humidity_pct", 1),
    ("pressure", "hPa"): ("pressure_kpa", 10),
    ("illuminance", "lx"): ("illuminance_lx", 1),
    ("mass", "kg"): ("mass_kg", 1),
    ("mass", "lb"): ("mass_lb", 1),
    ("dewpoint", "°C"): ("dew_point_c", 1),
    ("energy", "kWh"): ("energy_kwh", 1),
    ("power", "W"): ("power_w", 1),
    ("voltage", "V"): ("voltage_v", 1),
    ("pm2.5", "µg/m³"): ("pm2_5_ug_m3", 1),
    ("pm10", "µg/m³"): ("pm10_ug_m3", 1),
    ("co2", "ppm"): ("co2_ppm", 1),
    ("tvoc", "µg/m³"): ("tvoc_ug_m3", 1),
    ("moisture", "%"): ("moisture_pct", 1),
    ("rotation", "°"): ("rotation_deg", 1),
    ("distance", "mm"): ("distance_mm", 1),
    ("distance", "m"): ("distance_m", 1),
    ("duration", "s"): ("duration_s", 1),
    ("current", "A"): ("current_a", 1),
    ("speed", "m/s"): ("speed_m_s", 1),
    ("volume", "L"): ("volume_m3", 1000),
    ("volume", "mL"): ("volume_m3", 1_000_000),
    ("volume storage", "L"): ("stored_volume_m3", 1000),
    ("volume flow rate", "m³/h"): ("flow_m3_h", 1),
    ("water", "L"): ("water_m3", 1000),
    ("gas", "m³"): ("gas_m3", 1),
    ("timestamp", "s_epoch_utc"): ("timestamp_s", 1),
    ("acceleration", "m/s²"): ("acceleration_m_s2", 1),
    ("gyroscope", "°/s"): ("rotation_deg_s", 1),
    ("conductivity", "µS/cm"): ("conductivity_us_cm", 1),
    ("precipitation", "mm"): ("precipitation_mm", 1),
    ("direction", "°"): ("direction_deg", 1),
    ("rotational speed", "rpm"): ("rotation_rpm", 1),
}
"""Name and unit in the recorded frames -> our quantity, and how many of their units are one of ours."""
PLAIN_NAMES: Mapping[str, str] = {
    "count": "count", "UV index": "uv_index", "text": "text", "raw": "raw", "channel": "channel",
    "light level": "light_level", "generic boolean": "generic_on", "power": "power_on", "opening": "door_open",
    "battery": "battery_low", "battery charging": "charging", "carbon monoxide": "co_alarm", "cold": "cold",
    "connectivity": "connected", "door": "door_open", "garage door": "door_open", "gas": "gas_alarm",
    "heat": "heat_alarm", "light": "light_on", "lock": "unlocked", "moisture": "flood", "motion": "motion",
    "moving": "motion", "occupancy": "occupied", "plug": "plugged", "presence": "occupied", "problem": "fault",
    "running": "running", "safety": "safe", "smoke": "smoke", "sound": "sound", "tamper": "tamper",
    "vibration": "vibration", "window": "window_open",
}  # fmt: skip
"""Those without a unit: states, counts and texts."""
BUTTONS: Mapping[str, str] = {
    "press": "press", "double_press": "double_press", "long_press": "long_press", "triple_press": "press",
    "unknown_0xFE": "long_press", "hold_press": "long_press", "long_double_press": "press",
    "long_triple_press": "press",
}  # fmt: skip
ERRORS: Mapping[str, str] = {
    "key_required": "no key", "mic_mismatch": "MIC", "unsupported_version": "version",
}  # fmt: skip
DISAGREEMENTS: Mapping[str, str] = {
    "seq_packet_id_older": "They call packet id 8 after 9 an older frame. We read it: without a clock it may be a sensor "
    "whose battery was changed, and that must be heard. The frame carries nothing but its id, so nothing is told twice.",
}
"""Row of the recorded frames -> who is right and why."""


def expected(row: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What a recorded row should say in our words, in the order of its objects."""
    said: list[tuple[str, Any]] = []
    for one in row["decoded"]["objects"]:
        name, value, unit = one["name"], one.get("value", one.get("event")), one.get("unit")
        if name == "packet_id" or value is None:
            continue
        if name == "button":
            said.append(("button", BUTTONS[value]))
        elif name == "dimmer":
            said.append(("dimmer_steps", one["steps"] * {"rotate_left": -1, "rotate_right": 1}[value]))
        elif (name, unit) in EXPECTED:
            quantity, ours = EXPECTED[name, unit]
            said.append((quantity, pytest.approx(value / ours, rel=1e-12)))
        else:
            said.append((PLAIN_NAMES[name], value))
    return said


def recorded(*path: str) -> Path:
    """A file of recorded frames; skips aloud where it isn't there."""
    file = SHARED.joinpath(*path)
    if not file.exists():
        pytest.skip(f"{file} isn't there: set ANJU_SHARED to the folder of recorded frames")
    return file


def test_every_recorded_vector() -> None:
    rows = json.loads(recorded("reference", "vectors", "bthome.json").read_text("utf-8"))
    counts: Counter[str] = Counter()
    for row in rows:
        gateway = Gateway(bytes.fromhex(row.get("bindkey", "")), row["mac"])
        if "frames" in row:
            verdicts = [_verdict(gateway, bytes.fromhex(data)) for data in row["frames"]]
            assert (verdicts == row["decoded"]["expected"]) is (row["name"] not in DISAGREEMENTS), (row, verdicts)
            counts["sequence"] += 1
        elif "error" in row["decoded"]:
            with pytest.raises(BadFrame, match=ERRORS[row["decoded"]["error"]]):
                gateway.hear(bytes.fromhex(row["hex"]))
            counts["refused"] += 1
        elif "stopped" in row["decoded"]:
            with pytest.raises(BadFrame, match="object 0xfe is unknown"):
                gateway.hear(bytes.fromhex(row["hex"]))
            counts["stopped"] += 1
        else:
            values = gateway.hear(bytes.fromhex(row["hex"])).values
            assert [(value.quantity, value.value) for value in values] == expected(row), row["name"]
            counts["read"] += 1
            counts["values"] += len(values)
    print(f"\n{len(rows)} recorded BTHome frames: {dict(counts)}; disagreements: {dict(DISAGREEMENTS)}")
    assert counts["sequence"] == 5
    assert counts["read"] + counts["refused"] + counts["stopped"] + counts["sequence"] == len(rows) >= 137


def _verdict(gateway: Gateway, data: bytes) -> str:
    """What became of one frame of a sequence, in the words of the recorded rows."""
    packets = gateway.memory.get("packet")
    decoded = bthome.decode(bthome.head(data)._replace(address=gateway.mac), {**gateway.memory, "key": gateway.key})
    gateway.memory = decoded.memory
    buttons = [value.value for value in decoded.values if value.quantity == "button"]
    if not decoded.fresh:
        return "reject_replay" if gateway.key else "duplicate"
    if b"\x3a" in data[1:]:
        return str(buttons[0]) if buttons else "no_event"
    assert gateway.key or packets != decoded.memory["packet"]
    return "accept"


ADVERT_NAMES: Mapping[str, tuple[str, float]] = {
    "temperature": ("temperature_c", 1), "humidity": ("humidity_pct", 1), "pressure": ("pressure_kpa", 10),
    "weight": ("mass_kg", 1), "energy": ("energy_kwh", 1), "voltage": ("voltage_v", 1), "binary": ("generic_on", 1),
    "opening": ("door_open", 1), "tvoc": ("tvoc_ug_m3", 1), "battery low": ("battery_low", 1),
    "carbon monoxide": ("co_alarm", 1), "connectivity": ("connected", 1), "garage door": ("door_open", 1),
    "heat": ("heat_alarm", 1), "lock": ("unlocked", 1), "motion": ("motion", 1), "occupancy": ("occupied", 1),
    "presence": ("occupied", 1), "running": ("running", 1), "smoke": ("smoke", 1), "tamper": ("tamper", 1),
    "window": ("window_open", 1), "moisture": ("moisture_pct", 1), "count": ("count", 1),
    "distance mm": ("distance_mm", 1), "duration": ("duration_s", 1), "speed": ("speed_m_s", 1),
    "uv index": ("uv_index", 1), "volume mL": ("volume_m3", 1_000_000), "gas": ("gas_m3", 1),
    "volume": ("volume_m3", 1000), "gyroscope": ("rotation_deg_s", 1),
}  # fmt: skip
NOT_MEASURED = {"firmware", "type", "mac", "packet", "rssi", "dimmer", "steps"}


def service_data(event: bytes) -> Iterator[bytes]:
    """The BTHome service data in an HCI advertising report: 13 bytes before the elements, the RSSI behind them."""
    at, end = 14, 14 + event[13]
    while at < end:
        length = event[at]
        if event[at + 1 : at + 4] == b"\x16\xd2\xfc":
            yield event[at + 4 : at + 1 + length]
        at += 1 + length


def test_every_recorded_advert_of_version_2() -> None:
    counts: Counter[str] = Counter()
    with gzip.open(recorded("data", "ble_adverts.jsonl.gz"), "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    for row in rows:
        if row["source"] != "bthome_v2":
            continue
        for event in row["hci_hex"]:
            for data in service_data(bytes.fromhex(event)):
                values = plain(data.hex())
                last = {value.quantity: value.value for value in values}
                for name, value in row["expected"].items():
                    if name == "dimmer":
                        assert last == {"dimmer_steps": -row["expected"]["steps"]}
                    if name not in NOT_MEASURED:
                        quantity, ours = ADVERT_NAMES[name]
                        assert last[quantity] == pytest.approx(value / ours, rel=1e-12), row["case"]
                        counts["values"] += 1
                counts["adverts"] += 1
    print(f"\nrecorded BTHome v2 adverts: {dict(counts)}")
    assert counts["adverts"] == sum(len(row["hci_hex"]) for row in rows if row["source"] == "bthome_v2") >= 33


# ---- bthome-ble

logging.getLogger("bthome_ble").setLevel(logging.CRITICAL)
