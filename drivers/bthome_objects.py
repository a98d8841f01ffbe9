"""The objects of BTHome v2: which id says which quantity, in how many bytes (table: bthome.io/format).

A new measurement is one row. Where the format knows several names for one thing (door, opening, garage door; motion,
moving; occupancy, presence) they are one quantity. Values in other units than ours are brought to ours; the length of
an object that has 0 here stands in the byte behind the id.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from drivers.reading import Scalar

PACKET, BUTTON, COMMAND, DIMMER = 0x00, 0x3A, 0x3B, 0x3C

PRESSES: Final = {1: "press", 2: "double_press", 4: "long_press", 0x80: "long_press", 0x81: "long_press",
                   0xFE: "long_press"}  # fmt: skip
_COMMANDS: Final = ("off", "on", "toggle", "step_up", "step_down")
_TURNS: Final = {1: -1, 2: 1}


class Object(NamedTuple):
    """One kind of object: its quantity, its length in bytes (0: a length byte follows), how its bytes are read."""

    quantity: str
    size: int
    read: Callable[[bytes], Scalar | None]
    """-> the value, or None if it says nothing. Raises nothing for bytes of its length."""


def _is(quantity: str) -> Object:
    return Object(quantity, 1, lambda raw: raw != b"\0")


def _unsigned(quantity: str, size: int, per: int = 1) -> Object:
    if per == 1:
        return Object(quantity, size, lambda raw: int.from_bytes(raw, "little"))
    return Object(quantity, size, lambda raw: int.from_bytes(raw, "little") / per)


def _signed(quantity: str, size: int, per: int = 1, times: int = 1) -> Object:
    """A quotient of two integers is the shortest float there is."""
    if per == 1:
        return Object(quantity, size, lambda raw: int.from_bytes(raw, "little", signed=True))
    return Object(quantity, size, lambda raw: int.from_bytes(raw, "little", signed=True) * times / per)


def _press(raw: bytes) -> str | None:
    return PRESSES.get(raw[0], "press") if raw[0] else None


def _command(raw: bytes) -> str | None:
    if not raw:
        return None
    name = _COMMANDS[raw[0]] if raw[0] < len(_COMMANDS) else f"{raw[0]:#04x}"
    return f"{name} {raw[1:].hex()}" if raw[1:] else name


def _turn(raw: bytes) -> int | None:
    """Steps of a dimmer: to the left negative, to the right positive."""
    return _TURNS[raw[0]] * raw[1] if raw[0] in _TURNS else None


def _text(raw: bytes) -> str | None:
    return raw.decode("utf-8", "replace") or None


def _hex(raw: bytes) -> str | None:
    return raw.hex() or None


def _version(raw: bytes) -> str:
    return ".".join(str(part) for part in reversed(raw))


OBJECTS: Final[Mapping[int, Object]] = {
    0x00: _unsigned("", 1),  # packet id
    0x01: _unsigned("battery_pct", 1),
    0x02: _signed("temperature_c", 2, 100),
    0x03: _unsigned("humidity_pct", 2, 100),
    0x04: _unsigned("pressure_kpa", 3, 1000),  # sent in 0.01 hPa
    0x05: _unsigned("illuminance_lx", 3, 100),
    0x06: _unsigned("mass_kg", 2, 100),
    0x07: _unsigned("mass_lb", 2, 100),
    0x08: _signed("dew_point_c", 2, 100),
    0x09: _unsigned("count", 1),
    0x0A: _unsigned("energy_kwh", 3, 1000),
    0x0B: _unsigned("power_w", 3, 100),
    0x0C: _unsigned("voltage_v", 2, 1000),
    0x0D: _unsigned("pm2_5_ug_m3", 2),
    0x0E: _unsigned("pm10_ug_m3", 2),
    0x0F: _is("generic_on"),
    0x10: _is("power_on"),
    0x11: _is("door_open"),  # opening
    0x12: _unsigned("co2_ppm", 2),
    0x13: _unsigned("tvoc_ug_m3", 2),
    0x14: _unsigned("moisture_pct", 2, 100),
    0x15: _is("battery_low"),
    0x16: _is("charging"),
    0x17: _is("co_alarm"),
    0x18: _is("cold"),
    0x19: _is("connected"),
    0x1A: _is("door_open"),
    0x1B: _is("door_open"),  # garage door
    0x1C: _is("gas_alarm"),
    0x1D: _is("heat_alarm"),
    0x1E: _is("light_on"),
    0x1F: _is("unlocked"),
    0x20: _is("flood"),
    0x21: _is("motion"),
    0x22: _is("motion"),  # moving
    0x23: _is("occupied"),
    0x24: _is("plugged"),
    0x25: _is("occupied"),  # presence
    0x26: _is("fault"),
    0x27: _is("running"),
    0x28: _is("safe"),
    0x29: _is("smoke"),
    0x2A: _is("sound"),
    0x2B: _is("tamper"),
    0x2C: _is("vibration"),
    0x2D: _is("window_open"),
    0x2E: _unsigned("humidity_pct", 1),
    0x2F: _unsigned("moisture_pct", 1),
    0x3A: Object("button", 1, _press),
    0x3B: Object("command", 0, _command),
    0x3C: Object("dimmer_steps", 2, _turn),
    0x3D: _unsigned("count", 2),
    0x3E: _unsigned("count", 4),
    0x3F: _signed("rotation_deg", 2, 10),
    0x40: _unsigned("distance_mm", 2),
    0x41: _unsigned("distance_m", 2, 10),
    0x42: _unsigned("duration_s", 3, 1000),
    0x43: _unsigned("current_a", 2, 1000),
    0x44: _unsigned("speed_m_s", 2, 100),
    0x45: _signed("temperature_c", 2, 10),
    0x46: _unsigned("uv_index", 1, 10),
    0x47: _unsigned("volume_m3", 2, 10_000),  # sent in 0.1 L
    0x48: _unsigned("volume_m3", 2, 1_000_000),  # sent in mL
    0x49: _unsigned("flow_m3_h", 2, 1000),
    0x4A: _unsigned("voltage_v", 2, 10),
    0x4B: _unsigned("gas_m3", 3, 1000),
    0x4C: _unsigned("gas_m3", 4, 1000),
    0x4D: _unsigned("energy_kwh", 4, 1000),
    0x4E: _unsigned("volume_m3", 4, 1_000_000),  # sent in mL
    0x4F: _unsigned("water_m3", 4, 1_000_000),  # sent in mL
    0x50: _unsigned("timestamp_s", 4),  # the sensor's own clock, seconds since 1970
    0x51: _unsigned("acceleration_m_s2", 2, 1000),
    0x52: _unsigned("rotation_deg_s", 2, 1000),  # gyroscope
    0x53: Object("text", 0, _text),
    0x54: Object("raw", 0, _hex),
    0x55: _unsigned("stored_volume_m3", 4, 1_000_000),  # sent in mL
    0x56: _unsigned("conductivity_us_cm", 2),
    0x57: _signed("temperature_c", 1),
    0x58: _signed("temperature_c", 1, 100, 35),  # steps of 0.35 °C
    0x59: _signed("count", 1),
    0x5A: _signed("count", 2),
    0x5B: _signed("count", 4),
    0x5C: _signed("power_w", 4, 100),
    0x5D: _signed("current_a", 2, 1000),
    0x5E: _unsigned("direction_deg", 2, 100),
    0x5F: _unsigned("precipitation_mm", 2, 10),
    0x60: _unsigned("channel", 1),
    0x61: _unsigned("rotation_rpm", 2),
    0x62: _signed("speed_m_s", 4, 1_000_000),
    0x63: _signed("acceleration_m_s2", 4, 1_000_000),
    0x64: _unsigned("light_level", 1),
    0x65: _unsigned("settings_revision", 1),
    0xF0: _unsigned("device_type", 2),
    0xF1: Object("firmware", 4, _version),
    0xF2: Object("firmware", 3, _version),
}
