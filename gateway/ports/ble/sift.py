"""Sift: which of all that a radio hears goes on as a Frame. No clock of its own.

A stranger costs a look-up. Of a registered sender goes on what is news, thinned (gateway/ports/thin.py):

- The same bytes again are no news: BlueZ calls back with what it remembers whenever a strength changes. They say that
  the sender is there, and that goes on from time to time, without the bytes, so that nothing old is told as new.
  After a pause in which BlueZ forgot the sender they were sent anew. Not so of bytes that nobody can read, nor of a
  sender that encrypts: its counter moves with each advert, and who sends an old one again may be anybody.
- Bytes that another adapter brought first are a late copy, though something newer came in between: within five seconds
  always, within a minute if the frame is marked (packet id, counter) and this adapter lags. An adapter brings things in
  their order, so it doesn't lag if it brought something that was first heard well after those bytes: then they are
  news, said by a sensor whose battery was changed, and whose packet ids began anew.
- What a third party's driver reads, nobody here can: all news of it goes to its worker, and is thinned there.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from drivers import guest
from drivers.advert import Advert, packed
from drivers.driver import BadFrame, Decoded, Driver, Memory
from drivers.reading import Frame
from gateway.ports.ble.strangers import long_uuid
from gateway.ports.thin import Budget, Said, Thin, calls

FORGOTTEN: Final = 30.0
"""Seconds after which BlueZ has forgotten a sender that it doesn't hear."""
LATE: Final = 5.0
"""Seconds that another adapter may bring the same advert late; a sensor says it several times in a few seconds."""
LAG: Final = 60.0
"""Seconds that an adapter which lags may bring it late."""
COPIES: Final = 64
"""Adverts of a sender remembered to know late copies."""
MARKS: Final = frozenset({"packet", "counter"})
"""What a driver remembers of frames that can be told from one another."""


UNREAD: Final = 3
"""So many adverts in a row that can't be read are worth a word; one may be damaged, or anybody's."""
AGAIN: Final = 3600.0
"""Seconds between two such words on one sender."""


class Copy(NamedTuple):
    """One advert, when it came first, and by which adapters it came."""

    body: bytes
    at: float
    by: set[str]


class Lags:
    """How far each adapter has got in what all of them hear."""

    def __init__(self) -> None:
        self._got: dict[str, float] = {}
        """Adapter -> when the newest thing that it brought was heard first, by another one."""

    def brought(self, adapter: str, first: float) -> None:
        """It brought what another adapter had heard then."""
        self._got[adapter] = max(first, self._got.get(adapter, first))

    def may_bring(self, adapter: str, first: float) -> bool:
        """Whether what was heard then may still be on its way through this adapter."""
        return first >= self._got.get(adapter, first) - LATE


class Taken(NamedTuple):
    """A Frame that goes on, and whose it is."""

    frame: Frame
    presses: bool
    """It needs no room in the inbox: a call for help, what may be an alarm, or what only others can read."""
    calls: bool
    """It calls for help for sure."""
    sender: "Sender"


class Sender:
    """A registered device, as far as its adverts of one kind go."""

    __slots__ = (
        "_always", "_bad", "_bads", "_copies", "_counter", "_driver", "_held", "_key", "_lags", "_last", "_said_at",
        "_sign_of_life", "_thin", "_top", "address", "foreign", "heard", "port", "unread",
    )  # fmt: skip

    def __init__(
        self, port: str, address: str, driver: Driver, key: str, silent_after: float, lags: Lags | None = None
    ) -> None:
        self.port, self.address = port, address
        self.heard = -1e9
        """When, by any adapter."""
        self.foreign = driver.head is guest.head
        """It is a third party's driver that reads it."""
        self._driver, self._key, self._lags = driver, key, lags or Lags()
        self._last: dict[str, bytes] = {}
        self.unread = ""
        """Why its adverts can't be read, while that is worth a word."""
        self._bads, self._said_at = 0, -AGAIN
        self._counter = 0
        """Of its last encrypted advert."""
        self._top = 0
        """The greatest of those counters."""
        self._sign_of_life = b""
        """What shows, when it comes again, that the sender is there."""
        self._copies: deque[Copy] = deque(maxlen=COPIES)
        self._thin = Thin(silent_after)
        self._held: Said | None = None
        self._always, self._bad = calls(), Budget(3, 1 / 60)

    def take(self, adapter: str, body: bytes, rssi: int | None, at: float) -> Taken | None:
        """One advert -> what goes on of it."""
        pause = at - self.heard
        if rssi is not None:
            self.heard = at
        if not self._is_news(adapter, body, at, pause):
            return self._sign(rssi, at) if body == self._sign_of_life else None
        if self.foreign:
            self._sign_of_life = body
            return self.always(body, rssi, at)
        try:
            values, memory, _ = self._read(body)
        except BadFrame as error:
            self._note_bad(error.why, at)
            # The hub counts them, with their reason; anybody can send them, so not all of them get there.
            return self._taken(Said(self._frame(body, rssi, at))) if self._bad.take(at) else None
        self._bads, self.unread = 0, ""
        again = body == self._sign_of_life and not MARKS.isdisjoint(memory)
        ahead = self._look_at_counter(body, memory, says_something=bool(values))
        if not values or again:
            return self._sign(rssi, at) if ahead or body == self._sign_of_life else None
        said = Said(self._frame(body, rssi, at), values)
        return self._taken(said) if self._thin.takes(said, at) else None

    def always(self, body: bytes, rssi: int | None, at: float) -> Taken | None:
        """What can't be weighed here, or is never said again: it goes on as long as there is a budget, or waits."""
        self.heard = at
        said = Said(self._frame(body, rssi, at))
        self._held = None if self._always.take(at) else said
        self._thin.alive(at)
        return None if self._held else self._taken(said)

    def held(self, at: float) -> Taken | None:
        """What had to wait for its budget and is still the last that the sender said."""
        said = self._held if self._held and self._always.take(at) else self._thin.held(at)
        if said is self._held:
            self._held = None
        return self._taken(Said(said.frame._replace(at=at), said.values)) if said else None

    def _note_bad(self, why: str, at: float) -> None:
        self._bads += 1
        if self._bads == UNREAD and at - self._said_at >= AGAIN:
            self._said_at, self.unread = at, why

    def _look_at_counter(self, body: bytes, memory: Memory, *, says_something: bool) -> bool:
        """Whether it is encrypted and ahead of all before it: it says that the sender is there, if nothing else."""
        if "counter" in memory:
            counter, top = int(memory["counter"]), self._top
            if counter < self._counter:
                self._thin.doubt()
            self._counter, self._top = counter, max(top, counter)
            return top < counter
        if says_something or not self._key:  # of a sender with a key anybody can say nothing
            self._sign_of_life = body
        return False

    def _is_news(self, adapter: str, body: bytes, at: float, pause: float) -> bool:
        if self._last.get(adapter) == body and pause < FORGOTTEN:
            return False
        self._last[adapter] = body
        for copy in self._copies:
            if copy.body == body and adapter not in copy.by and self._is_late(adapter, copy, at):
                copy.by.add(adapter)
                self._lags.brought(adapter, copy.at)
                return False
        self._copies.append(Copy(body, at, {adapter}))
        return True

    def _is_late(self, adapter: str, copy: Copy, at: float) -> bool:
        if at - copy.at < LATE:
            return True
        return at - copy.at < LAG and self._lags.may_bring(adapter, copy.at) and self._is_marked(copy.body)

    def _is_marked(self, body: bytes) -> bool:
        """Whether two frames of these bytes are one. What a third party's driver reads, nobody here can tell."""
        try:
            return not self.foreign and bool(MARKS & self._read(body).memory.keys())
        except BadFrame:
            return False

    def _read(self, body: bytes) -> Decoded:
        """As the driver says, with nothing remembered: what is new is the hub's to judge."""
        head = self._driver.head(body)._replace(address=self.address)
        return self._driver.decode(head, {"key": self._key} if self._key else {})

    def _sign(self, rssi: int | None, at: float) -> Taken | None:
        """That it is there, if it is time to say so and it was heard indeed."""
        if rssi is None or not self._thin.is_due(at):
            return None
        self._thin.alive(at)
        return self._taken(Said(self._frame(b"", rssi, at)))

    def _frame(self, body: bytes, rssi: int | None, at: float) -> Frame:
        return Frame(self.port, at, packed(Advert(self.address, rssi, body)))

    def _taken(self, said: Said) -> Taken:
        return Taken(said.frame, said.presses or self.foreign, said.calls, self)


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

    def unread(self) -> dict[str, str]:
        """Address -> why it can't be read; ask from time to time."""
        every = (sender for mine in self._senders.values() for sender in mine.values())
        return {sender.address: sender.unread for sender in every if sender.unread}

    def _passed(self, found: Iterable[Taken | None]) -> Sequence[Taken]:
        taken = [one for one in found if one is not None]
        self.passed += len(taken)
        return taken
