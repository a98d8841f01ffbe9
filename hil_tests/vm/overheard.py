"""In the guest: how far adverts get on their way to the gateway, ``python -m hil_tests.vm.overheard``.

Says a JSON object when its standard input ends: which of the crowd's adverts the kernel got from the adapter ("kernel")
and which ones bluetoothd told on D-Bus ("bus"). The kernel is asked by its monitor channel, as btmon does it; D-Bus by
a connection that becomes a monitor.
"""

import asyncio
import ctypes
import json
import os
import socket
import sys
from typing import Final

from dbus_fast import BusType, Message, MessageType
from dbus_fast.aio import MessageBus

BLUETOOTH, HCI = 31, 1
"""Family and protocol of the socket."""
MONITOR, NO_DEVICE, EVENT = 2, 0xFFFF, 3
"""Channel and opcode of the kernel's (net/bluetooth/hci_sock.h, hci_mon.h)."""
META, REPORT = 0x3E, 0x02
"""Event and subevent of adverts (Core Specification 4.E.7.7.65.2)."""
FORCED = 33
"""SO_RCVBUFFORCE."""
ROOM: Final = 1 << 24
"""Bytes that may wait for us: what we count must not be our own loss."""
SIGNALS: Final = "type='signal',interface='org.freedesktop.DBus.Properties',arg0='org.bluez.Device1'"
MORE: Final = "type='signal',interface='org.freedesktop.DBus.ObjectManager',member='InterfacesAdded'"


def number_of(body: bytes) -> int:
    """Which advert of the crowd it is: it ends with a BTHome count of four bytes."""
    return int.from_bytes(body[-4:], "little")


def monitor() -> int:
    """A socket on the kernel's monitor channel, by the C library: many a Python is built without Bluetooth."""
    libc = ctypes.CDLL(None, use_errno=True)
    there = libc.socket(BLUETOOTH, socket.SOCK_RAW | socket.SOCK_NONBLOCK, HCI)
    room = ROOM.to_bytes(4, sys.byteorder)
    libc.setsockopt(there, socket.SOL_SOCKET, FORCED, room, len(room))
    address = b"".join(word.to_bytes(2, sys.byteorder) for word in (BLUETOOTH, NO_DEVICE, MONITOR))
    if libc.bind(there, address, len(address)):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return int(there)


async def main() -> None:
    """Until the standard input ends."""
    loop = asyncio.get_running_loop()
    kernel: set[int] = set()
    told: set[int] = set()
    there = monitor()

    def seen() -> None:
        packet = os.read(there, 4096)
        if int.from_bytes(packet[:2], "little") == EVENT and packet[6:7] + packet[8:9] == bytes((META, REPORT)):
            kernel.add(number_of(packet[:-1]))  # behind an advert stands its strength

    def signal(message: Message) -> bool:
        if message.member not in ("PropertiesChanged", "InterfacesAdded"):
            return message.message_type == MessageType.SIGNAL
        values = message.body[1]
        values = values if message.member == "PropertiesChanged" else values.get("org.bluez.Device1", {})
        if "ServiceData" in values:
            told.update(number_of(bytes(data.value)) for data in values["ServiceData"].value.values())
        return True

    loop.add_reader(there, seen)
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    bus.add_message_handler(signal)
    place = "org.freedesktop.DBus"
    become = Message(place, "/org/freedesktop/DBus", f"{place}.Monitoring", "BecomeMonitor", signature="asu",
                     body=[[SIGNALS, MORE], 0])  # fmt: skip
    await bus.call(become)
    print("ready", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    print(json.dumps({"kernel": sorted(kernel), "bus": sorted(told)}), flush=True)
    os._exit(0)  # a monitor's connection can't be closed in order


if __name__ == "__main__":
    asyncio.run(main())
