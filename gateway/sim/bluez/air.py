"""Adverts: how they are made, what BlueZ reads in them, and which of a monitor's patterns they match.

Advertising data is a row of elements ``length u8, type u8, value`` (Core Specification Supplement, part A).
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

FLAGS, UUIDS, MORE_UUIDS, SHORT_NAME, NAME, SERVICE_DATA, MAKER_DATA = 0x01, 0x03, 0x02, 0x08, 0x09, 0x16, 0xFF
DISCOVERABLE = 3
"""Bits of the flags: limited or general discoverable."""
NEVER = (5, 69)
"""BlueZ from here to 5.70 matches no service data at all; later versions compare it without its UUID."""
WITHOUT_UUID = (5, 71)

Properties = dict[str, object]
Version = tuple[int, int]


class Pattern(NamedTuple):
    """What a monitor asks for: these bytes at this place of an element of this type."""

    start: int
    kind: int
    content: bytes


def element(kind: int, value: bytes) -> bytes:
    """One element of an advert."""
    return bytes((len(value) + 1, kind)) + value


def service_data(uuid: int, body: bytes, flags: int | None = 6) -> bytes:
    """An advert with service data of a 16-bit UUID; without ``flags`` it lacks that element, as those of some do."""
    head = b"" if flags is None else element(FLAGS, bytes((flags,)))
    return head + element(SERVICE_DATA, uuid.to_bytes(2, "little") + body)


def bthome(objects: bytes, info: int = 0x40, flags: int | None = 6) -> bytes:
    """A BTHome v2 advert."""
    return service_data(0xFCD2, bytes((info,)) + objects, flags)


def long_uuid(short: int) -> str:
    """A 16-bit UUID as BlueZ writes it."""
    return f"{short:08x}-0000-1000-8000-00805f9b34fb"


def elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and value of each element, up to the first that is cut short."""
    at = 0
    while at < len(data) and data[at]:
        end = at + 1 + data[at]
        if end > len(data):
            return
        yield data[at + 1], data[at + 2 : end]
        at = end


def read(data: bytes) -> Properties:
    """What BlueZ makes of an advert: properties of its Device1."""
    services: dict[str, bytes] = {}
    makers: dict[int, bytes] = {}
    uuids: list[str] = []
    found: Properties = {"UUIDs": uuids}
    for kind, value in elements(data):
        if kind == SERVICE_DATA:
            services[long_uuid(int.from_bytes(value[:2], "little"))] = value[2:]
        elif kind == MAKER_DATA:
            makers[int.from_bytes(value[:2], "little")] = value[2:]
        elif kind in (SHORT_NAME, NAME):
            found["Name"] = found["Alias"] = value.decode("utf-8", "replace")
        elif kind == FLAGS:
            found["AdvertisingFlags"] = value
        elif kind in (UUIDS, MORE_UUIDS):
            uuids += [long_uuid(int.from_bytes(value[at : at + 2], "little")) for at in range(0, len(value), 2)]
    if services:
        found["ServiceData"] = services
    if makers:
        found["ManufacturerData"] = makers
    return found


def discoverable(data: bytes) -> bool:
    """Whether the flags say so."""
    return any(kind == FLAGS and value and value[0] & DISCOVERABLE for kind, value in elements(data))


def matches(patterns: Sequence[Pattern], data: bytes, version: Version) -> bool:
    """Whether a monitor of this BlueZ takes the advert."""
    for kind, value in elements(data):
        if kind == SERVICE_DATA and version >= NEVER:
            value = value[2:] if version >= WITHOUT_UUID else b""
        for start, wanted, content in patterns:
            if kind == wanted and value[start : start + len(content)] == content:
                return True
    return False
