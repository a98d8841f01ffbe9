"""Zigbee devices behind zigbee2mqtt: smoke, gas, leak, door and motion sensors, buttons, plugs, meters.

Topics below the base (``zigbee2mqtt``): ``NAME`` with a JSON object of all properties, ``NAME/availability``, and
``bridge/devices``, which tells each device's ``exposes``: the unit of a number, and which words stand for true and
false. ``cut`` makes a publication of its own for each device of that list, so that a device's memory holds what its
makers' converter says of it. Address = the friendly name, in lower case; it may hold a ``/``.

``sos`` of some emergency buttons is a state that zigbee2mqtt says again with every report: it is a press when it comes
on, and when it is said again with nothing else new (the button was pressed once more and never said that it was let
go); a report of its battery that repeats it is none. When it is started anew, zigbee2mqtt says all that it remembers:
with ``last_seen`` switched on in it, which is the same then, that is no press either.

Source: zigbee2mqtt.io, "MQTT topics and messages" and "Exposes" (2.x and 1.x). ``contact`` is true for a closed
door. Batteries say ``voltage`` in mV, plugs in V: the exposes tell; without them more than 600 is millivolt.
"""

import json
from binascii import crc32
from collections.abc import Iterator, Mapping
from typing import Final

from drivers.driver import BadFrame, Decoded, Driver, Head, Memory
from drivers.reading import HEARSAY, Scalar, Value
from drivers.topics import Publication, Reader, false, news, number, packed, parsed, pressed, scaled, table, true
from drivers.topics import cut as whole
from drivers.topics import unpacked as publication

_STATE, _REACHABLE, _ABOUT = 0, 1, 2
_BRIDGE: Final = "bridge/"
_NOT_SAID: Final = ("/set", "/get", "/action")
"""Below a device's name: what is said to it, and its presses a second time."""
_ABOUT_TOPIC: Final = "\x01about"
_MOST_DEVICES: Final = 1_000
_MOST_PROPERTIES: Final = 60

READERS: Final[Mapping[str, tuple[str, Reader]]] = {
    "smoke": ("smoke", true),
    "gas": ("gas_alarm", true),
    "carbon_monoxide": ("co_alarm", true),
    "water_leak": ("flood", true),
    "tamper": ("tamper", true),
    "battery_low": ("battery_low", true),
    "fault_alarm": ("fault", true),
    "trouble": ("fault", true),
    "contact": ("door_open", false),
    "occupancy": ("motion", true),
    "presence": ("occupied", true),
    "vibration": ("vibration", true),
    "test": ("test", lambda value: true(value) or None),
    "battery": ("battery_pct", scaled(1.0)),
    "temperature": ("temperature_c", scaled(1.0)),
    "humidity": ("humidity_pct", scaled(1.0)),
    "pressure": ("pressure_kpa", scaled(0.1)),
    "co2": ("co2_ppm", scaled(1.0)),
    "co": ("co_ppm", scaled(1.0)),
    "illuminance": ("illuminance_lx", scaled(1.0)),
    "illuminance_lux": ("illuminance_lx", scaled(1.0)),
    "power": ("power_w", scaled(1.0)),
    "current": ("current_a", scaled(1.0)),
    "energy": ("energy_kwh", scaled(1.0)),
    "produced_energy": ("energy_export_kwh", scaled(1.0)),
    "power_factor": ("power_factor", scaled(1.0)),
    "ac_frequency": ("frequency_hz", scaled(1.0)),
    "water_consumed": ("water_m3", scaled(1.0)),
    "flow": ("flow_m3_h", scaled(1.0)),
    "state": ("power_on", true),
}
PER_UNIT: Final[Mapping[tuple[str, str], tuple[str, Reader]]] = {
    ("temperature", "°F"): ("temperature_c", lambda value: _celsius(value)),
    ("pressure", "kPa"): ("pressure_kpa", scaled(1.0)),
    ("pressure", "Pa"): ("pressure_kpa", scaled(0.001)),
    ("power", "kW"): ("power_w", scaled(1000.0)),
    ("current", "mA"): ("current_a", scaled(0.001)),
    ("energy", "Wh"): ("energy_kwh", scaled(0.001)),
    ("voltage", "V"): ("voltage_v", scaled(1.0)),
    ("voltage", "mV"): ("battery_v", scaled(0.001)),
    ("water_consumed", "L"): ("water_m3", scaled(0.001)),
    ("gas_value", "LEL"): ("gas_lel_pct", scaled(1.0)),
    ("gas_value", "LEL %"): ("gas_lel_pct", scaled(1.0)),
    ("gas_value", "%LEL"): ("gas_lel_pct", scaled(1.0)),
    ("gas_concentration", "%LEL"): ("gas_lel_pct", scaled(1.0)),
}
"""Where a converter names a unit that isn't the usual one."""
_SOS: Final = Value("button", "press")
_UNTOLD: Final = frozenset({"sos", "linkquality", "last_seen", "elapsed", "update", "update_available"})
_MILLIVOLT: Final = 600.0


def cut(buffer: bytes) -> tuple[list[bytes], bytes]:
    """A publication -> itself; the list of all devices -> one for each of them; the bridge's own -> none."""
    try:
        said = publication(buffer)
    except BadFrame:
        try:
            said = publication(_shortened(buffer))
        except BadFrame:
            return whole(buffer)
        return list(_devices(buffer, said)), b""
    if said.topic == "bridge/devices":
        return list(_devices(buffer, said)), b""
    if said.topic.startswith(_BRIDGE) or said.topic.endswith(_NOT_SAID):
        return [], b""
    return whole(buffer)


def _shortened(buffer: bytes) -> bytes:
    """A house of many devices has a list that is longer than any device's word."""
    return buffer[: buffer.find(b"\0", 3) + 1] if buffer[3:].startswith(b"bridge/devices\0") else b""


def _devices(buffer: bytes, said: Publication) -> Iterator[bytes]:
    try:
        devices = json.loads(buffer.partition(b"devices\0")[2])
    except (ValueError, RecursionError):
        return
    for device in devices[:_MOST_DEVICES] if isinstance(devices, list) else ():
        name, definition = table(device).get("friendly_name"), table(table(device).get("definition"))
        if not isinstance(name, str) or not definition or not _is_topic(name):
            continue
        about = {"model": str(definition.get("model"))[:40], "properties": _properties(definition.get("exposes"))}
        body = json.dumps(about, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        yield packed(Publication(f"{name}/{_ABOUT_TOPIC}", body, said.kept))


def _is_topic(name: str) -> bool:
    """Whether MQTT can carry it. JSON can write half of a pair of surrogates, which is no letter."""
    return "\0" not in name and not any("\ud800" <= letter <= "\udfff" for letter in name)


def _properties(exposes: object) -> dict[str, list[object]]:
    """Property -> its unit, or the words for true and false; those that say it as everybody does are left out."""
    found: dict[str, list[object]] = {}
    waiting = [one for one in exposes if isinstance(one, dict)] if isinstance(exposes, list) else []
    for expose in waiting:  # which grows on the way by what is inside
        if len(found) >= _MOST_PROPERTIES:
            break
        inner = expose.get("features")
        waiting += [one for one in inner if isinstance(one, dict)] if isinstance(inner, list) else []
        name = expose.get("property")
        if not isinstance(name, str) or len(name) > 40:
            continue
        if expose.get("type") == "binary":
            on, off = expose.get("value_on"), expose.get("value_off")
            if truth_differs(name, on, off):
                found[name] = [on, off]
        elif isinstance(expose.get("unit"), str):
            found[name] = [expose["unit"][:20]]
    return found


def truth_differs(name: str, on: object, off: object) -> bool:
    """Whether these words for on and off mean something else than they do everywhere."""
    scalars = all(isinstance(word, bool | int | float | str) for word in (on, off))
    # A closed contact is "on" for some converters; the property's own meaning stays: contact = true is closed.
    return scalars and on != off and not (true(on) is True and true(off) is False) and name != "contact"


def bridge(data: bytes) -> bool | None:
    """A publication of the bridge's own state -> whether it is up; None for any other."""
    try:
        said = publication(data)
        return _reachable(said.payload)[0].value is True if said.topic == "bridge/state" else None
    except BadFrame:
        return None


def head(data: bytes) -> Head:
    """-> the friendly name; kind: its properties, whether it is reachable, or what is known of its kind."""
    said = publication(data)
    name, slash, last = said.topic.rpartition("/")
    kind = {"availability": _REACHABLE, _ABOUT_TOPIC: _ABOUT}.get(last, _STATE) if slash else _STATE
    name = said.topic if kind == _STATE else name
    if not name or said.topic.startswith(_BRIDGE) or said.topic.endswith(_NOT_SAID):
        raise BadFrame(f"{said.topic:.60} is no device's", data)
    return Head(name.lower(), data, kind)


def decode(head: Head, memory: Memory) -> Decoded:
    """-> values. Memory: ``about``, what the exposes say; ``sos``, ``seen``: marks while that is on; and topics.py."""
    said = publication(head.body)
    if head.kind == _ABOUT:
        return _learn(said, memory)
    if head.kind == _REACHABLE:
        return news(said, _reachable(said.payload), memory)
    properties = parsed(said.payload)
    if not isinstance(properties, dict):
        raise BadFrame("no JSON object", head.body)
    about = _about(memory)
    values = [value for name, told in properties.items() for value in _values(name, told, about)]
    held = true(properties.get("sos"))
    if held is None or said.kept:
        return news(said, _numbered(values), memory)
    mark, seen = _others(properties), f"{properties.get('last_seen', '')}"[:40]
    remembered = bool(seen) and memory.get("seen") == seen
    pressed_now = held and memory.get("sos", mark) == mark and not remembered
    decoded = news(said, [*_numbered(values), *([_SOS] if pressed_now else [])], memory)
    kept = {name: value for name, value in decoded.memory.items() if name not in ("sos", "seen")}
    return decoded._replace(memory={**kept, "sos": mark, "seen": seen} if held else kept)


def _others(properties: Mapping[str, object]) -> str:
    """A mark of what a report says beside ``sos`` and how well it was heard."""
    others = {name: told for name, told in properties.items() if name not in _UNTOLD}
    return f"{crc32(json.dumps(others, sort_keys=True).encode()):08x}"


def _learn(said: Publication, memory: Memory) -> Decoded:
    """The memory changes with what the bridge says of a kind; the device itself said nothing."""
    about = table(parsed(said.payload))
    kept = {name: value for name, value in memory.items() if name != "key"}
    properties = json.dumps(about.get("properties"), ensure_ascii=False)
    if properties == memory.get("about"):
        return Decoded((), kept, False)
    model = about.get("model")
    return Decoded([Value("model", f"{model}", (HEARSAY,))], {**kept, "about": properties})


def _about(memory: Memory) -> dict[str, object]:
    try:
        return table(json.loads(str(memory.get("about", "{}"))))
    except ValueError:
        return {}


def _reachable(payload: bytes) -> list[Value]:
    """``{"state":"online"}``, or the bare word of older versions. Online is the bridge's word for a ping answered."""
    word = payload.decode("utf-8", "replace").strip()
    if word.startswith("{"):
        word = str(table(parsed(payload)).get("state"))
    if word not in ("online", "offline"):
        raise BadFrame("availability is neither online nor offline", payload)
    return [Value("reachable", word == "online", () if word == "online" else (HEARSAY,))]


def _values(name: str, told: object, about: Mapping[str, object]) -> Iterator[Value]:
    if told is None:
        return
    if name == "action":
        press = pressed(told) if isinstance(told, str) else None
        if press is not None:
            yield press
        return
    base, _, end = name.rpartition("_")
    nth = _nth(end) if base in ("state", "contact", "occupancy", "temperature") else 0
    plain = base if nth else name
    known = about.get(name)
    words = known if isinstance(known, list) else []
    quantity, reader = _reader(plain, words, told)
    if len(words) == 2 and not isinstance(told, dict | list):
        told = True if told == words[0] else False if told == words[1] else None
    value: Scalar | None = reader(told) if quantity else None
    if value is not None:
        yield Value(quantity, value, (), max(0, nth - 1))


def _nth(end: str) -> int:
    """``l2``, ``2`` or ``right`` of ``state_right``: which of several; 0 for none of these."""
    digits = end.removeprefix("l")
    if digits.isascii() and digits.isdigit() and len(digits) < 3:
        return int(digits)
    return {"left": 1, "center": 2, "right": 3}.get(end, 0)


def _reader(name: str, words: list[object], told: object) -> tuple[str, Reader]:
    unit = words[0] if len(words) == 1 else ""
    found = PER_UNIT.get((name, unit)) if isinstance(unit, str) else None
    if found is None and name == "voltage":
        volt = number(told)
        found = PER_UNIT[name, "mV" if volt is not None and volt > _MILLIVOLT else "V"]
    return found or READERS.get(name, ("", true))


def _celsius(value: object) -> float | None:
    fahrenheit = number(value)
    return None if fahrenheit is None else round((fahrenheit - 32) / 1.8, 2)


def _numbered(values: list[Value]) -> list[Value]:
    """Two properties of one meaning (``illuminance`` and ``illuminance_lux``) are told once, the first of them."""
    seen: set[tuple[str, int]] = set()
    kept = []
    for value in values:
        if (value.quantity, value.nth) not in seen:
            seen.add((value.quantity, value.nth))
            kept.append(value)
    return kept


DRIVER = Driver(
    name="zigbee2mqtt",
    link="mqtt",
    cut=cut,
    head=head,
    decode=decode,
    base="zigbee2mqtt",
    topics=("#",),
    lists=("bridge/devices",),
    bridge=bridge,
    # A sleeping Zigbee sensor is held for gone by zigbee2mqtt itself after 25 h (passive timeout 1,500 min).
    silent_after=25 * 3600,
)
