import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway.sim.broker import Broker
from gateway.sim.link import LOOPBACK
from gateway.sim.platform import Platform

GATEWAY = "anju/v1/s/g"


@pytest.fixture
async def broker() -> AsyncIterator[Broker]:
    broker = Broker()
    await broker.open()
    yield broker
    await broker.close()


@asynccontextmanager
async def joined(broker: Broker, name: str) -> AsyncIterator[Platform]:
    platform = Platform(LOOPBACK, broker.port, f"{GATEWAY}/#", name)
    await asyncio.to_thread(platform.__enter__)
    yield platform
    await asyncio.to_thread(platform.__exit__, None, None, None)


async def test_what_is_published_arrives_and_what_was_retained_says_so(broker: Broker) -> None:
    async with joined(broker, "first") as first:
        publish = first.publish
        await asyncio.to_thread(publish, f"{GATEWAY}/status", {"online": True}, retain=True)
        await asyncio.to_thread(publish, f"{GATEWAY}/event", {"id": "e1", "rule": "smoke", "sources": []})
        await asyncio.to_thread(publish, f"{GATEWAY}/event", {"id": "e2", "big": "x" * 20_000, "sources": []})
        await first.arrived.wait_for(lambda one: one.body.get("id") == "e2", 5)
        assert first.online
        assert [one.rest for one in first.arrived.all()] == ["status", "event", "event"]
        assert [one.body["id"] for one in first.events(rule="smoke")] == ["e1"]
        assert not any(one.retain for one in first.arrived.all())
        async with joined(broker, "late") as late:
            status = await late.arrived.wait_for(lambda one: one.rest == "status", 5)
            assert status.retain
            assert status.body == {"online": True}


async def test_its_own_commands_are_no_arrivals_and_a_broken_body_is_kept_apart(broker: Broker) -> None:
    async with joined(broker, "one") as one:
        await asyncio.to_thread(one.publish, f"{GATEWAY}/command", {"verb": "hush"})
        for broken in (b"[]", b"\xff{"):
            await asyncio.to_thread(one.publish, f"{GATEWAY}/event", broken)
        await one.broken.wait_for(lambda body: body == b"\xff{", 5)
        assert one.broken.all() == [b"[]", b"\xff{"]
        assert one.arrived.all() == []
