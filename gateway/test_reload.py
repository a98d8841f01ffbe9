"""A changed site.toml while the gateway runs: what it touches changes, all else goes on; a broken one changes nothing."""

import asyncio
import json
import logging
from pathlib import Path

import pytest

from gateway.control.asker import Asker
from gateway.control.conftest import TOML, Running, running
from gateway.hub.conftest import say
from gateway.hub.outcome import Outcome
from gateway.hub.replay import alerts as replayed
from gateway.reload import Reload
from gateway.site import Site as Whole
from gateway.site import loads
from gateway.site.difference import differences, obstacle
from rules.rulefile import packs

MORE = """
[ports.line-2]
type = "serial"
path = "/dev/nothing-there"
driver = "node"
[uplinks.platform]
type = "mqtt"
host = "127.0.0.1"
port = 1
"""


class Site:
    """The file of a running gateway, and whoever reads it again."""

    def __init__(self, folder: Path, gateway: Running) -> None:
        self.path, self.gateway = folder / "site.toml", gateway
        self.reload = Reload(self.path)
        self.reload.attach(gateway.app)

    async def say(self, text: str) -> None:
        """Write it and have it read, as SIGHUP does; done when the hub has folded what came of it."""
        self.path.write_text(text, encoding="utf-8")
        running = asyncio.create_task(self.reload.run())
        read = self.reload.read
        self.reload.ask()
        await self.gateway.until(lambda: self.reload.read > read)
        running.cancel()
        await self.gateway.until(lambda: not self.gateway.app.inbox)

    async def refused(self) -> str:
        """Why it was not taken into use."""
        return self.reload._refused

    @property
    def open_rules(self) -> set[str]:
        return {alert.rule for alert in self.gateway.app.booted.fold.engine.open()}


async def test_what_did_not_change_goes_on_and_what_did_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with running(tmp_path, MORE) as gateway:
        site, app = Site(tmp_path, gateway), gateway.app
        alert, outs = await gateway.smoke(), list[Outcome]()
        app.hub.listeners.append(outs.append)
        before = dict(app.ways), dict(app.uplinks), set(app.crew.names(""))
        await site.say(TOML + MORE + "\n[homes.flat.rules.door-left-open]\nwhen = {for = '20m'}\n")
        assert (app.ways, app.uplinks, set(app.crew.names(""))) == before
        assert app.site.hash == app.booted.fold.site_hash
        assert [one.id for one in app.booted.fold.engine.open() if one.rule == "smoke"] == [alert]
        lines = [record.message for record in caplog.records if "site changed" in record.message]
        assert lines == ["site changed: rule door-left-open in flat: changed"]
        told = [json.loads(one.body) for out in outs for one in out.messages]
        assert [one["changes"][0]["name"] for one in told if one["kind"] == "config"] == ["door-left-open"]
    again = await asyncio.to_thread(lambda: {one.id for one in replayed(tmp_path / "data/anju.db")})
    assert alert in again, "the store holds the text of the new site"


async def test_only_ports_and_uplinks_that_changed_are_opened_anew(tmp_path: Path) -> None:
    async with running(tmp_path, MORE) as gateway:
        site, app = Site(tmp_path, gateway), gateway.app
        line_1, line_2, uplink = app.ways["line-1"], app.ways["line-2"], app.uplinks["platform"]
        await site.say(TOML + MORE.replace("nothing-there", "elsewhere"))
        assert app.ways["line-1"] is line_1
        assert app.ways["line-2"] is not line_2
        assert app.uplinks["platform"] is uplink
        assert "port line-2" in app.crew.names("port ")
        await site.say(TOML + MORE.replace("port = 1", "port = 2"))
        assert app.ways["line-1"] is line_1
        assert app.uplinks["platform"] is not uplink
        await site.say(TOML)
        assert set(app.ways) == {"line-1"}
        assert app.uplinks == {}
        assert app.crew.names("uplink ") == []


async def test_a_device_that_is_new_in_the_file_is_no_stranger_any_more(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        site, fold = Site(tmp_path, gateway), gateway.app.booted.fold
        gateway.hear(say("ALARM", 1, node=0xB2, smoke=1))
        await gateway.until(lambda: ("line-1", "000000b2") in fold.strangers)
        await site.say(TOML + '\n[devices.attic]\nhome = "flat"\nport = "line-1"\naddress = "000000b2"\n')
        gateway.hear(say("ALARM", 2, node=0xB2, smoke=1))
        await gateway.until(lambda: any(one.device == "attic" for one in fold.engine.open()))


@pytest.mark.parametrize(
    ("text", "why", "chinese"),
    [
        (TOML.replace('role = "property"', 'role = "king"'), '"king" is no role', "role 不能是“king”"),
        (TOML + "[[", "not TOML", "不符合 TOML 格式"),
        (TOML.replace('id = "gw-1"', 'id = "gw-2"'), "restart the service", "改法：重启服务"),
        (TOML + '[store]\npath = "elsewhere.db"\n', "restart the service", "[store] 已更改"),
    ],
)
async def test_a_file_that_is_not_sound_changes_nothing_and_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str, why: str, chinese: str
) -> None:
    async with running(tmp_path) as gateway:
        site, app = Site(tmp_path, gateway), gateway.app
        before = app.site, dict(app.ways), app.booted.fold.site_hash
        await site.say(text)
        assert (app.site, dict(app.ways), app.booted.fold.site_hash) == before
        assert any(why in record.message for record in caplog.records)
        await gateway.until(lambda: "site-refused" in site.open_rules)
        app.calls.reload = site.refused
        answer = await app.calls.answer({"call": "reload"}, Asker("li", "property", "socket"))
        assert answer["ok"] is False
        assert why in answer["why"]
        assert chinese in answer["zh"]
        await site.say(TOML)
        await gateway.until(lambda: "site-refused" not in site.open_rules)


def made(said: str) -> Whole:
    return loads(json.dumps({"format": 1, "site": TOML + said, "packs": packs(), "files": {}}))


def test_other_numbers_for_one_home_take_the_place_of_those_for_all() -> None:
    """One home takes Zhenhai's set: there the rule of all is gone, everywhere else it goes on."""
    old = made('[rules]\nalso = ["water-24h"]')
    new = made('[rules]\nalso = ["water-24h"]\n[homes.flat.rules]\nsets = ["water-24h@zhenhai"]')
    told = ["rule water-24h in flat: removed", "rule water-24h@zhenhai in flat: added"]
    assert [str(one) for one in differences(old, new)] == told


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ('[calendar]\nholidays = ["2026-10-01"]', ["calendar calendar: changed"]),
        ("[homes.flat.modes]\nleaving = 60", ["homes flat: changed"]),
        ('[rules.smoke]\nact = ["strobe"]', ["rule smoke: changed"]),
        ('[homes.flat.rules.door-left-open]\nwhen.for = "20m"', ["rule door-left-open in flat: changed"]),
        ('[homes.flat.rules]\noff = ["door-left-open"]', ["rule door-left-open in flat: removed"]),
        ('[homes.flat.rules]\nalso = ["no-motion-24h"]', ["rule no-motion-24h in flat: added"]),
        ('[speakers.hall]\nhome = "flat"\nalsa = "default"', ["speakers hall: added"]),
    ],
)
def test_every_change_has_its_line(said: str, found: list[str]) -> None:
    old, new = made(""), made(said)
    assert [str(one) for one in differences(old, new)] == found
    opposite = {"added": "removed", "removed": "added", "changed": "changed"}
    assert [one.what for one in differences(new, old)] == [opposite[one.what] for one in differences(old, new)]
    assert differences(old, old) == []
    assert obstacle(old, new) == ""
