"""The live hub on a real store: what is promised when, and what survives which fault."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from drivers.reading import Frame
from drivers.shipped import shipped
from gateway.clock import Clock, boot_time
from gateway.hub.boot import Busy, boot, lock
from gateway.hub.booted import Booted
from gateway.hub.committer import Committer
from gateway.hub.conftest import SITE, say
from gateway.hub.due import FOLDED
from gateway.hub.loop import Hub
from gateway.hub.replay import alerts as replayed
from gateway.hub.suspects import TIMES, Suspects
from gateway.inbox import Inbox
from gateway.outputs import Outputs
from gateway.site import Site
from gateway.store.message import ALARM
from gateway.store.outbox import FIRST, Outbox
from gateway.store.store import Corrupt
from rules.alert import Alert

DURABLE, VOLATILE = 1, 2


class Gateway:
    """Boot, hub, committer and one outbox, wired as the app wires them; what is sent on the line is kept."""

    def __init__(self, site: Site, booted: Booted, clock: Clock, suspects: Suspects) -> None:
        self.booted, self.inbox = booted, Inbox()
        self.sent: list[bytes] = []
        self._news = asyncio.Event()
        self.outbox = Outbox("platform", booted.store.page)
        outputs = Outputs(site, shipped(), self._send)
        self.committer = Committer(
            booted,
            clock=clock,
            inbox=self.inbox,
            outboxes={"platform": self.outbox},
            send=self._send,
            path=site.store.path,
            keep_days=30,
            max_bytes=10**9,
            group=60.0,
        )
        self.hub = Hub(
            booted.fold,
            clock=clock,
            inbox=self.inbox,
            outputs=outputs,
            committer=self.committer,
            suspects=suspects,
            send=self._send,
        )
        self._clock = clock
        self.committing = asyncio.create_task(self.committer.run())

    def _send(self, port: str, data: bytes, address: str) -> bool:
        self.sent.append(data)
        self._news.set()
        return True

    def hear(self, data: bytes) -> None:
        """The node says this."""
        self.inbox.put(Frame("line-1", self._clock.now(), data))

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until it holds; a test's own time limit ends it otherwise."""
        async with asyncio.timeout(10):
            while not true():
                await asyncio.sleep(0.002)

    def answers(self) -> list[int]:
        """Status of each acknowledgement sent."""
        packets = [data.strip(b"\0") for data in self.sent]
        return [status for data in packets if (status := _status(data)) is not None]

    async def leaving(self) -> dict[str, object]:
        """The next message of the alarm lane that an uplink would send."""
        async with asyncio.timeout(10):
            body: dict[str, object] = json.loads((await self.outbox.next(lambda lane: lane == ALARM)).body)
        return body

    def open(self, rule: str) -> Alert | None:
        """The open alert of a rule."""
        return next((alert for alert in self.hub.fold.engine.open() if alert.rule == rule), None)


def _status(chunk: bytes) -> int | None:
    plain, place = bytearray(), 0
    while place < len(chunk):
        step = chunk[place]
        plain += chunk[place + 1 : place + step] + b"\0"
        place += step
    kind, body = plain[1], plain[14:-5]
    return body[0] if kind == 0x81 else None


@asynccontextmanager
async def running(
    folder: Path, *, crash: bool = False, damaged: str = "", clock: Clock | None = None
) -> AsyncIterator[Gateway]:
    """A gateway on the store in this folder; ``crash`` ends it without a last commit, ``damaged`` is found on the way."""
    site = replace(SITE, store=replace(SITE.store, path=folder / "anju.db"))
    suspects = Suspects(site.store.path.with_suffix(".suspects"))
    clock = clock or Clock()
    booted = await boot(site, clock, suspects)
    gateway = Gateway(site, booted, clock, suspects)
    tasks = [gateway.committing, asyncio.create_task(gateway.hub.run())]
    try:
        yield gateway
        with pytest.raises(Corrupt, match=damaged) if damaged else nullcontext():
            for task in tasks:
                if task.done():
                    task.result()
    finally:
        tasks[1].cancel()
        if crash:
            tasks[0].cancel()
        else:
            gateway.committer.stop()
        await asyncio.gather(*tasks, return_exceptions=True)
        await booted.store.close()


async def test_an_alarm_is_on_the_disk_before_it_is_acknowledged_or_sent(tmp_path: Path) -> None:
    async with running(tmp_path, crash=True) as gateway:
        gateway.hear(say("ALARM", 1, smoke=1))
        await gateway.until(lambda: DURABLE in gateway.answers())
        told = await gateway.leaving()
    async with running(tmp_path, crash=True) as gateway:
        again = await gateway.leaving()
        assert again["id"] == told["id"]
        alert = gateway.open("smoke")
        assert alert is not None
        assert alert.state == "firing"
        gateway.hear(say("ALARM", 1, smoke=1))
        await gateway.until(lambda: DURABLE in gateway.answers())
        assert gateway.hub.fold.teller.seqs[ALARM] == 1


@pytest.mark.parametrize(("start", "downtime"), [("same", 75.0), ("another", None)])
async def test_with_a_clock_that_was_never_set_a_crash_of_the_gateway_alone_costs_no_time(
    tmp_path: Path, start: str, downtime: float | None
) -> None:
    later = 0.0
    steady, wall = lambda: boot_time() + later, lambda: 1.0
    async with running(tmp_path, crash=True, clock=Clock(steady, wall, lambda: False, lambda: "same")) as gateway:
        gateway.hear(say("ALARM", 1, smoke=1))
        await gateway.until(lambda: DURABLE in gateway.answers())
        before = gateway.hub.fold.now
    later = 75.0
    async with running(tmp_path, crash=True, clock=Clock(steady, wall, lambda: False, lambda: start)) as gateway:
        said = json.loads(gateway.booted.outcomes[0].frame.data)
        assert said["downtime"] == (None if downtime is None else pytest.approx(downtime, abs=5.0))
        assert gateway.booted.fold.now - before == pytest.approx(downtime or 0.0, abs=5.0)


async def test_the_siren_sounds_again_after_a_restart_while_it_burns(tmp_path: Path) -> None:
    async with running(tmp_path, crash=True) as gateway:
        gateway.hear(say("ALARM", 1, smoke=1))
        await gateway.until(lambda: bool(gateway.answers()))
    async with running(tmp_path, crash=True) as gateway:
        switch = shipped()["node"].switch
        assert switch is not None
        on = switch("a1b2c3d4", 1, True, 1)
        await gateway.until(lambda: on in gateway.sent)


async def test_a_disk_that_takes_nothing_silences_no_alarm(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await gateway.until(lambda: gateway.committer.store.commits > 0)
        db = gateway.booted.store._db
        await db.execute("PRAGMA query_only = ON")
        gateway.hear(say("ALARM", 1, smoke=1))
        await gateway.until(lambda: VOLATILE in gateway.answers())
        switch = shipped()["node"].switch
        assert switch is not None
        assert gateway.sent[0] == switch("a1b2c3d4", 1, True, 1), "the siren comes before anything that needs a disk"
        assert DURABLE not in gateway.answers()
        assert (await gateway.leaving())["rule"] == "smoke"
        await gateway.until(lambda: gateway.open("storage") is not None)
        await db.execute("PRAGMA query_only = OFF")
        gateway.hear(say("ALARM", 2, gas_alarm=1))
        await gateway.until(lambda: gateway.answers().count(DURABLE) >= 2)
        kept = await gateway.booted.store.page("platform", ALARM, FIRST, 10)
        assert [json.loads(message.body)["rule"] for message in kept] == ["smoke", "gas-leak"]
    async with running(tmp_path) as gateway:
        assert gateway.open("smoke")
        assert gateway.open("gas-leak")


@pytest.mark.parametrize("damage", ["header", "all", "empty", "a text"])
async def test_a_damaged_database_is_set_aside_and_the_open_alarm_goes_on(tmp_path: Path, damage: str) -> None:
    async with running(tmp_path) as gateway:
        gateway.hear(say("ALARM", 1, smoke=1))
        await gateway.until(lambda: DURABLE in gateway.answers())
        told = await gateway.leaving()
        epoch = gateway.hub.fold.epoch
        await gateway.until((tmp_path / "anju.vital").exists)
    path = tmp_path / "anju.db"
    data = path.read_bytes()
    path.write_bytes({
        "header": bytes(4096) + data[4096:],
        "all": b"\xff" * len(data),
        "empty": data[:1000],
        "a text": b"not a database at all, but longer than a hundred bytes so that it is read as one" * 3,
    }[damage])  # fmt: skip
    async with running(tmp_path) as gateway:
        assert gateway.booted.set_aside == "anju.db.damaged-1"
        assert gateway.hub.fold.epoch != epoch
        alert = gateway.open("smoke")
        assert alert is not None
        assert alert.id == told["alert"]
        assert (await gateway.leaving())["id"] == told["id"]
        gateway.hear(say("ALARM", 1, smoke=1))  # a repetition is still known as one
        await gateway.until(lambda: DURABLE in gateway.answers())
        await gateway.until(lambda: gateway.open("storage") is not None)
        gateway.hear(say("ALARM", 2, smoke=0))
        await gateway.until(lambda: gateway.hub.fold.teller.seqs[ALARM] == 1)
    async with running(tmp_path) as gateway:
        alert = gateway.open("smoke")
        assert alert is not None
        assert (alert.id, alert.n, alert.state) == (told["alert"], 2, "cleared")
        assert gateway.booted.set_aside == ""


async def test_a_folder_that_takes_no_file_is_run_from_memory_and_left_when_it_is_back(tmp_path: Path) -> None:
    blocked = tmp_path / "store"
    blocked.write_text("a file where the folder should be")
    async with running(blocked) as gateway:
        assert not gateway.booted.durable
        gateway.hear(say("ALARM", 1, smoke=1))
        await gateway.until(lambda: VOLATILE in gateway.answers())
        assert (await gateway.leaving())["rule"] == "smoke"
        blocked.unlink()
        blocked.mkdir()
        gateway.hear(say("ALARM", 2, gas_alarm=1))
        await gateway.until(lambda: gateway.answers().count(VOLATILE) >= 2)
        await gateway.until((blocked / "anju.vital").exists)
    async with running(blocked) as gateway:
        assert gateway.booted.durable
        assert gateway.open("smoke")
        assert gateway.open("gas-leak")
        told = [await gateway.leaving() for _ in range(2)]
        assert [body["rule"] for body in told] == ["smoke", "gas-leak"]


async def test_a_frame_that_breaks_the_fold_three_times_is_set_aside(tmp_path: Path) -> None:
    poison = Frame("health", 1.0, b"not what health looks like")
    for _ in range(TIMES):
        async with running(tmp_path) as gateway:
            with pytest.raises(ValueError, match="Expecting value"):
                gateway.hub.step(poison)
    async with running(tmp_path) as gateway:
        assert gateway.hub.step(poison) is None
        gateway.hear(say("ALARM", 1, smoke=1))
        await gateway.until(lambda: DURABLE in gateway.answers())


async def test_replay_gives_the_alerts_that_were_given(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        gateway.hear(say("ALARM", 1, smoke=1))
        gateway.hear(say("ALARM", 2, button=1))
        await gateway.until(lambda: gateway.answers().count(DURABLE) == 2)
        told = [await gateway.leaving() for _ in range(2)]
    again = await asyncio.to_thread(lambda: [alert.id for alert in replayed(tmp_path / "anju.db") if alert.n])
    assert again == [body["alert"] for body in told]


async def test_lives_too_short_for_a_checkpoint_make_one_all_the_same(tmp_path: Path) -> None:
    async with running(tmp_path, crash=True) as gateway:
        for seq in range(FOLDED):
            gateway.hear(say("READING", seq, humidity_pct=40))
        gateway.hear(say("ALARM", FOLDED, smoke=1))
        await gateway.until(lambda: DURABLE in gateway.answers())
    async with running(tmp_path, crash=True) as gateway:
        assert gateway.booted.folded > FOLDED
        await gateway.until(lambda: gateway.committer.store.commits > 0)
    async with running(tmp_path, crash=True) as gateway:
        assert gateway.booted.folded < 10
        assert gateway.open("smoke")


async def test_a_second_process_is_refused(tmp_path: Path) -> None:
    held = lock(tmp_path / "anju.db")
    with pytest.raises(Busy, match="another gateway"):
        lock(tmp_path / "anju.db")
    held.close()
    lock(tmp_path / "anju.db").close()
