"""The outbox: order within a lane whatever happens, alarms first, nothing twice without a cut, nothing never."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.store import outbox
from gateway.store.message import ALARM, TELEMETRY, Message
from gateway.store.outbox import Outbox


class Disk:
    """The rows of one destination, as the store would page them."""

    def __init__(self) -> None:
        self.rows: dict[tuple[int, int], Message] = {}

    async def read(self, to: str, lane: int, after: int, limit: int) -> list[Message]:
        await asyncio.sleep(0)
        found = sorted(m for (number, n), m in self.rows.items() if number == lane and n > after)
        await asyncio.sleep(0)
        return found[:limit]


def message(n: int, lane: int) -> Message:
    return Message("platform", lane, n, "event", b"", 0.0)


async def test_an_alarm_overtakes_a_backlog() -> None:
    disk = Disk()
    disk.rows = {(TELEMETRY, n): message(n, TELEMETRY) for n in range(1, 2_000)}
    box = Outbox("platform", disk.read)
    for _ in range(10):
        assert (await box.next(lambda _: True)).lane == TELEMETRY
    disk.rows[ALARM, 1] = message(1, ALARM)
    box.release([message(1, ALARM)])
    assert (await box.next(lambda _: True)).lane == ALARM


async def test_a_connection_lost_while_a_page_is_read_loses_no_message() -> None:
    disk = Disk()
    disk.rows = {(TELEMETRY, n): message(n, TELEMETRY) for n in (1, 2, 3)}
    box = Outbox("platform", disk.read)
    task = asyncio.create_task(box.next(lambda _: True))
    await asyncio.sleep(0)
    disk.rows[TELEMETRY, 4] = message(4, TELEMETRY)
    box.release([message(4, TELEMETRY)])
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    box.rewind()
    assert [(await box.next(lambda _: True)).n for _ in range(4)] == [1, 2, 3, 4]


class Sender:
    """An uplink in small: takes messages while it has credit, confirms them in order, loses its connection."""

    def __init__(self, outbox: Outbox, disk: Disk) -> None:
        self._outbox, self._disk = outbox, disk
        self.credit = 0
        self.first: list[int] = []
        """Numbers in the order in which they first left."""
        self.twice: list[int] = []
        """Numbers that left twice on one connection."""
        self._connection: set[int] = set()
        self._underway: list[Message] = []

    async def run(self) -> None:
        while True:
            got = await self._outbox.next(lambda _: self.credit > 0)
            self.credit -= 1
            self._underway.append(got)
            if got.n in self._connection:
                self.twice.append(got.n)
            self._connection.add(got.n)
            if got.n not in self.first:
                self.first.append(got.n)

    def confirm(self) -> None:
        if self._underway:
            got = self._underway.pop(0)
            self._outbox.confirm(got)
            del self._disk.rows[TELEMETRY, got.n]

    def cut(self) -> None:
        self._outbox.rewind()
        self._underway.clear()
        self._connection.clear()


async def test_alarms_that_wait_for_room_are_not_overtaken() -> None:
    disk = Disk()
    disk.rows = {(TELEMETRY, 1): message(1, TELEMETRY)} | {(ALARM, n): message(n, ALARM) for n in (1, 2, 3)}
    box = Outbox("platform", disk.read)
    underway = 0

    def room(lane: int) -> bool:
        return lane != ALARM or underway < 2

    sent = []
    for _ in range(2):
        sent.append(await box.next(room))
        underway += 1
    third = asyncio.create_task(box.next(room))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not third.done()
    underway -= 1
    box.confirm(sent[0])
    assert (await third) == message(3, ALARM)


STEPS = st.lists(st.sampled_from(["make", "make many", "credit", "confirm", "cut", "yield"]), max_size=60)


@given(STEPS, st.integers(2, 7))
@settings(max_examples=300, deadline=None)
def test_a_lane_is_delivered_whole_and_in_order(steps: list[str], page: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outbox, "PAGE", page)
        patch.setattr(outbox, "WINDOW", 2 * page)
        made, sender, disk = asyncio.run(play(steps))
    assert sender.first == list(range(1, made + 1))
    assert sender.twice == []
    assert not disk.rows


async def play(steps: list[str]) -> tuple[int, Sender, Disk]:
    """All steps, then as much credit as it takes."""
    disk, made = Disk(), 0
    box = Outbox("platform", disk.read)
    sender = Sender(box, disk)
    task = asyncio.create_task(sender.run())
    for step in steps:
        if step.startswith("make"):
            fresh = [message(made + place, TELEMETRY) for place in range(1, 6 if step == "make many" else 2)]
            made += len(fresh)
            disk.rows |= {(TELEMETRY, m.n): m for m in fresh}
            box.release(fresh)
        elif step == "credit":
            sender.credit += 2
            box.wake()
        elif step == "confirm":
            sender.confirm()
        elif step == "cut":
            sender.cut()
        else:
            await asyncio.sleep(0)
    sender.credit = 10**6
    for _ in range(50 + 10 * made):
        box.wake()
        await asyncio.sleep(0)
        sender.confirm()
    task.cancel()
    return made, sender, disk


async def test_a_window_that_is_full_within_a_batch_leaves_none_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """What follows from an alert may be numbered before it and written after it."""
    monkeypatch.setattr(outbox, "WINDOW", 3)
    disk = Disk()
    box = Outbox("platform", disk.read)
    box.begin([], more=False)
    batch = [message(n, ALARM) for n in (1, 2, 5, 3, 4)]
    disk.rows = {(ALARM, one.n): one for one in batch}
    box.release(batch)
    assert [(await asyncio.wait_for(box.next(lambda _: True), 5)).n for _ in range(5)] == [1, 2, 3, 4, 5]
