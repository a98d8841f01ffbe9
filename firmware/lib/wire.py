"""The node link's bytes: framing, packets, values. The same file runs on the node and under CPython.

The protocol stands as a table in firmware/README.md. No I/O, no time, no state beyond the Cutter's rest.
"""

import struct
from binascii import crc32

VERSION = 1
LIMIT = 250
"""Longest packet in bytes: one COBS block, so a code byte is never FF."""
REST_LIMIT = 512
EVERYONE = 0xFFFFFFFF
NO_READING = -0x80000000
NO_BATTERY = (0xFFFF, 0xFF)

HELLO, HEARTBEAT, READING, ALARM, OUTPUT, IDLE = 1, 2, 3, 4, 5, 6
DOWN = 0x80
ACK, SWITCH, BEAT, POLL, QUERY = 0x81, 0x82, 0x83, 0x84, 0x85
DURABLE, VOLATILE = 1, 2

TEST, BUTTON = 8, 32
PRESSES = {"press": 1, "long_press": 2, "double_press": 3}
QUANTITIES = {
    "smoke": (1, 1), "heat_alarm": (2, 1), "gas_alarm": (3, 1), "co_alarm": (4, 1), "flood": (5, 1),
    "tamper": (6, 1), "fault": (7, 1), "test": (8, 1), "battery_low": (9, 1), "door_open": (16, 1),
    "window_open": (17, 1), "motion": (18, 1), "occupied": (19, 1), "power_on": (20, 1), "valve_open": (21, 1),
    "button": (32, 1), "gas_lel_pct": (48, 100), "co_ppm": (49, 10), "smoke_obscuration_pct_m": (50, 1000),
    "temperature_c": (51, 100), "humidity_pct": (52, 100), "pressure_kpa": (53, 100), "co2_ppm": (54, 1),
    "water_m3": (64, 1000), "gas_m3": (65, 1000), "hot_water_m3": (66, 1000), "energy_kwh": (67, 1000),
    "flow_m3_h": (68, 1000), "power_w": (69, 10), "voltage_v": (70, 100), "current_a": (71, 1000),
    "battery_pct": (80, 1), "battery_v": (81, 1000),
}  # fmt: skip
"""quantity -> (code, steps per unit)"""

_HEADER = "<BBIII"
_SHORTEST = 18


def is_boolean(code: int) -> bool:
    """True for states that are on or off; buttons, tests and measurements are not."""
    return code < BUTTON and code != TEST


def frame(kind: int, node: int, boot: int, seq: int, body: bytes = b"") -> bytes:
    """-> the bytes of one packet as they go on the line, delimiters on both sides."""
    packet = struct.pack(_HEADER, VERSION, kind, node, boot, seq) + body
    packet += struct.pack("<I", crc32(packet))
    if len(packet) > LIMIT:
        raise ValueError("packet of %d bytes" % len(packet))
    return b"\0" + b"".join([bytes([len(run) + 1]) + run for run in packet.split(b"\0")]) + b"\0"


def packet(chunk: bytes) -> "tuple[int, int, int, int, bytes] | None":
    """What stands between two delimiters -> (kind, node, boot, seq, body), or None if it is no good packet."""
    end = len(chunk)
    if not _SHORTEST < end <= LIMIT + 1:
        return None
    plain = bytearray(chunk)
    at = 0
    while at < end:
        step = plain[at]
        if step == 0:
            return None
        plain[at] = 0
        at += step
    if at != end:
        return None
    head = bytes(plain[1:-4])
    if crc32(head) != struct.unpack("<I", plain[-4:])[0]:
        return None
    version, kind, node, boot, seq = struct.unpack(_HEADER, head[:14])
    return (kind, node, boot, seq, head[14:]) if version == VERSION else None


class Cutter:
    """Collects bytes off the line and gives out what stands between delimiters; its memory is bounded."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """-> the chunks that these bytes complete."""
        chunks = (self._rest + data).split(b"\0")
        self._rest = chunks.pop()
        if len(self._rest) > REST_LIMIT:
            self._rest = b""
        return [chunk for chunk in chunks if chunk]


def values(triples: "list[tuple[int, int, int]]") -> bytes:
    """(code, index, raw) … -> body bytes."""
    return b"".join([struct.pack("<BBi", code, index, raw) for code, index, raw in triples])


def triples(body: bytes) -> "list[tuple[int, int, int]]":
    """Body bytes -> [(code, index, raw)]; an incomplete last value is left out."""
    return [struct.unpack("<BBi", body[at : at + 6]) for at in range(0, len(body) - 5, 6)]


def hello(
    firmware: "tuple[int, int, int]",
    cause: int,
    capabilities: int,
    relays: int,
    hardware: str,
    states: "list[tuple[int, int, int]]",
) -> bytes:
    """-> body of HELLO."""
    name = hardware.encode()[:32]
    head = struct.pack("<BBBBHBB", *firmware, cause, capabilities, relays, len(name))
    return head + name + values(states)


def heartbeat(
    uptime_s: int,
    battery: "tuple[int, int]",
    firmware: "tuple[int, int, int]",
    flags: int,
    outputs: int,
    waiting: int,
    states: "list[tuple[int, int, int]]",
) -> bytes:
    """-> body of HEARTBEAT; battery = (millivolt, percent) or NO_BATTERY."""
    head = struct.pack("<IHB", uptime_s & 0xFFFFFFFF, *battery)
    return head + struct.pack("<BBBBHB", *firmware, flags, outputs, min(waiting, 255)) + values(states)


def readback(command: int, output: int, on: int) -> bytes:
    """-> body of OUTPUT."""
    return struct.pack("<IBB", command, output, on)


def ack(status: int) -> bytes:
    """-> body of ACK."""
    return bytes([status])


def command(body: bytes) -> "tuple[int, int, int] | None":
    """Body of SWITCH -> (output, on, seconds), or None."""
    return struct.unpack("<BBH", body) if len(body) == 4 else None
