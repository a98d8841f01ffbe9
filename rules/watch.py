"""Watch: one rule at one subject (a device or a home), and the life of its alert.

quiet -> pending -> firing -> resolved, or with a latch firing -> cleared -> resolved by a person's reset.
A change that people and platforms hear of has n = 1, 2, 3 …; pending, and its end, have n = 0.
"""

from collections.abc import Callable, Iterable, Sequence

from drivers.reading import Reading
from rules.alert import Alert, Reason, State
from rules.conditions.held import Holding
from rules.known import Known
from rules.life import FOREVER, MOST, NEWS, Begin, Life
from rules.quantities import MOMENTARY
from rules.rule import Rule, Worse

Key = tuple[str, str]
"""Rule id and subject: a device, or a home."""
Name = Callable[[str, str, str], str]
"""(rule id, subject, what began it) -> id of an alert."""


def told(evidence: Iterable[Reading]) -> tuple[Reading, ...]:
    """MOST of the evidence: what nobody sent (how long, how much) before the readings of further devices."""
    proof = list(evidence)
    room = max(0, MOST - sum(not reading.n for reading in proof))
    sent = [reading for reading in proof if reading.n][room:]
    return tuple([reading for reading in proof if not reading.n or reading not in sent][:MOST])


class Refused(ValueError):
    """This alert can't be reset; the text says why."""

    alerts: tuple[Alert, ...] = ()
    """What was found all the same: what fell due before, and what the look at its condition showed."""


class Seen:
    """What each look at a watch needs, side by side: see sheet.Touched."""

    __slots__ = ("asked", "attends", "life", "listens", "queued", "rests", "rule", "stale", "waits", "when")


class Watch(Seen):
    """A rule at work. ``life`` is what is remembered, ``when`` is the condition at work."""

    __slots__ = ("_ending", "_lags", "_name", "devices", "home", "key")

    def __init__(
        self, rule: Rule, subject: str, home: str, devices: Sequence[Known], name: Name, *, listens: bool,
        lags: bool = False,
    ) -> None:
        """``listens``: at times it waits for the next reading of its devices, whatever that is about.

        ``lags``: before it fires it is asked whether what did not happen would still be heard.
        """
        self.rule = rule
        self.key = (rule.id, subject)
        self.home = home
        self.listens = listens
        self._lags = lags
        self.waits = listens or lags
        """It may have to be told of the next reading of its devices, whatever that is."""
        self.devices = devices
        self.when = rule.when.live(devices)
        self._ending: Holding | None = None
        self.life = Life()
        self.rests = False
        """Calm values leave it as it is: it is quiet, and its condition waits for nothing. Only the roster turns it."""
        self.attends = False
        """Its devices may have it among those who are told of their next reading, whatever that is."""
        self.stale = False
        """Its row may have to be made anew."""
        self.queued: float | None = None
        """The earliest deadline the engine holds for it."""
        self.asked: tuple[float, int] | None = None
        """Judge it at the next tick, as of this moment; the input of this number wants it."""
        self._name = name

    def adopt(self, life: Life, now: float) -> bool:
        """Go on with a remembered life; False if the rule changed since, so that its timers start anew.

        Not for an alert that fires: it ends when the new condition is false, not because what is true goes through its
        ``for`` again. That would end one alert and begin another about the same thing. Of one that is held because it
        flickers, the whole comes back now, if it does, and that is told.
        """
        same = self._take_up(life, now)
        if not same and life.stage == "firing":
            (self.when if life.calm is None else self.when.inner).has_lasted(life.since)
        return same

    def _take_up(self, life: Life, now: float) -> bool:
        """Its memories, if they are of the same rule.

        A quiet life with nothing to remember doesn't say when it was judged last. For hours, days and modes that is
        now: from the beginning of time on there are more of them to go through than anybody can wait for, and a mode
        tells its end alone, so that one that is over would be believed before it.
        """
        self.life = life
        timed = self.rule.civil or self.rule.guarded
        life.at = now if life.at == FOREVER and timed else min(life.at, now)
        same = life.hash == self.rule.hash
        if not same and not any(leaf.worsens for leaf in self.rule.when.leaves()):
            return False
        try:
            self.when.restore(life.when, now)
            if not same:
                return False  # who is missed goes on being missed: of that no number of the rule says anything
            if life.clear is not None and (clear := self.clear()) is not None:
                clear.restore(life.clear, now)
        except (ValueError, TypeError, LookupError, OverflowError):
            self.when = self.rule.when.live(self.devices)
            self._ending = None
            return False
        self.asked = life.asked
        return True

    def clear(self) -> Holding | None:
        """The condition that ends a firing alert, at work; most watches never need it. None: that ``when`` is false."""
        if self._ending is None and self.rule.clear is not None:
            self._ending = self.rule.clear.live(self.devices)
        return self._ending

    def remember(self) -> None:
        """Bring the memories in its life up to date."""
        self.life.hash = self.rule.hash
        self.life.asked = self.asked
        self.life.when = self.when.save()
        self.life.clear = None if self._ending is None else self._ending.save()

    def due(self) -> float | None:
        """The next moment at which it must be judged even if nothing comes."""
        after = self.life.at
        moment = self.when.due(after)
        if self.asked is not None and (moment is None or self.asked[0] < moment):
            moment = self.asked[0]
        if self.life.calm is not None and self.life.calm_at() > after:
            moment = self.life.calm_at() if moment is None else min(moment, self.life.calm_at())
        if self.life.stage != "firing" or (clear := self.clear()) is None:
            return moment
        over = clear.due(after)
        return moment if over is None else over if moment is None else min(over, moment)

    def judge(self, at: float, begin: Begin, reading: Reading | None) -> list[Alert]:
        """Look again, because this reading came or this moment has come."""
        life = self.life
        ripe = self.when.step(at, reading)
        if ripe and self._lags and life.stage != "firing":
            ripe = self.when.proven(at)
            if not ripe and self.rule.momentary:
                self.when.step(at, None)  # an event that nobody proved is over: what comes later proves it no more
        life.at = at
        if life.stage == "quiet":
            if self.when.since is None:
                return []
            return self._begin(at, begin, reading, ripe)
        if reading is not None and reading.source is not None:
            life.note(reading.source)
        if life.stage == "pending":
            return self._while_pending(at, ripe)
        if life.stage == "firing":
            return self._while_firing(at, reading, ripe)
        return [self._raise(at)] if ripe else []

    def attentive(self) -> bool:
        """Does it wait for the next reading of its devices, whatever that is about: does proof alone fail?"""
        return self.when.attentive() or (self._lags and self.when.lasted and self.life.stage != "firing")

    def reset(self, at: float) -> list[Alert]:
        """A person says that it is over, just after it was judged; raises Refused while it is not.

        Where nothing is known of what it asks, as when its rule was away meanwhile, a person's word is all there is.
        """
        life = self.life
        if life.stage == "quiet":
            return []  # that look found it over
        if life.stage == "pending":
            raise Refused("it has not begun to fire")
        if self.when.since is not None:
            raise Refused(
                "its condition is still true by its sensor's last word; replace a burnt one, or take it from site.toml"
            )
        if life.stage == "firing" and not self.rule.momentary and life.calm is None and self.knows():
            raise Refused("its condition is not over yet")
        life.at = at
        return self.life.end(at, "reset")

    def knows(self) -> bool:
        """Was anything heard of what its rule asks? One about silence knows of itself."""
        return self.listens or any(known.says(*self.rule.needs) for known in self.devices)

    def _begin(self, at: float, begin: Begin, reading: Reading | None, ripe: bool) -> list[Alert]:
        life = self.life
        life.repeat = life.repeat + 1 if begin == life.begun else 0
        life.begun = begin
        cause = f"{begin}.{life.repeat}" if life.repeat else f"{begin}"
        life.id = self._name(*self.key, cause)
        life.n, life.latch, life.involved = 0, self.rule.latch, ()
        life.sources = (reading.source,) if reading is not None and reading.source is not None else ()
        if ripe:
            return [self._raise(at)]
        life.since = at
        return [self._say("pending", at, "first", self.when.evidence())]

    def _while_pending(self, at: float, ripe: bool) -> list[Alert]:
        if ripe:
            return [self._raise(at)]
        if self.when.since is None:
            return self.life.end(at, "cleared")
        return []

    def _while_firing(self, at: float, reading: Reading | None, ripe: bool) -> list[Alert]:
        clear = self.clear()
        if self.when.since is not None:
            if clear is not None:
                clear.forget()
            return self._still(at, reading, self.when.since) if ripe else []
        if self.rule.momentary:
            return []
        if clear is not None and not clear.step(at, reading):
            self.life.calm = None
            return []
        if not self.life.over(at):
            return []
        proof = clear.evidence() if clear is not None else () if reading is None else (reading,)
        if self.life.latch:
            return [self._say("cleared", at, "cleared", proof)]
        return self.life.end(at, "cleared", proof)

    def _still(self, at: float, reading: Reading | None, since: float) -> list[Alert]:
        """It fires already, and would begin to do so now: ``since`` then its condition is true."""
        life = self.life
        held, life.calm = life.calm, None
        if not self.worsened and self.rule.worse is not None and self.when.worse():
            return [self._say("firing", at, "worse", self.when.evidence(), self.rule.worse)]
        if held is not None and since - held >= NEWS:
            evidence = list(self.when.evidence())
            life.involved = tuple(sorted({*life.involved, *(one.device for one in evidence)}))
            return [self._say("firing", at, "worse", evidence)]
        return self._again(at, reading) if reading is not None else []

    def _again(self, at: float, reading: Reading) -> list[Alert]:
        """It fires already. News is another device that joins in, another press, or a frame that waits for our word."""
        if not self.when.holds(reading):
            return []
        if reading.device not in self.life.involved:
            self.life.involved = (*self.life.involved, reading.device)
            return [self._say("firing", at, "worse", self.when.evidence())]
        if reading.source is not None or reading.quantity in MOMENTARY:
            return [self._say("firing", at, "still", (reading,))]
        return []

    def _raise(self, at: float) -> Alert:
        life = self.life
        if life.stage != "cleared":
            life.since = at
        if self._ending is not None:
            self._ending.forget()
        evidence = list(self.when.evidence())
        life.involved = tuple(sorted({reading.device for reading in evidence}))
        worse = self.rule.worse if self.rule.worse is not None and self.when.worse() else None
        return self._say("firing", at, "first", evidence, worse)

    @property
    def worsened(self) -> bool:
        """Its alert has come to the second stage."""
        alert, worse = self.life.alert, self.rule.worse
        return alert is not None and worse is not None and alert.severity == worse.severity

    def _say(
        self, state: State, at: float, reason: Reason, evidence: Iterable[Reading], worse: Worse | None = None
    ) -> Alert:
        rule = self.rule
        if worse is None and self.worsened:
            worse = rule.worse
        severity, ladder = (rule.severity, rule.ladder) if worse is None else worse
        device = self.key[1] if rule.per == "device" else ""
        proof = told(evidence)
        alert = Alert("", 0, rule.id, severity, self.home, device, state, 0.0, at, reason, rule.act, ladder, proof)
        return self.life.say(alert)
