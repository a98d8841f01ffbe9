"""Time that is lost with a database proves nothing, and is none for which a person's word was meant to last."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.reading import Frame
from gateway.clock import Clock, Continued
from gateway.hub import checkpoint
from gateway.hub.boot import boot
from gateway.hub.conftest import say
from gateway.hub.fold import Fold
from gateway.hub.snapshot import Snapshot
from gateway.hub.suspects import Suspects
from gateway.hub.test_snapshot import Life
from gateway.site import loads
from rules.rulefile import packs

HOUR, DAY = 3600.0, 86_400.0
NODES = "".join(
    f'[devices.{name}]\nhome = "flat"\nport = "line-1"\naddress = "0000000{n}"\nsilent_after = "2h"\n'
    for n, name in ((1, "pir"), (2, "meter"))
)
TOML = f"""
[gateway]
id = "gw-1"
site = "estate"
timezone = "UTC"
[rules]
also = ["no-motion-12h", "water-12h", "inactivity"]
[ports.line-1]
type = "serial"
path = "/dev/ttyUSB0"
driver = "node"
[homes.flat]
{NODES}"""
SITE = loads(json.dumps({"format": 1, "site": TOML, "packs": packs(), "files": {}}))
MISSED = {"no-motion-12h", "water-12h", "inactivity"}
WALL = 1.8e9


class Flat(Life):
    """A flat with a motion sensor and a meter. The machine may come back without a clock of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.site = replace(SITE, store=replace(SITE.store, path=folder / "anju.db"))
        self.synced, self.starts, self.litres = True, 0, 0
        self.fired: dict[str, float] = {}

    def tick(self) -> Clock:
        """The clock of one start of the machine."""
        self.starts += 1
        name = str(self.starts)
        wall = lambda: (WALL if self.synced else 0.0) + self.time  # noqa: E731
        return Clock(lambda: self.time, wall, lambda: self.synced, lambda: name)

    async def begin(self) -> None:
        self.clock = self.tick()
        self.booted = await boot(self.site, self.clock, Suspects(self.site.store.path.with_suffix(".suspects")))
        self.snapshot = Snapshot(self.booted, self.clock, self.site.store.path)

    async def only_sleep(self) -> None:
        """The power goes and comes, and the disk is well: out of the state at which the vital file was written."""
        before, self.clock = self.booted.fold, self.tick()
        fold = Fold(before.configs)
        assert checkpoint.load(fold, self.snapshot.content(volatile=False).rows, before.n) == []
        last = Continued(fold.now, fold.teller.offset, fold.teller.synced, *fold.ran)
        downtime = self.clock.resume(last)
        said = {"gateway": "gw-1", "downtime": downtime, "offset": self.clock.offset, "synced": self.clock.synced}
        self.booted.fold = fold
        self.feed(Frame("boot", self.clock.now(), json.dumps({**said, "deaf": self.clock.now() - last.at}).encode()))

    def feed(self, frame: Frame) -> None:
        """A Frame, and all that was due before it."""
        fold = self.booted.fold
        while (due := fold.due()) is not None and due <= frame.at and frame.port != "boot":
            self._take(self.clock.frame(max(due, fold.now)))
        self._take(frame)

    def _take(self, frame: Frame) -> None:
        for alert in self.booted.fold.handle(frame).alerts:
            if alert.rule in MISSED and alert.state == "firing":
                self.fired.setdefault(alert.rule, self.clock.now())

    def live(self, hours: float, *, stirring: bool = False) -> None:
        """So long both speak each quarter of an hour."""
        for turn in range(round(hours * 4)):
            self.litres += (3 + turn % 5) * stirring
            said = ({"motion": float(stirring and turn % 2)}, {"water_m3": 5 + self.litres / 1000})
            for node, values in enumerate(said, 1):
                self.seq += 1
                self.feed(Frame("line-1", self.clock.now(), say("READING", self.seq, node=node, values=values)))
            self.time += 900.0

    def mode(self, mode: str, seconds: float) -> None:
        """Somebody says so."""
        who = {"actor": "desk", "role": "duty", "via": "test", "act_id": "m"}
        said = {"home": "flat", "mode": mode, "seconds": seconds, **who}
        self.feed(Frame("mode", self.clock.now(), json.dumps(said).encode()))

    @property
    def said(self) -> str:
        """The mode of the flat."""
        return self.booted.fold.modes.mode("flat").name


@pytest.mark.parametrize("off", [0.1, 3.0, 30.0])
async def test_what_was_lost_with_the_database_puts_off_what_is_missed_as_any_power_cut_does(
    tmp_path: Path, off: float
) -> None:
    """The last hour of the life is lost too: what it had of it is in the database alone."""
    lives = []
    for name in ("whole", "sleeps", "damaged"):
        (tmp_path / name).mkdir()
        life = Flat(tmp_path / name)
        await life.begin()
        life.live(3.0, stirring=True)
        life.live(4.0)
        await life.write()
        if name == "sleeps":
            life.time += (off + 1.0) * HOUR + 20.0
            await life.only_sleep()
        elif name == "damaged":
            life.live(1.0)
            life.time += off * HOUR
            await life.lose_the_database()
            assert life.booted.set_aside
        life.live(45.0)
        await life.booted.store.close()
        lives.append(life)
    whole, sleeps, damaged = (life.fired for life in lives)
    assert damaged == sleeps
    assert damaged.keys() == whole.keys() == MISSED
    lost = {rule: (damaged[rule] - whole[rule]) / HOUR for rule in ("no-motion-12h", "inactivity")}
    assert all(late >= off + 1 for late in lost.values()), lost


@pytest.mark.parametrize("damaged", [False, True])
@pytest.mark.parametrize("boots", [1, 2])
async def test_a_word_does_not_outlast_the_time_that_nobody_knew(tmp_path: Path, damaged: bool, boots: int) -> None:
    """Who says "hospital" for a day is back then, though the power was off for two, the clock of the machine not set
    for an hour, and the database gone: whoever falls must be missed."""
    life = Flat(tmp_path)
    await life.begin()
    life.live(1.0, stirring=True)
    life.mode("hospital", DAY)
    await life.write()
    life.synced = False
    for _ in range(boots):
        life.time += DAY
        await (life.lose_the_database() if damaged else life.only_sleep())
        life.feed(life.clock.frame())
        assert life.said == "hospital", "nobody knows better"
        await life.write()
    life.synced = True
    life.time += 5.0
    for frame in life.clock.look():
        life.feed(frame)
    assert life.said == "home"
    life.time += HOUR
    await life.booted.store.close()


async def test_a_word_lasts_as_long_as_it_was_said_where_the_time_that_was_lost_is_known(tmp_path: Path) -> None:
    life = Flat(tmp_path)
    await life.begin()
    life.live(1.0, stirring=True)
    life.mode("hospital", DAY)
    await life.write()
    life.time += 10 * HOUR
    await life.lose_the_database()
    assert life.said == "hospital"
    life.live(13.0)
    assert life.said == "hospital"
    life.live(2.0)
    assert life.said == "home"
    await life.booted.store.close()
