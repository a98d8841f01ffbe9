"""One adapter of the stand-in: which adverts it tells of and when, who scans on it, and how it fails.

As seen on BlueZ 5.66 and 5.82 (each a test in test_bluez.py):
- Discovery alone reports a sender once in 10.4 s, whatever it says meanwhile; 5.82 rests another 5.4 s after that, and
  wants a discoverable flag.
- A monitor alone reports what matches its patterns, each change of it, and a strength that changed by 8 dB.
- Both together report every change and every strength.
- A sender that isn't heard for 30 s is forgotten, unless somebody asked to connect to it: then it is kept for good.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from gateway.sim.bluez.air import Pattern, Version, discoverable, matches, read
from gateway.sim.bluez.gatt import Peripheral
from gateway.sim.bluez.tree import Properties, Tree

ADAPTER: Final = "org.bluez.Adapter1"
DEVICE: Final = "org.bluez.Device1"
MONITORS: Final = "org.bluez.AdvertisementMonitorManager1"
RESTING: Final = (5, 82)
REST: Final = 5.4
LOUDER: Final = 8
"""dB by which a strength must differ to be told by a monitor alone."""

Wedge = Literal["", "power", "replug"]
"""What cures a controller that neither reports nor answers; empty: it is sound."""


@dataclass(slots=True)
class Behaviour:
    """How this bluetoothd was built and started. Times in seconds."""

    version: Version = (5, 66)
    experimental: bool = True
    """Whether it has monitors, that is passive scanning."""
    duplicates: Literal["address", "off"] = "address"
    """The controller's filter in discovery alone: by sender, as the specification has it, or none."""
    cycle: float = 10.4
    forget: float = 30.0
    hang: float = 2.0
    """How long a call takes that a wedged controller doesn't answer."""
    now: Callable[[], float] = time.monotonic


@dataclass(slots=True)
class Adapter:
    """hciN."""

    path: str
    tree: Tree
    how: Behaviour
    sessions: set[str] = field(default_factory=set)
    """Clients with a discovery."""
    monitors: dict[tuple[str, str], Sequence[Pattern]] = field(default_factory=dict)
    """(client, path) -> patterns of a monitor that is active."""
    peripherals: dict[str, Peripheral] = field(default_factory=dict)
    wedged: Wedge = ""
    starts: int = 0
    """How often somebody started a discovery or a monitor."""
    resets: int = 0
    """How often somebody powered it on."""
    seen: dict[str, float] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    """Paths of those that somebody asked to connect to, with or without success: BlueZ keeps these until removed."""
    _began: float = -1e9
    _reported: set[str] = field(default_factory=set)

    @property
    def powered(self) -> bool:
        """As D-Bus says it."""
        return self.tree.get(self.path, ADAPTER).get("Powered") is True

    def plug(self, address: str, powered: bool = True) -> None:
        """It appears, and is powered a moment later."""
        properties: Properties = {
            "Address": address, "AddressType": "public", "Name": "anju", "Alias": "anju", "Powered": False,
            "Discovering": False, "Roles": ["central", "peripheral"], "UUIDs": [],
        }  # fmt: skip
        self.tree.add(self.path, ADAPTER, properties)
        if self.how.experimental:
            self.tree.add(self.path, MONITORS, {})
        if powered:
            self.tree.change(self.path, ADAPTER, {"Powered": True})

    def power(self, on: bool) -> None:
        """Off forgets all senders and ends discovery; a monitor lives on."""
        if on:
            self.resets += 1
            if self.wedged == "power":
                self.wedged = ""
            self.tree.change(self.path, ADAPTER, {"Powered": True})
            return
        for path in [path for path in self.seen if path in self.tree]:
            self.tree.remove(path)
        self.seen.clear()
        self.sessions.clear()
        self.tree.change(self.path, ADAPTER, {"Powered": False, "Discovering": False})

    def discover(self, client: str) -> None:
        """A client's discovery begins."""
        self.starts += 1
        self.sessions.add(client)
        self._began = -1e9
        self.tree.change(self.path, ADAPTER, {"Discovering": True})

    def rest(self, client: str) -> None:
        """A client's discovery ends; with the last one all strengths are forgotten."""
        self.sessions.discard(client)
        if not self.sessions:
            for path in self.seen:
                self.tree.drop(path, DEVICE, "RSSI")
            self.tree.change(self.path, ADAPTER, {"Discovering": False})

    def leave(self, client: str) -> None:
        """A client is gone from the bus, with all it asked for."""
        if client in self.sessions:
            self.rest(client)
        for key in [key for key in self.monitors if key[0] == client]:
            del self.monitors[key]

    def device(self, address: str) -> str:
        """The path of a sender."""
        return f"{self.path}/dev_{address.upper().replace(':', '_')}"

    def hear(self, address: str, data: bytes, rssi: int = -60) -> bool:
        """An advert reaches the antenna; True if that led to a signal on the bus."""
        if self.wedged or not self.powered or not self._taken(address, data):
            return False
        path, said = self.device(address), read(data)
        self.seen[path] = self.how.now()
        if path not in self.tree:
            self.tree.add(path, DEVICE, {**self._fresh(address), "RSSI": rssi, **said})
            return True
        before = self.tree.get(path, DEVICE)
        changed = {name: value for name, value in _merged(before, said).items() if before.get(name) != value}
        strength = before.get("RSSI")
        step = 1 if self.sessions else LOUDER
        if not isinstance(strength, int) or abs(rssi - strength) >= step:
            changed["RSSI"] = rssi
        if changed:
            self.tree.change(path, DEVICE, changed)
        return bool(changed)

    def forget_unheard(self, most: int) -> bool:
        """Senders not heard for long are no longer there; True if there are more of them than that."""
        old = [path for path, at in self.seen.items() if self.how.now() - at > self.how.forget]
        gone = [path for path in old if path not in self.kept and not self.tree.get(path, DEVICE).get("Connected")]
        for path in gone[:most]:
            del self.seen[path]
            self.tree.remove(path)
        return len(gone) > most

    def _taken(self, address: str, data: bytes) -> bool:
        if self.sessions and (self.how.version < RESTING or discoverable(data)):
            return bool(self.monitors) or self._passes(address)
        return any(matches(patterns, data, self.how.version) for patterns in self.monitors.values())

    def _passes(self, address: str) -> bool:
        """The controller's filter of duplicates, cleared with each cycle of discovery."""
        now, rest = self.how.now(), REST if self.how.version >= RESTING else 0.0
        if now - self._began > self.how.cycle + rest:
            self._began = now
            self._reported.clear()
        if now - self._began > self.how.cycle or address in self._reported:
            return False
        if self.how.duplicates == "address":
            self._reported.add(address)
        return True

    def _fresh(self, address: str) -> Properties:
        return {
            "Address": address.upper(), "AddressType": "public", "Alias": address.replace(":", "-"), "Paired": False,
            "Bonded": False, "Trusted": False, "Blocked": False, "LegacyPairing": False, "Connected": False,
            "ServicesResolved": False, "Adapter": self.path,
        }  # fmt: skip


def _merged(before: Properties, said: Properties) -> Properties:
    """BlueZ keeps what a sender said in other adverts: data of other services and makers stays."""
    merged: Properties = {}
    for name, value in said.items():
        old = before.get(name)
        if isinstance(value, dict) and isinstance(old, dict):
            merged[name] = {**old, **value}
        elif value or name != "UUIDs":
            merged[name] = value
    return merged
