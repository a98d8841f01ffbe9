"""Sensors read by a parser of the family that Home Assistant uses: bthome-ble, xiaomi-ble, inkbird-ble and others.

Each of these libraries has a class that takes an advert and gives a ``SensorUpdate``: values by device class and unit.
``parse`` hands one advert's service data to a new object of such a class and says the update in our words, so any of
them can be a driver with a few lines around it (see xiaomi.py). What we have no word for is left out.

A library is imported with the first frame that needs it: it takes a quarter of a second, for it brings asyncio, bleak
and more along, of which nothing is used here. Where it isn't installed the frame is refused, with the name to install.
"""

import importlib
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final

from drivers.driver import BadFrame
from drivers.reading import UNKNOWN_CODE, Scalar, Value

_ADDRESS: Final = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")

MEASURED: Final[Mapping[tuple[str, str], tuple[str, int]]] = {
    ("battery", "%"): ("battery_pct", 1), ("temperature", "°C"): ("temperature_c", 1),
    ("humidity", "%"): ("humidity_pct", 1), ("moisture", "%"): ("moisture_pct", 1),
    ("illuminance", "lx"): ("illuminance_lx", 1), ("pressure", "mbar"): ("pressure_kpa", 10),
    ("pressure", "hPa"): ("pressure_kpa", 10), ("conductivity", "µS/cm"): ("conductivity_us_cm", 1),
    ("formaldehyde", "mg/m³"): ("formaldehyde_mg_m3", 1), ("power", "W"): ("power_w", 1),
    ("voltage", "V"): ("voltage_v", 1), ("current", "A"): ("current_a", 1), ("energy", "kWh"): ("energy_kwh", 1),
    ("carbon_dioxide", "ppm"): ("co2_ppm", 1), ("carbon_monoxide", "ppm"): ("co_ppm", 1),
    ("pm25", "µg/m³"): ("pm2_5_ug_m3", 1), ("pm10", "µg/m³"): ("pm10_ug_m3", 1), ("mass", "kg"): ("mass_kg", 1),
    ("volatile_organic_compounds", "µg/m³"): ("tvoc_ug_m3", 1), ("gas", "m³"): ("gas_m3", 1),
    ("water", "L"): ("water_m3", 1000), ("impedance", "Ω"): ("impedance_ohm", 1),
    ("heart_rate", "bpm"): ("pulse_bpm", 1),
}  # fmt: skip
"""Device class and unit -> our quantity, and how many of their units are one of ours."""
STATES: Final[Mapping[str, str]] = {
    "smoke": "smoke", "gas": "gas_alarm", "carbon_monoxide": "co_alarm", "moisture": "flood", "heat": "heat_alarm",
    "tamper": "tamper", "device_forcibly_removed": "tamper", "pry_the_door": "tamper", "problem": "fault",
    "battery": "battery_low", "battery_charging": "charging", "door": "door_open", "opening": "door_open",
    "garage_door": "door_open", "window": "window_open", "motion": "motion", "moving": "motion",
    "occupancy": "occupied", "presence": "occupied", "power": "power_on", "light": "light_on", "lock": "unlocked",
    "vibration": "vibration", "sound": "sound", "cold": "cold", "connectivity": "connected", "plug": "plugged",
    "running": "running", "door_left_open": "door_left_open", "door_stuck": "door_stuck", "armed": "armed",
    "asleep": "asleep", "wearing": "wearing",
}  # fmt: skip
"""Class of a binary sensor -> our quantity."""
_PRESSES: Final = {"press": "press", "double_press": "double_press", "long_press": "long_press",
                   "hold_press": "long_press"}  # fmt: skip
_PLACES: Final = {"left": 0, "right": 1, "middle": 2, "mid_left": 2, "mid_right": 3}
"""Which of several buttons: the point says ``button``, ``button#2`` … in this order."""
_TURNS: Final = {"rotate_left": -1, "rotate_right": 1, "rotate_left_pressed": -1, "rotate_right_pressed": 1}


def sender(address: str) -> str:
    """Any way to write an address -> ``aa:bb:cc:dd:ee:ff``; raises BadFrame."""
    digits = address.replace(":", "").replace("-", "").lower()
    written = ":".join(digits[n : n + 2] for n in range(0, len(digits), 2))
    if not _ADDRESS.fullmatch(written):
        raise BadFrame(f"{address!r} is not the address of a sender")
    return written


def parse(library: str, kind: str, uuid: int, data: bytes, address: str, key: bytes | None = None) -> tuple[Any, Any]:
    """One advert's service data of a 16-bit UUID -> (the library's object after it, its update); raises BadFrame.

    ``kind`` is the class in the library (``xiaomi_ble``, ``XiaomiBluetoothDeviceData``). Each frame gets a new object
    and the time 0: what it would keep or wait for itself is not asked, for there is no clock here.
    """
    device, info = _loaded(library, kind)
    full = f"{uuid:08x}-0000-1000-8000-00805f9b34fb"
    parser = device(bindkey=key) if key else device()
    advert = info(
        name="", address=sender(address).upper(), rssi=0, manufacturer_data={}, service_data={full: data},
        service_uuids=[full], source="", device=None, advertisement=None, connectable=False, time=0.0, tx_power=None,
    )  # fmt: skip
    try:
        return parser, parser.update(advert)
    except Exception as error:  # whatever others' code makes of strangers' bytes
        raise BadFrame(f"{library} fails: {error!r}", data) from error


def load(library: str, kind: str) -> None:
    """Import a library before its first frame; where it isn't installed each frame says so."""
    with suppress(BadFrame):
        _loaded(library, kind)


def said(update: Any) -> list[Value]:
    """A ``SensorUpdate`` in our words, in its own order, like values numbered; raises BadFrame for what is no value."""
    values: list[Value] = []
    like: dict[str, int] = {}
    for quantity, value in [*_measured(update), *_states(update)]:
        nth = like.get(quantity, 0)
        like[quantity] = nth + 1
        values.append(Value(quantity, value, (), nth))
    return [*values, *_events(update)]


def _measured(update: Any) -> Iterator[tuple[str, Scalar]]:
    for key, value in update.entity_values.items():
        described = update.entity_descriptions[key]
        row = MEASURED.get((str(described.device_class), str(described.native_unit_of_measurement)))
        number = value.native_value
        if row and isinstance(number, int | float) and number == number:
            # The libraries multiply by 0.1: the noise behind the ninth digit is theirs.
            yield row[0], round(number / row[1], 9) if isinstance(number, float) or row[1] > 1 else number


def _states(update: Any) -> Iterator[tuple[str, Scalar]]:
    for key, value in update.binary_entity_values.items():
        quantity = STATES.get(str(update.binary_entity_descriptions[key].device_class))
        if quantity and value.native_value is not None:
            yield quantity, bool(value.native_value)


def _events(update: Any) -> Iterator[Value]:
    """Buttons and dimmers; a press that has no word is a press, flagged."""
    for key, event in update.events.items():
        name, _, place = str(key.key).partition("_")
        kind = str(event.event_type)
        if name == "motion":
            yield Value("motion", True)
        elif name == "dimmer" and kind in _TURNS:
            yield Value("dimmer_steps", _TURNS[kind] * int((event.event_properties or {}).get("steps", 1)))
        elif name in ("button", "dimmer"):
            flags = () if kind in _PRESSES else (UNKNOWN_CODE,)
            yield Value("button", _PRESSES.get(kind, "press"), flags, _PLACES.get(place, 0))


@lru_cache(maxsize=16)
def _loaded(library: str, kind: str) -> tuple[Any, Any]:
    """-> the library's class, and the class of an advert."""
    try:
        device = getattr(importlib.import_module(library), kind)
        info = importlib.import_module("habluetooth").BluetoothServiceInfoBleak
    except ImportError as missing:
        raise BadFrame(f"the Python package {library.replace('_', '-')} isn't installed ({missing})") from None
    # It warns of each frame that fails its check, and anybody can send such frames.
    logging.getLogger(library).setLevel(logging.CRITICAL)
    return device, info
