"""BlueZ as D-Bus shows it: is bluetoothd there, which adapters, are they powered, can they scan passively.

Told at once of what a scanner is never told of: bluetoothd that ends or starts, an adapter that is unplugged, plugged
in or powered off. The match rules name adapters only, so that no advert comes a second time over this connection.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Any, Final, NamedTuple

from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.unpack import unpack_variants

SERVICE: Final = "org.bluez"
ADAPTER: Final = "org.bluez.Adapter1"
MONITORS: Final = "org.bluez.AdvertisementMonitorManager1"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"
OBJECTS: Final = "org.freedesktop.DBus.ObjectManager"
BROKER: Final = "org.freedesktop.DBus"
MOST: Final = 8
"""Adapters looked for: hci0 to hci7."""
ANSWER: Final = 10.0
"""Seconds that bluetoothd may take for an answer."""
AGAIN: Final = (1.0, 30.0)
"""Seconds before bluetoothd is asked again which adapters there are, when it didn't say: at first, and at most."""

log = logging.getLogger(__name__)


class NoBluez(OSError):
    """There is no system bus, or bluetoothd doesn't answer."""


def why(error: BaseException) -> str:
    """An error in words; many of D-Bus and bleak say nothing by themselves."""
    return str(error) or type(error).__name__


class Adapter(NamedTuple):
    """hciN."""

    name: str
    address: str
    powered: bool
    passive: bool
    """It has advertisement monitors: bluetoothd runs with Experimental."""


class Bluez:
    """``async with Bluez() as bluez``: keeps ``adapters`` as they are."""

    def __init__(self, again: tuple[float, float] = AGAIN) -> None:
        self.adapters: dict[str, Adapter] = {}
        self.unsaid = ""
        """Why it isn't known which adapters there are: ``adapters`` may be old. Empty when it is."""
        self._pauses = again
        self._waiting: set[asyncio.Future[None]] = set()
        self.born: dict[str, int] = {}
        """Adapter -> how often it was there anew: added, powered on, or with another bluetoothd."""
        self._bus: MessageBus | None = None
        self._look: asyncio.Task[None] | None = None
        self._fresh = False
        self._news = asyncio.Event()

    async def __aenter__(self) -> "Bluez":
        try:
            async with asyncio.timeout(ANSWER):
                self._bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
                self._bus.add_message_handler(self._heard)
                for rule in _rules():
                    await self._call(BROKER, "/org/freedesktop/DBus", BROKER, "AddMatch", "s", [rule])
                await self._read()
        except BaseException as error:  # whatever a library makes of a bus that isn't there
            self._close()
            if isinstance(error, NoBluez) or not isinstance(error, Exception):
                raise
            raise NoBluez(f"the system's D-Bus: {why(error)}") from error
        return self

    async def __aexit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        if self._bus is not None:
            self._bus.remove_message_handler(self._heard)  # what still comes must start no look at a bus that is closed
        if self._look is not None:
            self._look.cancel()
        if self._bus is not None:
            self._bus.disconnect()

    def by_address(self, address: str) -> Adapter | None:
        """The adapter of that address, whatever it is called now."""
        return next((one for one in self.adapters.values() if one.address == address), None)

    async def change(self, seconds: float) -> None:
        """Wait for any change of the adapters, but not longer than that."""
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.add(waiting)
        await asyncio.wait({waiting}, timeout=seconds)
        self._waiting.discard(waiting)

    async def lost(self) -> None:
        """Returns when the bus itself is gone."""
        assert self._bus is not None
        try:
            await self._bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
        except Exception as error:
            raise NoBluez(f"the system's D-Bus: {why(error)}") from error

    async def wake(self) -> None:
        """Have bluetoothd started where the system can do that; nothing where it can't, or where it runs."""
        with suppress(NoBluez, TimeoutError):
            async with _limit():
                await self._call(BROKER, "/org/freedesktop/DBus", BROKER, "StartServiceByName", "su", [SERVICE, 0])

    async def power(self, name: str, on: bool) -> None:
        """Switch an adapter; raises NoBluez when it doesn't follow."""
        path = f"/org/bluez/{name}"
        async with _limit():
            await self._call(SERVICE, path, PROPERTIES, "Set", "ssv", [ADAPTER, "Powered", Variant("b", on)])

    async def _call(
        self, to: str, path: str, interface: str, member: str, signature: str = "", body: list[Any] | None = None
    ) -> list[Any]:
        assert self._bus is not None
        reply = await self._bus.call(Message(to, path, interface, member, signature=signature, body=body or []))
        if reply is None or reply.message_type == MessageType.ERROR:
            raise NoBluez(str(reply.body[0]) if reply is not None and reply.body else member)
        return list(reply.body)

    async def _read(self) -> None:
        """All adapters, anew; none where there is no bluetoothd."""
        (owned,) = await self._call(BROKER, "/org/freedesktop/DBus", BROKER, "NameHasOwner", "s", [SERVICE])
        objects: dict[str, dict[str, dict[str, Any]]] = {}
        if owned:
            (said,) = await self._call(SERVICE, "/", OBJECTS, "GetManagedObjects")
            objects = {path: unpack_variants(every) for path, every in said.items() if ADAPTER in every}
        there = {_name(path): _adapter(_name(path), every) for path, every in objects.items()}
        for name in [name for name in self.adapters if name not in there]:
            self._set(name, None)
        for name, adapter in there.items():
            self._set(name, adapter)

    def _set(self, name: str, adapter: Adapter | None) -> None:
        before = self.adapters.pop(name, None)
        if adapter is not None:
            self.adapters[name] = adapter
            if adapter.powered and not (before and before.powered):
                self.born[name] = self.born.get(name, 0) + 1
        if adapter != before:
            for waiting in self._waiting:
                if not waiting.done():
                    waiting.set_result(None)

    def _heard(self, message: Message) -> None:
        if message.message_type != MessageType.SIGNAL:
            return
        if message.member == "NameOwnerChanged" and message.body[0] == SERVICE:
            for name in list(self.adapters):
                self._set(name, None)
            if message.body[2]:
                self._again()
        elif message.member == "InterfacesRemoved" and ADAPTER in message.body[1]:
            self._set(_name(message.body[0]), None)
        elif message.member == "InterfacesAdded":
            self._again()
        elif message.member == "PropertiesChanged" and "Powered" in message.body[1]:
            name = _name(str(message.path))
            adapter = self.adapters.get(name)
            if adapter is not None:
                self._set(name, adapter._replace(powered=bool(message.body[1]["Powered"].value)))

    def _again(self) -> None:
        """Look at all adapters a moment later: they come with several signals."""
        self._fresh = False
        self._news.set()
        if self._look is None or self._look.done():
            self._look = asyncio.get_running_loop().create_task(self._reread())

    async def _reread(self) -> None:
        """Until they are known: ask ever more seldom where bluetoothd is in distress, but at once after a signal."""
        wait, longest = self._pauses
        while not self._fresh:
            await asyncio.sleep(0.05)
            self._fresh = True
            self._news.clear()
            try:
                async with _limit():
                    await self._read()
            except Exception as error:  # whatever D-Bus makes of it: who looks must still be there later
                self._fresh = False
                self._note(why(error))
                with suppress(TimeoutError):
                    await asyncio.sleep(self._pauses[0])
                    await asyncio.wait_for(self._news.wait(), wait - self._pauses[0])
                wait = self._pauses[0] if self._news.is_set() else min(wait * 2, longest)
                continue
            self._note("")

    def _note(self, unsaid: str) -> None:
        """Log the first failure, and the end of them."""
        if unsaid and not self.unsaid:
            log.warning("bluetoothd doesn't say which adapters there are: %s; it is asked again", unsaid)
        elif self.unsaid and not unsaid:
            log.info("bluetoothd says again which adapters there are")
        self.unsaid = unsaid


def _limit() -> "asyncio.Timeout":
    return asyncio.timeout(ANSWER)


def _rules() -> list[str]:
    """What is asked of the bus: nothing that a device's advert would match."""
    rules = [f"type='signal',sender='{BROKER}',member='NameOwnerChanged',arg0='{SERVICE}'"]
    for number in range(MOST):
        path, signal = f"/org/bluez/hci{number}", f"type='signal',sender='{SERVICE}'"
        rules.append(f"{signal},interface='{PROPERTIES}',path='{path}',arg0='{ADAPTER}'")
        rules.append(f"{signal},interface='{OBJECTS}',arg0path='{path}'")
    return rules


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _adapter(name: str, interfaces: dict[str, dict[str, Any]]) -> Adapter:
    said = interfaces[ADAPTER]
    return Adapter(name, str(said.get("Address", "")).lower(), said.get("Powered") is True, MONITORS in interfaces)
