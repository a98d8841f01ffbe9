"""What the vital file is told at an alert on an estate, and what a gateway makes of it that lost its database."""

import asyncio
import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from drivers.reading import Frame
from gateway.clock import Clock
from gateway.hub import snapshot as snapshots
from gateway.hub.boot import boot
from gateway.hub.booted import Booted
from gateway.hub.conftest import say
from gateway.hub.snapshot import Snapshot
from gateway.hub.suspects import Suspects
from gateway.site import Site, loads
from gateway.store import vital
from rules.rulefile import packs

HOMES = 6
TOML = """
[gateway]
id = "gw-1"
site = "estate"
[ports.line-1]
type = "serial"
path = "/dev/ttyUSB0"
driver = "node"
""" + "".join(
    f'[homes.h{n}]\n[devices.s{n}]\nhome = "h{n}"\nroom = "r"\ndriver = "node"\nport = "line-1"\n'
    f'address = "{n + 1:08x}"\nsilent_after = "10m"\n'
    f'tested = {{by = "wang", on = "2026-01-31", address = "{n + 1:08x}"}}\n'
    for n in range(HOMES)
)
SITE = loads(json.dumps({"format": 1, "site": TOML, "packs": packs(), "files": {}}))


class Life:
    """A gateway without loop and disk but for the vital file; time goes when we say so."""

    def __init__(self, folder: Path) -> None:
        self.site: Site = replace(SITE, store=replace(SITE.store, path=folder / "anju.db"))
        self.time = 1_000.0
        self.seq = 0

    async def begin(self) -> None:
        """Boot what there is."""
        self.clock = Clock(lambda: self.time, lambda: 1.8e9 + self.time, lambda: True)
        suspects = Suspects(self.site.store.path.with_suffix(".suspects"))
        self.booted: Booted = await boot(self.site, self.clock, suspects)
        self.snapshot = Snapshot(self.booted, self.clock, self.site.store.path)

    def hear(self, home: int, **values: float) -> list[str]:
        """The node of a home says this -> rules whose alerts changed."""
        self.seq += 1
        data = say("ALARM" if "smoke" in values else "READING", self.seq, node=home + 1, values=values)
        out = self.booted.fold.handle(Frame("line-1", self.clock.now(), data))
        return [alert.rule for alert in out.alerts if alert.n]

    async def write(self, *homes: str) -> vital.Vital:
        """Bring the file up to date about some homes -> what stands there now."""
        self.snapshot.write(homes, volatile=False)
        await self.snapshot.settle()
        found = vital.read(self.path)
        assert found is not None
        return found

    @property
    def path(self) -> Path:
        """The vital file."""
        return self.site.store.path.with_suffix(".vital")

    async def lose_the_database(self) -> None:
        """The power goes, the card loses the database, the gateway starts."""
        await self.booted.store.close()
        self.site.store.path.write_bytes(b"\xff" * 9_000)
        self.time += 20.0
        await self.begin()


@pytest.fixture
async def life(tmp_path: Path) -> AsyncIterator[Life]:
    made = Life(tmp_path)
    await made.begin()
    yield made
    await made.booted.store.close()


async def test_an_alert_of_one_home_brings_only_that_home_up_to_date(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "FEW", 0)
    for home in range(HOMES):
        life.hear(home, temperature_c=20)
    first = await life.write()
    assert first.whole is None
    size = life.path.stat().st_size
    life.time += 60.0
    for home in range(HOMES):
        life.hear(home, temperature_c=30)
    assert life.hear(2, smoke=1) == ["smoke"]
    second = await life.write("h2")
    changed = {key for key in second.rows if second.rows[key] != first.rows.get(key)}
    of_devices = {key.rpartition("s")[2] for key in changed if key.startswith(("e:h:", "e:d:"))}
    assert of_devices == {"2"}
    assert {"e:h:s2", "e:d:s2", "e:r:smoke/s2", "hub"} <= changed
    assert (second.at, second.whole) == (life.booted.fold.now, first.at)
    assert life.path.stat().st_size < size + 3_000
    monkeypatch.setattr(snapshots, "FEW", 1_000)
    third = await life.write("h4")
    assert third.whole is None
    assert third == life.snapshot.content(volatile=False)


async def test_no_sensor_counts_as_silent_because_its_home_had_no_alert_before_the_database_was_lost(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "FEW", 0)
    for home in range(HOMES):
        life.hear(home, temperature_c=20)
    await life.write()
    for _ in range(10):  # fifty minutes, in which all are heard
        life.time += 300.0
        for home in range(HOMES):
            life.hear(home, temperature_c=30)
    life.hear(2, smoke=1)
    await life.write("h2")
    await life.lose_the_database()
    fold = life.booted.fold
    assert life.booted.set_aside
    assert "smoke" in [alert.rule for alert in fold.engine.open() if alert.home == "h2"]
    life.time += 500.0
    fold.handle(life.clock.frame())
    assert [alert for alert in fold.engine.open() if alert.rule == "sensor-silent"] == []
    life.time += 7_200.0
    fold.handle(life.clock.frame())
    silent = [alert.device for alert in fold.engine.open() if alert.rule == "sensor-silent"]
    assert silent == [f"s{home}" for home in range(HOMES)]


async def test_the_file_is_written_whole_again_before_it_grows_without_end(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "ROOM", 2_000)
    sizes = []
    for turn in range(200):
        life.time += 1.0
        life.hear(turn % HOMES, temperature_c=turn % 40)
        assert await life.write() == life.snapshot.content(volatile=False)
        sizes.append(life.path.stat().st_size)
    assert max(sizes) < 4 * vital.write(life.path, life.snapshot.content(volatile=False))
    assert sum(later < before for before, later in pairwise(sizes)) >= 5


async def test_a_file_that_could_not_be_added_to_is_written_whole_the_next_time(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    await life.write()
    life.hear(1, smoke=1)
    life.path.unlink()
    life.path.mkdir()  # whoever opens it to add to it fails
    life.snapshot.write(["h1"], volatile=False)
    await life.snapshot.settle()
    assert life.snapshot.is_due()
    life.path.rmdir()
    assert await life.write() == life.snapshot.content(volatile=False)


async def test_a_sensor_that_was_moved_to_another_home_is_filed_as_it_is_now(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "FEW", 0)
    await life.write()
    life.hear(1, temperature_c=20)
    life.snapshot.look()
    moved = TOML.replace('[devices.s1]\nhome = "h1"', '[devices.s1]\nhome = "h3"')
    other = loads(json.dumps({"format": 1, "site": moved, "packs": packs(), "files": {}}))
    fold = life.booted.fold
    fold.configs[other.hash] = other.text
    fold.handle(Frame("config", life.clock.now(), other.hash.encode()))
    life.hear(1, temperature_c=30)
    await life.write("h3")
    filed = await life.write("h1")
    assert filed.rows["e:d:s1"] == life.snapshot.content(volatile=False).rows["e:d:s1"]


async def test_a_file_taken_away_while_it_is_added_to_is_written_whole(life: Life) -> None:
    await life.write()
    life.hear(1, smoke=1)
    life.path.unlink()
    life.snapshot.write(["h1"], volatile=False)
    await life.snapshot.settle()
    assert await life.write() == life.snapshot.content(volatile=False)


async def test_what_no_thread_could_be_had_for_is_in_the_file_after_the_next_writing(life: Life) -> None:
    await life.write()
    loop, none = asyncio.get_running_loop(), ThreadPoolExecutor()
    none.shutdown()
    loop.set_default_executor(none)
    life.hear(1, smoke=1)
    life.snapshot.write(["h1"], volatile=False)
    await life.snapshot.settle()
    assert life.snapshot.is_due()
    loop.set_default_executor(ThreadPoolExecutor())
    life.hear(2, temperature_c=20)
    assert await life.write("h2") == life.snapshot.content(volatile=False)
