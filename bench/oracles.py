"""The PyPI libraries that read what our drivers read: beside them decode.py puts our speed. One row a driver.

A row makes a reader: called with all frames, it hands them to the library and returns how many it read. What a library
wants in other objects is made before, so that only its reading is measured. Imports are inside, libraries are optional.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from bench.traffic import ADDRESS, Traffic


class Oracle(NamedTuple):
    """A library: its name on PyPI, and its reader of these frames; calling the reader twice reads them anew."""

    library: str
    reader: Callable[[Traffic], Callable[[], int]]


def _bthome_ble(traffic: Traffic) -> Callable[[], int]:
    from bthome_ble import BTHomeBluetoothDeviceData
    from habluetooth import BluetoothServiceInfoBleak

    adverts = [_advert(BluetoothServiceInfoBleak, frame, 10.0 * n) for n, frame in enumerate(traffic.frames)]

    def read() -> int:
        device = BTHomeBluetoothDeviceData(traffic.key or None)
        count = 0
        for advert in adverts:
            update = device.update(advert)
            count += bool(update.entity_values or update.binary_entity_values or update.events)
        return count

    return read


def _advert(kind: Callable[..., Any], frame: bytes, at: float) -> Any:
    """The advert that carries this service data, in the shape that Home Assistant's libraries take."""
    uuid = "0000fcd2-0000-1000-8000-00805f9b34fb"
    return kind(
        name="sensor", address=ADDRESS.upper(), rssi=-60, manufacturer_data={}, service_data={uuid: frame},
        service_uuids=[uuid], source="hci0", device=None, advertisement=None, connectable=False, time=at, tx_power=None,
    )  # fmt: skip


def _dlt645(traffic: Traffic) -> Callable[[], int]:
    from dlt645 import DLT645Protocol, MeterClientService

    client: Any = MeterClientService(client=None)

    def read() -> int:
        count = 0
        for data in traffic.frames:
            frame = DLT645Protocol.deserialize(data)
            client.address = frame.addr
            count += client.handle_response(frame) is not None
        return count

    return read


def _pymbusparser(traffic: Traffic) -> Callable[[], int]:
    from pymbusparser import MbusParserError, parse

    def read() -> int:
        count = 0
        for frame in traffic.frames:
            try:
                count += parse(frame)["decode_state"] == "complete"
            except MbusParserError:
                continue
        return count

    return read


ORACLES: Mapping[str, Sequence[Oracle | None]] = {
    "bthome": [Oracle("bthome-ble", _bthome_ble)],
    "dlt645": [Oracle("dlt645", _dlt645)],
    "mbus": [Oracle("pymbusparser", _pymbusparser)],
}
"""Driver -> the libraries that read the same."""
