"""What a connection to a peripheral finds: its services, their values, what they notify of."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from gateway.sim.bluez.air import long_uuid
from gateway.sim.bluez.tree import Properties, Tree

DEVICE: Final = "org.bluez.Device1"
SERVICE: Final = "org.bluez.GattService1"
CHARACTERISTIC: Final = "org.bluez.GattCharacteristic1"


@dataclass(slots=True)
class Characteristic:
    """One value of a service. ``tells`` are sent one after the other to whoever asks to be notified."""

    uuid: int | str
    flags: tuple[str, ...] = ("read",)
    value: bytes = b""
    tells: tuple[bytes, ...] = ()


@dataclass(slots=True)
class Peripheral:
    """A device one can connect to. ``absent``: it never answers; ``goes`` seconds after its last word it hangs up."""

    services: dict[int | str, tuple[Characteristic, ...]]
    delay: float = 0.01
    """Seconds that a connection takes; the real one 0.8 to 1.3."""
    absent: bool = False
    goes: float | None = None
    attempts: int = 0
    """How often somebody tried to connect."""
    connections: int = 0
    """How often somebody did."""
    written: list[tuple[str, bytes]] = field(default_factory=list)
    notifying: set[str] = field(default_factory=set)
    """Paths of characteristics."""
    _said: set[asyncio.Task[None]] = field(default_factory=set)

    def attach(self, tree: Tree, device: str) -> None:
        """The connection is up: services appear."""
        self.connections += 1
        tree.change(device, DEVICE, {"Connected": True})
        handle = 6
        for uuid, characteristics in self.services.items():
            service = f"{device}/service{handle:04x}"
            tree.add(service, SERVICE, {"UUID": _uuid(uuid), "Device": device, "Primary": True})
            handle += 1
            for one in characteristics:
                properties: Properties = {
                    "UUID": _uuid(one.uuid), "Service": service, "Flags": list(one.flags), "Value": b"",
                    "Notifying": False, "MTU": 517,
                }  # fmt: skip
                tree.add(f"{service}/char{handle:04x}", CHARACTERISTIC, properties)
                handle += 3
        tree.change(device, DEVICE, {"ServicesResolved": True})

    def detach(self, tree: Tree, device: str) -> None:
        """The connection is gone, by whosoever wish."""
        self.notifying.clear()
        for task in self._said:
            task.cancel()
        if tree.get(device, DEVICE).get("Connected"):
            tree.change(device, DEVICE, {"ServicesResolved": False, "Connected": False})
            for service in [path for path in tree.objects if path.startswith(f"{device}/service")]:
                if service in tree and service.count("/") == device.count("/") + 1:
                    tree.remove(service)

    def find(self, uuid: str) -> Characteristic:
        """By its UUID; raises StopIteration."""
        every = (one for characteristics in self.services.values() for one in characteristics)
        return next(one for one in every if _uuid(one.uuid) == uuid)

    def listen(self, tree: Tree, path: str) -> None:
        """Somebody wants to be notified of a characteristic."""
        self.notifying.add(path)
        tree.change(path, CHARACTERISTIC, {"Notifying": True})
        uuid = str(tree.get(path, CHARACTERISTIC)["UUID"])
        task = asyncio.get_running_loop().create_task(self._tell(tree, path, self.find(uuid).tells))
        self._said.add(task)
        task.add_done_callback(self._said.discard)

    async def _tell(self, tree: Tree, path: str, tells: tuple[bytes, ...]) -> None:
        for value in tells:
            await asyncio.sleep(0.005)
            if path in self.notifying:
                tree.change(path, CHARACTERISTIC, {"Value": value})
        if tells and self.goes is not None:
            await asyncio.sleep(self.goes)
            self._said.clear()
            self.detach(tree, path.partition("/service")[0])


def _uuid(uuid: int | str) -> str:
    return long_uuid(uuid) if isinstance(uuid, int) else uuid
