"""Life: what is remembered of one rule at one subject over restarts and reloads of the rules."""

from collections.abc import Iterable
from itertools import islice
from typing import Any, Literal

from drivers.reading import Reading, Source
from rules.alert import Alert, Reason
from rules.known import pack, unpack

Stage = Literal["quiet", "pending", "firing", "cleared"]
Begin = int | float
"""What began an alert: the journal number of an input, or the deadline (a float) of an absence."""

MOST = 8
"""Readings kept as evidence, and sources kept until the next change, at most."""
FOREVER = float("-inf")
FLICKERS, HOUR, CALM = 5, 3600.0, 600.0
"""An alert that was over so many times within so many seconds flickers: it is over only after so many seconds of calm.

A detector with a loose contact, or a value around its limit, would else begin and end an alert each second: 170,000
messages a day, each with its commit. No alarm is lost by it: while it is held the alert fires.
"""
NEWS = 60.0
"""Seconds of calm after which the condition of a held alert that comes back is told: who acknowledged the flickering
has heard nothing of this one, which may be real."""


class Life:
    """The state of a Watch that outlives a restart and a reload of the rules."""

    __slots__ = (
        "alert", "asked", "at", "begun", "calm", "clear", "ends", "hash", "id", "involved", "last", "latch", "n",
        "repeat", "since", "sources", "stage", "when",
    )  # fmt: skip

    def __init__(self) -> None:
        self.stage: Stage = "quiet"
        self.hash = ""
        self.at = FOREVER
        """When it was judged last; while it is quiet and nobody asked, that doesn't matter."""
        self.id = ""
        self.n = 0
        self.since = 0.0
        self.latch = False
        self.involved: tuple[str, ...] = ()
        """Devices that made it fire."""
        self.sources: tuple[Source, ...] = ()
        """Not told yet."""
        self.alert: Alert | None = None
        self.last = ""
        """Id of the alert that was resolved last."""
        self.begun: Begin = -1
        """What began the last alert, and how many alerts it had begun before."""
        self.repeat = 0
        self.asked: tuple[float, int] | None = None
        """See Watch; up to date only in the checkpoint, as the memories are."""
        self.ends: tuple[float, ...] = ()
        """When it was over the last few times, cleared or resolved by its condition."""
        self.calm: float | None = None
        """Since when it would be over, if it didn't flicker; None while it wouldn't."""
        self.when: object = None
        self.clear: object = None
        """Memories of the conditions, as in the checkpoint; up to date only there."""

    @property
    def blank(self) -> bool:
        """Nothing happened that must be remembered."""
        return self.stage == "quiet" and not self.last and self.when is None

    def say(self, alert: Alert) -> Alert:
        """The alert changes to this; its sources become those not told yet."""
        pending = alert.state == "pending" or (self.stage == "pending" and alert.state == "resolved")
        self.n += not pending
        self.alert = alert._replace(
            id=self.id, n=self.n, since=self.since, sources=self.sources, reopens=self.last
        )
        if alert.state != "resolved":
            self.stage = alert.state
        if alert.state != "pending":
            self.sources = ()
        return self.alert

    def end(self, at: float, reason: Reason, evidence: Iterable[Reading] = ()) -> list[Alert]:
        """The alert is resolved; nothing, if there is none."""
        if self.alert is None:
            return []
        fired = self.stage != "pending"
        proof = tuple(islice(evidence, MOST))
        resolved = self.say(self.alert._replace(state="resolved", at=at, reason=reason, evidence=proof))
        if fired:
            self.last = self.id
        if reason == "reset":
            self.ends, self.calm = (), None  # somebody has looked at it: what comes from now on is news
        self.stage, self.alert, self.id, self.n, self.latch, self.involved = "quiet", None, "", 0, False, ()
        return [resolved]

    def over(self, at: float) -> bool:
        """Its condition is over -> whether the alert is: of one that comes and goes only after it was calm for long."""
        recent = [end for end in self.ends if end > at - HOUR]
        if self.calm is None and len(recent) >= FLICKERS:
            self.calm, self.ends = at, (*recent, at)[-FLICKERS:]
        if self.calm is not None and at < self.calm_at():
            return False
        self.ends, self.calm = (*recent, at)[-FLICKERS:], None
        return True

    def calm_at(self) -> float:
        """When one that flickers is over, if it stays calm; only while ``calm`` is set."""
        return round((self.calm or 0.0) + CALM, 6)

    def note(self, source: Source) -> None:
        """Keep a source until the next change tells of it."""
        if source not in self.sources:
            self.sources = (*self.sources, source)[-MOST:]

    def row(self) -> list[object] | None:
        """For the checkpoint; None if there is nothing to remember."""
        if self.blank:
            return None
        quiet = self.stage == "quiet" and self.when is None and self.asked is None
        alert = None if self.alert is None else pack_alert(self.alert)
        asked = None if self.asked is None else list(self.asked)
        flickers = [list(self.ends), self.calm] if self.ends else None
        more = [asked, flickers] if flickers else [asked] if asked else []
        return [
            self.stage, self.hash, None if quiet else self.at, self.id, self.n, self.since, self.latch,
            list(self.involved), [list(source) for source in self.sources],
            alert, self.last, self.begun, self.repeat, self.when, self.clear, *more,
        ]  # fmt: skip

    @classmethod
    def of(cls, row: Any) -> "Life":
        """From the checkpoint; raises ValueError, TypeError, IndexError, … for anything else."""
        life = cls()
        stage, life.hash, at, life.id, n, since, latch, involved, sources, alert, last, begun, repeat, *memory = row
        if stage not in ("quiet", "pending", "firing", "cleared") or (stage != "quiet") != (alert is not None):
            raise ValueError("no stage")
        life.stage, life.at, life.n, life.since, life.latch = (
            stage,
            FOREVER if at is None else float(at),
            int(n),
            float(since),
            bool(latch),
        )
        life.involved = tuple(str(device) for device in involved)
        life.sources = tuple(Source(str(device), int(boot), int(seq)) for device, boot, seq in sources)
        life.alert = None if alert is None else unpack_alert(alert)
        life.last, life.repeat = str(last), int(repeat)
        if not isinstance(begun, int | float) or isinstance(begun, bool):
            raise TypeError("begun")
        life.begun = begun
        life.when, life.clear, *more = memory
        asked, flickers = [*more, None, None][:2]
        if asked is not None:
            moment, number = asked
            life.asked = float(moment), int(number)
        if flickers is not None:
            ends, calm = flickers
            life.ends, life.calm = tuple(map(float, ends)), None if calm is None else float(calm)
        return life


def pack_alert(alert: Alert) -> list[object]:
    """An alert as JSON-able values."""
    return [
        *alert[:10], list(alert.act), alert.ladder, [pack(reading) for reading in alert.evidence],
        [list(source) for source in alert.sources], alert.reopens,
    ]  # fmt: skip


def unpack_alert(row: Any) -> Alert:
    """The alert again; raises ValueError, TypeError, … for anything else."""
    *plain, act, ladder, evidence, sources, reopens = row
    known = [unpack(reading) for reading in evidence]
    return Alert(*plain)._replace(
        act=tuple(act),
        ladder=str(ladder),
        evidence=tuple(known),
        sources=tuple(Source(*source) for source in sources),
        reopens=str(reopens),
    )
