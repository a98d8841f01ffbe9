"""BTHome against the library of Home Assistant, and where it is wrong."""

import random
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.bthome_objects import BUTTON, COMMAND, DIMMER, OBJECTS
from drivers.driver import BadFrame
from drivers.reading import Scalar
from drivers.test_bthome import KEY, MAC, Gateway, seal
from drivers.test_bthome_oracle import BUTTONS

LIBRARY: Mapping[str, tuple[str, float]] = {
    "battery": ("battery_pct", 1), "temperature": ("temperature_c", 1), "humidity": ("humidity_pct", 1),
    "pressure": ("pressure_kpa", 10), "illuminance": ("illuminance_lx", 1), "dew_point": ("dew_point_c", 1),
    "count": ("count", 1), "energy": ("energy_kwh", 1), "power": ("power_w", 1), "voltage": ("voltage_v", 1),
    "pm25": ("pm2_5_ug_m3", 1), "pm10": ("pm10_ug_m3", 1), "carbon_dioxide": ("co2_ppm", 1),
    "volatile_organic_compounds": ("tvoc_ug_m3", 1), "moisture": ("moisture_pct", 1), "rotation": ("rotation_deg", 1),
    "duration": ("duration_s", 1), "current": ("current_a", 1), "speed": ("speed_m_s", 1), "uv_index": ("uv_index", 1),
    "volume_flow_rate": ("flow_m3_h", 1), "gas": ("gas_m3", 1), "water": ("water_m3", 1000),
    "acceleration": ("acceleration_m_s2", 1), "gyroscope": ("rotation_deg_s", 1),
    "volume_storage": ("stored_volume_m3", 1000), "conductivity": ("conductivity_us_cm", 1),
    "direction": ("direction_deg", 1), "precipitation": ("precipitation_mm", 1), "channel": ("channel", 1),
    "rotational_speed": ("rotation_rpm", 1), "light_level": ("light_level", 1),
    "settings_revision": ("settings_revision", 1), "text": ("text", 1), "raw": ("raw", 1),
}  # fmt: skip
"""Device class of bthome-ble -> our quantity, and how many of its units are one of ours."""
BY_UNIT: Mapping[str, tuple[str, float]] = {
    "kg": ("mass_kg", 1), "lb": ("mass_lb", 1), "mm": ("distance_mm", 1), "m": ("distance_m", 1),
    "L": ("volume_m3", 1000), "mL": ("volume_m3", 1_000_000),
}  # fmt: skip
"""The device classes mass, distance and volume have a unit each."""
BINARY: Mapping[str, str] = {
    "generic": "generic_on", "power": "power_on", "opening": "door_open", "battery": "battery_low",
    "battery_charging": "charging", "carbon_monoxide": "co_alarm", "cold": "cold", "connectivity": "connected",
    "door": "door_open", "garage_door": "door_open", "gas": "gas_alarm", "heat": "heat_alarm", "light": "light_on",
    "lock": "unlocked", "moisture": "flood", "motion": "motion", "moving": "motion", "occupancy": "occupied",
    "plug": "plugged", "presence": "occupied", "problem": "fault", "running": "running", "safety": "safe",
    "smoke": "smoke", "sound": "sound", "tamper": "tamper", "vibration": "vibration", "window": "window_open",
}  # fmt: skip
PRESSES = {**BUTTONS, "hold_release": "long_press"}
WEAK = {
    "button": "It drops a button code that it doesn't know, so an SOS held on older firmware (FE) is lost. We say press.",
    "like": "Two objects of one device class in different units (mass, distance, volume) overwrite one another in it. "
    "We keep both.",
    "steps": "It rounds a temperature in steps of 0.35 degrees (58) to one decimal. The format multiplies, we keep both.",
    "counter": "It takes any counter below 100 for a restart, so every frame recorded early in a sensor's life can be "
    "replayed. We doubt it.",
    "packet": "A packet id that goes back is dropped for 4 s, also after a changed battery. We have no clock: we read it.",
}
"""Where bthome-ble and we differ, who is right and why; each has its test below, the last one above."""
STEPS = 0x58


class Library:
    """bthome-ble, with one sensor; each advert comes 10 s after the one before, beyond its own filters."""

    def __init__(self, key: bytes = b"") -> None:
        self._kind, self._key = pytest.importorskip("bthome_ble").BTHomeBluetoothDeviceData, key
        self._device = self._kind(key or None)
        self._at = 0.0

    def values(self, data: bytes) -> list[tuple[str, Scalar]]:
        """What it says of this service data, in our words, sorted."""
        info = pytest.importorskip("habluetooth").BluetoothServiceInfoBleak
        self._at += 10.0
        uuid = "0000fcd2-0000-1000-8000-00805f9b34fb"
        # It repeats what earlier frames said: a new one for each frame, which knows what the one before knew.
        before, self._device = self._device, self._kind(self._key or None)
        for state in ("encryption_counter", "bindkey_verified", "packet_id", "last_service_info"):
            setattr(self._device, state, getattr(before, state))
        update = self._device.update(info(
            name="sensor", address=MAC.upper(), rssi=-60, manufacturer_data={}, service_data={uuid: data},
            service_uuids=[uuid], source="hci0", device=None, advertisement=None, connectable=False, time=self._at,
            tx_power=None,
        ))  # fmt: skip
        return sorted([*_measured(update), *_binary(update), *_events(update)], key=repr)


def _measured(update: Any) -> Iterator[tuple[str, Scalar]]:
    for key, value in update.entity_values.items():
        described = update.entity_descriptions[key]
        name, unit = str(described.device_class), described.native_unit_of_measurement
        if name in ("signal_strength", "packet_id"):
            continue
        if name == "timestamp":
            yield "timestamp_s", int(value.native_value.timestamp())
            continue
        quantity, ours = BY_UNIT[str(unit)] if name in ("mass", "distance", "volume") else LIBRARY[name]
        yield (
            quantity,
            value.native_value if isinstance(value.native_value, str) else _rounded(value.native_value / ours),
        )


def _binary(update: Any) -> Iterator[tuple[str, Scalar]]:
    for key, value in update.binary_entity_values.items():
        yield BINARY[str(update.binary_entity_descriptions[key].device_class)], bool(value.native_value)


def _events(update: Any) -> Iterator[tuple[str, Scalar]]:
    for key, event in update.events.items():
        if key.key.startswith("button"):
            yield "button", PRESSES[event.event_type]
        elif key.key.startswith("dimmer"):
            yield (
                "dimmer_steps",
                event.event_properties["steps"] * {"rotate_left": -1, "rotate_right": 1}[event.event_type],
            )
        else:
            arguments = event.event_properties["args"]
            yield "command", f"{event.event_type} {arguments}".strip()


def _rounded(value: float) -> float:
    return float(f"{value:.9f}")


def ours(data: bytes, gateway: Gateway | None = None) -> list[tuple[str, Scalar]]:
    """What we say of the same, sorted, without what the library has no word for."""
    values = (gateway or Gateway(b"")).hear(data).values
    return sorted(
        [
            (name, value if isinstance(value, bool | str) or name == "timestamp_s" else _rounded(value))
            for name, value, *_ in values
            if name not in ("firmware", "device_type")
        ],
        key=repr,
    )


def test_the_library_reads_each_object_as_we_do() -> None:
    library, asked = Library(), 0
    chance = random.Random(5)
    for code, (_, size, _) in OBJECTS.items():
        if code == STEPS:
            continue
        known = {BUTTON: [0, 1, 2, 3, 4, 5, 6, 0x80, 0x81], COMMAND: range(5), DIMMER: range(3)}
        for n in range(64):
            raw = chance.randbytes(size or 1 + n % 9)
            if code in known:
                raw = bytes((chance.choice(list(known[code])),)) + raw[1:]
            if code == 0x53:
                raw = bytes(byte & 0x7F for byte in raw)
            length = b"" if size else bytes((len(raw) - (code == COMMAND),))
            data = b"\x40" + bytes((code,)) + length + raw
            assert ours(data) == library.values(data), data.hex()
            asked += 1
    assert asked == 64 * (len(OBJECTS) - 1)


@st.composite
def payloads(draw: st.DrawFn) -> bytes:
    """Objects in rising order, each as often as it likes; nothing of WEAK."""
    simple = [code for code, known in OBJECTS.items() if known.size and code not in (BUTTON, DIMMER, STEPS)]
    codes = sorted(draw(st.lists(st.sampled_from(simple), min_size=1, max_size=8)))
    for pair in ((0x06, 0x07), (0x40, 0x41), (0x47, 0x48), (0x48, 0x4E)):
        if set(pair) <= set(codes):
            codes = [code for code in codes if code != pair[0]]
    parts = [bytes((code,)) + draw(st.binary(min_size=(n := OBJECTS[code].size), max_size=n)) for code in codes]
    whole = b"".join(parts)
    return whole[: len(whole) - draw(st.integers(0, 1))]


@given(payloads())
def test_the_library_reads_whole_payloads_as_we_do(payload: bytes) -> None:
    try:
        said = ours(b"\x40" + payload)
    except BadFrame:
        said = []
    assert said == Library().values(b"\x40" + payload)


@given(st.lists(payloads(), min_size=1, max_size=5))
def test_the_library_opens_what_we_open(parts: list[bytes]) -> None:
    library, gateway = Library(KEY), Gateway()
    for n, payload in enumerate(parts):
        data = seal(b"\x01\x5d" + payload, 1000 + n)
        gateway.memory = {name: value for name, value in gateway.memory.items() if name != "packet"}
        assert ours(data, gateway) == library.values(data)


def test_a_button_code_that_the_library_drops() -> None:
    assert Library().values(b"\x40\x3a\xfe") == []
    assert ours(b"\x40\x3a\xfe") == [("button", "long_press")], WEAK["button"]


def test_like_objects_that_the_library_overwrites() -> None:
    data = bytes.fromhex("40400c00414e00")
    assert Library().values(data) == [("distance_m", 7.8)]
    assert ours(data) == [("distance_m", 7.8), ("distance_mm", 12.0)], WEAK["like"]


def test_a_temperature_that_the_library_rounds() -> None:
    assert Library().values(b"\x40\x58\x7d") == [("temperature_c", 43.8)]
    assert ours(b"\x40\x58\x7d") == [("temperature_c", 43.75)], WEAK["steps"]


def test_a_replay_that_the_library_believes() -> None:
    library, gateway = Library(KEY), Gateway()
    pressed = seal(b"\x3a\x01", 7)
    for data in (pressed, seal(b"\x01\x5d", 5000)):
        library.values(data)
        gateway.hear(data)
    assert library.values(pressed) == [("button", "press")]
    assert ours(pressed, gateway) == [("counter_behind", True)], WEAK["counter"]
