"""A button that is jammed: what calls first is on the disk at once, and the rest costs little flash."""

import asyncio
from pathlib import Path

import pytest

from drivers.node import DRIVER
from drivers.reading import Frame
from gateway.hub import committer, jams
from gateway.hub.conftest import begun, say
from gateway.hub.jams import AT_ONCE, Jams
from gateway.hub.test_live import DURABLE, Gateway, running


def stored(gateway: Gateway, seq: int) -> bool:
    """Whether the node was told that this frame is on the disk."""
    assert DRIVER.acknowledge is not None
    return DRIVER.acknowledge(DRIVER.head(say("ALARM", seq, button=1)), True) in gateway.sent


async def test_a_jammed_button_is_written_in_groups_and_whatever_is_new_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committer, "SOON", 1.0)
    async with running(tmp_path) as gateway:
        await gateway.until(lambda: gateway.committer.store.commits > 0)
        gateway.hear(say("ALARM", 1, button=1))
        await gateway.until(lambda: stored(gateway, 1))
        for seq in range(2, 100):
            gateway.hear(say("ALARM", seq, button=1 + 2 * (seq % 2)))
            if seq % 4:
                gateway.hear(say("ALARM", seq, button=1 + 2 * (seq % 2)))  # and again, for it waits
            await asyncio.sleep(0.002)
        before = gateway.committer.store.commits
        assert before <= 2 + 2 * AT_ONCE[0], "one each, and some"
        gateway.hear(say("ALARM", 200, smoke=1))
        await gateway.until(lambda: gateway.answers().count(DURABLE) >= 100)
        assert gateway.committer.store.commits <= before + 2, "what is new takes with it what waits"
        gateway.hear(say("ALARM", 201, button=1))
        assert not stored(gateway, 201)
        await gateway.until(lambda: stored(gateway, 201))
        alert = gateway.open("emergency-call")
        assert alert is not None
        assert alert.n == 100, "each of them is told"


async def test_while_the_disk_takes_nothing_a_jammed_button_gets_its_volatile_word(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        await gateway.until(lambda: gateway.committer.store.commits > 0)
        for seq in range(30):
            gateway.hear(say("ALARM", seq, button=1))
        await gateway.booted.store._db.execute("PRAGMA query_only = ON")
        gateway.hear(say("ALARM", 30, smoke=1))
        await gateway.until(lambda: gateway.open("storage") is not None)
        told = len(gateway.answers())
        gateway.hear(say("ALARM", 31, button=1))
        await gateway.until(lambda: len(gateway.answers()) > told)
        await gateway.booted.store._db.execute("PRAGMA query_only = OFF")


def test_another_button_and_another_node_are_no_jam_and_a_pause_is_a_new_press() -> None:
    fold, seen = begun(), Jams()

    def jam(at: float, seq: int, what: str = "button", value: float = 1, node: int = 0xA1B2C3D4) -> bool:
        out = fold.handle(Frame("line-1", at, say("ALARM", seq, node=node, values={what: value})))
        assert out.acknowledge is not None
        return seen.is_jam(out)

    jammed = [jam(seq / 10, seq) for seq in range(60)]
    assert jammed == [False] * (AT_ONCE[0] + 1) + [True] * (59 - AT_ONCE[0]), "the first one is news"
    assert not jam(6.1, 1, node=0xC0FFEE)
    assert jam(6.2, 60)
    assert not jam(6.3, 61, "gas_alarm")
    assert not jam(6.4, 62, "gas_alarm", 0)
    assert jam(6.5, 63)
    assert not any(jam(6.5 + n / 100, 70 + n, "tamper", n % 2) for n in range(10)), "states are no calls"
    assert not jam(6.6 + 1 / AT_ONCE[1], 65)
    assert len(seen._budgets) <= jams.MOST


def test_a_step_to_the_duty_desk_that_is_due_meanwhile_waits_for_no_jam() -> None:
    fold, seen = begun(), Jams()
    found = []
    for seq, at in enumerate([*(n / 10 for n in range(20)), *(59.0 + n / 10 for n in range(20))]):
        out = fold.handle(Frame("line-1", at, say("ALARM", seq, node=0xA1B2C3D4, values={"button": 1})))
        found.append((any(b'"kind":"page"' in message.body for message in out.messages), seen.is_jam(out)))
    assert [jam for page, jam in found if page] == [False]
    assert found[-1] == (False, True)
