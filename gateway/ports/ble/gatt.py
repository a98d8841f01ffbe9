"""Gatt: what registered devices say over a connection, such as a blood pressure cuff; the only user of connections.

A connection is made when such a device is heard: when it comes back after it was away, as a cuff does that has
measured, and where it stays near, once in its ``every``. It is asked to notify of what its driver knows, and for what
can be read; it ends when the device hangs up or has nothing more to say.

An adapter that connects hears nobody else until the device answers. So one connection is made at a time, to a device
that was just heard, and given up soon; one that refuses is left alone for longer each time. A sensor that is visited
for its battery alone can wait: until nobody calls for help, until nobody else is connected, and a while after the last.
"""

import asyncio
import logging
from binascii import crc32
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
from gateway.ports.ble.strangers import long_uuid

log = logging.getLogger(__name__)

MOST: Final = 3
"""Connections at once: small adapters have no more."""
CONNECT: Final = 20.0
"""Seconds that a connection may take with all its attempts."""
BRIEFLY: Final = 3.0
"""Seconds that one to a sensor may take which can wait."""
PAUSE: Final = 60.0
"""Seconds between two visits that can wait."""
SPREAD: Final = 3600.0
"""Seconds after the start over which the first of these are spread."""
IDLE: Final = 20.0
"""Seconds without a word after which we hang up."""
ANSWER: Final = 10.0
"""Seconds that a device may take for one answer."""
BACKOFF: Final = (10.0, 300.0)
"""Seconds for which a device that refused is left alone, at first and at most."""
SELDOM: Final = (3600.0, 86400.0)
"""The same, of one that can wait."""
STREAMS: Final = frozenset({0x2A37, 0x2A5F})
"""Values that go on as long as somebody wears the device; of the others each is a measurement by itself."""


@dataclass(slots=True)
class Peer:
    """A registered device that is spoken to over connections."""

    sender: Sender
    characteristics: tuple[int, ...]
    every: float
    patient: bool = False
    """It broadcasts what matters, and is visited for its battery alone."""
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

    def __init__(
        self,
        peers: Iterable[Peer],
        deliver: Callable[[Taken], None],
        now: Callable[[], float],
        calm: Callable[[], bool] = lambda: True,
    ) -> None:
        """``calm``: whether nobody calls for help, so that a visit that can wait may be made."""
        self._peers = {peer.sender.address.upper(): peer for peer in peers}
        self._deliver, self._now, self._calm = deliver, now, calm
        self._rested = 0.0
        """When the next visit that can wait may be made."""
        for peer in self._peers.values():
            if peer.patient:
                peer.due = now() + crc32(peer.sender.address.encode()) % min(peer.every, SPREAD)
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
        if at < peer.rest or address in self._tasks or not self._is_due(peer, at, back):
            return
        peer.due = at + peer.every
        task = asyncio.get_running_loop().create_task(self._visit(peer, device))
        self._tasks[address] = task
        task.add_done_callback(lambda _: self._tasks.pop(address, None))

    def _is_due(self, peer: Peer, at: float, back: bool) -> bool:
        if peer.patient:
            return at >= max(peer.due, self._rested) and not self._tasks and self._calm()
        return (back or at >= peer.due) and len(self._tasks) < MOST

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
            first, most = SELDOM if peer.patient else BACKOFF
            wait = min(first * 2**peer.refusals, most)
            level = logging.DEBUG if peer.refusals else logging.WARNING
            log.log(level, "%s: no connection: %s; again in %.0f s", peer.sender.address, why(error), wait)
            peer.refusals = min(peer.refusals + 1, 16)
            peer.due = peer.rest = self._now() + wait
        finally:
            if peer.patient:
                await _forget(device)
            peer.heard = self._now()  # what it sends right after we hang up is no return
            self._rested = peer.heard + PAUSE

    async def _talk(self, peer: Peer, device: BLEDevice) -> None:
        from bleak_retry_connector import establish_connection  # a tenth of a second, when first needed

        gone = asyncio.Event()

        def hung_up(_: BleakClient) -> None:
            gone.set()
            peer.spoke.set()

        patience, attempts = (BRIEFLY, 1) if peer.patient else (CONNECT, 2)
        async with self._connecting, asyncio.timeout(patience):
            client = await establish_connection(BleakClient, device, device.address, hung_up, max_attempts=attempts)
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
            found = client.services.get_characteristic(long_uuid(kind))
            if found is None:
                continue
            async with asyncio.timeout(ANSWER):
                if "read" in found.properties:
                    self._say(peer, kind, found, await client.read_gatt_char(found))
                if not peer.patient and {"notify", "indicate"} & set(found.properties):
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


async def _forget(device: BLEDevice) -> None:
    """Have BlueZ forget it unless somebody paired it: whom it was told to connect to it keeps for good, on the disk.

    With its last advert: an old press would come back with whatever the sensor says next.
    """
    known = device.details["props"]
    if known.get("Paired") or known.get("Trusted"):
        return
    with suppress(Exception):  # it may be gone already, and bluetoothd with it
        async with asyncio.timeout(ANSWER):
            await BleakClient(device).unpair()
