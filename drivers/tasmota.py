"""Tasmota devices: plugs with meters, climate sensors, buttons, and what else their SENSOR object holds.

Topics: ``tele/NAME/SENSOR``, ``tele/NAME/STATE``, ``tele/NAME/LWT``, ``stat/NAME/RESULT``, ``stat/NAME/STATUS8`` and
``stat/NAME/STATUS10`` (answers to a question). Address = NAME, in lower case. Source: tasmota.github.io, "MQTT" and
"JSON status responses". ``TempUnit`` F is converted, ``PressureUnit`` other than hPa is left out.

What a switch input means (a door, a leak) only the installer knows: a map of topics (topic_map.py) says it.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from drivers.driver import BadFrame, Decoded, Driver, Head, Memory
from drivers.reading import HEARSAY, Value
from drivers.topics import Reader, cut, news, number, parsed, pressed, scaled, table, true, unpacked

_REACHABLE, _SENSOR, _STATE = 0, 1, 2
_KINDS: Final[Mapping[tuple[str, str], int]] = {
    ("tele", "LWT"): _REACHABLE,
    ("tele", "SENSOR"): _SENSOR,
    ("stat", "STATUS8"): _SENSOR,
    ("stat", "STATUS10"): _SENSOR,
    ("tele", "STATE"): _STATE,
    ("stat", "RESULT"): _STATE,
}
_ENERGY: Final[Mapping[str, tuple[str, Reader]]] = {
    "Total": ("energy_kwh", scaled(1.0)),
    "Power": ("power_w", scaled(1.0)),
    "Voltage": ("voltage_v", scaled(1.0)),
    "Current": ("current_a", scaled(1.0)),
    "Factor": ("power_factor", scaled(1.0)),
    "Frequency": ("frequency_hz", scaled(1.0)),
    "ExportActive": ("energy_export_kwh", scaled(1.0)),
}
_CLIMATE: Final[Mapping[str, tuple[str, Reader]]] = {
    "Temperature": ("temperature_c", scaled(1.0)),
    "Humidity": ("humidity_pct", scaled(1.0)),
    "Pressure": ("pressure_kpa", scaled(0.1)),
    "CarbonDioxide": ("co2_ppm", scaled(1.0)),
    "Illuminance": ("illuminance_lx", scaled(1.0)),
}
_LITRES: Final = 1000.0


def head(data: bytes) -> Head:
    """-> NAME and which of its topics it is."""
    said = unpacked(data)
    first, _, rest = said.topic.partition("/")
    name, _, last = rest.rpartition("/")
    kind = _KINDS.get((first, last))
    if kind is None or not name:
        raise BadFrame(f"{said.topic:.60} is no topic of a device", data)
    return Head(name.lower(), data, kind)


def decode(head: Head, memory: Memory) -> Decoded:
    """-> values. Memory: ``events``, see topics.py."""
    said = unpacked(head.body)
    if head.kind == _REACHABLE:
        return news(said, _reachable(said.payload), memory)
    told = parsed(said.payload)
    if not isinstance(told, dict):
        raise BadFrame("no JSON object", head.body)
    values = _sensors(told) if head.kind == _SENSOR else _state(told)
    return news(said, list(values), memory)


def _reachable(payload: bytes) -> list[Value]:
    if payload not in (b"Online", b"Offline"):
        raise BadFrame("the last will is neither Online nor Offline", payload)
    online = payload == b"Online"
    return [Value("reachable", online, () if online else (HEARSAY,))]


def _sensors(told: Mapping[str, object]) -> Iterator[Value]:
    told = table(told.get("StatusSNS")) or told
    fahrenheit, hectopascal = told.get("TempUnit") == "F", told.get("PressureUnit", "hPa") == "hPa"
    seen: dict[str, int] = {}
    for sensor, held in told.items():
        readers = _ENERGY if sensor == "ENERGY" else _CLIMATE
        for key, (quantity, reader) in readers.items():
            for value in _each(table(held).get(key), reader):
                if quantity == "pressure_kpa" and not hectopascal:
                    continue
                nth = seen.get(quantity, 0)
                seen[quantity] = nth + 1
                inside = fahrenheit and quantity == "temperature_c"
                yield Value(quantity, round((value - 32) / 1.8, 2) if inside else value, (), nth)


def _each(held: object, reader: Reader) -> Iterator[float]:
    """One number, or one for each phase; two sensors of a kind are told in the order in which they stand."""
    for one in held[:4] if isinstance(held, list) else [held]:
        value = reader(one)
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield value


def _state(told: Mapping[str, object]) -> Iterator[Value]:
    for key, held in told.items():
        if key.startswith("POWER") and isinstance(held, str):
            on = true(held)
            if on is not None:
                yield Value("power_on", bool(on), (), _nth(key[5:]))
        elif key.startswith("Button"):
            action = table(held).get("Action")
            press = pressed(action) if isinstance(action, str) else None
            if press is not None:
                yield press._replace(nth=_nth(key[6:]))
    signal = number(table(told.get("Wifi")).get("Signal"))
    if signal is not None:
        yield Value("rssi_dbm", signal)


def _nth(digits: str) -> int:
    return max(0, int(digits) - 1) if digits.isascii() and digits.isdigit() and len(digits) < 3 else 0


DRIVER = Driver(
    name="tasmota",
    link="mqtt",
    cut=cut,
    head=head,
    decode=decode,
    topics=("tele/#", "stat/#"),
    silent_after=10 * 60.0,  # mains; TelePeriod is 300 s by default, and its last will says at once that it is gone
)
