"""The fold: readings and moments in, alerts out. Same inputs, same outputs, ids included.

``feed``, ``tick`` and ``due`` stand in evaluation.py; here is what is told seldom, what is asked, and the checkpoint.
"""

from collections.abc import Iterable, Mapping, Sequence

from drivers.reading import Reading
from rules.agenda import Agenda
from rules.alert import Alert
from rules.evaluation import Evaluation
from rules.known import INFINITE, Device
from rules.life import Begin, Life
from rules.renamed import Alike, carry, renamed, untold
from rules.rhythm import Rhythm
from rules.route import within
from rules.rule import Rule
from rules.vigil import Vigil
from rules.wall import Facts, Mode, Wall
from rules.watch import Key, Refused, Watch

__all__ = ["Device", "Engine", "Refused"]


class Engine(Evaluation):
    """All rules of one gateway at work."""

    def deaf(self, seconds: float) -> None:
        """The gateway did not listen for so long: no proof that a sensor is silent. Time listened before counts on.

        Call it at the end of that time, before the next ``tick``.
        """
        self._ears.deaf += max(0.0, seconds)
        self._ears.unplaced += max(0.0, seconds)
        self._agenda.next = -INFINITE  # the next look says when that was

    def line(self, devices: Iterable[str], *, down: bool, at: float) -> list[Alert]:
        """The line by which the gateway hears these devices is down from now on, or up again.

        However short that is beside their budgets, their silence proves nothing meanwhile.
        """
        alerts = self.tick(at)
        homes: dict[str, None] = {}
        waiting: dict[Key, Watch] = {}
        for known in [known for name in devices if (known := self._known.get(name)) is not None]:
            if down is (known.cut is None):
                homes[known.device.home] = None
                (known.sever if down else known.mend)(at)
                self._rows.note(known)
                waiting |= {watch.key: watch for watch in known.lost}
        rules = [*self._roster.personal, *self._roster.proving]
        waiting |= {watch.key: watch for home in homes for watch in self._about(home, rules)}
        for watch in waiting.values():
            alerts += self._judge(watch, at, at, None)
        return alerts

    def wall(self, offset: float, synced: bool, zone: str, at: float, n: int) -> list[Alert]:
        """The clock says: ``at + offset`` is the time since the epoch, and whether that can be relied on.

        ``zone`` is the site's, as IANA names it. Call it whenever one of them may have changed, after ``configure``
        too; no news costs nothing. ``n`` is this input's number. Rules without hours, days and ``inactive`` ignore it.
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
        """Those of them that nobody heard for longer than their budget, that lie, or that aren't known."""
        found = [(name, self._known.get(name)) for name in devices]
        return [name for name, known in found if known is None or known.unheard_at() <= at or known.lies]

    def _look_again(self, at: float, begin: Begin, home: str | None = None) -> list[Alert]:
        """Judge all that counts at certain times alone: of one home, or of all."""
        alerts: list[Alert] = []
        for watch in self._roster.guarded(home):
            alerts += self._judge(watch, at, begin, None)
        return alerts

    def reset(self, alert_id: str, at: float, n: int) -> list[Alert]:
        """A person ends a latched alert; raises Refused, with the reason, while its condition is true."""
        alerts = self.tick(at)
        key = self._key(alert_id)
        try:
            if key is None:
                raise Refused("no such open alert")
            if key in self._orphans:
                alerts += self._orphans.pop(key).end(at, "reset")
            else:
                watch = self._roster.watches[key]
                alerts += self._judge(watch, at, n, None)  # a look that isn't noted would be lost by a crash
                alerts += watch.reset(at)
            self._opened.pop(key, None)
            alerts += self._believe(at, n)
        except Refused as refused:
            refused.alerts = tuple(alerts)
            raise
        self._rows.dirty.add(key)
        return alerts

    def well(self, home: str, word: Reading) -> list[Alert]:
        """Somebody says that all is well in this home: for who is missed, as good as a sign of life.

        ``word`` says when, the number of this input, and who: a button of the home, or a person.
        """
        alerts = self.tick(word.at)
        for watch in self._personal(home):
            watch.when.well(word.at, word)
            alerts += self._judge(watch, word.at, word.n, None)
        return alerts

    def misses(self, home: str, mode: str) -> bool:
        """Is somebody asked after there, or called about, because nobody hears of them, and would this mode end it?"""
        missing = self._roster.about(home, self._roster.missing) if self._roster.missing else []
        return any(watch.life.stage == "firing" and not watch.rule.counts_while(mode) for watch in missing)

    def _personal(self, home: str) -> list[Watch]:
        """Who learns how the person of a home lives."""
        return self._about(home, self._roster.personal)

    def _about(self, home: str, rules: Sequence[Rule]) -> list[Watch]:
        """Who of these is at work there; of an estate, all homes are asked at once when a line goes down."""
        return [watch for watch in self._roster.about(home, rules) if watch.rule in rules] if rules else []

    def visited(self, alert_id: str, found: str, at: float) -> list[Alert]:
        """Somebody was there because of this alert and found it real, false or a test; a rule may learn from it."""
        alerts = self.tick(at)
        key = self._key(alert_id)
        self._tell(key, found, over=False)
        return alerts

    def visited_since(self, rule: str, home: str, found: str, at: float) -> list[Alert]:
        """Somebody tells what they found when an alert of a home, which is over, called them there."""
        alerts = self.tick(at)
        self._tell((rule, home), found, over=True)
        return alerts

    def _tell(self, key: Key | None, found: str, *, over: bool) -> None:
        watch = None if key is None else self._roster.watch_at(key)
        if watch is not None:
            watch.when.visited(found, over)
            self._rows.dirty.add(watch.key)

    def _key(self, alert_id: str) -> Key | None:
        return next((key for key, life in self._opened.items() if life.id == alert_id), None)

    def open(self) -> list[Alert]:
        """The last change of each alert that is pending, firing or cleared."""
        return [alert for key in sorted(self._opened) if (alert := self._opened[key].alert) is not None]

    def heard(self, device: str) -> float | None:
        """When a device was last heard, or first configured if it never was; None for one nobody knows."""
        known = self._known.get(device)
        return None if known is None else known.heard

    def said(self, device: str) -> list[Reading]:
        """What a device said last, of all that rules may ask for; nothing of one that nobody knows."""
        known = self._known.get(device)
        return [] if known is None else known.remembered()

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
        mine = self._personal(home)
        self._ears.rhythms.pop(home, None)
        for watch in mine:
            watch.when.moved_in(at)
        self._ears.taught.add(home)
        for watch in mine:
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
        self, rules: Sequence[Rule], devices: Mapping[str, Device], at: float, n: int, facts: Facts | None = None,
        alike: Alike = untold,
    ) -> list[Alert]:  # fmt: skip
        """From now on these rules and devices. What didn't change goes on as it was; ``n`` is this input's number."""
        alerts = self.tick(at)
        news = self._ears.wall.learn(facts or Facts())
        before, starts = self._roster.watches, not self._roster.homes
        for watch in before.values():
            watch.remember()
        lives = self._lives()
        self.renamed = renamed(self._homes(), {name: device.home for name, device in devices.items()}, alike)
        self._rename(lives, before)
        self._rows.gone |= self._roster.configure(rules, devices, at)
        self._rows.doubt()
        self._orphans, self._agenda = {}, Agenda(self._roster.watches)
        unlike = self._ears.doubt(self._roster.doubted(lives))
        settled: set[Key] = set()
        for key in sorted(lives):
            alerts += self._carry_over(key, lives[key], settled, at)
            if not starts and self._is_news(key, before.get(key)):
                settled.discard(key)
        if not starts:  # at a start they were told before it
            strict = self._roster.strict
            settled -= {watch.key for home in unlike for watch in self._roster.about(home, strict)}
        for key, watch in sorted(self._roster.watches.items()):
            alerts += self._settle(watch, at, n, key in settled)
        alerts += self._look_again(at, n) if news and before else []  # at a start they are those of before it
        self._index()
        return alerts

    def _homes(self) -> dict[str, str]:
        return {name: known.device.home for name, known in self._known.items() if not known.guest}

    def _rename(self, lives: dict[Key, Life], before: dict[Key, Watch]) -> None:
        """All that is remembered of a home is remembered of it under its new name."""
        ids = {rule.id for rule in self._roster.rules if rule.per == "home"}
        keys = {(id_, old): (id_, new) for id_ in ids for old, new in self.renamed.items()}
        self._rows.dirty |= carry(lives, keys)
        carry(before, keys)
        self._ears.taught |= carry(self._ears.rhythms, self.renamed)
        self._ears.wall.rename(self.renamed)

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

    def _is_news(self, key: Key, old: Watch | None) -> bool:
        """May a rule at a subject, whose conditions go on as they were, find something else at once?"""
        watch = self._roster.watches.get(key)
        if watch is None:
            return False
        if old is None:  # it was away: if nothing is known of what it asks, its next reading tells
            return watch.knows()
        names = [known.name for known in watch.devices]
        return names != [known.name for known in old.devices] or not self._roster.regauged.isdisjoint(names)

    def _carry_over(self, key: Key, life: Life, settled: set[Key], at: float) -> list[Alert]:
        """Go on with what was remembered of a rule at a subject; note in ``settled`` that nothing changed."""
        if life.blank:
            return []
        watch = self._roster.watch_at(key)
        if watch is None:
            self._rows.dirty.add(key)
            if life.latch and life.stage in ("firing", "cleared"):
                self._orphans[key] = life
                was = life.alert.home if life.alert is not None else ""
                return self._move(key, life, self.renamed.get(was, ""), at)
            return life.end(at, "rule-removed")
        same = self._adopt(watch, life, at)
        moved = self._move(key, life, watch.home, at)
        if same:
            settled.add(key)
        if not same and life.stage == "pending":
            self._rows.dirty.add(key)
            return life.end(at, "cleared")
        return moved

    def _move(self, key: Key, life: Life, home: str, at: float) -> list[Alert]:
        """What is open at a device of another home from now on, or of one with another name, is open there. One that
        was taken out and speaks all the same is of no home."""
        if life.alert is None or home in (life.alert.home, ""):
            return []
        self._rows.dirty.add(key)
        return [life.say(life.alert._replace(home=home, at=at, reason="still"))]

    def _settle(self, watch: Watch, at: float, n: int, settled: bool) -> list[Alert]:
        """Look at what is true already. Silence waits for the next tick: the gateway may have been deaf."""
        if watch.listens and not settled:
            watch.asked, watch.life.at = (at, n), at
            self._rows.dirty.add(watch.key)
        elif not settled:
            return self._judge(watch, at, n, None)
        if watch.waits:
            self._attend(watch)
        self._agenda.put(watch)
        return []
