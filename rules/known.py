"""What the engine knows of one device: when it was heard, and what it said last (sheet.py)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from drivers.reading import Reading, Source
from rules.gaps import Gap, added, seconds
from rules.rhythm import Rhythm
from rules.route import Asked, Listeners, Route
from rules.sheet import Layouts, Sheet
from rules.wall import Wall

if TYPE_CHECKING:
    from rules.watch import Watch

INFINITE = float("inf")
UNSAID = 6 * 3600.0
"""Seconds: a device without a budget that was not heard for longer may have missed something."""


class Device(NamedTuple):
    """What rules know of a device."""

    home: str
    room: str = ""
    silent_after: float | None = None
    """Supervision budget in seconds; None = not supervised, as the gateway's own parts."""
    says: frozenset[str] = frozenset()
    """All quantities that it says, where its driver knows before it speaks."""


class Kin:
    """What holds for all devices of a home."""

    __slots__ = ("doubted", "guards", "missed")

    def __init__(self) -> None:
        self.missed = -INFINITE
        """When a silence of one of them was over that was too long; none ended later."""
        self.doubted: frozenset[tuple[str, str]] = frozenset()
        """Device and quantity of what isn't believed now: a rule fires that discredits it. Only the engine turns it."""
        self.guards: dict[object, object] = {}
        """Guard of a rule -> that guard at work (conditions/guard.py), for all rules that have such a one."""


class Ears:
    """What holds for all devices of a gateway."""

    __slots__ = ("_kin", "deaf", "layouts", "pauses", "rhythms", "taught", "unplaced", "wall")

    def __init__(self) -> None:
        self.deaf = 0.0
        """Seconds in which it did not listen, counted since its first start."""
        self.pauses: list[Gap] = []
        """The last of these times, in order."""
        self.unplaced = 0.0
        """Of these seconds, those that end now, whenever that is: the engine is told of them without the time."""
        self.wall = Wall()
        self.layouts = Layouts()
        self.rhythms: dict[str, Rhythm] = {}
        """Home -> what its past says about silences; it outlives a change of the rules."""
        self.taught: set[str] = set()
        """Homes of which that isn't in the checkpoint yet."""
        self._kin: dict[str, Kin] = {}

    def kin(self, home: str) -> Kin:
        """What the devices of a home share."""
        return self._kin.setdefault(home, Kin())

    def place(self, at: float) -> None:
        """This is the moment at which a time ends in which nobody listened."""
        self.pauses, self.unplaced = added(self.pauses, at - self.unplaced, at), 0.0

    def doubt(self, doubted: Mapping[str, frozenset[tuple[str, str]]]) -> list[str]:
        """From now on this isn't believed, of each home -> the homes in which something else was not before."""
        homes = sorted({*doubted, *(home for home, kin in self._kin.items() if kin.doubted)})
        changed = [home for home in homes if self.kin(home).doubted != doubted.get(home, frozenset())]
        for home in changed:
            self.kin(home).doubted = doubted.get(home, frozenset())
        return changed

    def rhythm(self, home: str) -> Rhythm:
        """What is known of a home; of one that is new, what is normal anywhere."""
        if home not in self.rhythms:
            self.rhythms[home] = Rhythm()
        return self.rhythms[home]


class Known(Sheet):
    """One device. The engine writes ``heard`` and ``deaf`` at each reading; conditions only look."""

    __slots__ = (
        "alone", "budget", "cut", "device", "ears", "gaps", "guest", "kin", "routes", "saved",
    )  # fmt: skip

    def __init__(self, name: str, device: Device, ears: Ears, at: float) -> None:
        super().__init__(name, at, ears.layouts)
        self.device = device
        self.alone: Sequence[Known] = (self,)
        """For those who look at this device alone."""
        self.ears = ears
        self.kin = ears.kin(device.home)
        self.deaf = ears.deaf
        """``ears.deaf`` when it was heard."""
        self.budget = device.silent_after or UNSAID
        """Seconds of silence after which it may have missed something."""
        self.limit = self.budget
        """Seconds after which its next word ends a silence; while its line is down any word does."""
        self.cut: tuple[float, float] | None = None
        """Since when its line is down, and the gateway's own deafness by then."""
        self.gaps: list[Gap] = []
        """The last of such silences, in order."""
        self.guest = False
        """It spoke without being configured: one of the gateway's own parts."""
        self.routes: dict[str, Route] = {}
        """quantity -> whom to tell."""
        self.listeners: tuple[Listeners, ...] = ()
        """The ears of all routes, quantity by quantity: to tell of a reading while all whom it concerns rest."""
        self.lost: tuple[Watch, ...] = ()
        """Whom to tell of the next reading, whatever it is: they believe the device silent."""
        self.dirty = False
        """What it said last isn't in the checkpoint yet."""
        self.saved: tuple[float, float] | None = None
        """``heard`` and ``deaf`` as in the checkpoint."""
        self.stale = False
        """It stands among those whose rows may have to be made anew."""

    def silent_at(self, budget: float) -> float:
        """The moment at which the budget is used up, if nothing comes; time in which nobody listened isn't counted."""
        return round(self.heard + (self.ears.deaf - self.deaf) + budget, 6)

    def unheard_at(self) -> float:
        """From this moment on it isn't heard, if nothing comes: its budget is used up, or its line was down before."""
        moment = self.silent_at(self.budget)
        return moment if self.cut is None else min(moment, self.cut[0])

    def owes(self, *quantities: str) -> bool:
        """Is it there to say one of these, and never did yet? So it is missed like one that did, if it isn't heard."""
        device = self.device
        return device.silent_after is not None and not (device.says.isdisjoint(quantities) or self.says(*quantities))

    def joins_at(self, at: float) -> float:
        """Since when it counts as a sensor of what it says at this moment for the first time: of one that was silent
        for too long until now, since its silence began; what it missed is no proof of anything."""
        return self.gaps[-1].since if self.gaps and self.gaps[-1].until == at else at

    @property
    def lies(self) -> bool:
        """Is some of what it says not believed? See ``Kin.doubted``."""
        return any(device == self.name for device, _ in self.kin.doubted)

    def miss(self, at: float) -> None:
        """It is heard again after a long time; before ``heard`` and ``deaf`` are written."""
        self.mend(at)
        silence = at - self.heard - (self.ears.deaf - self.deaf)
        if silence > self.budget:
            self._note(at - silence, at)

    def sever(self, at: float) -> None:
        """Its line is down."""
        if self.cut is None:
            self.cut, self.limit, self.saved = (at, self.ears.deaf), -INFINITE, None

    def mend(self, at: float) -> None:
        """Its line is up again: what it said meanwhile nobody heard."""
        if self.cut is not None:
            (since, deaf), self.cut, self.limit, self.saved = self.cut, None, self.budget, None
            silence = at - since - (self.ears.deaf - deaf)
            if silence > 0:
                self._note(at - silence, at)

    def _note(self, since: float, until: float) -> None:
        self.missed(added(self.gaps, since, until))

    def missed(self, gaps: list[Gap]) -> None:
        """These were its silences."""
        self.gaps = gaps
        if gaps:
            self.kin.missed = max(self.kin.missed, gaps[-1].until)

    def turn_to(self, device: Device, asked: Mapping[str, Asked], at: float) -> None:
        """Another configuration: forget numbers that nobody asks for, and who was told of what."""
        self.device = device
        self.kin = self.ears.kin(device.home)
        self.kin.guards.clear()
        self.missed(self.gaps)
        self.budget = device.silent_after or UNSAID
        self.limit = self.budget if self.cut is None else -INFINITE
        self.heard = min(self.heard, at)
        self.deaf = min(self.deaf, self.ears.deaf)
        if self.lay(asked):
            self.dirty = True
        self.routes = {}
        self.listeners = ()
        self.lost = ()

    def hearing(self) -> list[object]:
        """When it was heard, for the checkpoint."""
        gaps = [gap.row() for gap in self.gaps]
        cut = [] if self.cut is None else [{"cut": list(self.cut)}]
        return [self.guest, self.heard, self.deaf, *([gaps] if gaps else []), *cut]

    def take_hearing(self, row: Any) -> None:
        """From the checkpoint; raises ValueError or TypeError for anything else."""
        guest, heard, deaf, *more = row
        cut = more.pop()["cut"] if more and isinstance(more[-1], dict) else None
        gaps = more[-1] if more and isinstance(more[-1], list) else []  # an older version wrote their sum before them
        self.heard, self.deaf, self.guest = float(heard), float(deaf), guest is True
        self.missed([Gap.of(gap) for gap in gaps])
        if cut is not None:
            self.cut, self.limit = (float(cut[0]), float(cut[1])), -INFINITE
        self.saved = (self.heard, self.deaf)

    def said(self) -> list[object]:
        """What it said last, for the checkpoint."""
        if self.odd or self.more:
            return [pack(reading) for reading in self.remembered()]
        name, numbers, laid = self.name, self.numbers.tolist(), [one for one in self.spots.items() if one[1].row]
        return [
            [name, point, spot.asked.quantity, spot.kind(numbers[spot.row]), numbers[spot.row + 1], [],
             int(numbers[spot.row + 2]), None]
            for point, spot in laid if spot.kind is not None
        ]  # fmt: skip

    def take_said(self, row: Any) -> None:
        """From the checkpoint; raises ValueError or TypeError for anything else."""
        self.odd = {reading.point: reading for reading in [unpack(packed) for packed in row]}
        self.dirty = False


def blind(devices: Sequence[Known], since: float, joined: Mapping[str, float] | None = None) -> float:
    """Seconds from this moment on in which one of them, all of one home, was silent for too long, each moment once.

    A silence counts when it is over. ``joined`` says from when on a device counts, if not from its first word on.
    """
    if not devices or devices[0].kin.missed <= since:
        return 0.0
    named = [(known.name, gap) for known in devices for gap in known.gaps if gap.until > since]
    heard = joined or {}
    spans = [(max(gap.since, since, heard.get(name, since)), gap.until, gap.share) for name, gap in named]
    return seconds({span for span in spans if span[0] < span[1]})  # those of one line have the same


def unheard_next(devices: Iterable[Known], after: float) -> float | None:
    """The first moment later than this one from which on one of them isn't heard, if nothing comes."""
    return min([moment for known in devices if (moment := known.unheard_at()) > after], default=None)


def unseen(devices: Sequence[Known], since: float, until: float, joined: Mapping[str, float]) -> float:
    """Seconds between two moments in which the gateway didn't listen, or one of these, all of one home, was silent for
    too long; each moment once. The others as of ``blind``."""
    pauses = devices[0].ears.pauses if devices else []
    gaps = [(whole(gap, pauses), joined.get(known.name, since)) for known in devices for gap in known.gaps]
    gaps += [(pause, since) for pause in pauses]
    spans = [(max(gap.since, since, heard), min(gap.until, until), gap.share) for gap, heard in gaps]
    return seconds({span for span in spans if span[0] < span[1]})


def whole(gap: Gap, pauses: Sequence[Gap]) -> Gap:
    """The gap of a device from its last word on: the gateway's pauses in it, which it leaves out, put it off."""
    left, since = gap.until - gap.since, gap.until
    for pause in reversed(pauses):
        if pause.since < since:
            listened = max(0.0, since - pause.until)
            if left <= listened:
                break
            left, since = left - listened, pause.since
    return Gap(round(since - left, 6), gap.until, round(gap.share * (gap.until - since + left), 6))


def pack(reading: Reading) -> list[object]:
    """A reading as JSON-able values."""
    device, point, quantity, value, at, flags, n, source = reading
    return [device, point, quantity, value, at, list(flags), n, None if source is None else list(source)]


def unpack(row: Any) -> Reading:
    """The reading again; raises ValueError or TypeError for anything else."""
    device, point, quantity, value, at, flags, n, source = row
    if not all(isinstance(name, str) for name in (device, point, quantity)) or not isinstance(
        value, bool | float | int | str
    ):
        raise TypeError("no reading")
    said = None if source is None else Source(str(source[0]), int(source[1]), int(source[2]))
    return Reading(device, point, quantity, value, float(at), tuple(map(str, flags)), int(n), said)
