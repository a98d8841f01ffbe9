"""Sift: which of all that a radio hears goes on as a Frame. No clock of its own.

A stranger costs a look-up. Of a registered sender goes on, at once and whatever else is true, what calls for help or
changes a state; thinned is what says again what was said:

- The same bytes again are no news: BlueZ calls back with what it remembers whenever a strength changes. They say that
  the sender is there, and that goes on from time to time, without the bytes, so that nothing old is told as new.
  After a pause in which BlueZ forgot the sender they were sent anew.
- Bytes that another adapter brought first are a late copy, though something newer came in between.
- Measured values go on when they moved by a tenth (a temperature by half a degree, a gas by anything), else twice a
  minute; unchanged ones a few times within the device's budget of silence. A change of state goes on with the two
  frames that follow it: a sensor's counter may have to be believed first (drivers/replay.py).
- One sender has a budget of Frames. That for calls for help is one that no hand uses up; beyond it somebody floods.
"""

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from drivers.advert import EVENTS, Advert, packed
from drivers.driver import BadFrame, Driver
from drivers.reading import Frame, Scalar, Value
from gateway.ports.ble.strangers import long_uuid

FORGOTTEN: Final = 30.0
"""Seconds after which BlueZ has forgotten a sender that it doesn't hear."""
LATE: Final = 5.0
"""Seconds that another adapter may bring the same advert late."""
COPIES: Final = 16
"""Adverts of a sender remembered to know late copies."""
MEASURED: Final = 30.0
"""Seconds between two Frames of values that move a little."""
MOVED: Final = 0.1
"""Part of a value by which it moved."""
FOLLOW: Final = 2
"""Frames that go on after a change of state."""
KEEP: Final = (30.0, 3600.0)
"""Seconds between two signs of life at least and at most; in between a quarter of the device's budget."""
CALLS: Final = frozenset({"smoke", "heat_alarm", "gas_alarm", "co_alarm", "flood"})
"""True in these is a call for help, as is every event and ``safe`` that isn't."""
VITAL: Final = frozenset({"gas_lel_pct", "co_ppm", "smoke_obscuration_pct_m"})
"""Rules on these are alarms: any other value is one that may have crossed a threshold."""
STEPS: Final = {"temperature_c": 0.5}
"""By how much such a value has moved for sure, though it may be less than a tenth: rules on it are alarms, too."""


class Budget:
    """So many at once, and so many a second."""

    __slots__ = ("_at", "_left", "_most", "_rate")

    def __init__(self, most: float, rate: float) -> None:
        self._most, self._rate = most, rate
        self._left, self._at = most, 0.0

    def take(self, at: float) -> bool:
        """One of them; False when they are used up."""
        self._left = min(self._most, self._left + (at - self._at) * self._rate)
        self._at = at
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


class Copy(NamedTuple):
    """One advert, when it came first, and by which adapters it came."""

    body: bytes
    at: float
    by: set[str]


def is_call(value: Value) -> bool:
    """Whether somebody may need help: an event, or an alarm that is true."""
    quantity = value.quantity
    return quantity in EVENTS or (quantity in CALLS and value.value is True) or (quantity == "safe" and not value.value)


class Heard(NamedTuple):
    """An advert and what its driver reads in it."""

    body: bytes
    rssi: int | None
    values: Sequence[Value] = ()

    @property
    def calls(self) -> bool:
        """Whether it calls for help."""
        return any(map(is_call, self.values))

    @property
    def points(self) -> set[tuple[str, int]]:
        """What it is about."""
        return {(value.quantity, value.nth) for value in self.values}


class Taken(NamedTuple):
    """A Frame that goes on, whether it calls for help (then it needs no room in the inbox), and whose it is."""

    frame: Frame
    calls: bool
    sender: "Sender"


class Sender:
    """A registered device, as far as its adverts of one kind go."""

    __slots__ = (
        "_alarms", "_at", "_bad", "_copies", "_driver", "_follow", "_frames", "_held", "_keep", "_key", "_last",
        "_told", "address", "heard", "port",
    )  # fmt: skip

    def __init__(self, port: str, address: str, driver: Driver, key: str, silent_after: float) -> None:
        self.port, self.address = port, address
        self.heard = -1e9
        """When, by any adapter."""
        self._driver, self._key = driver, key
        self._keep = min(max(silent_after / 4, KEEP[0]), KEEP[1])
        self._last: dict[str, bytes] = {}
        self._copies: deque[Copy] = deque(maxlen=COPIES)
        self._told: dict[tuple[str, int], Scalar] = {}
        self._at = -1e9
        self._follow = 0
        self._held: Heard | None = None
        self._frames, self._alarms, self._bad = Budget(10, 0.2), Budget(50, 10), Budget(3, 1 / 60)

    def take(self, adapter: str, body: bytes, rssi: int | None, at: float) -> Taken | None:
        """One advert -> what goes on of it."""
        pause = at - self.heard
        if rssi is not None:
            self.heard = at
        if not self._is_news(adapter, body, at, pause):
            return None if rssi is None or at - self._at < self._keep else self._taken(Heard(b"", rssi), at)
        try:
            heard = Heard(body, rssi, self._read(body))
        except BadFrame:
            # The hub counts them, with their reason; anybody can send them, so not all of them get there.
            return Taken(self._frame(Heard(body, rssi), at), False, self) if self._bad.take(at) else None
        if self._held is not None and self._held.points & heard.points:
            self._held = None  # a newer word on the same
        return self._taken(heard, at) if self._passes(heard, at) else None

    def always(self, body: bytes, rssi: int | None, at: float) -> Taken | None:
        """What is a measurement by itself and never said again: it goes on as long as there is a budget."""
        self.heard = at
        return self._taken(Heard(body, rssi), at) if self._alarms.take(at) else None

    def held(self, at: float) -> Taken | None:
        """What had to wait for its budget and is still the last that the sender said."""
        if self._held is None or not (self._alarms if self._held.calls else self._frames).take(at):
            return None
        return self._taken(self._held, at)

    def _is_news(self, adapter: str, body: bytes, at: float, pause: float) -> bool:
        if self._last.get(adapter) == body and pause < FORGOTTEN:
            return False
        self._last[adapter] = body
        for copy in self._copies:
            if copy.body == body and at - copy.at < LATE and adapter not in copy.by:
                copy.by.add(adapter)
                return False
        self._copies.append(Copy(body, at, {adapter}))
        return True

    def _read(self, body: bytes) -> Sequence[Value]:
        """As the driver says, with nothing remembered: what is new is the hub's to judge."""
        head = self._driver.head(body)._replace(address=self.address)
        return self._driver.decode(head, {"key": self._key} if self._key else {}).values

    def _passes(self, heard: Heard, at: float) -> bool:
        state = heard.calls or any(map(self._is_other_state, heard.values))
        vital = heard.calls or any(value.quantity in VITAL and self._differs(value) for value in heard.values)
        if state or vital or any(map(self._moved, heard.values)):
            self._follow = FOLLOW if state else self._follow
            if not (self._alarms if vital else self._frames).take(at):
                self._held = heard
            return self._held is not heard
        if self._follow and self._frames.take(at):
            self._follow -= 1
            return True
        return at - self._at >= (MEASURED if any(map(self._differs, heard.values)) else self._keep)

    def _is_other_state(self, value: Value) -> bool:
        return self._differs(value) and (isinstance(value.value, bool | str) or self._before(value) is None)

    def _moved(self, value: Value) -> bool:
        before, now = self._before(value), value.value
        if isinstance(now, bool | str) or before is None or isinstance(before, bool | str):
            return False
        return abs(now - before) > min(MOVED * abs(before), STEPS.get(value.quantity, math.inf))

    def _differs(self, value: Value) -> bool:
        return self._before(value) != value.value

    def _before(self, value: Value) -> Scalar | None:
        return self._told.get((value.quantity, value.nth))

    def _taken(self, heard: Heard, at: float) -> Taken:
        self._at = at
        if heard is self._held:
            self._held = None
        if heard.body:
            self._told.update(((value.quantity, value.nth), value.value) for value in heard.values)
        return Taken(self._frame(heard, at), heard.calls or any(one.quantity in VITAL for one in heard.values), self)

    def _frame(self, heard: Heard, at: float) -> Frame:
        return Frame(self.port, at, packed(Advert(self.address, heard.rssi, heard.body)))


class Sift:
    """All registered senders of a port."""

    def __init__(self, senders: Iterable[tuple[int, Sender]], now: Callable[[], float]) -> None:
        self._now = now
        self._senders: dict[str, dict[str, Sender]] = {}
        """Address as BlueZ writes it -> long UUID -> sender."""
        for service, sender in senders:
            by_service = self._senders.setdefault(sender.address.upper(), {})
            by_service[long_uuid(service)] = sender
        self.heard = self.passed = self.strangers = 0
        """Adverts of our own; Frames of them; adverts of anybody else."""

    def __contains__(self, address: object) -> bool:
        return address in self._senders

    def take(self, adapter: str, address: str, data: Mapping[str, bytes], rssi: int | None) -> Sequence[Taken]:
        """What an adapter heard, service data by UUID -> what goes on of it."""
        mine = self._senders.get(address)
        if mine is None:
            self.strangers += 1
            return ()
        self.heard += 1
        at = self._now()
        found = [mine[uuid].take(adapter, body, rssi, at) for uuid, body in data.items() if uuid in mine]
        return self._passed(found)

    def held(self) -> Sequence[Taken]:
        """What had to wait; ask from time to time."""
        at = self._now()
        return self._passed(sender.held(at) for mine in self._senders.values() for sender in mine.values())

    def _passed(self, found: Iterable[Taken | None]) -> Sequence[Taken]:
        taken = [one for one in found if one is not None]
        self.passed += len(taken)
        return taken
