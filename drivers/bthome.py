"""BTHome v2 sensors: what they broadcast over Bluetooth Low Energy, plain or encrypted (format: bthome.io).

A frame is the service data of UUID FCD2, without the UUID: device info u8, then objects ``id u8, value`` (little-
endian, of the length that the id says, or length u8 first). Device info: bit 0 encrypted, bit 1 the sender's address
follows (6 bytes, reserved now, still sent by some), bit 2 sends only on events, bits 5–7 version = 2.
Encrypted: device info, ciphertext, counter u32, MIC 4 bytes; AES-128-CCM, nonce = address (6 bytes as printed),
D2 FC, device info, counter. ``Head.kind`` is the device info, ``Head.seq`` the counter.

An advert doesn't carry its sender in the service data: ``Head.address`` is empty, the caller fills in
``aa:bb:cc:dd:ee:ff`` (or without colons), and the bind key as 32 hex digits into ``memory["key"]``.

- A quantity is one row of bthome_objects.py. Ids that say the same (door, opening, garage door) count as like values.
- An unknown id has an unknown length: reading stops there and keeps what came before; so does a value cut short.
- A button's 00 is no event, an unknown code is a ``press``, flagged: a call for help too many is better than one
  too few. FE is how older firmware says that the button is held. Triple and double-long presses have no word of their
  own among the quantities; they are a flagged ``press``, never a ``long_press``, which may mean "I am fine".
- A plain frame of a sensor with a key is refused (anybody can send one), as is one that fails its check.
- What is new and what a repetition, by packet id and counter, stands in advert.py and replay.py.
"""

from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from drivers.advert import Said, cut, plain, sealed
from drivers.bthome_objects import BUTTON, COMMAND, DIMMER, OBJECTS, PACKET, PRESSES
from drivers.driver import BadFrame, Decoded, Driver, Head, Memory
from drivers.reading import UNKNOWN_CODE, Value

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESCCM

_ENCRYPTED, _ADDRESSED, _VERSION = 1, 2, 2
_TAIL: Final = 8
"""Counter and MIC behind the ciphertext, in bytes."""
_LONGEST: Final = 252
"""An element of an advert is at most 255 bytes long; its length, type and UUID go before the service data."""
_EVENTS: Final = frozenset({BUTTON, COMMAND, DIMMER})


def head(data: bytes) -> Head:
    """Service data after the UUID -> Head without an address; raises BadFrame."""
    info = _info(data)
    counter = int.from_bytes(data[-_TAIL:-4], "little") if info & _ENCRYPTED else 0
    return Head("", data, info, 0, counter)


def decode(frame: Head, memory: Memory) -> Decoded:
    """-> values, none for a repetition. Memory keeps the last packet id and its events, and the counter's state."""
    body = frame.body
    info = _info(body)
    start = 7 if info & _ADDRESSED else 1
    if info & _ENCRYPTED:
        said = _read(_opened(body, start, frame.address, str(memory.get("key", ""))), 0)
        return sealed(said, int.from_bytes(body[-_TAIL:-4], "little"), body, memory)
    if memory.get("key"):
        raise BadFrame("plain frame of a sensor that has a key", body)
    return plain(_read(body, start), body, memory)


def _opened(body: bytes, start: int, address: str, key: str) -> bytes:
    """-> the decrypted payload; raises BadFrame."""
    if not key:
        raise BadFrame("encrypted, and there is no key", body)
    sender = body[6:0:-1] if start > 1 else _number(address)
    nonce = sender + b"\xd2\xfc" + body[:1] + body[-_TAIL:-4]
    try:
        return _cipher(key).decrypt(nonce, body[start:-_TAIL] + body[-4:], None)
    except _invalid_tag():
        raise BadFrame("the check (MIC) differs: another key or address, or damaged", body) from None


@lru_cache(maxsize=1024)
def _cipher(key: str) -> "AESCCM":
    # Imported with the first encrypted frame: homes without a key don't pay for it.
    from cryptography.hazmat.primitives.ciphers.aead import AESCCM

    try:
        secret = bytes.fromhex(key)
    except ValueError:
        secret = b""
    if len(secret) != 16:
        raise BadFrame("the key is not 32 hex digits")
    return AESCCM(secret, tag_length=4)


def _load() -> None:
    with suppress(BadFrame):
        _cipher("")


@lru_cache(maxsize=1)
def _invalid_tag() -> type[Exception]:
    from cryptography.exceptions import InvalidTag

    return InvalidTag


@lru_cache(maxsize=1024)
def _number(address: str) -> bytes:
    try:
        number = bytes.fromhex(address.replace(":", "").replace("-", ""))
    except ValueError:
        number = b""
    if len(number) != 6:
        raise BadFrame(f"{address!r} is not the address that an encrypted frame needs")
    return number


def _info(data: bytes) -> int:
    """-> the device info byte of a frame that is long enough for it; raises BadFrame."""
    if not data:
        raise BadFrame("no device info", data)
    info = data[0]
    if info >> 5 != _VERSION:
        raise BadFrame(f"version {info >> 5} instead of 2", data)
    shortest = (7 if info & _ADDRESSED else 1) + (_TAIL + 1 if info & _ENCRYPTED else 0)
    if not shortest <= len(data) <= _LONGEST:
        raise BadFrame(f"{len(data)} bytes are too {'short' if len(data) < shortest else 'long'}", data)
    return info


def _read(payload: bytes, at: int) -> Said:
    """-> all up to the first unknown or cut object; raises BadFrame if that is the very first."""
    values: list[Value] = []
    packet, events, first, end = None, "", at, len(payload)
    like: dict[str, int] = {}
    while at < end:
        code = payload[at]
        known = OBJECTS.get(code)
        if known is None:
            why = f"object {code:#04x} is unknown"
            break
        quantity, size, read = known
        start = at + 1 if size else at + 2
        stop = start + (size or _length(payload, at))
        if stop > end:
            why = f"object {code:#04x} is cut short"
            break
        raw, at = payload[start:stop], stop
        if code == PACKET:
            packet = raw[0]
            continue
        if code in _EVENTS:
            events += raw.hex()
        nth = like.get(quantity, 0)
        like[quantity] = nth + 1
        value = read(raw)
        if value is not None:
            flags = (UNKNOWN_CODE,) if code == BUTTON and raw[0] not in PRESSES else ()
            values.append(Value(quantity, value, flags, nth))
    if at == first and at < end:
        raise BadFrame(why, payload)
    return Said(values, packet, events)


def _length(payload: bytes, at: int) -> int:
    """Length by the byte behind the id; a command's counts its arguments only, in the low five bits."""
    if at + 1 >= len(payload):
        return len(payload)
    return 1 + (payload[at + 1] & 0x1F) if payload[at] == COMMAND else payload[at + 1]


DRIVER: Final = Driver(
    name="bthome",
    link="advert",
    service=0xFCD2,
    load=_load,
    cut=cut,
    head=head,
    decode=decode,
    # Half a day: a door sensor that sends only on events is silent all night. An alarm sensor's own budget is shorter.
    silent_after=43200.0,
    words=frozenset({one.quantity for one in OBJECTS.values()} - {""} | {"button", "counter_behind"}),
)
