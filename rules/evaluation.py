"""Readings and moments in, alerts out: the part of the engine that is at work all the time.

Nothing here reads a clock. ``due()`` says when ``tick`` must be called at the latest; more ticks change nothing,
because each input first brings the engine to its own time, deadline by deadline.
"""

from hashlib import blake2b
from itertools import compress
from typing import Any

from drivers.reading import HEARSAY, RETAINED, Reading
from rules.agenda import Agenda
from rules.alert import Alert
from rules.conditions.condition import Live
from rules.known import INFINITE, Ears, Known
from rules.life import Begin, Life
from rules.quantities import MOMENTARY
from rules.roster import Roster
from rules.route import Route, Told, counts, sayable, within
from rules.rows import Rows
from rules.watch import Key, Watch

_SECOND_HAND = frozenset({HEARSAY, RETAINED})


class Evaluation:
    """Rules at work. ``epoch`` names the store; alerts of two stores never share an id."""

    def __init__(self, gateway: str, epoch: str) -> None:
        self._seed = f"{gateway}\0{epoch}\0"
        self._ears = Ears()
        self._roster = Roster(self._id, self._ears)
        self._known = self._roster.known
        self._orphans: dict[Key, Life] = {}
        """Latched alerts whose rule or device is gone; at boot, all that was loaded and waits for ``configure``."""
        self._opened: dict[Key, Life] = {}
        """Those that have an alert; on an estate they are few among a hundred thousand watches."""
        self._agenda = Agenda(self._roster.watches)
        self._rows = Rows(self._ears, self._known)
        self.renamed: dict[str, str] = {}
        """Homes that the last ``configure`` found under another name: old -> new."""

    def feed(self, reading: Reading) -> list[Alert]:
        """Take in one reading. Never raises, whatever its value.

        Nearly all readings end in the second half, which asks only the device's own sheet: what concerns nobody is
        passed over, what at the most ears want to know is noted and told to them. All others go to ``_hear``, which
        asks the route, and from there to ``_take``, which wakes who sleeps and judges whom it concerns.
        """
        device, point, _, value, at, flags, n, source = reading
        alerts = self.tick(at) if at >= self._agenda.next else []
        known = self._known.get(device)
        if known is None:
            known = self._admit(device, at)
            if known is None:
                return alerts
        if not known.stale:
            known.stale = True
            self._rows.stale.append(known)
        numbers = known.numbers
        if not flags or not _SECOND_HAND.intersection(flags):  # only its own word shows that the sensor lives
            if at - numbers[0] > known.limit:
                known.miss(at)
            numbers[0] = at
            known.deaf = self._ears.deaf
            if known.lost:
                return alerts + self._found(known, reading)
        spot = known.spots.get(point)
        if spot is not None and source is None:
            row = spot.row
            same = numbers[row] == value  # never where it said no plain number last: NaN stands there
            if not row or (same and spot.once):
                return alerts
            low, high = spot.again if same else spot.other  # while one of them is stirred: no number at all
            if value.__class__ is spot.kind and low <= value <= high and not flags:
                numbers[row], numbers[row + 1], numbers[row + 2] = value, at, n
                known.dirty = True
                return alerts + self._overhear(known, reading) if spot.ears else alerts
        return alerts + self._hear(known, reading)

    def tick(self, now: float) -> list[Alert]:
        """Do all that is due up to this moment, in its order; an alert's time is its deadline."""
        agenda = self._agenda
        if now < agenda.next:
            return []
        if self._ears.unplaced:
            self._ears.place(now)
        alerts: list[Alert] = []
        while (moment := agenda.first()) <= now:
            watch = agenda.take()
            begin: Begin = moment
            if watch.asked is not None:
                begin, watch.asked = watch.asked[1], None
            alerts += self._judge(watch, moment, begin, None)
        agenda.next = moment
        return alerts

    def due(self) -> float | None:
        """Gateway time of the next deadline."""
        moment = self._agenda.first()
        return None if moment == INFINITE else moment

    def _admit(self, name: str, at: float) -> Known | None:
        """Somebody nobody configured speaks; a latched alert of its name may wait for it."""
        known = self._roster.admit(name, at)
        for key in [key for key in self._orphans if key[1] in (name, "")] if known else []:
            watch = self._roster.watch_at(key)
            if watch is not None:
                self._adopt(watch, self._orphans.pop(key), at)
                if watch.waits:
                    self._attend(watch)
                self._agenda.put(watch)
        return known

    def _adopt(self, watch: Watch, life: Life, at: float) -> bool:
        """Let it go on with a remembered life; -> whether it can. One that can't is another condition at work."""
        same = watch.adopt(life, at)
        if not same:
            self._roster.astray(watch)
        return same

    def _found(self, known: Known, reading: Reading) -> list[Alert]:
        """A device that was believed silent speaks."""
        lost = known.lost
        route = known.routes.get(reading.quantity) or self._roster.route(known, reading.quantity)
        worth = counts(reading)
        told = {watch for watch, *_ in route.watches} if worth else ()
        alerts = self._take(known, route, reading, route.watches)
        for watch in lost:
            if watch not in told:
                alerts += self._judge(watch, reading.at, reading.n, sayable(reading) if worth else None)
        return alerts

    def _hear(self, known: Known, reading: Reading) -> list[Alert]:
        """A reading that may concern somebody."""
        quantity, value, source = reading.quantity, reading.value, reading.source
        route = known.routes.get(quantity) or self._roster.route(known, quantity)
        told, asked = route.watches, route.asked
        if source is None and (old := known.value(reading.point)) is not None:
            if old == value:
                told = route.always
                if not asked.repeats and (not told or known.spots[reading.point].kind is not None):
                    return []  # else that one was at second hand, or no number: its own word is news to some
            if not (reading.flags or route.stirred) and within(value, asked.low, asked.high):
                known.put(asked, reading)
                known.dirty = True
                return []
        return self._take(known, route, reading, told)

    def _take(self, known: Known, route: Route, reading: Reading, told: tuple[Told, ...]) -> list[Alert]:
        """Remember a reading that may change something, and tell those whom it concerns."""
        quantity, asked = reading.quantity, route.asked
        if not asked.quantity or not counts(reading):  # without a name: it isn't kept
            return []
        reading = sayable(reading)
        value: Any = reading.value
        number = value.__class__ is not str and reading.source is None and reading.point in known.spots
        if quantity not in MOMENTARY:
            known.put(asked, reading, route.mood)
            known.dirty = True
        elif RETAINED in reading.flags:
            return []
        if route.sleepers and not within(value, route.low, route.high):
            told = self._roster.wake(known, quantity, value).watches
        alerts: list[Alert] = []
        for watch, low, high, ears in told:
            if not (number and watch.rests and low <= value <= high):
                alerts += self._judge(watch, reading.at, reading.n, reading)
            elif ears and self._listen(watch, ears, reading):
                alerts += self._judge(watch, reading.at, reading.n, None)
        return alerts

    def _overhear(self, known: Known, reading: Reading) -> list[Alert]:
        """All whom it concerns rest, and have ears for it at the most.

        Whose ears they are is touched only if one says that it is true; that their rows may have changed, the rows see
        by the device (rows.py).
        """
        alerts: list[Alert] = []
        at = reading.at
        for quantity, ears, watches in known.listeners:
            if quantity == reading.quantity:
                truths = [ear.step(at, reading) for ear in ears]
                if any(truths):
                    for watch in dict.fromkeys(compress(watches, truths)):
                        alerts += self._judge(watch, at, reading.n, None)
        return alerts

    def _listen(self, watch: Watch, ears: tuple[Live, ...], reading: Reading) -> bool:
        """It rests, and only follows the course of a quantity -> does one of its ears say that it is true?"""
        self._note(watch)
        at, true = reading.at, False
        for ear in ears:
            true = ear.step(at, reading) or true
        return true

    def _note(self, watch: Watch) -> None:
        """Its row may have changed."""
        if not watch.stale:
            watch.stale = True
            self._rows.lived.append(watch)

    def _judge(self, watch: Watch, at: float, begin: Begin, reading: Reading | None) -> list[Alert]:
        alerts = watch.judge(at, begin, reading)
        self._note(watch)
        if alerts and watch.life.alert is not None:
            self._opened[watch.key] = watch.life
        elif alerts:
            self._opened.pop(watch.key, None)
        if alerts and watch.rule.discredits:
            alerts += self._believe(at, begin)
        if (watch.life.stage == "quiet" and watch.when.rests()) is not watch.rests:
            self._roster.turn(watch)
        if watch.waits:
            self._attend(watch)
        self._agenda.put(watch)
        return alerts

    def _believe(self, at: float, begin: Begin) -> list[Alert]:
        """A trouble that discredits a sensor has begun or is over: look again at all that asks for sound ones."""
        alerts: list[Alert] = []
        for home in self._ears.doubt(self._roster.doubted(self._opened)):
            for watch in self._roster.about(home, self._roster.strict):
                alerts += self._judge(watch, at, begin, None)
        return alerts

    def _attend(self, watch: Watch) -> None:
        """Let a watch that believes a device silent hear of its next reading."""
        wants = watch.attentive()
        if not wants and not watch.attends:
            return  # as nearly always; a look at each device of the home touches memory that no cache holds
        watch.attends = wants
        for known in watch.devices:
            if wants and watch not in known.lost:
                known.lost = tuple(sorted((*known.lost, watch), key=lambda one: one.key))
            elif not wants and watch in known.lost:
                known.lost = tuple(other for other in known.lost if other is not watch)

    def _id(self, rule: str, subject: str, begin: str) -> str:
        return blake2b(f"{self._seed}{rule}\0{subject}\0{begin}".encode(), digest_size=8).hexdigest()
