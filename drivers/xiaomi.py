"""Xiaomi's sensors (MiBeacon 2 to 5: smoke, flood, door, motion, buttons, climate), by the PyPI package xiaomi-ble.

A frame is the service data of UUID FE95, without the UUID: frame control u16 (bit 3 encrypted, 4 address included,
5 capability, 6 objects, 7 mesh, bits 12–15 version), product u16, frame counter u8, address (6 bytes, reversed),
capability u8 (bit 5: two more bits of io in a further byte), objects. Encrypted from version 4 on: objects by
AES-128-CCM, then 3 bytes that the frame counter carries over into, then the MIC. So the counter has 32 bits.

We look at the frame ourselves for what decides whether it is to be believed: the counter, the check, the downgrade; the
objects of the 100 products are the library's. Versions 2 and 3 encrypt without a check (key of 24 hex digits): such a
frame is no better than a plain one, and a wrong key reads nonsense.

``Head.address`` is empty; the caller fills it in, and the bind key as hex digits into ``memory["key"]``.
"""

from typing import Final

from drivers.advert import EVENTS, Said, cut, plain, sealed
from drivers.driver import BadFrame, Decoded, Driver, Head, Memory
from drivers.parsed import load, parse, said, sender
from drivers.reading import Value

_UUID: Final = 0xFE95
_PARSER: Final = ("xiaomi_ble", "XiaomiBluetoothDeviceData")
_TESTED: Final = frozenset({"JTYJGD03MI", "SJWS01LM", "RTCGQ02LM"})
"""Products (smoke, flood, motion) whose own button tests them; it is no call for help."""
_ENCRYPTED, _ADDRESSED, _CAPABLE, _OBJECTS, _MESH = (1 << bit for bit in (3, 4, 5, 6, 7))
_LONGEST: Final = 252
_TAIL: Final = 7
"""Counter and MIC behind the ciphertext, in bytes."""


def head(data: bytes) -> Head:
    """Service data after the UUID -> Head without an address; raises BadFrame. ``seq`` is the counter."""
    _control(data)
    return Head("", data, data[0] | data[1] << 8, 0, data[4])


def decode(frame: Head, memory: Memory) -> Decoded:
    """-> values, none for a repetition; raises BadFrame. Memory as advert.py keeps it."""
    body = frame.body
    control = _control(body)
    version, encrypted = control >> 12, bool(control & _ENCRYPTED)
    if not control & _OBJECTS:
        return Decoded((), {name: value for name, value in memory.items() if name != "key"})
    address = _address(body, control, frame.address)
    key = _key(memory, version, encrypted, body)
    parser, update = parse(*_PARSER, _UUID, body, address, key)
    if not hasattr(parser, "device_type"):
        raise BadFrame(f"product {body[2] | body[3] << 8:#06x} is unknown", body)
    if encrypted and not parser.bindkey_verified:
        raise BadFrame("the check (MIC) differs: another key or address, or damaged", body)
    values = said(update)
    if any(value.quantity == "battery_pct" for value in values):
        # The library makes a voltage of the percents.
        values = [value for value in values if value.quantity != "voltage_v"]
    if parser.device_type in _TESTED:
        values = [Value("test", True) if value.quantity == "button" else value for value in values]
    if encrypted and version >= 4:
        # The frame counter is the counter's low byte, which comes round with it: no packet id beside it.
        return sealed(Said(values), int.from_bytes(body[-_TAIL:-4], "little") << 8 | body[4], body, memory)
    events = " ".join(f"{value.quantity}{value.nth}={value.value}" for value in values if value.quantity in EVENTS)
    return plain(Said(values, body[4], events), body, memory)


def _control(data: bytes) -> int:
    """-> the frame control of a frame that can be one of ours; raises BadFrame."""
    if not 5 <= len(data) <= _LONGEST:
        raise BadFrame(f"{len(data)} bytes are too {'short' if len(data) < 5 else 'long'}", data)
    control = data[0] | data[1] << 8
    if control >> 12 not in (2, 3, 4, 5):
        raise BadFrame(f"version {control >> 12} instead of 2 to 5", data)
    if control & _MESH:
        raise BadFrame("a mesh device", data)
    shortest = _start(data, control)
    if control & _OBJECTS:
        shortest += 3 if not control & _ENCRYPTED else 10 if control >> 12 >= 4 else 7
    if len(data) < shortest:
        raise BadFrame(f"{len(data)} bytes are too short", data)
    return control


def _start(data: bytes, control: int) -> int:
    """Where the objects begin."""
    start = 11 if control & _ADDRESSED else 5
    if control & _CAPABLE:
        start += 2 if len(data) > start and data[start] & 0x20 else 1
    return start


def _address(body: bytes, control: int, given: str) -> str:
    """The sender by the frame itself, or by its advert; raises BadFrame where they differ."""
    if not control & _ADDRESSED:
        return sender(given)
    inside = sender(body[10:4:-1].hex())
    if given and sender(given) != inside:
        raise BadFrame(f"the frame is of {inside}, its advert of {given}", body)
    return inside


def _key(memory: Memory, version: int, encrypted: bool, body: bytes) -> bytes | None:
    text = str(memory.get("key", ""))
    if encrypted and not text:
        raise BadFrame("encrypted, and there is no key", body)
    if text and not (encrypted and (version >= 4) is (len(text) == 32)):
        raise BadFrame("plain or weakly encrypted frame of a sensor that has a key" if len(text) == 32
                       else "the key is not the 24 or 32 hex digits that this frame needs", body)  # fmt: skip
    try:
        return bytes.fromhex(text) if text else None
    except ValueError:
        raise BadFrame("the key is no hex digits", body) from None


DRIVER: Final = Driver(
    name="xiaomi",
    link="advert",
    service=_UUID,
    load=lambda: load(*_PARSER),
    cut=cut,
    head=head,
    decode=decode,
    # As with bthome: a door or button sends on events only. An alarm sensor's own budget is shorter.
    silent_after=43200.0,
)
