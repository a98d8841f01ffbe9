"""Shelly devices: smoke, flood, gas, door and motion sensors, buttons, plugs, meters.

Second generation (Plus, Pro, Gen3, Gen4) below their topic prefix: ``ID/events/rpc`` with NotifyStatus,
NotifyFullStatus and NotifyEvent, ``ID/status/COMPONENT``, ``ID/online``. First generation: ``shellies/ID/sensor/…``,
``…/relay/N``, ``…/input_event/N``, ``…/online``. Address = ID, in lower case.

A device of the first generation publishes all its topics twice a minute, the last press with its count among them: the
same word with the same count is no other press. The count is remembered for each input.

Source: shelly-api-docs.shelly.cloud, components Smoke, Flood, Switch, Input, Temperature, Humidity, DevicePower, PM1,
EM, and "Gen1 MQTT". Energy is Wh in the second generation, watt-minutes in the first.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from drivers.driver import BadFrame, Decoded, Driver, Head, Memory
from drivers.reading import HEARSAY, Value
from drivers.topics import Publication, Reader, cut, news, parsed, pressed, scaled, table, true, unpacked

_ONLINE, _RPC, _STATUS, _FIRST = 0, 1, 2, 3
_SHELLIES: Final = "shellies/"
_STATUS_METHODS: Final = ("NotifyStatus", "NotifyFullStatus")

_COMPONENTS: Final[Mapping[str, tuple[tuple[str, str, Reader], ...]]] = {
    "smoke": (("alarm", "smoke", true),),
    "flood": (("alarm", "flood", true),),
    "switch": (
        ("output", "power_on", true),
        ("apower", "power_w", scaled(1.0)),
        ("voltage", "voltage_v", scaled(1.0)),
        ("current", "current_a", scaled(1.0)),
        ("pf", "power_factor", scaled(1.0)),
        ("freq", "frequency_hz", scaled(1.0)),
        ("aenergy.total", "energy_kwh", scaled(0.001)),
        ("ret_aenergy.total", "energy_export_kwh", scaled(0.001)),
    ),
    "pm1": (
        ("apower", "power_w", scaled(1.0)),
        ("voltage", "voltage_v", scaled(1.0)),
        ("current", "current_a", scaled(1.0)),
        ("freq", "frequency_hz", scaled(1.0)),
        ("aenergy.total", "energy_kwh", scaled(0.001)),
        ("ret_aenergy.total", "energy_export_kwh", scaled(0.001)),
    ),
    "em": (
        ("total_act_power", "power_w", scaled(1.0)),
        *(
            (f"{phase}_{key}", f"{quantity}_l{number}", scaled(1.0))
            for number, phase in enumerate("abc", 1)
            for key, quantity in (("act_power", "power_w"), ("voltage", "voltage_v"), ("current", "current_a"))
        ),
    ),
    "emdata": (("total_act", "energy_kwh", scaled(0.001)), ("total_act_ret", "energy_export_kwh", scaled(0.001))),
    "temperature": (("tC", "temperature_c", scaled(1.0)),),
    "humidity": (("rh", "humidity_pct", scaled(1.0)),),
    "illuminance": (("lux", "illuminance_lx", scaled(1.0)),),
    "devicepower": (("battery.percent", "battery_pct", scaled(1.0)), ("battery.V", "battery_v", scaled(1.0))),
    "wifi": (("rssi", "rssi_dbm", scaled(1.0)),),
}
"""Component of the second generation -> (where in its status, quantity, how it is read)."""
_SENSORS: Final[Mapping[str, tuple[str, Reader]]] = {
    "smoke": ("smoke", true),
    "flood": ("flood", true),
    "gas": ("gas_alarm", lambda value: {"none": False, "mild": True, "heavy": True}.get(str(value))),
    "self_test": ("test", lambda value: True if value == "running" else None),
    "operation": ("fault", lambda value: {"normal": False, "fault": True, "unknown": True}.get(str(value))),
    "motion": ("motion", true),
    "state": ("door_open", true),
    "vibration": ("vibration", true),
    "temperature": ("temperature_c", scaled(1.0)),
    "humidity": ("humidity_pct", scaled(1.0)),
    "lux": ("illuminance_lx", scaled(1.0)),
    "battery": ("battery_pct", scaled(1.0)),
}
"""First generation: last level below ``sensor/``."""
_RELAY: Final[Mapping[str, tuple[str, Reader]]] = {
    "": ("power_on", true),
    "power": ("power_w", scaled(1.0)),
    "energy": ("energy_kwh", scaled(1 / 60_000)),
}
_MOST_INPUTS: Final = 8
_WORDS: Final = {"S": "single", "L": "long", "SS": "double", "SSS": "triple", "SL": "long", "LS": "long"}
"""What an input of the first generation says of a press."""


def head(data: bytes) -> Head:
    """-> ID and which of its topics it is."""
    said = unpacked(data)
    parts = said.topic.split("/")
    if parts[0] == "shellies" and len(parts) > 2:
        kind = _ONLINE if parts[2:] == ["online"] else _FIRST
        return Head(parts[1].lower(), data, kind)
    for end, kind in ((["online"], _ONLINE), (["events", "rpc"], _RPC)):
        if parts[-len(end) :] == end and parts[0]:
            return Head("/".join(parts[: -len(end)]).lower(), data, kind)
    if len(parts) > 2 and parts[-2] == "status":
        return Head("/".join(parts[:-2]).lower(), data, _STATUS)
    raise BadFrame(f"{said.topic:.60} is no topic of a device", data)


def decode(head: Head, memory: Memory) -> Decoded:
    """-> values. Memory: ``events``, see topics.py; ``press.N``, the last one of an input and its count."""
    said = unpacked(head.body)
    if head.kind == _ONLINE:
        return news(said, _online(said.payload), memory)
    if head.kind == _FIRST:
        parts = said.topic.split("/")[2:]
        if not parts:
            raise BadFrame("no topic below the device's own", head.body)
        if parts[0] == "input_event" and len(parts) == 2:
            return _input_event(said, _number(parts[1]), memory)
        return news(said, list(_first(parts, said.payload)), memory)
    told = parsed(said.payload)
    if not isinstance(told, dict):
        raise BadFrame("no JSON object", head.body)
    if head.kind == _STATUS:
        return news(said, list(_component(said.topic.rpartition("/")[2], told, whole=True)), memory)
    params = table(told.get("params"))
    if told.get("method") in _STATUS_METHODS:
        whole = told["method"] == "NotifyFullStatus"
        values = [value for name, held in params.items() for value in _component(name, table(held), whole=whole)]
        return news(said, values, memory)
    if told.get("method") == "NotifyEvent":
        return news(said, list(_events(params.get("events"))), memory)
    raise BadFrame(f"method {told.get('method')!r:.40} is no notification", head.body)


def _online(payload: bytes) -> list[Value]:
    if payload not in (b"true", b"false"):
        raise BadFrame("online is neither true nor false", payload)
    online = payload == b"true"
    return [Value("reachable", online, () if online else (HEARSAY,))]


def _component(name: str, held: Mapping[str, object], *, whole: bool) -> Iterator[Value]:
    """``smoke:0`` and its status, whole or what changed of it. ``errors`` is there only while there are some."""
    kind, _, digits = name.partition(":")
    nth = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 3 else 0
    for place, quantity, reader in _COMPONENTS.get(kind, ()):
        outer, _, inner = place.partition(".")
        told = table(held.get(outer)).get(inner) if inner else held.get(outer)
        value = None if told is None else reader(told)
        if value is not None:
            yield Value(quantity, value, (), nth)
    if kind in _COMPONENTS and (whole or "errors" in held):
        yield Value("fault", bool(held.get("errors")), (), nth)


def _events(events: object) -> Iterator[Value]:
    """``single_push``, ``long_push`` … of an input; what else happens is no press."""
    for event in events[:32] if isinstance(events, list) else ():
        told = table(event)
        component, word = told.get("component"), told.get("event")
        if not isinstance(component, str) or not isinstance(word, str) or not word.endswith("_push"):
            continue
        press = pressed(word.removesuffix("_push"))
        digits = component.partition(":")[2]
        if press is not None and component.startswith("input:"):
            yield press._replace(nth=int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 3 else 0)


def _first(parts: list[str], payload: bytes) -> Iterator[Value]:
    """Below ``shellies/ID/``."""
    text = payload[:200].decode("utf-8", "replace")
    if not parts:
        raise BadFrame("the topic ends with the device", payload)
    if parts[0] == "sensor" and len(parts) == 2:
        yield from _read(_SENSORS.get(parts[1]), text, 0)
    elif parts[0] == "relay" and len(parts) in (2, 3):
        yield from _read(_RELAY.get("/".join(parts[2:])), text, _number(parts[1]))


def _input_event(said: Publication, nth: int, memory: Memory) -> Decoded:
    """``{"event": "S", "event_cnt": 4}``; the word is empty before the first press since a restart."""
    told = table(parsed(said.payload))
    word, count = told.get("event"), told.get("event_cnt")
    if not isinstance(word, str):
        raise BadFrame("no event", said.payload)
    press = pressed(_WORDS.get(word, word))
    name, mark = f"press.{nth}", f"{word[:20]}:{count}"
    counts = isinstance(count, int) and nth < _MOST_INPUTS
    if counts and memory.get(name, mark if press is None else "") == mark:
        return Decoded((), memory, False)
    values = [Value("command", "idle", (), nth)] if press is None else [press._replace(nth=nth)]
    if press is None and not counts:
        values = []
    decoded = news(said, values, memory)
    return decoded._replace(memory={**decoded.memory, name: mark}) if counts and decoded.fresh else decoded


def _read(found: tuple[str, Reader] | None, text: str, nth: int) -> Iterator[Value]:
    value = None if found is None else found[1](text)
    if found is not None and value is not None:
        yield Value(found[0], value, (), nth)


def _number(digits: str) -> int:
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 3 else 0


DRIVER = Driver(
    name="shelly",
    link="mqtt",
    cut=cut,
    head=head,
    decode=decode,
    topics=("+/events/rpc", "+/status/+", "+/online", "shellies/+/#"),
    silent_after=25 * 3600,  # its battery sensors wake once in 12 or 24 hours; ``online`` tells of the others
)
