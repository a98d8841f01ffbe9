"""A crowd on the air, as a program: ``python -m gateway.sim.bluez.flood --rate 5000``. Ends with its standard input.

Opens a bus and a bluetoothd and says where; when somebody scans and a line comes, it sends. Strangers change what they
say each time, so each advert is a signal on the bus. Of our own sensors every one presses its button now and then, with
a packet id of its own; at the end it says who pressed how often.
"""

import argparse
import asyncio
import json
import signal
import sys
import time
from collections import Counter
from itertools import count

from gateway.sim.bluez.air import bthome
from gateway.sim.bluez.bus import Bus
from gateway.sim.bluez.daemon import AT_ONCE, Bluetoothd

PRESS_EVERY = 10
"""Of a sensor's adverts, each so many-th is a press; the others say its temperature."""


def address(number: int, *, own: bool) -> str:
    """Of the sensor or stranger of that number."""
    return f"{'A4:C1:38' if own else 'C0:FF:EE'}:00:{number >> 8:02X}:{number & 255:02X}"


def own_advert(turn: int) -> bytes:
    """What a sensor says in its turn."""
    if turn % PRESS_EVERY == 0:
        return bthome(bytes((0, turn % 256, 0x3A, 1)))
    return bthome(bytes((0, turn % 256, 0x02, 0x34, 0x08)))


def stranger_advert(turn: int) -> bytes:
    """Something that no driver of ours knows."""
    return bytes((2, 1, 6, 9, 0xFF, 0x4C, 0)) + turn.to_bytes(6, "big")


async def send(bluez: Bluetoothd, rate: float, seconds: float, strangers: int, own: int) -> dict[str, object]:
    """Everybody in turn, at that pace -> what was sent."""
    while not (bluez.adapters["hci0"].sessions and bluez.adapters["hci0"].monitors):  # noqa: ASYNC110
        await asyncio.sleep(0.05)  # what is said before anybody listens is heard by nobody
    presses: Counter[str] = Counter()
    began, sent = time.monotonic(), 0
    senders = [(address(number, own=number < own), number < own) for number in range(own + strangers)]
    for turn in count():
        for number, (sender, ours) in enumerate(senders):
            while sent >= (time.monotonic() - began) * rate:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            if time.monotonic() - began > seconds:
                return {"sent": sent, "seconds": time.monotonic() - began, "presses": presses}
            bluez.hear(sender, own_advert(turn) if ours else stranger_advert(turn), -60 - number % 30)
            if ours and turn % PRESS_EVERY == 0:
                presses[sender.lower()] += 1
            sent += 1
            if sent % AT_ONCE == 0:
                await bluez.settle()
    raise AssertionError("turns never end")


async def play(said: argparse.Namespace) -> None:
    """Until the standard input ends, or somebody ends us: the bus must not stay behind."""
    loop, lines = asyncio.get_running_loop(), asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    loop.add_signal_handler(signal.SIGTERM, lines.feed_eof)
    async with Bus() as bus, Bluetoothd(bus) as bluez:
        print(json.dumps({"bus": bus.address, "dbus_daemon": bus.pid}), flush=True)
        while line := await lines.readline():
            told = await send(bluez, said.rate, float(line), said.strangers, said.own)
            print(json.dumps(told), flush=True)


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=5000.0, help="adverts a second (5000)")
    parser.add_argument("--strangers", type=int, default=1000, help="senders that nobody registered (1000)")
    parser.add_argument("--own", type=int, default=50, help="sensors of ours (50)")
    asyncio.run(play(parser.parse_args()))


if __name__ == "__main__":
    main()
