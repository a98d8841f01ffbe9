"""What is heard in a home: by a real synthesiser where there is one, to the seam of ALSA's aplay."""

import asyncio
import json
import os
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.clock import Clock
from gateway.inbox import Inbox
from gateway.people import sounds as sounding
from gateway.people import voice as speaking
from gateway.people.conftest import APLAY, NOON, has_espeak, page, seconds, site_of
from gateway.people.quiet import is_quiet
from gateway.people.secret import Refused
from gateway.people.sounds import RATE, tone, wav
from gateway.people.voice import Voices
from rules.hours import Hours


@asynccontextmanager
async def voices(folder: Path, speakers: str, *, wall: float = NOON, answered: bool = True) -> AsyncIterator[Voices]:
    there = Voices(
        site_of(folder, speakers), clock=Clock(wall=lambda: wall, synced=lambda: True), inbox=Inbox(), open=lambda body: not answered
    )
    task = asyncio.create_task(there.run())
    yield there
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@has_espeak
async def test_an_alarm_is_spoken_and_afterwards_without_a_synthesiser(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    speakers = 'speakers.hall = {home = "flat", file = "hall.wav"}\n'
    async with voices(tmp_path, speakers) as there:
        await there.say("flat", page())
        first = (tmp_path / "hall.wav").read_bytes()
    assert seconds(first) > seconds(wav(tone(alarm=True))) + 3
    monkeypatch.setenv("PATH", "/nowhere")
    async with voices(tmp_path, speakers) as there:
        await there.say("flat", page())
    assert (tmp_path / "hall.wav").read_bytes() == first


async def test_without_synthesiser_and_cache_the_tone_still_sounds(tmp_path: Path, aplay: Path) -> None:
    async with voices(tmp_path, 'speakers.hall = {home = "flat", alsa = "plughw:1"}\n') as there:
        await there.say("flat", page())
    assert (aplay / "devices").read_text().split() == ["plughw:1"]
    assert int((aplay / "heard").read_text()) == len(wav(tone(alarm=True)))


async def test_a_graver_sentence_breaks_off_a_lesser_one_which_comes_after(
    tmp_path: Path, aplay: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APLAY_SECONDS", "0.3")
    order: list[str] = []
    speakers = 'speakers.hall = {home = "flat", alsa = "default"}\n'
    async with voices(tmp_path, speakers, wall=NOON + 12 * 3600) as there:

        async def tell(severity: str) -> None:
            await there.say("flat", page(severity=severity))
            order.append(severity)

        lesser = [asyncio.create_task(tell("warning")), asyncio.create_task(tell("notice"))]
        async with asyncio.timeout(5):
            while not (aplay / "devices").exists():
                await asyncio.sleep(0.005)
        await asyncio.gather(tell("emergency"), *lesser)
    assert order == ["emergency", "warning", "notice"]
    assert len((aplay / "heard").read_text().split()) == 3
    assert len((aplay / "devices").read_text().split()) == 4, "the broken one was begun twice"


async def test_it_is_said_again_until_somebody_has_answered(
    tmp_path: Path, aplay: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speaking, "AGAIN", 0.02)
    async with voices(tmp_path, 'speakers.hall = {home = "flat", alsa = "default"}\n', answered=False) as there:
        await there.say("flat", page())
        async with asyncio.timeout(5):
            while len((aplay / "heard").read_text().split()) < 3:
                await asyncio.sleep(0.01)
        there._open = lambda body: False
        await asyncio.sleep(0.1)
        count = len((aplay / "heard").read_text().split())
        await there.say("flat", page(kind="follow-up", news={"what": "answered", "who": "王芳"}))
        await asyncio.sleep(0.1)
        assert len((aplay / "heard").read_text().split()) <= count + 2


async def test_an_alarm_that_did_not_sound_is_said_again_by_a_speaker_that_does(
    tmp_path: Path, aplay: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speaking, "AGAIN", 0.02)
    program = tmp_path / "tools" / "aplay"
    async with voices(tmp_path, 'speakers.hall = {home = "flat", alsa = "default"}\n', answered=False) as there:
        program.write_text(APLAY.replace("= broken", "= default"))
        with pytest.raises(OSError, match="No such device"):
            await there.say("flat", page())
        program.write_text(APLAY)
        async with asyncio.timeout(5):
            while not (aplay / "heard").exists():
                await asyncio.sleep(0.01)


async def test_what_is_too_much_to_be_said_silences_nothing_that_is(
    tmp_path: Path, aplay: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speaking, "AGAIN", 0.02)
    async with voices(tmp_path, 'speakers.hall = {home = "flat", alsa = "default"}\n', answered=False) as there:
        await there.say("flat", page())
        monkeypatch.setattr(speaking, "WAITING", 0)
        with pytest.raises(OSError, match="too much"):
            await there.say("flat", page(id="another"))
        monkeypatch.setattr(speaking, "WAITING", 50)
        before = len((aplay / "heard").read_text().split())
        async with asyncio.timeout(5):
            while len((aplay / "heard").read_text().split()) < before + 3:
                await asyncio.sleep(0.01)


async def test_nothing_below_urgent_is_said_at_night(tmp_path: Path, aplay: Path) -> None:
    night = NOON  # 22:13 in Shanghai
    async with voices(tmp_path, 'speakers.hall = {home = "flat", alsa = "default"}\n', wall=night) as there:
        with pytest.raises(Refused, match="quiet"):
            await there.say("flat", page(severity="warning"))
        await there.say("flat", page(severity="urgent"))
        with pytest.raises(Refused, match="no speaker"):
            await there.say("attic", page())


async def test_a_speaker_that_does_not_play_is_a_trouble_and_another_is_enough(tmp_path: Path, aplay: Path) -> None:
    both = 'speakers = {a = {home = "flat", alsa = "broken"}, b = {home = "flat", alsa = "default"}}\n'
    async with voices(tmp_path, both) as there:
        await there.say("flat", page())
        frames = there._inbox.take(9)
        assert [json.loads(one.data)["values"] for one in frames] == [{"output_fault": True}]
        assert json.loads(frames[0].data)["device"] == "gateway:a"
    async with voices(tmp_path, 'speakers.a = {home = "flat", alsa = "broken"}\n') as there:
        with pytest.raises(OSError, match="No such device"):
            await there.say("flat", page())


def test_hours_may_pass_midnight() -> None:
    def quiet(hours: Hours | None, *, synced: bool = True) -> list[int]:
        def at(hour: int) -> Clock:
            return Clock(steady=lambda: 0.0, wall=lambda: 20_000 * 86_400 + hour * 3600, synced=lambda: synced)

        return [hour for hour in range(24) if is_quiet(hours, at(hour), "UTC")]

    assert quiet(Hours(21 * 60, 7 * 60)) == [0, 1, 2, 3, 4, 5, 6, 21, 22, 23]
    assert quiet(Hours(540, 1020)) == list(range(9, 17))
    assert quiet(Hours(540, 1020), synced=False) == quiet(None) == []


THREADS = 4
SLOW = """#!/bin/sh
sleep 2
printf ''
"""


async def test_an_alarm_waits_for_no_synthesiser_and_speaks_once_it_has_come_round(
    tmp_path: Path, aplay: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that hangs, or that needs long for each clip, as on a small computer."""
    monkeypatch.setattr(sounding, "PATIENCE", 0.2)
    made = tmp_path / "made.wav"
    made.write_bytes(wav(b"\1\0" * RATE))
    slow = SLOW.replace("printf ''", f"cat {made}")
    (tmp_path / "tools/espeak-ng").write_text(slow.replace("sleep 2", "sleep 0.6"))
    (tmp_path / "tools/espeak-ng").chmod(0o755)
    async with voices(tmp_path, 'speakers.hall = {home = "flat", alsa = "default"}\n') as there:
        monkeypatch.setattr(there, "_prepare", lambda: None)
        began = asyncio.get_running_loop().time()
        await there.say("flat", page(title={"zh": "没有的", "en": "new"}, room="", advice={}, told=[]))
        assert asyncio.get_running_loop().time() - began < 2.0
        first = int((aplay / "heard").read_text().split()[0])
        assert first == len(wav(tone(alarm=True))), "the tone alone, and at once"
        async with asyncio.timeout(20):
            while int((aplay / "heard").read_text().split()[-1]) < first + 2 * RATE:
                await there.say("flat", page(title={"zh": "没有的", "en": "new"}, room="", advice={}, told=[]))


async def test_a_speaker_that_takes_nothing_holds_up_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe to a node's speaker that nobody reads."""
    monkeypatch.setattr(speaking, "PLAYING", 0.5)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
    os.mkfifo(tmp_path / "pipe")
    both = 'speakers = {a = {home = "flat", file = "pipe"}, b = {home = "flat", file = "spoken.wav"}}\n'
    async with voices(tmp_path, both) as there:
        for _ in range(2 * THREADS):
            await there.say("flat", page())
        faults = [json.loads(one.data) for one in there._inbox.take(99)]
        assert [(one["device"], one["values"]) for one in faults] == [("gateway:a", {"output_fault": True})]
        assert await asyncio.wait_for(asyncio.to_thread(lambda: 1), 1) == 1, "threads for everybody else are left"
        monkeypatch.setattr(speaking, "PLAYING", 5.0)
        end = os.open(tmp_path / "pipe", os.O_RDWR)
        over = threading.Event()
        reading = threading.Thread(target=lambda: [None for _ in iter(lambda: os.read(end, 1 << 20) and over.is_set(), True)])
        reading.start()
        async with asyncio.timeout(10):
            while not (faults := [json.loads(one.data) for one in there._inbox.take(9)]):
                await there.say("flat", page())
        assert faults[0]["values"] == {"output_fault": False}
        over.set()
        os.write(end, b".")
        await asyncio.to_thread(reading.join, 5)
        os.close(end)


async def test_a_computer_without_aplay_is_a_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    async with voices(tmp_path, 'speakers.hall = {home = "flat", alsa = "default"}\n') as there:
        with pytest.raises(OSError, match="aplay"):
            await there.say("flat", page())
        (fault,) = there._inbox.take(9)
        assert json.loads(fault.data)["values"] == {"output_fault": True}


