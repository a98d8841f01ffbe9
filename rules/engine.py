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
from rules.known import INFINITE, Device, Ears, Known, Route
from rules.life import Begin, Life
from rules.quantities import MOMENTARY
from rules.rule import Rule
from rules.watch import Refused, Watch

__all__ = ["Device", "Engine", "Refused"]

Key = tuple[str, str]
"""Rule id and subject: a device, or a home."""

SCHEMA = 1
"""Of the checkpoint rows."""
GUESTS = 256
"""Speakers nobody configured, at most; the gateway's own parts are far fewer."""


class Engine:
    """All rules of one gateway at work. ``epoch`` names its store; alerts of two stores never share an id."""

    def __init__(self, gateway: str, epoch: str) -> None:
        self._seed = f"{gateway}\0{epoch}\0"
        self._ears = Ears()
        self._known: dict[str, Known] = {}
        self._homes: dict[str, list[Known]] = {}
        self._rules: dict[str, Rule] = {}
        self._asking: dict[str, list[Rule]] = {}
        """Quantity -> the rules that look at it."""
        self._watches: dict[Key, Watch] = {}
        self._orphans: dict[Key, Life] = {}
        """Latched alerts whose rule or device is gone; at boot, all that was loaded and waits for ``configure``."""
        self._heap: list[tuple[float, Key]] = []
        self._next = INFINITE
        self._kept: set[Key] = set()
        """What has a row in the checkpoint."""
        self._dirty: set[Key] = set()
        self._gone: set[str] = set()
        """Devices whose row has to go."""
        self._deaf_saved = 0.0

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
            known.heard = at
            known.deaf = self._ears.deaf
            if known.lost:
                return alerts + self._found(known, reading)
        always, watches = known.routes.get(quantity) or self._route(known, quantity)
        if not watches:
            return alerts
        if not always and source is None:
            points = known.last.get(quantity)
            if points is not None and (old := points.get(point)) is not None and old.value == value:
                return alerts
        return alerts + self._take(known, reading)

    def tick(self, now: float) -> list[Alert]:
        """Do all that is due up to this moment, in its order; an alert's time is its deadline."""
        if now < self._next:
            return []
        alerts: list[Alert] = []
        while (moment := self._first()) <= now:
            watch = self._watches[heapq.heappop(self._heap)[1]]
            watch.queued = None
            if watch.asked is not None and watch.asked <= moment:
                watch.asked = None
            alerts += self._judge(watch, moment, moment, None)
        self._next = moment
        return alerts

    def due(self) -> float | None:
        """Gateway time of the next deadline."""
        moment = self._first()
        return None if moment == INFINITE else moment

    def deaf(self, seconds: float) -> None:
        """The gateway did not listen for so long: no proof that a sensor is silent. Time listened before counts on."""
        self._ears.deaf += max(0.0, seconds)

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
                alerts += self._watches[key].reset(at)
        except Refused as refused:
            refused.alerts = tuple(alerts)
            raise
        self._dirty.add(key)
        return alerts

    def open(self) -> list[Alert]:
        """The last change of each alert that is pending, firing or cleared."""
        lives = self._lives()
        return [alert for key in sorted(lives) if (alert := lives[key].alert) is not None]

    def configure(self, rules: Sequence[Rule], devices: Mapping[str, Device], at: float, n: int) -> list[Alert]:
        """From now on these rules and devices. What didn't change goes on as it was; ``n`` is this input's number."""
        alerts = self.tick(at)
        before = self._watches
        for watch in before.values():
            watch.remember()
        lives = self._lives()
        self._take_rules(rules)
        self._take_devices(devices, at)
        self._watches, self._orphans, self._heap, self._next = {}, {}, [], INFINITE
        self._post()
        settled: set[Key] = set()
        for key in sorted(lives):
            alerts += self._carry_over(key, lives[key], before.get(key), settled, at)
        for key, watch in sorted(self._watches.items()):
            alerts += self._settle(watch, at, n, key in settled)
        return alerts

    def changed(self) -> dict[str, object]:
        """The rows of the checkpoint that changed since the last call; None deletes one."""
        rows: dict[str, object] = {f"d:{name}": None for name in self._gone if name not in self._known}
        self._gone.clear()
        for name, known in self._known.items():
            if known.dirty or known.saved != known.heard:
                rows[f"d:{name}"] = known.row()
                known.dirty, known.saved = False, known.heard
        for key in self._dirty:
            row = self._row(key)
            if row is not None or key in self._kept:
                rows["r:" + "/".join(key)] = row
                (self._kept.discard if row is None else self._kept.add)(key)
        self._dirty.clear()
        if self._ears.deaf != self._deaf_saved:
            rows["engine"] = [SCHEMA, self._ears.deaf]
            self._deaf_saved = self._ears.deaf
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
            schema, deaf = row
            if schema != SCHEMA:
                raise ValueError("another schema")
            self._ears.deaf = self._deaf_saved = float(deaf)
        elif kind == "d":
            self._known[name] = Known.of(name, row, self._ears)
        elif kind == "r":
            rule, subject = name.split("/", 1)
            self._orphans[rule, subject] = Life.of(row)
            self._kept.add((rule, subject))
        else:
            raise ValueError("no row of the engine")

    def _row(self, key: Key) -> object:
        if key in self._watches:
            self._watches[key].remember()
            return self._watches[key].life.row()
        return self._orphans[key].row() if key in self._orphans else None

    def _lives(self) -> dict[Key, Life]:
        return {key: watch.life for key, watch in self._watches.items()} | self._orphans

    def _take_rules(self, rules: Sequence[Rule]) -> None:
        self._rules = {rule.id: rule for rule in rules}
        self._asking = {}
        for rule in rules:
            for quantity in rule.needs:
                self._asking.setdefault(quantity, []).append(rule)

    def _take_devices(self, devices: Mapping[str, Device], at: float) -> None:
        before, self._known, self._homes = self._known, {}, {}
        guests = {name: known.device for name, known in before.items() if known.guest}
        for name, device in sorted((guests | dict(devices)).items()):
            known = before.get(name) or Known(name, device, self._ears, at)
            known.turn_to(device, self._asking, at)
            known.guest = name not in devices
            self._place(known)
        self._gone |= before.keys() - self._known.keys()

    def _place(self, known: Known) -> None:
        self._known[known.name] = known
        self._homes.setdefault(known.device.home, []).append(known)

    def _admit(self, name: str, at: float) -> Known | None:
        """Somebody nobody configured spoke: one of the gateway's own parts, which belong to no home."""
        if sum(known.guest for known in self._known.values()) >= GUESTS:
            return None
        known = Known(name, Device(""), self._ears, at)
        known.guest = True
        self._place(known)
        return known

    def _post(self) -> None:
        """Put the rules to work wherever something is known or silence counts; the rest follows when it speaks."""
        timed = [rule for rule in self._rules.values() if rule.timed]
        for known in self._known.values():
            for quantity in known.last:
                self._route(known, quantity)
            if known.device.silent_after is not None:
                for rule in timed:
                    self._watch(rule, known)

    def _watch(self, rule: Rule, known: Known) -> Watch:
        home = known.device.home
        key = (rule.id, known.name if rule.per == "device" else home)
        if key not in self._watches:
            devices = [known] if rule.per == "device" else self._homes[home]
            self._watches[key] = Watch(rule, key[1], home, devices, self._id)
        return self._watches[key]

    def _route(self, known: Known, quantity: str) -> Route:
        rules = self._asking.get(quantity, ())
        always = any(rule.needs[quantity] for rule in rules)
        route = (always, tuple(self._watch(rule, known) for rule in rules))
        known.routes[quantity] = route
        return route

    def _carry_over(self, key: Key, life: Life, old: Watch | None, settled: set[Key], at: float) -> list[Alert]:
        """Go on with what was remembered of a rule at a subject; note in ``settled`` that nothing changed."""
        if life.stage == "quiet" and not life.last and life.when is None:
            return []
        rule = self._rules.get(key[0])
        devices = self._homes.get(key[1], []) if rule and rule.per == "home" else [self._known.get(key[1])]
        if rule is None or not devices or devices[0] is None:
            self._dirty.add(key)
            if life.stage != "quiet" and (life.latch and life.stage != "pending"):
                self._orphans[key] = life
                return []
            return life.end(at, "rule-removed")
        watch = self._watch(rule, devices[0])
        same = watch.adopt(life, at)
        if same and (old is None or [d.name for d in old.devices] == [d.name for d in watch.devices]):
            settled.add(key)
        if not same and life.stage == "pending":
            self._dirty.add(key)
            return life.end(at, "cleared")
        return []

    def _settle(self, watch: Watch, at: float, n: int, settled: bool) -> list[Alert]:
        """Look at what is true already. Silence waits for the next tick: the gateway may have been deaf."""
        if watch.rule.timed:
            watch.asked = None if settled else at
            self._attend(watch)
        elif not settled:
            return self._judge(watch, at, n, None)
        self._queue(watch)
        return []

    def _found(self, known: Known, reading: Reading) -> list[Alert]:
        """A device that was believed silent speaks."""
        lost = known.lost
        alerts = self._take(known, reading)
        told = known.routes[reading.quantity][1]
        for watch in lost:
            if watch not in told:
                alerts += self._judge(watch, reading.at, reading.n, reading)
        return alerts

    def _take(self, known: Known, reading: Reading) -> list[Alert]:
        """Remember a reading that may change something, and tell those who look at it."""
        quantity, value = reading.quantity, reading.value
        _, watches = known.routes.get(quantity) or self._route(known, quantity)
        if not watches or value != value or REPLAY in reading.flags:
            return []
        if value in (INFINITE, -INFINITE):  # JSON has no word for it
            reading = reading._replace(value=math.copysign(sys.float_info.max, float(value)))
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
        if watch.rule.timed:
            self._attend(watch)
        self._queue(watch)
        return alerts

    def _attend(self, watch: Watch) -> None:
        """Let a watch that believes a device silent hear of its next reading."""
        wants = watch.when.attentive()
        for known in watch.devices:
            others = tuple(other for other in known.lost if other is not watch)
            known.lost = (*others, watch) if wants else others

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
            watch = self._watches[key]
            if moment == watch.queued and watch.due() == moment:
                return moment
            heapq.heappop(self._heap)
            if moment == watch.queued:
                watch.queued = None
                self._queue(watch)
        return INFINITE

    def _id(self, rule: str, subject: str, begin: str) -> str:
        return blake2b(f"{self._seed}{rule}\0{subject}\0{begin}".encode(), digest_size=8).hexdigest()
