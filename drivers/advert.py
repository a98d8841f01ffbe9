"""What an advert says, told once: adverts are sent again and again, and can be sent again by somebody else.

A sensor marks what is new by a packet id (8 bits), an encrypted one by a counter too. A driver reads a frame into
``Said`` and leaves the rest to ``plain`` or ``sealed``; what they remember is the device's memory.

- A packet id that comes again with the same bytes is a repetition; with other bytes it is news, except that events
  (button, command, dimmer) which this packet id already told are not told twice.
- A packet id that goes back is news: without a clock a late copy can't be told from a sensor that was restarted, and
  that one must not stay deaf.
- A sensor that sends neither packet id nor counter tells a press as often as it sends it.

A radio's Frame is ``packed``: who sent it and how strong it came in, then the body that the driver reads. Without a
body it says only that the sender was heard: what it says hasn't changed.
"""

from binascii import crc32
from typing import Final, NamedTuple

from drivers.driver import BadFrame, Decoded, Memory
from drivers.reading import HEARSAY, Value
from drivers.replay import Place, place, remember, told

COUNTER_BEHIND: Final = "counter-behind"
"""Flag: an alarm of a frame whose counter is behind; told at once, for the sensor may just have a new battery."""
EVENTS: Final = frozenset({"button", "command", "dimmer_steps", "test"})
"""Quantities that are told once a packet id."""
_ALARMING: Final = frozenset(
    {(name, True) for name in ("smoke", "heat_alarm", "gas_alarm", "co_alarm", "flood", "tamper", "fault")}
    | {("safe", False)}
)
"""What calls for help, beside every button."""


BESIDE: Final = 3
"""So many other frames may stand under one counter: some firmwares raise it once for climate and battery apart."""
_COUNTED: Final = ("counter", "past", "doubted", "run")
_UNKNOWN_RSSI: Final = -128
_PREFIX: Final = 7
"""Bytes before the body: six of the address as printed, one of the strength."""


class Advert(NamedTuple):
    """What a radio heard of one sender: an advert, or a value of a device it is connected to."""

    address: str
    """``aa:bb:cc:dd:ee:ff``."""
    rssi: int | None
    """dBm."""
    body: bytes
    """What the driver reads; empty: the sender was heard, and says what it said before."""


def packed(advert: Advert) -> bytes:
    """-> the data of a Frame; raises ValueError for an address that is none."""
    address = bytes.fromhex(advert.address.replace(":", ""))
    if len(address) != 6:
        raise ValueError(f"{advert.address!r} is not the address of a sender")
    rssi = _UNKNOWN_RSSI if advert.rssi is None else max(-127, min(20, advert.rssi))
    return address + rssi.to_bytes(1, "big", signed=True) + advert.body


def unpacked(data: bytes) -> Advert:
    """A Frame's data -> who said what; raises BadFrame."""
    if len(data) < _PREFIX:
        raise BadFrame(f"{len(data)} bytes are too short", data)
    rssi = int.from_bytes(data[6:7], "big", signed=True)
    return Advert(data[:6].hex(":"), None if rssi == _UNKNOWN_RSSI else rssi, data[_PREFIX:])


class Said(NamedTuple):
    """What a frame says; ``events`` is a text of its events, by which they are known again."""

    values: list[Value]
    packet: int | None = None
    events: str = ""


def cut(buffer: bytes) -> tuple[list[bytes], bytes]:
    """An advert comes whole -> itself, and nothing to keep."""
    return [buffer] if buffer else [], b""


def plain(said: Said, body: bytes, memory: Memory) -> Decoded:
    """A frame that anybody can send -> what is new in it. Memory: the last packet id, its events and bytes."""
    if said.packet is None:
        return Decoded(said.values, _own(memory))
    mark = _mark(body)
    if said.packet == memory.get("packet") and mark == memory.get("mark"):
        return Decoded((), _own(memory), False)
    return Decoded(_once(said, memory), {"packet": said.packet, "events": said.events, "mark": mark})


def sealed(said: Said, counter: int, body: bytes, memory: Memory) -> Decoded:
    """A frame whose check holds -> what is new; ``counter_behind`` where its counter is doubted (see replay.py).

    ``heard`` are the marks of the frames under the last counter that was believed: none of them is told again.
    """
    mark = _mark(body)
    heard = str(memory.get("heard", "")).split() if counter == memory.get("counter") else []
    if mark == memory.get("mark") or mark in heard:
        return Decoded((), _own(memory), False)
    stand = place(counter, memory)
    if 0 < len(heard) <= BESIDE:
        stand = Place(True, {name: memory[name] for name in _COUNTED if name in memory})
    calls = any(_calls(value) for value in said.values)
    again = calls and told(mark, memory) and ("past" in stand.memory or not stand.trusted)
    if again and stand.trusted:
        return Decoded((), _own(memory), False)
    kept = {name: memory[name] for name in ("packet", "events", "alarms") if name in memory}
    kept |= {**stand.memory, "mark": mark}
    if stand.trusted:
        kept["heard"] = " ".join([*heard, mark])
    elif "heard" in memory:
        kept["heard"] = memory["heard"]
    if calls and not again:
        kept["alarms"] = remember(mark, memory)
    if stand.trusted:
        # A restarted sensor counts its packet ids anew: the same one isn't the press of its earlier life.
        values = list(said.values) if stand.anew else _once(said, memory)
        if said.packet is not None:
            kept |= {"packet": said.packet, "events": said.events}
    else:
        # A replay must not move the packet id: the next press would pass for one already told.
        values = [] if again else [_flagged(value) for value in said.values if _calls(value)]
    if stand.doubt is not None:
        # A doubted frame may be anybody's replay: it doesn't show that the sensor lives.
        values.append(Value("counter_behind", stand.doubt, (HEARSAY,) if stand.doubt else ()))
    return Decoded(values, kept)


def _once(said: Said, memory: Memory) -> list[Value]:
    if said.events and (said.packet, said.events) == (memory.get("packet"), memory.get("events")):
        return [value for value in said.values if value.quantity not in EVENTS]
    return list(said.values)


def _calls(value: Value) -> bool:
    return value.quantity == "button" or (value.quantity, value.value) in _ALARMING


def _flagged(value: Value) -> Value:
    return value._replace(flags=(*value.flags, COUNTER_BEHIND))


def _mark(body: bytes) -> str:
    return f"{crc32(body):08x}"


def _own(memory: Memory) -> dict[str, int | float | str]:
    return {name: value for name, value in memory.items() if name != "key"}
