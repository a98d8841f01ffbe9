"""Gatt: what registered devices say over a connection, such as a blood pressure cuff; the only user of connections.

A connection is made when such a device is heard: when it comes back after it was away, as a cuff does that has
measured, and where it stays near, once in its ``every``. It is asked to notify of what its driver knows, and for what
can be read; it ends when the device hangs up or has nothing more to say. The scan goes on: one connection is made at a
time, none to a device that isn't heard, and a device that refuses is left alone for longer each time.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice

from gateway.ports.ble.bluez import why
from gateway.ports.ble.sift import FORGOTTEN, Sender, Taken

log = logging.getLogger(__name__)

MOST: Final = 3
"""Connections at once: small adapters have no more."""
CONNECT: Final = 20.0
"""Seconds that a connection may take with all its attempts."""
IDLE: Final = 20.0
"""Seconds without a word after which we hang up."""
ANSWER: Final = 10.0
"""Seconds that a device may take for one answer."""
BACKOFF: Final = (10.0, 300.0)
"""Seconds for which a device that refused is left alone, at first and at most."""
STREAMS: Final = frozenset({0x2A37, 0x2A5F})
"""Values that go on as long as somebody wears the device; of the others each is a measurement by itself."""


@dataclass(slots=True)
class Peer:
    """A registered device that is spoken to over connections."""

    sender: Sender
    characteristics: tuple[int, ...]
    every: float
    due: float = 0.0
    """When to connect next, if it is still near."""
    rest: float = 0.0
    """Not before: it refused."""
    refusals: int = 0
    heard: float = -1e9
    rssi: int | None = None
    spoke: asyncio.Event = field(default_factory=asyncio.Event)


class Gatt:
    """``heard`` for each advert of a peer; values come out by ``deliver``."""

    def __init__(self, peers: Iterable[Peer], deliver: Callable[[Taken], None], now: Callable[[], float]) -> None:
        self._peers = {peer.sender.address.upper(): peer for peer in peers}
        self._deliver, self._now = deliver, now
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._connecting = asyncio.Lock()

    def __contains__(self, address: object) -> bool:
        return address in self._peers

    def heard(self, device: BLEDevice, rssi: int | None) -> None:
        """A peer is near: connect if that is due."""
        address, at = device.address, self._now()
        peer = self._peers[address]
        back = at - peer.heard > FORGOTTEN
        peer.heard, peer.rssi = at, rssi
        if (back or at >= peer.due) and at >= peer.rest and address not in self._tasks and len(self._tasks) < MOST:
            peer.due = at + peer.every
            task = asyncio.get_running_loop().create_task(self._visit(peer, device))
            self._tasks[address] = task
            task.add_done_callback(lambda _: self._tasks.pop(address, None))

    async def close(self) -> None:
        """End all connections."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _visit(self, peer: Peer, device: BLEDevice) -> None:
        """One connection, from its making to its end. Whatever goes wrong is tried again later."""
        try:
            await self._talk(peer, device)
            peer.refusals = 0
        except Exception as error:  # bleak raises much more than it says
            wait = min(BACKOFF[0] * 2**peer.refusals, BACKOFF[1])
            level = logging.DEBUG if peer.refusals else logging.WARNING
            log.log(level, "%s: no connection: %s; again in %.0f s", peer.sender.address, why(error), wait)
            peer.refusals = min(peer.refusals + 1, 16)
            peer.due = peer.rest = self._now() + wait
        finally:
            peer.heard = self._now()  # what it sends right after we hang up is no return

    async def _talk(self, peer: Peer, device: BLEDevice) -> None:
        from bleak_retry_connector import establish_connection  # a tenth of a second, when first needed

        gone = asyncio.Event()

        def hung_up(_: BleakClient) -> None:
            gone.set()
            peer.spoke.set()

        async with self._connecting, asyncio.timeout(CONNECT):
            client = await establish_connection(BleakClient, device, device.address, hung_up, max_attempts=2)
        try:
            if await self._ask(peer, client):
                await self._listen(peer, gone)
        finally:
            async with asyncio.timeout(ANSWER):
                await client.disconnect()

    async def _ask(self, peer: Peer, client: BleakClient) -> bool:
        """Read what can be read of what its driver knows, and be notified of the rest; False if it won't notify."""
        more = False
        for kind in peer.characteristics:
            found = client.services.get_characteristic(f"{kind:08x}-0000-1000-8000-00805f9b34fb")
            if found is None:
                continue
            async with asyncio.timeout(ANSWER):
                if "read" in found.properties:
                    self._say(peer, kind, found, await client.read_gatt_char(found))
                if {"notify", "indicate"} & set(found.properties):
                    await client.start_notify(found, partial(self._say, peer, kind))
                    more = True
        return more

    async def _listen(self, peer: Peer, gone: asyncio.Event) -> None:
        """Until it hangs up, or says nothing any more."""
        with suppress(TimeoutError):
            while not gone.is_set():
                peer.spoke.clear()
                async with asyncio.timeout(IDLE):
                    await peer.spoke.wait()

    def _say(self, peer: Peer, kind: int, _: BleakGATTCharacteristic, value: bytearray) -> None:
        peer.spoke.set()
        body, at = kind.to_bytes(2, "big") + bytes(value), self._now()
        lasting = kind in STREAMS or kind == 0x2A19
        taken = (
            peer.sender.take(f"{kind:04x}", body, peer.rssi, at) if lasting else peer.sender.always(body, peer.rssi, at)
        )
        if taken is not None:
            self._deliver(taken)
