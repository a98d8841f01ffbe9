"""Our own sensor node on a UART or a shared RS-485 line. Wire protocol version 1; integers are little-endian.

On the line: ``00 COBS(packet) 00``. The leading 00 ends noise before the frame; empty chunks are ignored.
packet = version u8 (1) · kind u8 · node u32 · boot u32 · seq u32 · body · CRC-32 u32 over all before
(``binascii.crc32``); at most 250 bytes, so a COBS code is never FF. Address = node as 8 hex digits.
(node, boot, seq) names a frame: boot is drawn anew at each start, seq counts from 0, a repetition keeps both.

====  =========  ====================================================================================
kind  node says  body
====  =========  ====================================================================================
01    HELLO      firmware 3 × u8, reset cause u8, capabilities u16 (bit 0 sounder, 1 relay, 2 battery,
                 3 shared line), relays u8, hardware name (u8 length + UTF-8), values: states now
02    HEARTBEAT  uptime u32 s, battery u16 mV (FFFF none), battery u8 % (FF none), firmware 3 × u8,
                 flags u8 (bit 0 sounder on, 1 gateway lost), outputs u16 (bit n = output n),
                 alarms waiting u8, values: states now (less those whose alarm still waits)
03    READING    values
04    ALARM      values; repeated until acknowledged
05    OUTPUT     read-back: command number u32, output u8, on u8
06    IDLE       nothing to say (answers POLL)
====  =========  ====================================================================================

====  =========  ====================================================================================
kind  we say     body
====  =========  ====================================================================================
81    ACK        header names the alarm; status u8: 1 durable, 2 volatile (node repeats every 60 s)
82    OUTPUT     seq = command number, boot 0 = any; output u8, on u8, seconds u16 (0 = until told)
83    BEAT       node FFFFFFFF = all; interval u8 s until the next one: the gateway is alive
84    POLL       you may speak now (shared line only; one frame answers)
85    QUERY      send HELLO and all states now
====  =========  ====================================================================================

value = code u8, index u8, i32; the least i32 means "no reading", an unknown code is skipped. Output 0 is
the sounder, 1 … are relays. Beside the values of the table `SCALES` the decoder emits ``firmware``
``hardware`` ``reset_cause`` (texts), ``uptime_s``, ``gateway_lost``, ``alarms_waiting`` and ``output_on``
(nth = output number, so relay 1 is the point ``output_on#2``). Events (button, test) come in ALARM frames;
in states they would ring twice, so there they are dropped.
"""

from binascii import crc32
from collections.abc import Iterator
from struct import Struct
from typing import Final

from drivers.driver import BadFrame, Decoded, Driver, Head, Manners, Memory, Settings
from drivers.reading import UNKNOWN_CODE, Value

VERSION: Final = 1
LIMIT: Final = 250
"""Longest packet in bytes."""
REST_LIMIT: Final = 512
"""More bytes than this without a delimiter are noise."""
WINDOW: Final = 256
"""So many sequence numbers back a repetition is recognised."""
EVERYONE: Final = 0xFFFFFFFF
_HEX_DIGITS: Final = frozenset("0123456789abcdef")

HELLO, HEARTBEAT, READING, ALARM, OUTPUT, IDLE = range(1, 7)
DOWN_ACK, DOWN_OUTPUT, DOWN_BEAT, DOWN_POLL, DOWN_QUERY = range(0x81, 0x86)

BOOLEANS: Final = {
    1: "smoke", 2: "heat_alarm", 3: "gas_alarm", 4: "co_alarm", 5: "flood", 6: "tamper", 7: "fault", 8: "test",
    9: "battery_low", 16: "door_open", 17: "window_open", 18: "motion", 19: "occupied", 20: "power_on",
    21: "valve_open",
}  # fmt: skip
_BUTTON: Final = 32
_PRESSES: Final = {1: "press", 2: "long_press", 3: "double_press"}
_EVENTS: Final = frozenset({8, _BUTTON})
SCALES: Final = {
    48: ("gas_lel_pct", 100), 49: ("co_ppm", 10), 50: ("smoke_obscuration_pct_m", 1000), 51: ("temperature_c", 100),
    52: ("humidity_pct", 100), 53: ("pressure_kpa", 100), 54: ("co2_ppm", 1), 64: ("water_m3", 1000),
    65: ("gas_m3", 1000), 66: ("hot_water_m3", 1000), 67: ("energy_kwh", 1000), 68: ("flow_m3_h", 1000),
    69: ("power_w", 10), 70: ("voltage_v", 100), 71: ("current_a", 1000), 80: ("battery_pct", 1),
    81: ("battery_v", 1000),
}  # fmt: skip
"""code -> (quantity, steps per unit); the quotient of two integers is the shortest float there is."""
WORDS: Final = frozenset({
    *BOOLEANS.values(), *(quantity for quantity, _ in SCALES.values()), "button", "output_on", "firmware", "hardware",
    "reset_cause", "uptime_s", "rssi_dbm", "alarms_waiting", "gateway_lost",
})  # fmt: skip
"""All that a node can say, of itself too."""
_RESETS: Final = ("unknown", "power_on", "pin", "watchdog", "software", "brown_out")

_NO_READING: Final = -0x80000000
_HEADER: Final = Struct("<BBIII")
_CRC: Final = Struct("<I")
_VALUE: Final = Struct("<BBi")
_HELLO: Final = Struct("<BBBBHBB")
_HEARTBEAT: Final = Struct("<IHBBBBBHB")
_READBACK: Final = Struct("<IBB")
_COMMAND: Final = Struct("<BBH")
_SHORTEST: Final = _HEADER.size + _CRC.size
_SEEN_MASK: Final = (1 << WINDOW) - 1


def cut(buffer: bytes) -> tuple[list[bytes], bytes]:
    """Split at the delimiters -> (chunks without them, the unfinished rest, at most REST_LIMIT bytes)."""
    chunks = buffer.split(b"\0")
    rest = chunks.pop()
    return [chunk for chunk in chunks if chunk], rest if len(rest) <= REST_LIMIT else b""


def head(data: bytes) -> Head:
    """One chunk, delimiters around it allowed -> Head; raises BadFrame."""
    packet = _unstuff(data.strip(b"\0"))
    end = len(packet) - 4
    if crc32(packet[:end]) != int.from_bytes(packet[end:], "little"):
        raise BadFrame("checksum differs", data)
    version, kind, node, boot, seq = _HEADER.unpack_from(packet)
    if version != VERSION:
        raise BadFrame(f"protocol version {version}, not {VERSION}", data)
    if not HELLO <= kind <= IDLE:
        raise BadFrame(f"kind {kind:#04x} is none that a node sends", data)
    return Head(f"{node:08x}", bytes(packet[14:end]), kind, boot, seq, kind == ALARM)


def decode(frame: Head, memory: Memory) -> Decoded:
    """-> values, none for a repetition; memory keeps boot, top seq, the seen ones below it, and known outputs."""
    marked = _mark(frame, memory)
    if marked is None:
        return Decoded((), memory, False)
    kind, body = frame.kind, frame.body
    if kind in (READING, ALARM):
        values = list(_values(body))
    elif kind == HEARTBEAT:
        values = _heartbeat(body, int(memory.get("outputs", 0)))
    elif kind == HELLO:
        values, marked["outputs"] = _hello(body)
    elif kind == OUTPUT:
        values = _readback(body)
    else:
        values = []
    if kind != HELLO and "outputs" in memory:
        marked["outputs"] = int(memory["outputs"])
    return Decoded(values, marked)


def acknowledge(frame: Head, durable: bool) -> bytes:
    """-> bytes that stop the repetition of this alarm (durable), or slow it down to one a minute (volatile)."""
    return _frame(DOWN_ACK, _number(frame.address), frame.boot, frame.seq, b"\1" if durable else b"\2")


def switch(address: str, output: int, on: bool, number: int, seconds: int = 0, boot: int = 0) -> bytes:
    """-> bytes that set an output (0 = sounder), for ``seconds`` or until told; the node reads back ``number``."""
    return _frame(DOWN_OUTPUT, _number(address), boot, number & 0xFFFFFFFF, _COMMAND.pack(output, on, seconds))


def beat(interval: int) -> bytes:
    """-> bytes that tell every node: the gateway is alive, and says so again in ``interval`` seconds (1 … 255)."""
    return _frame(DOWN_BEAT, EVERYONE, 0, 0, bytes((interval,)))


def poll(address: str) -> bytes:
    """-> bytes that let one node on a shared line send one frame."""
    return _frame(DOWN_POLL, _number(address), 0, 0, b"")


def query(address: str) -> bytes:
    """-> bytes that make a node send HELLO, all its states and every alarm that waits."""
    return _frame(DOWN_QUERY, _number(address), 0, 0, b"")


def _unstuff(chunk: bytes) -> bytearray:
    """COBS off, in place: each code byte becomes the zero it stands for, the first one goes."""
    end = len(chunk)
    if not _SHORTEST < end <= LIMIT + 1:
        raise BadFrame(f"{end} bytes are no frame", chunk)
    if 0 in chunk:
        raise BadFrame("delimiter inside the frame", chunk)
    packet = bytearray(chunk)
    at = 0
    while at < end:
        step = packet[at]
        packet[at] = 0
        at += step
    if at != end:
        raise BadFrame("byte stuffing runs past the end", chunk)
    del packet[0]
    return packet


def _mark(frame: Head, memory: Memory) -> dict[str, int | float | str] | None:
    """Memory with this sequence number seen, or None if it already was. An ALARM too old to tell is news."""
    seq = frame.seq
    if memory.get("boot") != frame.boot:
        return {"boot": frame.boot, "top": seq, "seen": 1}
    top, seen = int(memory["top"]), int(memory["seen"])
    ahead = seq - top
    if ahead > 0:
        seen = (seen << ahead | 1) & _SEEN_MASK if ahead < WINDOW else 1
        return {"boot": frame.boot, "top": seq, "seen": seen}
    if ahead > -WINDOW:
        bit = 1 << -ahead
        return None if seen & bit else {"boot": frame.boot, "top": top, "seen": seen | bit}
    return {"boot": frame.boot, "top": top, "seen": seen} if frame.alarm else None


def _values(body: bytes) -> Iterator[Value]:
    if len(body) % _VALUE.size:
        raise BadFrame("values are cut short", bytes(body))
    for code, index, raw in _VALUE.iter_unpack(body):
        if raw == _NO_READING:
            continue
        scale = SCALES.get(code)
        if scale:
            yield Value(scale[0], raw / scale[1] if scale[1] != 1 else raw, (), index)
        elif code in BOOLEANS:
            yield Value(BOOLEANS[code], raw != 0, (), index)
        elif code == _BUTTON and raw:
            known = _PRESSES.get(raw)
            yield Value("button", known or "press", () if known else (UNKNOWN_CODE,), index)


def _states(body: bytes) -> Iterator[Value]:
    return (value for value in _values(body) if value.quantity not in ("button", "test"))


def _hello(body: bytes) -> tuple[list[Value], int]:
    """-> values, and which outputs exist: bit 0 the sounder, bit n relay n."""
    if len(body) < _HELLO.size:
        raise BadFrame("HELLO is cut short", bytes(body))
    *firmware, cause, capabilities, relays, length = _HELLO.unpack_from(body)
    name = body[_HELLO.size : _HELLO.size + length]
    if len(name) != length:
        raise BadFrame("hardware name is cut short", bytes(body))
    values = [
        Value("firmware", ".".join(map(str, firmware))),
        Value("hardware", name.decode("utf-8", "replace")),
        Value("reset_cause", _RESETS[cause] if cause < len(_RESETS) else _RESETS[0]),
        *_states(body[_HELLO.size + length :]),
    ]
    return values, ((1 << min(relays, 15)) - 1) << 1 | capabilities & 1


def _heartbeat(body: bytes, outputs: int) -> list[Value]:
    if len(body) < _HEARTBEAT.size:
        raise BadFrame("HEARTBEAT is cut short", bytes(body))
    uptime, millivolt, percent, *firmware, flags, on, waiting = _HEARTBEAT.unpack_from(body)
    values = [
        Value("uptime_s", uptime),
        Value("firmware", ".".join(map(str, firmware))),
        Value("gateway_lost", bool(flags & 2)),
        Value("alarms_waiting", waiting),
    ]
    if millivolt != 0xFFFF:
        values.append(Value("battery_v", millivolt / 1000))
    if percent != 0xFF:
        values.append(Value("battery_pct", percent))
    on |= flags & 1
    known = outputs | on
    values += [Value("output_on", bool(on >> n & 1), (), n) for n in range(16) if known >> n & 1]
    values += _states(body[_HEARTBEAT.size :])
    return values


def _readback(body: bytes) -> list[Value]:
    if len(body) != _READBACK.size:
        raise BadFrame("OUTPUT has another length", bytes(body))
    _, output, on = _READBACK.unpack(body)
    return [Value("output_on", on != 0, (), output)]


def _number(address: str) -> int:
    if len(address) != 8 or not set(address) <= _HEX_DIGITS:
        raise BadFrame(f"address {address!r} is not 8 hex digits")
    return int(address, 16)


def _frame(kind: int, node: int, boot: int, seq: int, body: bytes) -> bytes:
    packet = _HEADER.pack(VERSION, kind, node, boot, seq) + body
    packet += _CRC.pack(crc32(packet))
    stuffed = b"".join(bytes((len(run) + 1,)) + run for run in packet.split(b"\0"))
    return b"\0" + stuffed + b"\0"


DRIVER: Final = Driver(
    name="node",
    link="serial",
    cut=cut,
    head=head,
    decode=decode,
    silent_after=180.0,
    acknowledge=acknowledge,
    switch=switch,
    query=query,
    settings=Settings(115200),
    # A node answers a POLL at once; 30 ms are for an adapter that hands on what it hears only when it is full.
    manners=Manners(patience=0.03, gap=0.03),
    every=0.05,
    beat=beat,
    poll=poll,
    words=WORDS,
)
