"""Ways: the ports of a site at work, each made by its kind, and what is said to their devices."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from gateway.clock import Clock
from gateway.inbox import Inbox
from gateway.ports import Way
from gateway.ports.mqtt import Broker
from gateway.ports.serial import Line, members
from gateway.site import Site

if TYPE_CHECKING:
    from gateway.ports.ble import Ble


class Ways:
    """All ports that are open or to be opened, by name. ``hurry`` asks the store to commit now."""

    def __init__(self, site: Site, inbox: Inbox, clock: Clock, hurry: Callable[[], None]) -> None:
        self.site = site
        """The site by which the next port is made."""
        self._inbox, self._clock, self._hurry = inbox, clock, hurry
        self.all: dict[str, Way] = {}
        self.lines: dict[str, Line] = {}
        self._radios: dict[str, Ble] = {}
        self.stored: dict[str, Callable[[int], None]] = {}
        """Port of a Frame -> whom to tell how many more of its Frames are on the disk."""
        for name in (*site.lines, *site.brokers, *site.radios):
            self.make(name)

    def make(self, name: str) -> Way | None:
        """A port that is new, or another one than before; None for one that is gone."""
        site = self.site
        made: Way | None = None
        self.all.pop(name, None)
        self.lines.pop(name, None)
        self._radios.pop(name, None)
        if name in site.lines:
            made = self.lines[name] = self._line(name)
        elif name in site.brokers:
            made = self._broker(name)
        elif name in site.radios:
            made = self._radios[name] = self._radio(name)
        if made is not None:
            self.all[name] = made
        return made

    def _line(self, name: str) -> Line:
        site = self.site
        port = site.lines[name]
        driver = site.drivers[port.driver] if port.driver else None
        return Line(port, driver, members(site, name), self._inbox, self._clock.now)

    def _broker(self, name: str) -> Broker:
        site = self.site
        drivers = [site.drivers[driver] for driver in site.drivers_of(name)]
        broker = Broker(
            site.brokers[name],
            drivers,
            gateway=site.gateway.id,
            inbox=self._inbox,
            clock=self._clock,
            hurry=self._hurry,
        )
        self.stored.update({branch.port: partial(broker.stored, branch.port) for branch in broker.branches})
        return broker

    def _radio(self, name: str) -> "Ble":
        from gateway.ports.ble import Ble  # with bleak, which takes its time: only where there is a radio

        return Ble(self.site.radios[name], self.site, self._inbox, self._clock.now)

    def strangers(self) -> list[dict[str, Any]]:
        """Sensors that a radio hears and nobody registered; who speaks on lines and brokers, the fold knows."""
        return [{"port": name, **one} for name, radio in self._radios.items() for one in radio.strange()]

    def send(self, port: str, data: bytes, address: str) -> bool:
        """Say something to a device on a port now; False when the port is down."""
        name, _, driver = port.partition(":") if port not in self.all else (port, "", "")
        way = self.all.get(name)
        return way is not None and way.send(driver or self.site.drivers_of(name)[0], data, address)
