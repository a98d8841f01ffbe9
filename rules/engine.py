"""The fold: readings and moments in, alerts out. Same inputs, same outputs, ids included.

Nothing here reads a clock. ``due()`` says when ``tick`` must be called at the latest; more ticks change nothing,
because each input first brings the engine to its own time, deadline by deadline.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from drivers.reading import HEARSAY, RETAINED, Reading
from rules.agenda import Agenda
from rules.alert import Alert
from rules.known import INFINITE, Device, Ears, Known
from rules.life import Begin, Life
from rules.quantities import MOMENTARY
from rules.rhythm import Rhythm
from rules.roster import Roster
from rules.route import Route, Told, counts, sayable, within
from rules.rows import Rows
from rules.rule import Rule
from rules.vigil import Vigil
from rules.wall import Facts, Mode, Wall
from rules.watch import Key, Refused, Watch

__all__ = ["Device", "Engine", "Refused"]


_SECOND_HAND = frozenset({HEARSAY, RETAINED})


class Engine:
    """All rules of one gateway at work. ``epoch`` names its store; alerts of two stores never share an id."""

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

    def feed(self, reading: Reading) -> list[Alert]:
        """Take in one reading. Never raises, whatever its value."""
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
            if at - numbers[0] > known.budget:
                known.miss(at)
            numbers[0] = at
            known.deaf = self._ears.deaf
            if known.lost:
                return alerts + self._found(known, reading)
        spot = known.spots.get(point)
        if spot is not None and source is None:
            row = spot.row
            if not row or (spot.once and numbers[row] == value):
                return alerts
            if value.__class__ is spot.kind and spot.low <= value <= spot.high and not flags:
                numbers[row], numbers[row + 1], numbers[row + 2] = value, at, n
                known.dirty = True
                return alerts
        return alerts + self._hear(known, reading)

    def tick(self, now: float) -> list[Alert]:
        """Do all that is due up to this moment, in its order; an alert's time is its deadline."""
        agenda = self._agenda
        if now < agenda.next:
            return []
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

    def deaf(self, seconds: float) -> None:
        """The gateway did not listen for so long: no proof that a sensor is silent. Time listened before counts on.

        Call it at the end of that time, before the next ``tick``.
        """
        self._ears.deaf += max(0.0, seconds)

    def wall(self, offset: float, synced: bool, zone: str, at: float, n: int) -> list[Alert]:
        """The clock says: ``at + offset`` is the time since the epoch, and whether that can be relied on.

        ``zone`` is the site's, as IANA names it. Call it whenever one of them may have changed, after ``configure``
        too; no news costs nothing. ``n`` is this input's number. Rules without hours or days never notice.
        """
        alerts = self.tick(at)
        return alerts + self._look_again(at, n) if self._ears.wall.tell(offset, synced, zone) else alerts

    def mode(self, home: str, mode: Mode, at: float, begin: Begin) -> list[Alert]:
        """From now on the home is in this mode. ``begin`` is this input's number, or the deadline that brought it."""
        alerts = self.tick(at)
        self._ears.wall.put(home, mode)
        return alerts + self._look_again(at, begin, home)

    @property
    def civil(self) -> Wall:
        """The time on the wall and the modes, to look at."""
        return self._ears.wall

    def unheard(self, devices: Iterable[str], at: float) -> list[str]:
        """Those of them that nobody heard for longer than their budget, or that aren't known."""
        found = [(name, self._known.get(name)) for name in devices]
        return [name for name, known in found if known is None or known.silent_at(known.budget) <= at]

    def _look_again(self, at: float, begin: Begin, home: str | None = None) -> list[Alert]:
        """Judge all that counts at certain times alone: of one home, or of all."""
        alerts: list[Alert] = []
        for watch in self._roster.guarded(home):
            alerts += self._judge(watch, at, begin, None)
        return alerts

    def reset(self, alert_id: str, at: float, n: int) -> list[Alert]:
        """A person ends a latched alert; raises Refused, with the reason, while its condition is true."""
        alerts = self.tick(at)
        key = next((key for key, life in self._opened.items() if life.id == alert_id), None)
        try:
            if key is None:
                raise Refused("no such open alert")
            if key in self._orphans:
                alerts += self._orphans.pop(key).end(at, "reset")
            else:
                alerts += self._roster.watches[key].reset(at)
            del self._opened[key]
        except Refused as refused:
            refused.alerts = tuple(alerts)
            raise
        self._rows.dirty.add(key)
        return alerts

    def open(self) -> list[Alert]:
        """The last change of each alert that is pending, firing or cleared."""
        return [alert for key in sorted(self._opened) if (alert := self._opened[key].alert) is not None]

    def heard(self, device: str) -> float | None:
        """When a device was last heard, or first configured if it never was; None for one nobody knows."""
        known = self._known.get(device)
        return None if known is None else known.heard

    def calm(self, device: str, quantity: str, point: str, value: float) -> bool:
        """Would this number in place of the last one leave all rules as they are, whatever comes after it?"""
        known = self._known.get(device)
        route = None if known is None or known.lost else known.routes.get(quantity)
        if known is None or route is None:
            return False
        asked, old = route.asked, known.value(point)
        if old is None or route.stirred:
            return not asked.askers
        return within(value, asked.low, asked.high) and within(old, asked.low, asked.high)

    def vigil(self, home: str, at: float) -> Vigil | None:
        """How the home's person is watched over at this moment; None where no rule does, or nobody was ever heard."""
        found = (watch.when.vigil(at) for watch in self._roster.about(home) if watch.key[1] == home)
        return next((vigil for vigil in found if vigil is not None), None)

    def forget(self, home: str, at: float) -> list[Alert]:
        """Somebody else lives there now: what was learned of the home is gone, and its silence begins anew."""
        alerts = self.tick(at)
        self._ears.rhythms.pop(home, None)
        self._ears.taught.add(home)
        for watch in self._roster.about(home):
            if any(leaf.worsens for leaf in watch.rule.when.leaves()):
                watch.when.anew(at)
                alerts += self._judge(watch, at, at, None)
        return alerts

    def learned(self, home: str) -> object:
        """What was learned of a home, JSON-able, with a schema number: to look at or to take to another gateway."""
        return self._ears.rhythm(home).save()

    def teach(self, home: str, learned: object) -> None:
        """Take up what ``learned`` gave, before ``configure``; raises ValueError, TypeError or AttributeError."""
        self._ears.rhythms[home] = Rhythm.of(learned)
        self._ears.taught.add(home)

    def configure(
        self, rules: Sequence[Rule], devices: Mapping[str, Device], at: float, n: int, facts: Facts | None = None
    ) -> list[Alert]:
        """From now on these rules and devices. What didn't change goes on as it was; ``n`` is this input's number."""
        alerts = self.tick(at)
        news = self._ears.wall.learn(facts or Facts())
        before = self._roster.watches
        for watch in before.values():
            watch.remember()
        lives = self._lives()
        self._rows.gone |= self._roster.configure(rules, devices, at)
        self._rows.doubt()
        self._orphans, self._agenda = {}, Agenda(self._roster.watches)
        settled: set[Key] = set()
        for key in sorted(lives):
            alerts += self._carry_over(key, lives[key], before.get(key), settled, at)
        for key, watch in sorted(self._roster.watches.items()):
            alerts += self._settle(watch, at, n, key in settled)
        alerts += self._look_again(at, n) if news else []
        self._index()
        return alerts

    def changed(self) -> dict[str, object]:
        """The rows of the checkpoint that changed since the last call; None deletes one."""
        return self._rows.changed(self._roster.watches, self._orphans)

    @property
    def stale(self) -> int:
        """How many devices may have changed since ``changed`` was called."""
        return len(self._rows.stale)

    def load(self, rows: Mapping[str, object]) -> list[str]:
        """Take up a checkpoint, before ``configure``. A row that can't be read is left out, and its key returned."""
        unreadable = self._rows.load(rows, self._orphans)
        self._index()
        return unreadable

    def _index(self) -> None:
        self._opened = {key: life for key, life in self._lives().items() if life.alert is not None}

    def _lives(self) -> dict[Key, Life]:
        return {key: watch.life for key, watch in self._roster.watches.items()} | self._orphans

    def _admit(self, name: str, at: float) -> Known | None:
        """Somebody nobody configured speaks; a latched alert of its name may wait for it."""
        known = self._roster.admit(name, at)
        for key in [key for key in self._orphans if key[1] in (name, "")] if known else []:
            watch = self._roster.watch_at(key)
            if watch is not None:
                self._adopt(watch, self._orphans.pop(key), at)
                self._agenda.put(watch)
        return known

    def _carry_over(self, key: Key, life: Life, old: Watch | None, settled: set[Key], at: float) -> list[Alert]:
        """Go on with what was remembered of a rule at a subject; note in ``settled`` that nothing changed."""
        if life.blank:
            return []
        watch = self._roster.watch_at(key)
        if watch is None:
            self._rows.dirty.add(key)
            if life.latch and life.stage in ("firing", "cleared"):
                self._orphans[key] = life
                return []
            return life.end(at, "rule-removed")
        same = self._adopt(watch, life, at)
        if same and (old is None or [d.name for d in old.devices] == [d.name for d in watch.devices]):
            settled.add(key)
        if not same and life.stage == "pending":
            self._rows.dirty.add(key)
            return life.end(at, "cleared")
        return []

    def _adopt(self, watch: Watch, life: Life, at: float) -> bool:
        """Let it go on with a remembered life; -> whether it can. One that can't is another condition at work."""
        same = watch.adopt(life, at)
        if not same:
            self._roster.astray(watch)
        return same

    def _settle(self, watch: Watch, at: float, n: int, settled: bool) -> list[Alert]:
        """Look at what is true already. Silence waits for the next tick: the gateway may have been deaf."""
        if watch.listens:
            if not settled:
                watch.asked, watch.life.at = (at, n), at
                self._rows.dirty.add(watch.key)
            self._attend(watch)
        elif not settled:
            return self._judge(watch, at, n, None)
        self._agenda.put(watch)
        return []

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
                if not asked.repeats:
                    return []
                told = route.always
            if not (reading.flags or route.stirred) and within(value, asked.low, asked.high):
                known.put(asked, reading)
                known.dirty = True
                return []
        return self._take(known, route, reading, told)

    def _take(self, known: Known, route: Route, reading: Reading, told: tuple[Told, ...]) -> list[Alert]:
        """Remember a reading that may change something, and tell those whom it concerns."""
        quantity, asked = reading.quantity, route.asked
        if not asked.askers or not counts(reading):
            return []
        reading = sayable(reading)
        value: Any = reading.value
        number = value.__class__ is not str and reading.source is None and reading.point in known.spots
        if quantity not in MOMENTARY:
            known.put(asked, reading, route.mood)
            known.dirty = True
        elif RETAINED in reading.flags:
            return []
        if route.sleepers and not within(value, asked.low, asked.high):
            told = self._roster.wake(known, quantity, value).watches
        alerts: list[Alert] = []
        for watch, low, high, ears in told:
            if not (number and watch.rests and low <= value <= high):
                alerts += self._judge(watch, reading.at, reading.n, reading)
            elif ears:
                self._note(watch)
                if any([ear.step(reading.at, reading) for ear in ears]):
                    alerts += self._judge(watch, reading.at, reading.n, None)
        return alerts

    def _note(self, watch: Watch) -> None:
        """Its row may have changed."""
        if not watch.stale:
            watch.stale = True
            self._rows.dirty.add(watch.key)

    def _judge(self, watch: Watch, at: float, begin: Begin, reading: Reading | None) -> list[Alert]:
        alerts = watch.judge(at, begin, reading)
        self._note(watch)
        if alerts and watch.life.alert is not None:
            self._opened[watch.key] = watch.life
        elif alerts:
            self._opened.pop(watch.key, None)
        if (watch.life.stage == "quiet" and watch.when.rests()) is not watch.rests:
            self._roster.turn(watch)
        if watch.listens:
            self._attend(watch)
        self._agenda.put(watch)
        return alerts

    def _attend(self, watch: Watch) -> None:
        """Let a watch that believes a device silent hear of its next reading."""
        wants = watch.when.attentive()
        for known in watch.devices:
            if wants and watch not in known.lost:
                known.lost = tuple(sorted((*known.lost, watch), key=lambda one: one.key))
            elif not wants and watch in known.lost:
                known.lost = tuple(other for other in known.lost if other is not watch)

    def _id(self, rule: str, subject: str, begin: str) -> str:
        return blake2b(f"{self._seed}{rule}\0{subject}\0{begin}".encode(), digest_size=8).hexdigest()
