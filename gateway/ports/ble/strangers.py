"""Strangers: sensors that nobody registered and that a driver of ours would understand. For whoever looks for them.

A neighbour's thermometers are no news: nothing of them reaches the journal. Of each the last advert is kept, which is
read only when somebody asks. So many are kept at once, those heard last: who changes its address all the time costs a
fixed room.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final, NamedTuple

from drivers import guest
from drivers.driver import BadFrame, Driver
from drivers.reading import Scalar, Value

MOST: Final = 64
"""Senders kept."""
LONGEST: Final = 255
"""Bytes of an advert kept; what a driver of ours reads is shorter."""


class Heard(NamedTuple):
    """What a stranger said last."""

    driver: Driver
    body: bytes
    rssi: int | None
    at: float
    adverts: int


class Strangers:
    """``note`` for each advert of an unregistered sender that has service data."""

    def __init__(self, drivers: Iterable[Driver], now: Callable[[], float], loaded: Collection[str] = ()) -> None:
        """``loaded``: drivers whose libraries are imported already. For a stranger none is: that holds everybody up."""
        self._now, self._loaded = now, loaded
        self._drivers = {long_uuid(one.service): one for one in drivers if one.link == "advert"}
        self._heard: OrderedDict[str, Heard] = OrderedDict()

    def note(self, address: str, data: Mapping[str, bytes], rssi: int | None) -> None:
        """An advert: service data by UUID."""
        for uuid, body in data.items():
            driver = self._drivers.get(uuid)
            if driver is not None:
                before = self._heard.pop(address, None)
                adverts = before.adverts + 1 if before else 1
                self._heard[address] = Heard(driver, body[:LONGEST], rssi, self._now(), adverts)
                if len(self._heard) > MOST:
                    self._heard.popitem(last=False)
                return

    def told(self) -> list[dict[str, Any]]:
        """Those heard last, the latest first: address, driver, rssi_dbm, ago_s, adverts, values; error if unread."""
        now = self._now()
        found = []
        for address, one in reversed(self._heard.items()):
            said = {"address": address.lower(), "driver": one.driver.name, "rssi_dbm": one.rssi}
            read = _read(one, address) if self._reads(one.driver) else {"values": {}}
            found.append({**said, "ago_s": round(now - one.at, 1), "adverts": one.adverts, **read})
        return found

    def _reads(self, driver: Driver) -> bool:
        """A third party's driver reads in its own process alone."""
        return driver.head is not guest.head and (driver.load is None or driver.name in self._loaded)


def _read(one: Heard, address: str) -> dict[str, Any]:
    try:
        head = one.driver.head(one.body)._replace(address=address.lower())
        return {"values": named(one.driver.decode(head, {}).values)}
    except BadFrame as bad:
        return {"values": {}, "error": bad.why}


def named(values: Iterable[Value]) -> dict[str, Scalar]:
    """Point -> value, fit for a terminal: anybody may have broadcast it."""
    return {
        f"{one.quantity}#{one.nth + 1}" if one.nth else one.quantity: printable(one.value)
        if isinstance(one.value, str)
        else one.value
        for one in values
    }


def printable(text: str) -> str:
    """At most 64 characters that may stand on a terminal."""
    return "".join(letter for letter in text[:64] if letter.isprintable())


def long_uuid(short: int) -> str:
    """A 16-bit UUID as BlueZ writes it."""
    return f"{short:08x}-0000-1000-8000-00805f9b34fb"
