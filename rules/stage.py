"""The stage on which a story is played: an engine of its own, a clock that the story moves, a disk that outlives it."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from drivers.reading import Reading, Source
from rules.alert import Alert
from rules.engine import Device, Engine, Refused
from rules.rule import Rule
from rules.scene import HOME
from rules.script import Step, Story
from rules.sentence import Sentence
from rules.wall import Mode


@dataclass(slots=True)
class Stage:
    """One story being played."""

    rules: Sequence[Rule]
    story: Story
    alerts: list[Alert] = field(default_factory=list)
    rows: dict[str, object] = field(default_factory=dict)
    n: int = 1
    up_at: float = 0.0
    """When the gateway is up again; what is said before is not heard."""
    gaps: dict[str, float] = field(default_factory=dict)
    """Device, or "" for all -> until when nothing of it is heard."""
    offset: float = 0.0
    synced: bool = False
    """Does the gateway know the time on the wall? It is ``offset`` seconds ahead of the story's."""
    engine: Engine = field(default_factory=lambda: Engine("story", "0"))

    def __post_init__(self) -> None:
        starts = self.story.scene.starts
        self.offset, self.synced = starts or 0.0, starts is not None

    def play(self) -> list[str]:
        """From the first to the last moment -> what a person was refused, or wasn't. ``alerts`` are what came."""
        wrong: list[str] = []
        self._configure(0.0)
        for step in self.story.steps:
            if step.at < self.up_at or self._is_lost(step):
                continue
            self.n += 1
            try:
                self._do(step)
                if step.refused:
                    done = "the reset of {rule} at {at} was not refused"
                    wrong.append(Sentence(done, rule=step.reset, at=told_at(step.at)))
            except Refused as refused:
                self.alerts += refused.alerts
                if not step.refused:
                    what = "the reset of {rule} at {at} was refused: {why}"
                    why = Sentence(str(refused))
                    wrong.append(Sentence(what, rule=step.reset, at=told_at(step.at), why=why))
        self.alerts += self.engine.tick(max(self.story.until, self.up_at))
        return wrong

    def _do(self, step: Step) -> None:
        if step.restart:
            self._restart(step.at, step.restart)
        elif step.mode:
            until = None if math.isinf(step.lasts) else round(step.at + step.lasts, 6)
            mode = Mode(step.mode, until, step.at if step.armed else None)
            self.alerts += self.engine.mode(HOME, mode, step.at, self.n)
        elif step.clock is not None:
            self._jump(step.clock, step.at)
        elif step.gap:
            self.gaps[step.device] = max(self.gaps.get(step.device, 0.0), step.at + step.gap)
        elif step.reset:
            self.alerts += self.engine.tick(step.at)
            open_ids = [alert.id for alert in self.engine.open() if alert.rule == step.reset]
            for alert_id in open_ids or ["none"]:
                self.alerts += self.engine.reset(alert_id, step.at, self.n)
        else:
            source = Source(step.device, 1, self.n) if step.alarm else None
            for point, value in step.values:
                quantity = point.partition("#")[0]
                reading = Reading(step.device, point, quantity, value, step.at, step.flags, self.n, source)
                self.alerts += self.engine.feed(reading)

    def _is_lost(self, step: Step) -> bool:
        """Is it a reading that nobody hears?"""
        until = max(self.gaps.get("", 0.0), self.gaps.get(step.device, 0.0))
        return bool(step.values) and step.at < until

    def _jump(self, seconds: float, at: float) -> None:
        """The clock on the wall is set, or nobody knows the time any more."""
        self.synced = self.synced and seconds != math.inf
        self.offset += seconds if seconds != math.inf else 0.0
        self.alerts += self.engine.wall(self.offset, self.synced, self.story.scene.zone, at, self.n)

    def _restart(self, at: float, down: float) -> None:
        """Power off, and on again after a while, with the checkpoint as the disk would hold it."""
        self.alerts += self.engine.tick(at)
        self.rows |= self.engine.changed()
        self.up_at = at + down
        self.engine = Engine("story", "0")
        self.engine.load({key: json.loads(json.dumps(row)) for key, row in self.rows.items() if row is not None})
        self.engine.deaf(down)
        self._configure(self.up_at)
        self.alerts += self.engine.tick(self.up_at)

    def _configure(self, at: float) -> None:
        names = {step.device for step in self.story.steps if step.device} | self.story.silent_after.keys()
        devices = {name: Device(HOME, "", self.story.silent_after.get(name)) for name in sorted(names)}
        self.alerts += self.engine.configure(self.rules, devices, at, self.n, self.story.scene.facts)
        if self.synced or self.offset:
            self.alerts += self.engine.wall(self.offset, self.synced, self.story.scene.zone, at, self.n)


def told_at(seconds: float) -> str:
    """A moment of a story: hours:minutes:seconds."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:" + (f"{seconds % 60:05.2f}" if seconds % 1 else f"{whole % 60:02}")
