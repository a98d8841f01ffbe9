"""A gateway's own store, played again: what rules would have done with all that happened to it.

The journal is folded as it was, and beside the gateway's own engine stand others with other rules. They are told all
that the own one is told: readings, modes, restarts, the clock, a changed site, what persons reset. So the same rules
give the same alerts, ids included.
"""

import json
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from drivers.reading import REPLAY, RETAINED, Frame, Reading
from gateway.hub import replay
from gateway.site import Site, once_sound
from gateway.store.look import Looked
from rules.alert import Alert
from rules.backtest import Answers, Surroundings
from rules.document import Mistakes
from rules.engine import Device, Engine, Refused
from rules.recording import Recorded
from rules.renamed import Alike, untold
from rules.rule import Rule
from rules.tally import Tallies
from rules.wall import Facts, Mode

Progress = Callable[[float], None]
"""Told now and then what share of the work is done, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Journal:
    """What a store holds."""

    path: Path
    looked: Looked
    keys: Mapping[str, str] | None = None
    """The devices' secrets, which no store holds."""

    @classmethod
    def read(cls, path: Path, keys: Mapping[str, str] | None) -> "Journal":
        """From its file; raises ValueError for what isn't a journal."""
        return cls(path, replay.read(path), keys)

    def site(self) -> Site | None:
        """The last site of it."""
        for _, frame in reversed(self.looked.frames):
            if frame.port == "config":
                return self._site(frame.data.decode("utf-8", "replace"))
        try:
            return self._site(str(json.loads(self.looked.state.get("hub", "{}"))["site"]))
        except (ValueError, KeyError, TypeError, RecursionError):
            return None

    def _site(self, site_hash: str) -> Site | None:
        try:
            return once_sound(self.looked.configs[site_hash])[0]
        except (KeyError, Mistakes):
            return None


class Heard(NamedTuple):
    """A journal that was played."""

    homes: Sequence[Recorded]
    """What the devices said, with the time on the wall."""
    alerts: Sequence[Sequence[Alert]]
    """Every change, for each set of rules; gateway time."""
    told: Sequence[Sequence[Alert]]
    """The same with the time on the wall, each raise once."""


class Times:
    """Gateway time -> seconds since the epoch, as far as the journal knows.

    A time in which the clock was not right is told by the next one in which it was, else by the last one before.
    """

    def __init__(self, looked: Looked) -> None:
        marks = list(_marks(looked))
        for one in range(len(marks) - 2, -1, -1):
            if not marks[one][2]:
                marks[one] = marks[one][0], *marks[one + 1][1:]
        for one in range(1, len(marks)):
            if not marks[one][2]:
                marks[one] = marks[one][0], *marks[one - 1][1:]
        self._from = [at for at, _, _ in marks]
        self._offsets = [offset for _, offset, _ in marks] or [0.0]

    def wall(self, at: float) -> float:
        """Seconds since the epoch."""
        return at + self._offsets[max(0, bisect_right(self._from, at) - 1)]

    def alert(self, alert: Alert) -> Alert:
        """The same with its moments on the wall."""
        evidence = tuple(reading._replace(at=self.wall(reading.at)) for reading in alert.evidence)
        return alert._replace(at=self.wall(alert.at), since=self.wall(alert.since), evidence=evidence)


def _marks(looked: Looked) -> Iterator[tuple[float, float, bool]]:
    """(from when on, offset, synced), in order."""
    frames: list[tuple[int, Frame]] = looked.frames
    if looked.cut:
        hub = json.loads(looked.state["hub"])
        yield -1.0, float(hub["offset"]), hub["synced"] is True
    for n, frame in frames:
        if frame.port in ("boot", "clock"):
            try:
                said = json.loads(frame.data)
                yield frame.at, float(said["offset"]), said["synced"] is True
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise ValueError(f"number {n} of the journal can't be read: {error!r}") from error


@dataclass(slots=True)
class Side:
    """One set of rules: where they are at work, and where it is noted what came of them."""

    rules: Sequence[Rule]
    tallies: Tallies
    surroundings: Surroundings | None = None
    """Another site than the journal's own."""
    zone: str = ""
    """Another zone than the site's."""


@dataclass(slots=True)
class _Twin:
    """An engine beside the gateway's own."""

    side: Side
    engine: Engine
    answers: Answers
    alerts: list[Alert] = field(default_factory=list)

    def note(self, alerts: Sequence[Alert]) -> None:
        if alerts:
            self.alerts += alerts
            self.answers.note(alerts)

    def answer(self, own: Engine, at: float) -> None:
        """Somebody resets what the gateway itself never raised. What it did raise was reset when it was, or never."""
        for alert_id, moment in self.answers.due(at):
            if not {_subject(one) for one in self._open(alert_id)} & {_subject(one) for one in own.open()}:
                self.reset(alert_id, moment)

    def reset(self, alert_id: str, at: float) -> None:
        try:
            self.note(self.engine.reset(alert_id, at, 0))
        except Refused as refused:
            self.note(refused.alerts)

    def reset_like(self, subjects: set[tuple[str, str, str]], at: float) -> None:
        """A person resets this alert of the gateway: whatever is the same here is reset with it."""
        for alert in self.engine.open():
            if _subject(alert) in subjects:
                self.reset(alert.id, at)

    def visited_like(self, subjects: set[tuple[str, str, str]], found: str, at: float) -> None:
        """Somebody was there because of this alert of the gateway: whatever is the same here learns from it."""
        for alert in self.engine.open():
            if _subject(alert) in subjects:
                self.note(self.engine.visited(alert.id, found, at))

    def own(self, rule: str) -> str:
        """The name that this rule, or its variant, has here."""
        name = rule.partition("@")[0]
        return next((one.id for one in self.side.rules if one.id.partition("@")[0] == name), rule)

    def _open(self, alert_id: str) -> list[Alert]:
        return [alert for alert in self.engine.open() if alert.id == alert_id]


def _subject(alert: Alert) -> tuple[str, str, str]:
    """``water-24h@zhenhai`` is ``water-24h`` with other numbers."""
    return alert.rule.partition("@")[0], alert.home, alert.device


class _Own(Engine):
    """The gateway's engine. What it is told, the twins are told too."""

    def __init__(self, gateway: str, epoch: str, sides: Sequence[Side]) -> None:
        super().__init__(gateway, epoch)
        self.twins = [_Twin(side, Engine(gateway, epoch), Answers(side.rules)) for side in sides]

    def _answer(self, at: float) -> None:
        for twin in self.twins:
            if twin.answers:
                twin.answer(self, at)

    def feed(self, reading: Reading) -> list[Alert]:
        """See Engine."""
        self._answer(reading.at)
        alerts = super().feed(reading)
        for twin in self.twins:
            twin.note(twin.engine.feed(reading))
        return alerts

    def tick(self, now: float) -> list[Alert]:
        """See Engine."""
        self._answer(now)
        alerts = super().tick(now)
        for twin in self.twins:
            twin.note(twin.engine.tick(now))
        return alerts

    def deaf(self, seconds: float) -> None:
        """See Engine."""
        super().deaf(seconds)
        for twin in self.twins:
            twin.engine.deaf(seconds)

    def wall(self, offset: float, synced: bool, zone: str, at: float, n: int) -> list[Alert]:
        """See Engine."""
        alerts = super().wall(offset, synced, zone, at, n)
        for twin in self.twins:
            twin.note(twin.engine.wall(offset, synced, twin.side.zone or zone, at, n))
        return alerts

    def mode(self, home: str, mode: Mode, at: float, begin: float) -> list[Alert]:
        """See Engine."""
        alerts = super().mode(home, mode, at, begin)
        for twin in self.twins:
            twin.note(twin.engine.mode(home, mode, at, begin))
        return alerts

    def reset(self, alert_id: str, at: float, n: int) -> list[Alert]:
        """See Engine."""
        subjects = {_subject(alert) for alert in self.open() if alert.id == alert_id}
        try:
            return super().reset(alert_id, at, n)
        finally:
            for twin in self.twins:
                twin.reset_like(subjects, at)

    def line(self, devices: Iterable[str], *, down: bool, at: float) -> list[Alert]:
        """See Engine."""
        names = list(devices)
        alerts = super().line(names, down=down, at=at)
        for twin in self.twins:
            twin.note(twin.engine.line(names, down=down, at=at))
        return alerts

    def well(self, home: str, word: Reading) -> list[Alert]:
        """See Engine."""
        alerts = super().well(home, word)
        for twin in self.twins:
            twin.note(twin.engine.well(home, word))
        return alerts

    def visited(self, alert_id: str, found: str, at: float) -> list[Alert]:
        """See Engine."""
        subjects = {_subject(alert) for alert in self.open() if alert.id == alert_id}
        for twin in self.twins:
            twin.visited_like(subjects, found, at)
        return super().visited(alert_id, found, at)

    def visited_since(self, rule: str, home: str, found: str, at: float) -> list[Alert]:
        """See Engine."""
        for twin in self.twins:
            twin.note(twin.engine.visited_since(twin.own(rule), home, found, at))
        return super().visited_since(rule, home, found, at)

    def forget(self, home: str, at: float) -> list[Alert]:
        """See Engine."""
        alerts = super().forget(home, at)
        for twin in self.twins:
            twin.note(twin.engine.forget(home, at))
        return alerts

    def configure(
        self, rules: Sequence[Rule], devices: Mapping[str, Device], at: float, n: int, facts: Facts | None = None,
        alike: Alike = untold,
    ) -> list[Alert]:  # fmt: skip
        """See Engine. The twins have rules of their own."""
        alerts = super().configure(rules, devices, at, n, facts, alike)
        for twin in self.twins:
            places, known = twin.side.surroundings or (devices, facts)
            twin.note(twin.engine.configure(twin.side.rules, places, at, n, known, alike))
        return alerts


def play(journal: Journal, sides: Sequence[Side], progress: Progress) -> Heard:
    """Play a journal with each of these rules; raises ValueError for what isn't a journal."""
    path, looked = journal.path, journal.looked
    times = Times(looked)
    fold = replay.begin(path, looked, lambda gateway, epoch: _Own(gateway, epoch, sides))
    homes: dict[str, Recorded] = {}
    for count, out in enumerate(replay.outcomes(path, looked, fold, journal.keys)):
        for reading in out.readings:
            if RETAINED not in reading.flags and REPLAY not in reading.flags:
                device = fold.site.devices.get(reading.device) if fold.site else None
                home, at = device.home if device else fold.gateway, times.wall(reading.at)
                recorded = homes.get(home) or homes.setdefault(home, Recorded(home, at))
                recorded.add(at, reading.device, reading.point, reading.value)
        if not count & 4095:
            progress(count / len(looked.frames))
    own, end = fold.engine, times.wall(fold.now)
    twins = own.twins if isinstance(own, _Own) else []
    span = times.wall(looked.frames[0][1].at if looked.frames else 0.0), end
    told = [_tally(twin, homes, fold.gateway, times, span) for twin in twins]
    return Heard(list(homes.values()), [twin.alerts for twin in twins], told)


def _tally(twin: _Twin, heard: Iterable[str], gateway: str, times: Times, span: tuple[float, float]) -> list[Alert]:
    """What is the gateway's own stands under its name, as a home does; each was watched over for the whole journal."""
    tallies = twin.side.tallies
    tallies.apart.add(gateway)
    alerts = [times.alert(alert)._replace(home=alert.home or gateway) for alert in twin.alerts]
    told = [one for alert in alerts for one in tallies.told(alert.home, [alert])]
    for name in {*heard, *(alert.home for alert in alerts)}:
        tallies.heard(name, span[0])
        tallies.heard(name, span[1])
        tallies.leave(name, span[1])
    return told
