"""A storm: alarms, acts and telemetry while disk, power, database file and link fail in any order, on a real store.

Two accounts are kept apart from the gateway: the node's (what was acknowledged as stored) and the platform's (what
arrived). One seed says everything that happens; a failure prints it.
"""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drivers.node import DRIVER
from drivers.reading import Frame
from drivers.shipped import shipped
from gateway.clock import Clock
from gateway.hub import committer as committing
from gateway.hub import due, promises, snapshot
from gateway.hub.boot import boot
from gateway.hub.committer import Committer
from gateway.hub.conftest import SITE, say
from gateway.hub.loop import Hub
from gateway.hub.messages import as_sent
from gateway.hub.suspects import Suspects
from gateway.inbox import Inbox
from gateway.outputs import Outputs
from gateway.store import outbox as windows
from gateway.store.outbox import Outbox
from gateway.store.store import Corrupt
from gateway.store.vital import Vital

KITCHEN, STRANGER = 0xA1B2C3D4, 0xBADCAFE
BOOT = 77
Key = tuple[str, int, int]
"""Device, boot, seq."""


class Node:
    """The sensor's side: what it said, and what it was told."""

    def __init__(self) -> None:
        self.seq = 0
        self.waiting: dict[Key, bytes] = {}
        """Alarms that it repeats."""
        self.stored: set[Key] = set()
        """Alarms that were acknowledged as stored."""

    def alarm(self, node: int, values: dict[str, float]) -> bytes:
        """A new alarm frame."""
        self.seq += 1
        data = say("ALARM", self.seq, node=node, boot=BOOT, values=values)
        self.waiting["kitchen" if node == KITCHEN else f"{node:08x}", BOOT, self.seq] = data
        return data

    def reading(self) -> bytes:
        """Something that nobody acknowledges."""
        self.seq += 1
        return say("READING", self.seq, boot=BOOT, temperature_c=20 + self.seq % 7)

    def hear(self, data: bytes) -> None:
        """What the gateway says on the line."""
        for key in [key for key, said in self.waiting.items() if data == _stored(said)]:
            self.stored.add(key)
            del self.waiting[key]


def _stored(said: bytes) -> bytes:
    assert DRIVER.acknowledge is not None
    return DRIVER.acknowledge(DRIVER.head(said), True)


class Platform:
    """The far end: everything that arrived, in its order."""

    def __init__(self) -> None:
        self.bodies: dict[str, dict[str, Any]] = {}
        self.numbers: dict[tuple[str, str, int], str] = {}
        self.sources: set[Key] = set()
        self.faults: list[str] = []
        self.highest: dict[tuple[str, str, str], int] = {}
        self.again = 0

    def receive(self, payload: bytes) -> None:
        """One message; what contradicts an earlier one is a fault."""
        body = json.loads(payload)
        seq = body["seq"]
        known = self.bodies.setdefault(body["id"], body)
        if known is not body:
            self.again += 1
            if {**known, "replay": 0} != {**body, "replay": 0}:
                self.faults.append(f"two contents under one id: {known} {body}")
            return
        number = (seq["epoch"], seq["lane"], seq["n"])
        if self.numbers.setdefault(number, body["id"]) != body["id"]:
            self.faults.append(f"two messages under {number}: {self.bodies[self.numbers[number]]} {body}")
        stream = (body.get("device", ""), seq["epoch"], seq["lane"])
        if seq["n"] < self.highest.get(stream, 0):
            self.faults.append(f"{stream}: {seq['n']} after {self.highest[stream]}")
        self.highest[stream] = max(seq["n"], self.highest.get(stream, 0))
        self.sources |= {(source["device"], source["boot"], source["seq"]) for source in body.get("sources", ())}

    def gaps(self) -> Iterator[str]:
        """Alarms of which a change never arrived."""
        changes: dict[str, set[int]] = {}
        for body in self.bodies.values():
            if body["kind"] == "alert" and body["seq"]["lane"] == "alarm":
                changes.setdefault(body["alert"], set()).add(body["n"])
        for alert, seen in changes.items():
            if seen != set(range(1, max(seen) + 1)):
                yield f"alert {alert} told as {sorted(seen)}"


class Storm:
    """One house, one store, many lives."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.dice = random.Random(seed)
        self.site = replace(SITE, store=replace(SITE.store, path=folder / "anju.db"))
        self.path = self.site.store.path
        self.node, self.platform = Node(), Platform()
        self.time = 1_000.0
        self.synced = True
        self.acts = 0
        self.done: Counter[str] = Counter()
        self.left: Vital | None = None
        self.damaged = ""

    async def begin(self) -> None:
        """Boot what there is."""
        self.clock = Clock(lambda: self.time, lambda: 1.8e9 + self.time, lambda: self.synced)
        suspects = Suspects(self.path.with_suffix(".suspects"))
        self.booted = await boot(self.site, self.clock, suspects, self.left, damaged=self.damaged)
        self.left, self.damaged = None, ""
        self.inbox = Inbox()
        self.outbox = Outbox("platform", self.booted.store.page)
        self.committer = Committer(
            self.booted,
            clock=self.clock,
            inbox=self.inbox,
            outboxes={"platform": self.outbox},
            send=self._send,
            path=self.path,
            keep_days=0.01,
            max_bytes=10**9,
            group=60.0,
        )
        self.hub = Hub(
            self.booted.fold,
            clock=self.clock,
            inbox=self.inbox,
            outputs=Outputs(self.site, shipped(), self._send),
            committer=self.committer,
            suspects=suspects,
            send=self._send,
        )
        self.task = asyncio.create_task(self.committer.run())

    def _send(self, port: str, data: bytes, address: str) -> bool:
        self.node.hear(data)
        return True

    def hear(self, data: bytes) -> None:
        """A frame from the line."""
        self.time += self.dice.choice([0.001, 0.1, 2.0, 30.0])
        self.hub.step(Frame("line-1", self.clock.now(), data))
        self.committer.keep_up()

    async def breathe(self, times: int = 3) -> None:
        """Let the committer get somewhere; and when it found the database damaged, begin a next life."""
        for _ in range(times):
            for frame in self.inbox.take(100):
                self.hub.step(frame)
            await asyncio.sleep(0.002)
        if self.task.done():
            with pytest.raises(Corrupt) as caught:
                self.task.result()
            self.left, self.damaged = self.committer.last_words(), str(caught.value)
            await self.booted.store.close()
            await self.begin()

    async def rest(self) -> None:
        """Time enough for what is underway to get to the disk: faults of two parts come one after the other."""
        await self.breathe(15)
        await self.committer._snapshot.settle()

    async def crash(self, *, torn: bool = True) -> None:
        """The power goes. A vital file that is just being written gets there, or doesn't (``torn``)."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        vital, writing = self.path.with_suffix(".vital"), self.committer._snapshot.is_writing()
        torn = torn and self.path.exists()  # the database and the file at the same moment are two faults
        before = vital.read_bytes() if torn and writing and vital.exists() else None
        await self.committer._snapshot.settle()
        if before is not None and self.dice.random() < 0.5:
            vital.write_bytes(before)
        await self.booted.store.close()
        self.time += self.dice.choice([0.5, 30.0, 4_000.0])

    async def stop(self) -> None:
        """An orderly end."""
        self.committer.stop()
        await asyncio.gather(self.task, return_exceptions=True)
        await self.booted.store.close()
        self.time += self.dice.choice([0.5, 30.0])

    async def fail(self, on: bool) -> None:
        """The disk takes nothing, or takes writes again."""
        await self.booted.store._db.execute(f"PRAGMA query_only = {'ON' if on else 'OFF'}")

    async def deliver(self, most: int) -> None:
        """The link stands for so many messages; the last of them get there, but their confirmation doesn't."""
        sent = []
        with suppress(TimeoutError):
            for _ in range(most):
                async with asyncio.timeout(0.05):
                    sent.append(await self.outbox.next(lambda _: True))
        for message in sent:
            self.platform.receive(as_sent(message.body, replay=False))
        for message in sent[: self.dice.randint(0, len(sent))]:
            self.outbox.confirm(message)
        self.outbox.rewind()
        self.time += 3.0
        self.committer.mind()

    async def act(self) -> None:
        """A person does something to some open alert."""
        self.acts += 1
        alerts = [alert.id for alert in self.hub.fold.engine.open()] or ["none"]
        said = {
            "act_id": f"act-{self.acts}",
            "actor": "anna",
            "verb": self.dice.choice(["acknowledge", "reset", "hush"]),
            "alert": self.dice.choice(alerts),
            "home": "flat",
        }
        self.hub.step(Frame("act", self.clock.now(), json.dumps(said).encode()))

    async def damage(self) -> None:
        """The power goes and the card with it: some pages, the header, or the whole file."""
        await self.rest()
        await self.crash(torn=False)
        how = self.dice.choice(["header", "pages", "gone", "cut"])
        data = self.path.read_bytes() if self.path.exists() else b""
        if how == "gone":
            self.path.unlink(missing_ok=True)
        elif how == "cut":
            self.path.write_bytes(data[: len(data) // 3])
        else:
            place = 0 if how == "header" else self.dice.randrange(max(1, len(data)))
            self.path.write_bytes(data[:place] + self.dice.randbytes(6_000) + data[place + 6_000 :])

    async def step(self) -> None:
        """Something happens."""
        kind = self.dice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        self.done[kind] += 1
        dice, node = self.dice, self.node
        if kind == "alarm":
            what = dice.choice(["smoke", "gas_alarm", "flood", "tamper", "button"])
            self.hear(node.alarm(KITCHEN, {what: dice.randint(what == "button", 1)}))
        elif kind == "stranger":
            self.hear(node.alarm(STRANGER, {"smoke": 1}))
        elif kind == "reading":
            self.hear(node.reading())
        elif kind == "repeat":
            for data in list(node.waiting.values()):
                self.hear(data)
        elif kind == "time":
            self.time += dice.choice([1.0, 70.0, 700.0])
            self.hub.step(self.clock.frame())
            self.committer.mind()
        elif kind == "breathe":
            await self.breathe(dice.randint(1, 8))
        elif kind in ("fail", "heal"):
            await self.fail(kind == "fail")
        elif kind == "deliver":
            await self.deliver(dice.randint(1, 30))
        elif kind == "taken away":
            await self.rest()
            self.path.unlink(missing_ok=True)
        elif kind == "unsynced":
            self.synced = not self.synced
        elif kind == "act":
            await self.act()
        else:
            await {"crash": self.crash, "stop": self.stop, "damage": self.damage}[kind]()
            await self.begin()

    async def calm(self) -> None:
        """All is whole again: the node repeats until it hears that its alarms are stored, and all is delivered."""
        await self.fail(False)
        for _ in range(300):
            await self.breathe()
            for data in list(self.node.waiting.values()):
                self.hear(data)
            self.committer.mind()
            await self.breathe()
            if not self.node.waiting:
                break
        for _ in range(2):  # what stands on the disk and was overtaken is read by the next life
            for _ in range(300):
                before = self.outbox.delivered
                await self.deliver(500)
                await self.breathe()
                if self.outbox.delivered == before and not self.outbox.held():
                    break
            await self.stop()
            await self.begin()
        await self.stop()


WEIGHTS = {
    "alarm": 30, "stranger": 2, "reading": 10, "repeat": 12, "time": 6, "breathe": 25, "fail": 4, "heal": 5,
    "deliver": 8, "crash": 4, "stop": 2, "damage": 1, "taken away": 0.5, "unsynced": 0.5, "act": 6,
}  # fmt: skip
STEPS = 120
STORMS = 6


@pytest.mark.parametrize("number", range(STORMS))
async def test_what_was_stored_is_told_once_under_one_number_whatever_breaks(
    tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    monkeypatch.setattr(committing, "RETRY", (0.005, 0.02))
    monkeypatch.setattr(due, "CHECKPOINT", 300.0)
    monkeypatch.setattr(promises, "WORD", 10.0)
    monkeypatch.setattr(due, "SLICE", 2)
    monkeypatch.setattr(snapshot, "FEW", number % 2 * 1000)
    monkeypatch.setattr(snapshot, "ROOM", 3_000)
    monkeypatch.setattr(snapshot, "STALE", 1)
    monkeypatch.setattr(windows, "PAGE", 7)
    monkeypatch.setattr(windows, "WINDOW", 15)
    storm = Storm(tmp_path, seed)
    await storm.begin()
    for _ in range(STEPS):
        await storm.step()
    await storm.calm()
    node, platform = storm.node, storm.platform
    assert node.waiting == {}
    assert len(node.stored) == storm.done["alarm"] + storm.done["stranger"]
    assert node.stored - platform.sources == set()
    assert platform.faults == []
    assert list(platform.gaps()) == []
