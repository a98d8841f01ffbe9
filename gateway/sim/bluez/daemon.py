"""Bluetoothd: the stand-in's life on the bus, and its answers to what clients call.

``hear`` is an advert at an adapter's antenna. Faults: ``kill`` and ``revive`` (the name goes, no object is said to be
removed), ``hung`` (calls are taken and never answered), ``refuses`` (these calls are answered by an error), ``unplug``
and ``plug``, ``power``, ``Adapter.wedged``.
Eight or more patterns of a monitor kill it, as they kill the real one.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

from dbus_fast import BusType, Message, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.unpack import unpack_variants

from gateway.sim.bluez.adapter import ADAPTER, DEVICE, MONITORS, Adapter, Behaviour
from gateway.sim.bluez.air import Pattern
from gateway.sim.bluez.bus import Bus
from gateway.sim.bluez.gatt import CHARACTERISTIC, Peripheral
from gateway.sim.bluez.tree import OBJECT_MANAGER, PROPERTIES, Tree, variants

NAME: Final = "org.bluez"
MONITOR: Final = "org.bluez.AdvertisementMonitor1"
MOST_PATTERNS: Final = 7
SWEEP: Final = 0.5
"""Seconds between two looks for senders to forget."""
AT_ONCE: Final = 50
"""Signals that the bus takes without a pause."""
ABSENT: Final = 20.0
"""Seconds after which a connection to nobody is given up."""

Answer = tuple[str, list[Any]]


class Refused(Exception):
    """The error a call is answered with."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


class Bluetoothd:
    """``async with Bluetoothd(bus) as bluez``: on the bus with one adapter, hci0, plugged in."""

    def __init__(self, bus: Bus, how: Behaviour | None = None, adapters: int = 1) -> None:
        self.how = how or Behaviour()
        self.adapters: dict[str, Adapter] = {}
        self.hung = False
        self.refuses: set[str] = set()
        self.called: Counter[str] = Counter()
        """How often each call came, refused ones too."""
        self._address, self._plugged = bus, adapters
        self._bus: MessageBus | None = None
        self._tree = Tree(self._send)
        self._tasks: set[asyncio.Task[None]] = set()
        self._calls: dict[tuple[str, str], Callable[[Message], Answer | Coroutine[Any, Any, None] | None]] = {
            (OBJECT_MANAGER, "GetManagedObjects"): lambda _: ("a{oa{sa{sv}}}", [self._tree.managed()]),
            (PROPERTIES, "GetAll"): self._get_all,
            (PROPERTIES, "Set"): self._set,
            (ADAPTER, "SetDiscoveryFilter"): lambda _: None,
            (ADAPTER, "StartDiscovery"): self._start,
            (ADAPTER, "StopDiscovery"): self._stop,
            (ADAPTER, "RemoveDevice"): self._remove_device,
            (MONITORS, "RegisterMonitor"): self._register,
            (MONITORS, "UnregisterMonitor"): self._unregister,
            (DEVICE, "Connect"): self._connect,
            (DEVICE, "Disconnect"): self._disconnect,
            (CHARACTERISTIC, "ReadValue"): lambda m: ("ay", [self._characteristic(m).value]),
            (CHARACTERISTIC, "WriteValue"): self._write,
            (CHARACTERISTIC, "StartNotify"): lambda m: self._peripheral(m).listen(self._tree, str(m.path)),
            (CHARACTERISTIC, "StopNotify"): lambda m: self._peripheral(m).notifying.discard(str(m.path)),
        }

    async def __aenter__(self) -> "Bluetoothd":
        await self.revive()
        for number in range(self._plugged):
            self.plug(f"hci{number}")
        self._later(self._sweep())
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.kill()

    async def revive(self) -> None:
        """Take the name on the bus; no adapter is there yet."""
        bus = await MessageBus(bus_address=self._address.address, bus_type=BusType.SYSTEM).connect()
        self._bus = bus
        bus.add_message_handler(self._handle)
        rule = "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged'"
        broker = "org.freedesktop.DBus"
        await bus.call(Message(broker, "/org/freedesktop/DBus", broker, "AddMatch", signature="s", body=[rule]))
        await bus.request_name(NAME)

    async def kill(self) -> None:
        """The name goes; nobody is told of objects removed."""
        if self._bus is not None:
            bus, self._bus = self._bus, None
            bus.disconnect()
            with suppress(EOFError, OSError):  # the bus itself may be gone
                await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]
        self._tree.objects.clear()
        self.adapters.clear()

    async def restart(self) -> None:
        """As ``systemctl restart bluetooth``: all adapters are there again, nobody's scan is."""
        there = {name: str(self._tree.get(one.path, ADAPTER)["Address"]) for name, one in self.adapters.items()}
        await self.kill()
        await self.revive()
        for name, address in there.items():
            self.plug(name, address)

    def plug(self, name: str = "hci0", address: str = "", *, powered: bool = True) -> Adapter:
        """An adapter appears."""
        adapter = self.adapters[name] = Adapter(f"/org/bluez/{name}", self._tree, self.how)
        adapter.plug(address or f"02:00:00:00:00:{int(name[3:]) + 1:02X}", powered)
        return adapter

    def unplug(self, name: str = "hci0") -> None:
        """An adapter is gone."""
        adapter = self.adapters.pop(name)
        self._tree.change(adapter.path, ADAPTER, {"Powered": False, "Discovering": False})
        self._tree.remove(adapter.path)

    def hear(self, address: str, data: bytes, rssi: int = -60, adapter: str = "hci0") -> bool:
        """An advert reaches an antenna; True if that led to a signal on the bus."""
        there = self.adapters.get(adapter)
        return self._bus is not None and not self.hung and there is not None and there.hear(address, data, rssi)

    def drop(self, address: str, adapter: str = "hci0") -> None:
        """A connected peripheral is gone."""
        there = self.adapters[adapter]
        there.peripherals[address.upper()].detach(self._tree, there.device(address))

    async def settle(self) -> None:
        """Wait until the bus has taken all signals: more of them than its socket holds would end the connection."""
        if self._bus is not None:
            broker = "org.freedesktop.DBus"
            await self._bus.call(Message(broker, "/org/freedesktop/DBus", f"{broker}.Peer", "Ping"))

    # -- the bus --

    def _send(self, message: Message) -> None:
        if self._bus is not None:
            self._bus.send(message)

    def _later(self, job: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(job)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(min(SWEEP, self.how.forget / 4))
            for adapter in list(self.adapters.values()):
                while adapter.forget_unheard(AT_ONCE):
                    await self.settle()

    def _handle(self, message: Message) -> Message | bool | None:
        if message.member == "NameOwnerChanged" and not message.body[2]:
            for adapter in self.adapters.values():
                adapter.leave(message.body[0])
        if message.message_type != MessageType.METHOD_CALL or message.interface == "org.freedesktop.DBus.Peer":
            return None
        if self.hung:
            return True
        self._later(self._answer(message))
        return True

    async def _answer(self, message: Message) -> None:
        self.called[str(message.member)] += 1
        try:
            if message.member in self.refuses:
                raise Refused("org.freedesktop.DBus.Error.NoMemory", "Not enough memory")
            call = self._calls.get((str(message.interface), str(message.member)))
            missing = message.interface == MONITORS and not self.how.experimental
            if call is None or missing or (message.path != "/" and message.path not in self._tree):
                what = f'Method "{message.member}" with signature "{message.signature}" on interface'
                raise Refused(
                    "org.freedesktop.DBus.Error.UnknownMethod", f'{what} "{message.interface}" doesn\'t exist'
                )
            said = call(message)
            if isinstance(said, Coroutine):
                await said
                said = None
            self._send(Message.new_method_return(message, *(said or ("", []))))
        except Refused as error:
            self._send(Message.new_error(message, error.name, str(error)))

    # -- what clients call --

    def _adapter(self, message: Message) -> Adapter:
        return self.adapters[str(message.path).split("/")[3]]

    def _peripheral(self, message: Message) -> Peripheral:
        address = str(message.path).split("/")[4].removeprefix("dev_").replace("_", ":")
        found = self._adapter(message).peripherals.get(address)
        if found is None:
            raise Refused("org.bluez.Error.Failed", "le-connection-abort-by-local")
        return found

    def _characteristic(self, message: Message) -> Any:
        uuid = str(self._tree.get(str(message.path), CHARACTERISTIC)["UUID"])
        return self._peripheral(message).find(uuid)

    def _get_all(self, message: Message) -> Answer:
        return "a{sv}", [variants(self._tree.get(str(message.path), message.body[0]))]

    async def _set(self, message: Message) -> None:
        adapter, on = self._adapter(message), message.body[2].value
        if message.body[:2] != [ADAPTER, "Powered"]:
            raise Refused("org.freedesktop.DBus.Error.PropertyReadOnly", "read-only")
        if adapter.wedged:
            await asyncio.sleep(self.how.hang)
        if on != adapter.powered:
            adapter.power(on)

    def _start(self, message: Message) -> None:
        adapter = self._adapter(message)
        if not adapter.powered:
            raise Refused("org.bluez.Error.NotReady", "Resource Not Ready")
        if message.sender in adapter.sessions:
            raise Refused("org.bluez.Error.InProgress", "Operation already in progress")
        adapter.discover(str(message.sender))

    async def _stop(self, message: Message) -> None:
        adapter, client = self._adapter(message), str(message.sender)
        if client not in adapter.sessions:
            raise Refused("org.bluez.Error.Failed", "No discovery started")
        if adapter.wedged:
            adapter.sessions.discard(client)
            await asyncio.sleep(self.how.hang)
            raise Refused("org.bluez.Error.InProgress", "Operation already in progress")
        adapter.rest(client)

    def _remove_device(self, message: Message) -> None:
        adapter, path = self._adapter(message), str(message.body[0])
        if path not in self._tree:
            raise Refused("org.bluez.Error.DoesNotExist", "Does Not Exist")
        adapter.seen.pop(path, None)
        adapter.kept.discard(path)
        self._tree.remove(path)

    def _register(self, message: Message) -> None:
        self._adapter(message).starts += 1
        self._later(self._activate(self._adapter(message), str(message.sender), message.body[0]))

    async def _activate(self, adapter: Adapter, client: str, path: str) -> None:
        """Read the monitor's patterns from its client, who shows it only after registering it."""
        question = Message(client, path, PROPERTIES, "GetAll", signature="s", body=[MONITOR])
        for _ in range(50):
            bus = self._bus
            if bus is None:
                return
            said = await bus.call(question)
            if said is not None and said.message_type != MessageType.ERROR:
                patterns = [Pattern(start, kind, bytes(raw)) for start, kind, raw in _patterns(said)]
                if len(patterns) > MOST_PATTERNS:
                    await self.kill()
                    return
                adapter.monitors[client, path] = patterns
                self._send(Message(client, path, MONITOR, "Activate"))
                return
            await asyncio.sleep(0.01)

    def _unregister(self, message: Message) -> None:
        key = (str(message.sender), message.body[0])
        if self._adapter(message).monitors.pop(key, None) is None:
            raise Refused("org.bluez.Error.DoesNotExist", "Does Not Exist")

    async def _connect(self, message: Message) -> None:
        peripheral = self._adapter(message).peripherals.get(str(message.path)[-17:].replace("_", ":"))
        self._adapter(message).kept.add(str(message.path))
        if peripheral is not None:
            peripheral.attempts += 1
        if peripheral is None or peripheral.absent:
            await asyncio.sleep(ABSENT)
            raise Refused("org.bluez.Error.Failed", "le-connection-abort-by-local")
        await asyncio.sleep(peripheral.delay)
        peripheral.attach(self._tree, str(message.path))

    def _disconnect(self, message: Message) -> None:
        self._peripheral(message).detach(self._tree, str(message.path))

    def _write(self, message: Message) -> None:
        self._peripheral(message).written.append((self._characteristic(message).uuid, bytes(message.body[0])))


def _patterns(message: Message) -> list[tuple[int, int, bytes]]:
    said: dict[str, list[tuple[int, int, bytes]]] = unpack_variants(message.body[0])
    return said["Patterns"]
