"""A sensor is put up at a running gateway: heard as a stranger, added, triggered, signed off; and what goes wrong."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.cli import COULD_NOT_RUN, NO, OK, USAGE, main
from gateway.control.conftest import Running, running
from gateway.hub.conftest import say
from gateway.reload import Reload
from gateway.sim.bus.line import BusLine
from gateway.sim.bus.modbus import Modbus
from gateway.site import load

BATH = ["bath", "--port", "line-1", "--address", "000000bb", "--home", "flat", "--room", "bath"]
Out = pytest.CaptureFixture[str]


@asynccontextmanager
async def gateway(folder: Path, more: str = "") -> AsyncIterator[Running]:
    async with running(folder, more) as one:
        reload = Reload(folder / "site.toml")
        reload.attach(one.app)
        reading = asyncio.create_task(reload.run())
        await one.until((folder / "data" / "anju.sock").exists)
        try:
            yield one
        finally:
            reading.cancel()


def anju(folder: Path, *words: str) -> "asyncio.Task[int]":
    """The command beside the gateway, as from another terminal."""
    command, *rest = words
    given = [command, *rest, "--site", str(folder / "site.toml"), "--as", "desk", "--lang", "en"]
    return asyncio.create_task(asyncio.to_thread(main, given))


def rules(one: Running) -> set[str]:
    return {alert.rule for alert in one.app.booted.fold.engine.open()}


def called(one: Running) -> list[str]:
    """Who was told that a sensor isn't tested."""
    known = one.app.booted.fold.ladders.registry
    open_ = [alert for alert in one.app.booted.fold.engine.open() if alert.rule == "sensor-untested"]
    return [to for alert in open_ if (incident := known.find(alert.id)) for to in incident.told]


async def speak(one: Running, kind: str = "READING", node: int = 0xBB, **values: float) -> None:
    """A node, the bath's, says this, again and again, as long as nobody cancels it."""
    for seq in range(1, 200):
        one.hear(say(kind, seq, node=node, boot=9, values=values))
        await asyncio.sleep(0.05)


async def test_a_sensor_is_added_triggered_and_signed_off(tmp_path: Path, capsys: Out) -> None:
    async with gateway(tmp_path) as one:
        adding = anju(tmp_path, "add", *BATH, "--seconds", "20", "--json")
        await one.until(lambda: "sensor-untested" in rules(one))
        assert called(one) == [], "somebody stands there and tests it"
        assert load(tmp_path / "site.toml").devices["bath"].tested is False
        await one.until(lambda: bool(one.app.booted.fold.ladders.walks.tests))
        calm = asyncio.create_task(speak(one, temperature_c=21.0))
        await asyncio.sleep(0.3)
        assert not adding.done(), "a word that shows no trigger is none"
        calm.cancel()
        alarm = asyncio.create_task(speak(one, "ALARM", smoke=1))
        await one.until(lambda: "sensor-untested" not in rules(one) and "smoke" in rules(one))
        alarm.cancel()
        assert one.app.booted.fold.ladders.walks.tests, "what still burns when it ends would be a real alarm"
        one.hear(say("ALARM", 900, node=0xBB, boot=9, values={"smoke": 0}))
        assert await adding == OK
        assert not one.app.booted.fold.ladders.walks.tests
        await one.until(lambda: "smoke" not in rules(one))
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert said[0]["passed"] is False
    assert {"device": "bath", "values": {"smoke": True}, "passed": True} in said
    text = (tmp_path / "site.toml").read_text("utf-8")
    assert 'by = "desk"' in text
    assert load(tmp_path / "site.toml").devices["bath"].tested is True
    assert 'says = ["smoke", "temperature_c"]' in text, "what it was heard to say is promised from now on"


async def test_of_what_protects_nobody_nothing_is_promised(tmp_path: Path) -> None:
    """A button for a lamp says what a call for help says: a promise of that could not stand beside it."""
    async with gateway(tmp_path) as one:
        assert await anju(tmp_path, "add", *BATH, "--later") == OK
        text = (tmp_path / "site.toml").read_text("utf-8")
        lamp = text.replace('address = "000000bb"', 'address = "000000bb"\nprotects = false')
        (tmp_path / "site.toml").write_text(lamp, "utf-8")
        testing = anju(tmp_path, "walk-test", "bath", "--seconds", "20")
        talk = asyncio.create_task(speak(one, button=1))
        assert await testing == OK
        talk.cancel()
    device = load(tmp_path / "site.toml").devices["bath"]
    assert (device.tested, device.says) == (True, frozenset())


async def test_a_walk_test_ends_though_its_home_got_another_name_meanwhile(tmp_path: Path) -> None:
    async with gateway(tmp_path) as one:
        def tests() -> set[str]:
            return set(one.app.booted.fold.ladders.walks.tests)

        testing = anju(tmp_path, "walk-test", "kitchen", "--seconds", "20")
        await one.until(lambda: bool(tests()))
        (home,) = tests()
        text = (tmp_path / "site.toml").read_text("utf-8")
        (tmp_path / "site.toml").write_text(text.replace(f"homes.{home}", "homes.nest").replace(f'"{home}"', '"nest"'), "utf-8")
        assert await anju(tmp_path, "add", *["nest" if word == "flat" else word for word in BATH], "--later") == OK
        await one.until(lambda: tests() == {"nest"})
        talk = asyncio.create_task(speak(one, door_open=1, node=0xA1B2C3D4))
        assert await testing == OK
        talk.cancel()
        assert not tests(), "nobody's alarms are tested any more"


async def test_one_that_is_not_heard_stays_a_trouble_and_is_tested_later(tmp_path: Path, capsys: Out) -> None:
    async with gateway(tmp_path) as one:
        began = asyncio.get_running_loop().time()
        assert await anju(tmp_path, "add", *BATH, "--seconds", "0.2") == NO
        assert asyncio.get_running_loop().time() - began < 4, "nobody waits longer than was said"
        assert "stays a trouble" in capsys.readouterr().out
        await one.until(lambda: "sensor-untested" in rules(one))
        await one.until(lambda: called(one) == ["desk"])
        assert not one.app.booted.fold.ladders.walks.tests
        testing = anju(tmp_path, "walk-test", "bath", "--seconds", "20", "--any")
        talk = asyncio.create_task(speak(one, temperature_c=21.0))
        assert await testing == OK
        assert capsys.readouterr().out.count("Trigger ") == 1, "once all were heard nothing is left to trigger"
        talk.cancel()
        await one.until(lambda: "sensor-untested" not in rules(one))


async def test_one_added_by_somebody_who_may_not_test_is_in_use_and_a_trouble(tmp_path: Path, capsys: Out) -> None:
    async with gateway(tmp_path) as one:
        words = ["add", *BATH, "--site", str(tmp_path / "site.toml"), "--as", "wang", "--lang", "en"]
        assert await asyncio.to_thread(main, words) == NO
        assert "may not walk-test" in capsys.readouterr().err
        await one.until(lambda: "sensor-untested" in rules(one))


async def test_what_goes_wrong_writes_nothing(tmp_path: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    async with gateway(tmp_path):
        before = (tmp_path / "site.toml").read_text("utf-8")
        assert await anju(tmp_path, "add", "bath", "--port", "line-1") == USAGE
        assert "--address --home" in capsys.readouterr().err
        for words, why in ((["kitchen", *BATH[1:]], "already"), ([*BATH, "--home", "nowhere"], "nowhere")):
            assert await anju(tmp_path, "add", *words) == COULD_NOT_RUN
            assert why in capsys.readouterr().err
        assert await anju(tmp_path, "walk-test", "nobody") == COULD_NOT_RUN
        capsys.readouterr()
        for more in ((), ("--tested-before",)):
            assert await anju(tmp_path, "walk-test", "--home", "flta", *more) == COULD_NOT_RUN, "a slip tests nothing"
            assert "no home 'flta'" in capsys.readouterr().err
        assert (tmp_path / "site.toml").read_text("utf-8") == before
    assert await anju(tmp_path, "walk-test", "kitchen") == COULD_NOT_RUN


async def test_a_person_is_shown_who_speaks_and_asked_for_the_rest(
    tmp_path: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["1", "bath", "flat", "bathroom"])
    monkeypatch.setattr("builtins.input", lambda prompt: next(answers))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("gateway.cli.commission.SHOWN", 1.0)
    async with gateway(tmp_path) as one:
        talk = asyncio.create_task(speak(one, temperature_c=21.0))
        assert await anju(tmp_path, "add", "--later") == OK
        talk.cancel()
    device = load(tmp_path / "site.toml").devices["bath"]
    assert (device.port, device.driver, device.address, device.room) == ("line-1", "node", "000000bb", "bathroom")
    assert device.says == {"temperature_c"}
    assert "temperature_c=21.0" in capsys.readouterr().out


async def test_a_detector_on_a_shared_line_is_added_and_tested(tmp_path: Path) -> None:
    detector = Modbus("generic-smoke", 7, {"smoke": False})
    with BusLine(tmp_path / "line", [detector]) as line:
        port = f'[ports.bus]\ntype = "serial"\npath = "{line.path}"\n'
        async with gateway(tmp_path, port) as one:
            words = ["smoke-1", "--port", "bus", "--driver", "modbus-generic-smoke", "--address", "7", "--home", "flat"]
            adding = anju(tmp_path, "add", *words, "--seconds", "30")
            await one.until(lambda: bool(one.app.booted.fold.ladders.walks.tests))
            detector.values["smoke"] = True
            await one.until(lambda: "smoke" in rules(one))
            detector.values["smoke"] = False
            assert await adding == OK
            await one.until(lambda: "smoke" not in rules(one))
    assert load(tmp_path / "site.toml").devices["smoke-1"].tested is True


HAND = """
[devices.smoke-1]
home = "flat"
port = "bus"
driver = "modbus-generic-smoke"
address = "7"
[devices.smoke-2]
home = "flat"
port = "bus"
driver = "modbus-generic-smoke"
address = "8"
"""


async def test_detectors_written_by_hand_are_one_trouble_and_signed_off_together(tmp_path: Path, capsys: Out) -> None:
    detectors = [Modbus("generic-smoke", number, {"smoke": False}) for number in (7, 8)]

    def pending(one: Running) -> list[tuple[str, str]]:
        return [
            (alert.rule, alert.home) for alert in one.app.booted.fold.engine.open() if alert.rule == "sensors-unsigned"
        ]

    with BusLine(tmp_path / "line", detectors) as line:
        port = f'[ports.bus]\ntype = "serial"\npath = "{line.path}"\n'
        async with gateway(tmp_path, port + HAND) as one:
            await one.until(lambda: pending(one) == [("sensors-unsigned", "flat")])
            assert await anju(tmp_path, "walk-test") == NO
            assert "smoke-2" in capsys.readouterr().out
            testing = anju(tmp_path, "walk-test", "--home", "flat", "smoke-2", "--seconds", "3")
            await one.until(lambda: bool(one.app.booted.fold.ladders.walks.tests))
            for detector in detectors:
                detector.values["smoke"] = True
            await one.until(lambda: sum(bool(each.tested) for each in load(tmp_path / "site.toml").devices.values()) == 2)
            for detector in detectors:
                detector.values["smoke"] = False
            assert await testing == NO, "the kitchen's node wasn't triggered"
            assert "says =" not in (tmp_path / "site.toml").read_text("utf-8"), "their register map knows"
            await one.until(lambda: pending(one) == [])
            assert await anju(tmp_path, "walk-test", "kitchen", "hall", "--tested-before") == OK
            assert "answers for an earlier test" in capsys.readouterr().out
            assert await anju(tmp_path, "walk-test") == OK
            capsys.readouterr()
            for more in ((), ("--tested-before",)):
                assert await anju(tmp_path, "walk-test", "--home", "flat", *more) == OK
                assert capsys.readouterr().out == "All sensors of flat are signed off; name one to test it again.\n"
    assert all(device.tested for device in load(tmp_path / "site.toml").devices.values())
