"""A platform that asks and confirms, at a whole gateway behind a real mosquitto."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.control.conftest import TOML, Running, running
from gateway.sim.platform import Platform
from gateway.uplink import receipts
from hil_tests.broker import Mosquitto

PREFIX = "anju/v1/estate/gw-1"


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(15):
        while not true():
            await asyncio.sleep(0.01)


def told(gateway: Running, rule: str) -> bool:
    return any(one.rule == rule and one.n for one in gateway.app.booted.fold.engine.open())


def uplink(broker: Mosquitto, **more: Any) -> str:
    said = "".join(f"{key} = {str(value).lower()}\n" for key, value in more.items())
    return f'[uplinks.platform]\ntype = "mqtt"\nhost = "{broker.host}"\nport = {broker.port}\n{said}'


async def test_a_platform_asks_what_is_open_and_the_look_is_recorded(tmp_path: Path) -> None:
    with Mosquitto(tmp_path / "broker") as broker, Platform(broker.host, broker.port) as platform:
        async with running(tmp_path, uplink(broker), TOML) as gateway:
            await until(lambda: gateway.app.uplinks["platform"].up)
            alert = await gateway.smoke()
            asks = [{"call": "alerts", "correlation": "c1"}, {"call": "status", "home": "attic"}, {"call": "act"}]
            for said in asks:
                platform.publish(f"{PREFIX}/command", said)
            await until(lambda: len(platform.on("reply")) >= 3)
            answers = {one.body.get("call"): one.body for one in platform.on("reply")}
            assert [one["alert"] for one in answers["alerts"]["result"]["alerts"] if one["rule"] == "smoke"] == [alert]
            assert answers["alerts"]["correlation"] == "c1"
            assert not answers["status"]["ok"]
            assert not answers[None]["ok"], "an act is a command, not a question"
            looks = [one for one in gateway.app.booted.fold.ladders.done if one.startswith("look")]
            assert looks == []


async def test_an_alarm_that_the_platform_does_not_confirm_goes_its_own_way_to_people(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipts, "WAIT", 0.3)
    with Mosquitto(tmp_path / "broker") as broker, Platform(broker.host, broker.port) as platform:
        async with running(tmp_path, uplink(broker, receipts=True), TOML) as gateway:
            await until(lambda: gateway.app.uplinks["platform"].up)
            await gateway.smoke()
            await until(lambda: told(gateway, "no-receipt"))
            sent = [one.body["id"] for one in platform.on("event") if one.body["kind"] in ("alert", "page")]
            platform.publish(f"{PREFIX}/receipt", {"ids": sent})

            def confirmed() -> bool:
                fresh = [one.body["id"] for one in platform.on("event") if one.body["kind"] in ("alert", "page")]
                platform.publish(f"{PREFIX}/receipt", {"ids": fresh})
                return not told(gateway, "no-receipt")

            await until(confirmed)


async def test_a_receipt_that_was_awaited_when_the_gateway_went_down_is_awaited_when_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipts, "WAIT", 2.0)

    def sent(platform: Platform) -> list[str]:
        return [one.body["id"] for one in platform.on("event") if one.body["kind"] in ("alert", "page")]

    with Mosquitto(tmp_path / "broker") as broker, Platform(broker.host, broker.port) as platform:
        async with running(tmp_path, uplink(broker, receipts=True), TOML) as gateway:
            await until(lambda: gateway.app.uplinks["platform"].up)
            await gateway.smoke()
            await until(lambda: len(sent(platform)) >= 1)
            await until(lambda: not any(gateway.app.outboxes["platform"].waiting().values()))
        async with running(tmp_path, uplink(broker, receipts=True), TOML) as gateway:
            await until(lambda: told(gateway, "no-receipt"))
        async with running(tmp_path, uplink(broker, receipts=True), TOML) as gateway:
            await until(lambda: gateway.app.uplinks["platform"].up)
            assert told(gateway, "no-receipt"), "it is as missing as before"

            said = sent(platform)

            def confirmed() -> bool:
                platform.publish(f"{PREFIX}/receipt", {"ids": sent(platform)})
                return not told(gateway, "no-receipt")

            await until(confirmed)
        async with running(tmp_path, uplink(broker, receipts=True), TOML) as gateway:
            await until(lambda: gateway.app.uplinks["platform"].up)
            receipts_ = gateway.app.uplinks["platform"].receipts
            assert receipts_ is not None
            assert not receipts_._awaited.keys() & set(said), "what was confirmed is not awaited again"
