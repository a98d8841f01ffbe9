"""The uplink against the real mosquitto: what is kept, what is marked, who may connect, who says goodbye."""

import asyncio
import gc
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from drivers.reading import Scalar
from gateway.clock import Clock
from gateway.crew import end
from gateway.hub.conftest import SITE
from gateway.inbox import Inbox
from gateway.sim.platform import Platform
from gateway.site import Tls
from gateway.site import Uplink as Config
from gateway.store.message import ALARM, STATE, Message
from gateway.store.outbox import Outbox
from gateway.uplink import mqtt
from gateway.uplink.anju import Profile
from gateway.uplink.delivery import Ends
from gateway.uplink.mqtt import Uplink
from hil_tests.broker import Mosquitto

PREFIX = "anju/v1/estate/gw-1"


class One:
    """An uplink with rows behind it that nobody deletes."""

    def __init__(self, config: Config, epoch: str = "e" * 16) -> None:
        self.clock, self.inbox = Clock(), Inbox()
        self.rows: list[Message] = []
        self.known: dict[str, dict[str, Scalar]] = {}
        self.outbox = Outbox("platform", self._read)
        profile = Profile("estate", "gw-1", epoch)
        self.uplink = Uplink(Ends(config, profile, self.outbox, self.inbox, self.clock), states=self)

    async def _read(self, to: str, lane: int, after: int, limit: int) -> list[Message]:
        return [row for row in self.rows if row.lane == lane and row.n > after][:limit]

    def make(self, n: int, topic: str = "event", lane: int = ALARM) -> None:
        body = json.dumps({"id": f"m{n}", "kind": "alert", "sources": []}).encode()
        self.rows.append(Message("platform", lane, n, topic, body, self.clock.now()))
        self.outbox.release(self.rows[-1:])

    def devices(self) -> list[str]:
        return list(self.known)

    def whole(self, device: str) -> dict[str, Scalar]:
        return self.known.get(device, {})

    def home_of(self, device: str) -> str:
        return "flat"

    def homes(self) -> list[str]:
        return ["flat"] if self.known else []

    def stands(self, home: str) -> dict[str, object]:
        return {"home": home}

    def health(self) -> list[dict[str, object]]:
        return [json.loads(frame.data)["values"] for frame in self.inbox.take(1_000) if frame.port == "health"]

    async def until_told(self, values: dict[str, object]) -> None:
        await until(lambda: values in self.health())


@asynccontextmanager
async def running(one: One) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(one.uplink.run())
    try:
        yield task
    finally:
        await end([task])  # a plain cancel is lost where the broker's last word came too late


@pytest.mark.parametrize("version", [5, 3])
async def test_who_comes_late_sees_each_device_whole_even_after_the_broker_forgot_everything(
    tmp_path: Path, version: Literal[3, 5]
) -> None:
    broker = Mosquitto(tmp_path)
    one = One(config_for(broker, version=version))
    one.known = {"kitchen": {"battery_pct": 90, "firmware": "1.2"}, "hall": {"tamper": True}}

    async def latecomer() -> dict[str, object]:
        with Platform(broker.host, broker.port) as late:
            await until(lambda: len({was.topic for was in late.arrived.all() if "state" in was.body}) == 2)
            return {was.rest: was.body["state"] for was in late.arrived.all() if "state" in was.body}

    with broker:
        async with running(one):
            await until(lambda: one.uplink.up)
            one.known["kitchen"]["battery_pct"] = 80
            one.make(1, "state/kitchen", STATE)
            await until(lambda: one.outbox.delivered == 1)
            assert await latecomer() == {f"state/{name}": known for name, known in one.known.items()}
            broker.kill()
            await until(lambda: not one.uplink.up)
            broker.start()
            await until(lambda: one.uplink.up)
            assert await latecomer() == {f"state/{name}": known for name, known in one.known.items()}


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(15):
        while not true():
            await asyncio.sleep(0.01)


def config_for(broker: Mosquitto, *, version: Literal[3, 5] = 5, tls: Tls | None = None) -> Config:
    port = broker.tls_port if tls else broker.port
    return replace(SITE.uplinks["platform"], host="127.0.0.1", port=port, version=version, tls=tls, keepalive=2)


@pytest.mark.parametrize("version", [5, 3])
async def test_events_are_never_retained_states_are_and_what_is_older_than_the_connection_is_a_replay(
    tmp_path: Path, version: Literal[3, 5]
) -> None:
    with Mosquitto(tmp_path) as broker, Platform(broker.host, broker.port) as platform:
        one = One(config_for(broker, version=version))
        one.make(1)
        async with running(one):
            await until(lambda: one.outbox.delivered == 1)
            one.make(2)
            one.make(1, "state/kitchen", STATE)
            await until(lambda: one.outbox.delivered == 3)
            with Platform(broker.host, broker.port, name="late") as late:
                await until(lambda: len(late.arrived) >= 2)
                kept = {arrived.topic for arrived in late.arrived.all()}
    assert kept == {f"{PREFIX}/status", f"{PREFIX}/state/kitchen"}
    marks = {arrived.body["id"]: arrived.body["replay"] for arrived in platform.on("event")}
    assert marks == {"m1": True, "m2": False}
    assert one.outbox.take_done() == [("platform", ALARM, 1), ("platform", ALARM, 2), ("platform", STATE, 1)]


# paho leaves the socket of a failed TLS handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_only_a_client_with_our_authoritys_certificate_gets_in(tmp_path: Path) -> None:
    with Mosquitto(tmp_path, tls=True) as broker:
        ca, certs = tmp_path / "ca.crt", tmp_path
        known = One(config_for(broker, tls=Tls(ca, certs / "client.crt", certs / "client.key")))
        stranger = One(config_for(broker, tls=Tls(ca, certs / "stranger.crt", certs / "stranger.key")), "s" * 16)
        nobody = One(config_for(broker, tls=Tls(ca, None, None)), "n" * 16)
        deceived = One(config_for(broker, tls=Tls(certs / "other-ca.crt", certs / "client.crt", certs / "client.key")))
        for one in (stranger, nobody, deceived):
            one.make(1)
        async with running(known), running(stranger), running(nobody), running(deceived):
            known.make(1)
            await until(lambda: known.outbox.delivered == 1)
            for one in (stranger, nobody, deceived):
                await one.until_told({"uplink_down": True})
        gc.collect()
        assert [one.outbox.delivered for one in (stranger, nobody, deceived)] == [0, 0, 0]


@pytest.mark.parametrize("version", [5, 3])
async def test_a_stop_says_offline_and_a_death_has_it_said_by_the_broker(
    tmp_path: Path, version: Literal[3, 5]
) -> None:
    with Mosquitto(tmp_path) as broker, Platform(broker.host, broker.port) as platform:
        one = One(config_for(broker, version=version))
        async with running(one):
            await until(lambda: one.uplink.up)
        await until(lambda: len(platform.on("status")) == 2)
        assert [said.body["online"] for said in platform.on("status")] == [True, False]
        assert "at" in platform.on("status")[1].body  # its own word; the broker's has no time


async def test_two_gateways_under_one_name_both_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt, "HEARTBEAT", 0.5)  # who was away when the other one spoke hears it then
    with Mosquitto(tmp_path) as broker:
        first, second = One(config_for(broker)), One(config_for(broker, version=3), "f" * 16)
        async with running(first):
            await until(lambda: first.uplink.up)
            async with running(second):
                told: list[dict[str, object]] = []
                for one in (first, second):
                    await one.until_told({"duplicate_gateway": True})
                    told += one.health()
                assert {"duplicate_gateway": True} not in told  # once is enough


async def test_a_refused_message_is_not_taken_for_delivered(tmp_path: Path) -> None:
    rules = tmp_path / "acl"
    tmp_path.mkdir(exist_ok=True)
    rules.write_text(f"topic readwrite {PREFIX}/status\ntopic read {PREFIX}/command\n")
    with Mosquitto(tmp_path / "b", settings=f"acl_file {rules}\n") as broker:
        one = One(config_for(broker))
        async with running(one):
            await until(lambda: one.uplink.up)
            one.make(1)
            await one.until_told({"uplink_down": True})
            assert one.outbox.delivered == 0
            before = one.uplink.connections
            rules.write_text("topic readwrite #\n")
            broker.stop()
            broker.start()
            await until(lambda: one.outbox.delivered == 1)
            assert one.uplink.connections > before


async def test_commands_come_in_as_acts_and_retained_or_huge_ones_are_not_done(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker, Platform(broker.host, broker.port) as platform:
        platform.publish(f"{PREFIX}/command", {"act_id": "kept"}, retain=True)
        one = One(config_for(broker))
        async with running(one):
            await until(lambda: one.uplink.up)
            platform.publish(f"{PREFIX}/command", bytes(20_000))
            platform.publish(f"{PREFIX}/command", {"act_id": "a1", "verb": "hush"})
            acts: list[bytes] = []

            def seen() -> bool:
                acts.extend(frame.data for frame in one.inbox.take(100) if frame.port == "act")
                return bool(acts)

            await until(seen)
            await until(lambda: platform.on("reply"))
            (refused,) = platform.on("reply")
    assert [json.loads(data)["act_id"] for data in acts] == ["a1"]
    assert (refused.body["kind"], refused.body["why"]) == ("refused", "a command has at most 16384 bytes")


@pytest.mark.parametrize("turns", range(9))
async def test_an_uplink_that_is_told_to_end_while_its_broker_goes_ends(tmp_path: Path, turns: int) -> None:
    """At each turn of the loop after the broker's end: some of them lost the word, and stopping took forever."""
    with Mosquitto(tmp_path) as broker:
        one = One(config_for(broker))
        task = asyncio.create_task(one.uplink.run())
        await until(lambda: one.uplink.up)
        broker.kill()
        for _ in range(turns):
            await asyncio.sleep(0)
        async with asyncio.timeout(2):
            await end([task])
    assert task.cancelled()


async def test_an_uplink_whose_broker_goes_and_is_not_told_to_end_goes_on(tmp_path: Path) -> None:
    with Mosquitto(tmp_path) as broker:
        one = One(config_for(broker))
        task = asyncio.create_task(one.uplink.run())
        await until(lambda: one.uplink.up)
        broker.kill()
        await until(lambda: not one.uplink.up)
        broker.start()
        await until(lambda: one.uplink.up or task.done())
        assert not task.done()
        await end([task])
