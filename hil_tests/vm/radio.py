"""The air outside the guest, played by bumble: ``python -m hil_tests.vm.radio HCI CONTROL`` (paths of sockets).

The guest tells what is to happen, a JSON object a line: {"id": 1, "do": "advert", …}, and is answered with the same id.

plug, unplug         the adapter that BlueZ sees
advert               one advert of a sender, as it reaches the antenna
crowd                many senders press their buttons; says when each did
peripheral           a device to connect to: advertises, and tells a measurement to who asks to be notified
vanish               that device is out of reach
wedge                the adapter answers and reports nothing any more, or again
time                 this side's clock
"""

import asyncio
import contextlib
import json
import logging
import sys
import time
from collections.abc import Mapping
from typing import Any

from bumble import hci
from bumble.controller import Controller
from bumble.core import PhysicalTransport
from bumble.device import Device
from bumble.gatt import Characteristic, Service
from bumble.host import Host
from bumble.link import LocalLink
from bumble.transport.common import AsyncPipeSink, StreamPacketSink, StreamPacketSource

from gateway.sim.bluez.air import NAME, bthome, element

Report = hci.HCI_LE_Advertising_Report_Event
Kind = Report.EventType


class Antenna(Controller):
    """The adapter: reports adverts with their strength, and each sender once until its scan is enabled anew."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        # A plain adapter as on a Raspberry Pi 3: no extended advertising.
        self.le_features = hci.LeFeatureMask.LE_ENCRYPTION | hci.LeFeatureMask.LE_PING
        self.wedged = False
        self._reported: set[bytes] = set()

    def on_packet(self, packet: bytes) -> None:
        """A packet of BlueZ's."""
        if not self.wedged:
            super().on_packet(packet)

    def on_hci_le_set_scan_enable_command(self, command: Any) -> Any:
        """A scan begins or ends: the filter of duplicates is empty again."""
        self._reported.clear()
        return super().on_hci_le_set_scan_enable_command(command)

    def hear(
        self, address: hci.Address, data: bytes, rssi: int, *, connectable: bool = False, response: bytes = b""
    ) -> None:
        """One advert reaches the antenna."""
        if not self.le_scan_enable or self.wedged:
            return
        if self.filter_duplicates:
            if bytes(address) in self._reported:
                return
            self._reported.add(bytes(address))
        self._report(Kind.ADV_IND if connectable else Kind.ADV_NONCONN_IND, address, data, rssi)
        if connectable and self.le_scan_type == 1:
            self._report(Kind.SCAN_RSP, address, response, rssi)

    def on_advertising_pdu(self, pdu: Any) -> None:
        """An advert of a device that bumble plays as a whole."""
        self.hear(pdu.advertiser_address, pdu.data, -55, connectable=True)
        pending = self.pending_le_connection
        if pending and pending.peer_address == pdu.advertiser_address and not self.wedged:
            self.create_le_connection(pdu.advertiser_address)

    def _report(self, kind: Any, address: hci.Address, data: bytes, rssi: int) -> None:
        report = Report.Report(
            event_type=kind, address_type=address.address_type, address=address, data=data, rssi=rssi
        )
        self.send_hci_packet(Report([report]))


class Air(LocalLink):
    """bumble 0.0.236 says that data comes from a sender's random address, whichever it is connected by."""

    def send_acl_data(self, sender_controller: Any, destination_address: Any, transport: Any, data: bytes) -> None:
        """Data on a connection."""
        connection = sender_controller.le_connections.get(destination_address)
        there = self.find_le_controller(destination_address)
        if connection is not None and there is not None:
            loop = asyncio.get_running_loop()
            loop.call_soon(there.on_link_acl_data, connection.self_address, PhysicalTransport.LE, data)


class World:
    """All that is on the air. Each public method is something the guest may ask for."""

    def __init__(self, hci_path: str) -> None:
        self._path = hci_path
        self._air: Any = Air()  # type: ignore[no-untyped-call]
        self._antenna: Antenna | None = None
        self._wire: Any = None
        self._peripherals: dict[str, tuple[Controller, Device]] = {}

    async def plug(self, address: str = "02:00:00:00:00:01") -> None:
        """An adapter is plugged in."""
        source = StreamPacketSource()
        self._wire, _ = await asyncio.get_running_loop().create_unix_connection(lambda: source, self._path)
        self._antenna = Antenna(
            "adapter",
            host_source=source,
            host_sink=StreamPacketSink(self._wire),
            link=self._air,
            public_address=address,
        )
        self._wire.write(b"\0")  # to the bridge: here it is

    async def unplug(self) -> None:
        """It is pulled out."""
        if self._antenna is not None:
            self._air.remove_controller(self._antenna)
            self._wire.close()
            self._antenna = None

    async def wedge(self, on: bool) -> None:
        """It hangs; or is well again."""
        assert self._antenna is not None
        self._antenna.wedged = on

    async def advert(self, address: str, data: str, rssi: int = -60) -> None:
        """One advert."""
        if self._antenna is not None:
            self._antenna.hear(_address(address), bytes.fromhex(data), rssi)

    async def crowd(
        self, senders: int, rate: float, seconds: float, copies: int = 1, apart: float = 1.0
    ) -> Mapping[str, Any]:
        """Senders in turn press their buttons, so many a second; each press is said so often, so many seconds apart.

        A press says its own number, as a BTHome count behind it.
        """
        addresses = [_address(f"A4:C1:38:01:{number >> 8:02X}:{number & 255:02X}") for number in range(senders)]
        presses = round(rate * seconds)
        due = sorted((press / rate + copy * apart, press) for press in range(presses) for copy in range(copies))
        began, times = time.monotonic(), dict[int, float]()
        for at, press in due:
            await asyncio.sleep(max(0.0, began + at - time.monotonic()))
            if self._antenna is not None:
                objects = bytes((0, press // senders & 255, 0x3A, 1, 0x3E)) + press.to_bytes(4, "little")
                self._antenna.hear(addresses[press % senders], bthome(objects), -60)
                times.setdefault(press, time.monotonic())
        return {"times": list(times.values()), "adverts": len(due)}

    async def peripheral(
        self, address: str, service: str, characteristic: str, value: str, *, read: bool = False
    ) -> None:
        """A device with one characteristic, which can be read or indicates its value when somebody subscribes."""
        own = _address(address)
        controller = Controller(address, link=self._air, public_address=own)
        controller.le_features = hci.LeFeatureMask.LE_ENCRYPTION
        device = Device(name="cuff", address=own, host=Host(controller, AsyncPipeSink(controller)))
        how = Characteristic.Properties.READ if read else Characteristic.Properties.INDICATE
        own_value = bytes.fromhex(value) if read else b""
        told: Characteristic[bytes] = Characteristic(characteristic, how, Characteristic.READABLE, own_value)
        device.add_service(Service(service, [told]))

        def subscribed(*_: Any) -> None:
            asyncio.get_running_loop().create_task(
                device.gatt_server.indicate_subscribers(told, bytes.fromhex(value), force=True)
            )

        told.on("subscription", subscribed)
        self._peripherals[address] = (controller, device)
        await device.power_on()
        advert = bytes((2, 1, 6)) + element(NAME, b"cuff")
        await device.start_advertising(
            own_address_type=hci.OwnAddressType.PUBLIC, auto_restart=True, advertising_data=advert,
            advertising_interval_min=100.0, advertising_interval_max=100.0,
        )  # fmt: skip

    async def vanish(self, address: str) -> None:
        """It is out of reach: no advert, no answer."""
        controller, _ = self._peripherals.pop(address)
        self._air.remove_controller(controller)

    async def time(self) -> Mapping[str, Any]:
        """Monotonic seconds."""
        return {"at": time.monotonic()}


def _address(text: str) -> hci.Address:
    return hci.Address(text, hci.Address.PUBLIC_DEVICE_ADDRESS)


async def serve(hci_path: str, control_path: str) -> None:
    """Do what the guest says until it is gone."""
    world = World(hci_path)
    while True:
        try:
            reader, writer = await asyncio.open_unix_connection(control_path, limit=1 << 24)
            break
        except OSError:
            await asyncio.sleep(0.05)  # the machine isn't started yet
    tasks: set[asyncio.Task[None]] = set()

    async def do(asked: dict[str, Any]) -> None:
        number, name = asked.pop("id"), asked.pop("do")
        try:
            said = await getattr(world, name)(**asked) or {}
        except Exception as error:
            said = {"error": repr(error)}
        writer.write(json.dumps({"id": number, **said}).encode() + b"\n")

    with contextlib.suppress(ConnectionError):
        while line := await reader.readline():
            task = asyncio.create_task(do(json.loads(line)))
            tasks.add(task)
            task.add_done_callback(tasks.discard)


if __name__ == "__main__":
    logging.disable()  # of what becomes of connections to devices that vanished bumble says more than enough
    asyncio.run(serve(*sys.argv[1:3]))
