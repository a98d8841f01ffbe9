"""The home goes on speaking as long as nobody has answered: over a restart, and as long as it takes."""

import asyncio
from pathlib import Path

import pytest

from gateway.control.client import ask
from gateway.control.conftest import running
from gateway.control.name import socket_of
from gateway.hub.conftest import say
from gateway.people import voice

SPEAKER = 'speakers.hall = {home = "flat", file = "hall.wav", language = "en"}\nvoice = {cache = "none/such"}\n'


def toml() -> str:
    from gateway.control.conftest import TOML

    return SPEAKER + TOML


async def spoken(folder: Path, seconds: float = 10.0) -> bool:
    """Whether something is said from now on, within so many seconds."""
    file = folder / "hall.wav"
    file.unlink(missing_ok=True)
    try:
        async with asyncio.timeout(seconds):
            while not file.exists():
                await asyncio.sleep(0.01)
    except TimeoutError:
        return False
    return True


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice, "AGAIN", 0.05)
    monkeypatch.setattr(voice, "LATER", 0.05)
    monkeypatch.setenv("PATH", "/nowhere")  # the tone alone: no synthesiser is waited for


async def test_a_gateway_that_was_killed_in_a_fire_speaks_again_until_somebody_answers(tmp_path: Path) -> None:
    async with running(tmp_path, toml=toml()) as gateway:
        alert = await gateway.smoke()
        assert await spoken(tmp_path)
        sent = gateway.app.booted.fold.ladders.post.sent
        await gateway.until(lambda: any(one.to == "home:flat" and one.state == "seen" for one in sent.values()))
    async with running(tmp_path, toml=toml()):
        assert await spoken(tmp_path), "nobody has answered"
        path = socket_of(tmp_path / "data/anju.db")
        assert (await asyncio.to_thread(ask, path, "act", verb="acknowledge", actor="wang", alert=alert))["ok"]
        await asyncio.sleep(0.3)  # what is being said, and the news of the answer
        assert not await spoken(tmp_path, 0.3)
    async with running(tmp_path, toml=toml()):
        assert not await spoken(tmp_path, 0.3), "it was answered"


async def test_it_is_quiet_when_the_smoke_is_gone_and_speaks_when_it_is_back(tmp_path: Path) -> None:
    async with running(tmp_path, toml=toml()) as gateway:
        await gateway.smoke()
        assert await spoken(tmp_path)
        rules = gateway.app.booted.fold
        gateway.hear(say("ALARM", 2, smoke=0))
        await gateway.until(lambda: all(one.state == "cleared" for one in rules.engine.open() if one.rule == "smoke"))
        await asyncio.sleep(0.2)
        assert not await spoken(tmp_path, 0.3), "noise without a cause teaches people not to listen"
        gateway.hear(say("ALARM", 3, smoke=1))
        await gateway.until(lambda: any(one.state == "firing" for one in rules.engine.open() if one.rule == "smoke"))
        assert await spoken(tmp_path)
        assert await spoken(tmp_path)


def test_it_never_gives_up_and_grows_slower() -> None:
    assert (voice.pause(0.0), voice.pause(voice.OFTEN - 1)) == (voice.AGAIN, voice.AGAIN)
    assert voice.pause(voice.OFTEN) == voice.pause(1e6) == voice.LATER
