"""In the guest: carries HCI packets between a port to the outside and a controller that the kernel believes in.

``python -m hil_tests.vm.bridge /dev/virtio-ports/hci``. The outside connects and says one byte 0: an adapter is plugged
in. It hangs up: the adapter is gone. A packet begins with its type (H4, Core Specification 4.A.2); the standard library
is all that is needed.
"""

import os
import select
import sys
import time

VHCI = "/dev/vhci"
NEW_CONTROLLER = b"\xff\x00"
HELLO = b"\0"
"""No packet begins so: an adapter is plugged in."""
LENGTHS = {1: (3, 1), 2: (3, 2), 3: (3, 1), 4: (2, 1), 5: (3, 2)}
"""Packet type -> where its length stands, and in how many bytes."""


def whole(buffer: bytearray) -> list[bytes]:
    """Take the whole packets off the front."""
    packets = []
    while buffer:
        at, size = LENGTHS[buffer[0]]
        if len(buffer) < at + size:
            break
        length = int.from_bytes(buffer[at : at + size], "little")
        end = at + size + (length & 0x3FFF if buffer[0] == 5 else length)
        if len(buffer) < end:
            break
        packets.append(bytes(buffer[:end]))
        del buffer[:end]
    return packets


def carry(port: int, vhci: int) -> bool:
    """Both ways, until the outside hangs up; True if it is back with another adapter already."""
    waiting = select.poll()
    waiting.register(port, select.POLLIN)
    waiting.register(vhci, select.POLLIN)
    buffer = bytearray()
    while True:
        for ready, event in waiting.poll():
            if ready == vhci:
                packet = os.read(vhci, 4096)
                if packet[0] != NEW_CONTROLLER[0]:  # that is the kernel's answer, not a packet
                    write(port, packet)
                continue
            data = os.read(port, 65536) if event & select.POLLIN else b""
            if not data or (not buffer and data[:1] == HELLO):
                return bool(data)
            buffer += data
            for packet in whole(buffer):
                os.write(vhci, packet)


def write(port: int, data: bytes) -> None:
    """All of it, although the port may be full."""
    while data:
        try:
            data = data[os.write(port, data) :]
        except BlockingIOError:
            time.sleep(0.001)


def main() -> None:
    """One adapter after the other."""
    port = os.open(sys.argv[1], os.O_RDWR | os.O_NONBLOCK)
    there = False
    while True:
        if not there:
            select.select([port], [], [], 1.0)
            try:
                there = os.read(port, 1) == HELLO
            except BlockingIOError:
                continue
        if not there:
            time.sleep(0.02)  # nobody there
            continue
        vhci = os.open(VHCI, os.O_RDWR)
        os.write(vhci, NEW_CONTROLLER)
        try:
            there = carry(port, vhci)
        finally:
            os.close(vhci)


if __name__ == "__main__":
    main()
