"""The fold: readings and moments in, alerts out. Same inputs, same outputs, ids included.

Nothing here reads a clock. ``due()`` says when ``tick`` must be called at the latest; more ticks change nothing,
because each input first brings the engine to its own time, deadline by deadline.
"""

import heapq
import math
import sys
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from drivers.reading import REPLAY, RETAINED, Reading
from rules.alert import Alert
from rules.known import INFINITE, Device, Ears, Known
from rules.life import Begin, Life
from rules.quantities import MOMENTARY
from rules.roster import Roster
from rules.rule import Rule
from rules.watch import Key, Refused, Watch

__all__ = ["Device", "Engine", "Refused"]

SCHEMA = 1
"""Of the checkpoint rows."""


class Engine:
    """All rules of one gateway at work. ``epoch`` names its store; alerts of two stores never share an id."""

    def __init__(self, gateway: str, epoch: str) -> None:
        self._seed = f"{gateway}\0{epoch}\0"
        self._ears = Ears()
        self._roster = Roster(self._id, self._ears)
        self._known = self._roster.known
        self._orphans: dict[Key, Life] = {}
        """Latched alerts whose rule or device is gone; at boot, all that was loaded and waits for ``configure``."""
        self._heap: list[tuple[float, Key]] = []
        self._next = INFINITE
        self._kept: dict[Key, object] = {}
        """The rows of lives as they stand in the checkpoint."""
        self._dirty: set[Key] = set()
        self._gone: set[str] = set()
        """Devices whose row has to go."""
        self._whole_saved: list[object] = [0.0, *self._ears.wall.save()]

    def feed(self, reading: Reading) -> list[Alert]:
        """Take in one reading. Never raises, whatever its value."""
        device, point, quantity, value, at, flags, _, source = reading
        alerts = self.tick(at) if at >= self._next else []
        known = self._known.get(device)
        if known is None:
            known = self._admit(device, at)
            if known is None:
                return alerts
        if not flags or RETAINED not in flags:  # what the broker kept doesn't show that the sensor lives
            if at - known.heard > known.budget:
                known.miss(at)
            known.heard = at
            known.deaf = self._ears.deaf
            if known.lost:
                return alerts + self._found(known, reading)
        always, watches = known.routes.get(quantity) or self._roster.route(known, quantity)
        if not watches:
            return alerts
        if source is None:
            points = known.last.get(quantity)
            if points is not None and (old := points.get(point)) is not None and old.value == value:
                if not always:
                    return alerts
                watches = always
        return alerts + self._take(known, reading, watches)

    def tick(self, now: float) -> list[Alert]:
        """Do all that is due up to this moment, in its order; an alert's time is its deadline."""
        if now < self._next:
            return []
        alerts: list[Alert] = []
        while (moment := self._first()) <= now:
            watch = self._roster.watches[heapq.heappop(self._heap)[1]]
            watch.queued = None
            begin: Begin = moment
            if watch.asked is not None:
                begin, watch.asked = watch.asked[1], None
            alerts += self._judge(watch, moment, begin, None)
        self._next = moment
        return alerts

    def due(self) -> float | None:
        """Gateway time of the next deadline."""
        moment = self._first()
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

    def mode(self, home: str, mode: str, at: float, n: int, until: float | None = None) -> list[Alert]:
        """From now on the home is in this mode (one of wall.MODES), ``until`` it is "home" again by itself."""
        alerts = self.tick(at)
        self._ears.wall.put(home, mode, until)
        return alerts + self._look_again(at, n)

    def _look_again(self, at: float, n: int) -> list[Alert]:
        guarded = [key for key, watch in self._roster.watches.items() if watch.rule.guarded]
        return [alert for key in sorted(guarded) for alert in self._judge(self._roster.watches[key], at, n, None)]

    def reset(self, alert_id: str, at: float, n: int) -> list[Alert]:
        """A person ends a latched alert; raises Refused, with the reason, while its condition is true."""
        alerts = self.tick(at)
        key = next((key for key, life in self._lives().items() if life.id == alert_id and life.alert), None)
        try:
            if key is None:
                raise Refused("no such open alert")
            if key in self._orphans:
                alerts += self._orphans.pop(key).end(at, "reset")
            else:
                alerts += self._roster.watches[key].reset(at)
        except Refused as refused:
            refused.alerts = tuple(alerts)
            raise
        self._dirty.add(key)
        return alerts

    def open(self) -> list[Alert]:
        """The last change of each alert that is pending, firing or cleared."""
        lives = self._lives()
        return [alert for key in sorted(lives) if (alert := lives[key].alert) is not None]

    def heard(self, device: str) -> float | None:
        """When a device was last heard, or first configured if it never was; None for one nobody knows."""
        known = self._known.get(device)
        return None if known is None else known.heard

    def configure(self, rules: Sequence[Rule], devices: Mapping[str, Device], at: float, n: int) -> list[Alert]:
        """From now on these rules and devices. What didn't change goes on as it was; ``n`` is this input's number."""
        alerts = self.tick(at)
        before = self._roster.watches
        for watch in before.values():
            watch.remember()
        lives = self._lives()
        self._gone |= self._roster.configure(rules, devices, at)
        self._orphans, self._heap, self._next = {}, [], INFINITE
        settled: set[Key] = set()
        for key in sorted(lives):
            alerts += self._carry_over(key, lives[key], before.get(key), settled, at)
        for key, watch in sorted(self._roster.watches.items()):
            alerts += self._settle(watch, at, n, key in settled)
        return alerts

    def changed(self) -> dict[str, object]:
        """The rows of the checkpoint that changed since the last call; None deletes one."""
        rows: dict[str, object] = {f"{kind}:{name}": None for name in self._gone for kind in "hd"}
        self._gone.clear()
        for name, known in self._known.items():
            if known.saved != (known.heard, known.deaf):
                rows[f"h:{name}"] = known.hearing()
                known.saved = (known.heard, known.deaf)
            if known.dirty:
                rows[f"d:{name}"] = known.said()
                known.dirty = False
        for key in self._dirty:
            row = self._row(key)
            if row != self._kept.get(key):
                rows["r:" + "/".join(key)] = self._kept[key] = row
            if row is None:
                self._kept.pop(key, None)
        self._dirty.clear()
        whole = [self._ears.deaf, *self._ears.wall.save()]
        if whole != self._whole_saved:
            rows["engine"] = [SCHEMA, *whole]
            self._whole_saved = whole
        return rows

    def load(self, rows: Mapping[str, object]) -> list[str]:
        """Take up a checkpoint, before ``configure``. A row that can't be read is left out, and its key returned."""
        unreadable = []
        for key, row in rows.items():
            try:
                self._load(key, row)
            except (ValueError, TypeError, LookupError, AttributeError, OverflowError):
                unreadable.append(key)
        return unreadable

    def _load(self, key: str, row: Any) -> None:
        kind, _, name = key.partition(":")
        if kind == "engine":
            schema, deaf, *wall = row
            if schema != SCHEMA:
                raise ValueError("another schema")
            self._ears.deaf = float(deaf)
            if wall:
                self._ears.wall.restore(wall)
            self._whole_saved = [self._ears.deaf, *self._ears.wall.save()]
        elif kind in ("h", "d"):
            known = self._known.setdefault(name, Known(name, Device(""), self._ears, INFINITE))
            (known.take_hearing if kind == "h" else known.take_said)(row)
        elif kind == "r":
            rule, subject = name.split("/", 1)
            self._orphans[rule, subject] = Life.of(row)
            self._kept[rule, subject] = row
        else:
            raise ValueError("no row of the engine")

    def _row(self, key: Key) -> object:
        if key in self._roster.watches:
            self._roster.watches[key].remember()
            return self._roster.watches[key].life.row()
        return self._orphans[key].row() if key in self._orphans else None

    def _lives(self) -> dict[Key, Life]:
        return {key: watch.life for key, watch in self._roster.watches.items()} | self._orphans

    def _admit(self, name: str, at: float) -> Known | None:
        """Somebody nobody configured speaks; a latched alert of its name may wait for it."""
        known = self._roster.admit(name, at)
        for key in [key for key in self._orphans if key[1] in (name, "")] if known else []:
            watch = self._roster.watch_at(key)
            if watch is not None:
                watch.adopt(self._orphans.pop(key), at)
                self._queue(watch)
        return known

    def _carry_over(self, key: Key, life: Life, old: Watch | None, settled: set[Key], at: float) -> list[Alert]:
        """Go on with what was remembered of a rule at a subject; note in ``settled`` that nothing changed."""
        if life.blank:
            return []
        watch = self._roster.watch_at(key)
        if watch is None:
            self._dirty.add(key)
            if life.latch and life.stage in ("firing", "cleared"):
                self._orphans[key] = life
                return []
            return life.end(at, "rule-removed")
        same = watch.adopt(life, at)
        if same and (old is None or [d.name for d in old.devices] == [d.name for d in watch.devices]):
            settled.add(key)
        if not same and life.stage == "pending":
            self._dirty.add(key)
            return life.end(at, "cleared")
        return []

    def _settle(self, watch: Watch, at: float, n: int, settled: bool) -> list[Alert]:
        """Look at what is true already. Silence waits for the next tick: the gateway may have been deaf."""
        if watch.listens:
            if not settled:
                watch.asked, watch.life.at = (at, n), at
            self._attend(watch)
        elif not settled:
            return self._judge(watch, at, n, None)
        self._queue(watch)
        return []

    def _found(self, known: Known, reading: Reading) -> list[Alert]:
        """A device that was believed silent speaks."""
        lost = known.lost
        watches = (known.routes.get(reading.quantity) or self._roster.route(known, reading.quantity))[1]
        alerts = self._take(known, reading, watches)
        counts = _counts(reading)
        told = watches if counts else ()
        for watch in lost:
            if watch not in told:
                alerts += self._judge(watch, reading.at, reading.n, _sayable(reading) if counts else None)
        return alerts

    def _take(self, known: Known, reading: Reading, watches: tuple[Watch, ...]) -> list[Alert]:
        """Remember a reading that may change something, and tell these."""
        quantity = reading.quantity
        if not watches or not _counts(reading):
            return []
        reading = _sayable(reading)
        if quantity not in MOMENTARY:
            known.last.setdefault(quantity, {})[reading.point] = reading
            known.dirty = True
        elif RETAINED in reading.flags:
            return []
        alerts: list[Alert] = []
        for watch in watches:
            alerts += self._judge(watch, reading.at, reading.n, reading)
        return alerts

    def _judge(self, watch: Watch, at: float, begin: Begin, reading: Reading | None) -> list[Alert]:
        alerts = watch.judge(at, begin, reading)
        self._dirty.add(watch.key)
        if watch.listens:
            self._attend(watch)
        self._queue(watch)
        return alerts

    def _attend(self, watch: Watch) -> None:
        """Let a watch that believes a device silent hear of its next reading."""
        wants = watch.when.attentive()
        for known in watch.devices:
            if wants and watch not in known.lost:
                known.lost = tuple(sorted((*known.lost, watch), key=lambda one: one.key))
            elif not wants and watch in known.lost:
                known.lost = tuple(other for other in known.lost if other is not watch)

    def _queue(self, watch: Watch) -> None:
        moment = watch.due()
        if moment is not None and (watch.queued is None or moment < watch.queued):
            watch.queued = moment
            heapq.heappush(self._heap, (moment, watch.key))
            self._next = min(self._next, moment)

    def _first(self) -> float:
        """The first deadline. One that moved since it was queued is put where it belongs now."""
        while self._heap:
            moment, key = self._heap[0]
            watch = self._roster.watches[key]
            if moment == watch.queued and watch.due() == moment:
                return moment
            heapq.heappop(self._heap)
            if moment == watch.queued:
                watch.queued = None
                self._queue(watch)
        return INFINITE

    def _id(self, rule: str, subject: str, begin: str) -> str:
        return blake2b(f"{self._seed}{rule}\0{subject}\0{begin}".encode(), digest_size=8).hexdigest()


def _counts(reading: Reading) -> bool:
    """Does its value say how things are? The device is heard in any case."""
    return reading.value == reading.value and REPLAY not in reading.flags


def _sayable(reading: Reading) -> Reading:
    """JSON has no word for the infinite: the greatest number instead."""
    value = reading.value
    if isinstance(value, float) and math.isinf(value):
        return reading._replace(value=math.copysign(sys.float_info.max, value))
    return reading
