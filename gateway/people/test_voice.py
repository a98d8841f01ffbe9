"""What is heard in a home: by a real synthesiser where there is one, to the seam of ALSA's aplay."""

import asyncio
import io
import json
import os
import re
import shutil
import subprocess
import threading
import wave
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import Clock
from gateway.inbox import Inbox
from gateway.ladder.page import WHAT
from gateway.people import sounds as sounding
from gateway.people import voice as speaking
from gateway.people.conftest import NOON, page
from gateway.people.quiet import is_quiet
from gateway.people.secret import Refused
from gateway.people.sounds import RATE, VOICES, Sounds, tone, wav
from gateway.people.voice import Voices, phrases, sentence
from gateway.people.words import WORDS
from gateway.site import Site, load
from rules.hours import Hours

TOML = """
gateway = {id = "gw-1", site = "estate", language = "zh"}
homes.flat = {}
homes.attic = {}
ports.line = {type = "serial", path = "/dev/ttyUSB0", driver = "node"}
devices.kitchen = {home = "flat", room = "厨房", port = "line", address = "a1b2c3d4"}
people.wang = {title = "王芳", role = "carer", homes = ["flat"]}
voice = {cache = "cache", quiet = "21:00-07:00"}
"""
APLAY = """#!/bin/sh
wav=$(mktemp -p "$APLAY_OUT" XXXXXXXX.part)
cat > "$wav"
echo "$3" >> "$APLAY_OUT/devices"
if [ "$3" = broken ]; then echo "aplay: main: audio open error: No such device" >&2; exit 1; fi
sleep "${APLAY_SECONDS:-0}"
echo "$(wc -c < "$wav")" >> "$APLAY_OUT/heard"
"""
has_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="not run here: espeak-ng is not installed")


def site_of(folder: Path, speakers: str) -> Site:
    (folder / "site.toml").write_text(TOML + speakers, encoding="utf-8")
    return load(folder / "site.toml")


@asynccontextmanager
async def voices(folder: Path, speakers: str, *, wall: float = NOON, answered: bool = True) -> AsyncIterator[Voices]:
    there = Voices(
        site_of(folder, speakers), clock=Clock(wall=lambda: wall, synced=lambda: True), inbox=Inbox(), open=lambda body: not answered
    )
    task = asyncio.create_task(there.run())
    yield there
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def aplay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in the place of aplay, which keeps what it is given; no synthesiser."""
    out, tools = tmp_path / "out", tmp_path / "tools"
    out.mkdir()
    tools.mkdir()
    (tools / "aplay").write_text(APLAY)
    (tools / "aplay").chmod(0o755)
    for name in ("sh", "cat", "mktemp", "sleep", "wc", "echo"):
        (tools / name).symlink_to(shutil.which(name) or name)
    monkeypatch.setenv("PATH", str(tools))
    monkeypatch.setenv("APLAY_OUT", str(out))
    return out


def seconds(data: bytes) -> float:
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        return float(file.getnframes() / RATE)


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


@has_espeak
def test_all_that_may_have_to_be_said_can_be_said(tmp_path: Path) -> None:
    site = site_of(tmp_path, 'speakers.hall = {home = "flat", file = "hall.wav"}\n')
    sounds = Sounds(site.voice)
    texts = phrases(site, "zh")
    assert len(texts) >= 40
    assert {"厨房", "王芳", "烟雾报警"} & set(texts) >= {"厨房", "王芳"}
    assert all(sounds.clip(text, "zh") for text in texts[:6])
    assert len(list((tmp_path / "cache").glob("*.wav"))) == 6
    assert sounds.clip("the same", "en") != sounds.clip("the same", "zh")


@has_espeak
def test_the_chinese_voice_says_chinese(tmp_path: Path) -> None:
    """espeak-ng 1.51 reads its own pinyin as English letters and numbers with the voice "cmn"."""
    site = site_of(tmp_path, 'speakers.hall = {home = "flat", file = "hall.wav"}\n')
    texts = [text for text in phrases(site, "zh") if not re.search("[A-Za-z]{3}", text)]
    asked = ["espeak-ng", "-q", "-x", "-v", VOICES["zh"][0], "--stdin"]
    told = subprocess.run(asked, input="\n".join(texts).encode(), capture_output=True, timeout=10).stdout.decode()
    assert len(texts) >= 40
    assert told.count("\n") >= 40
    assert "(en)" not in told


OLDER = """#!/bin/sh
echo "$2" >> "$APLAY_OUT/asked"
case $2 in cmn-*) echo "Error: The specified espeak-ng voice does not exist." >&2; exit 1;; esac
cat %s
"""


def test_a_synthesiser_without_the_best_voice_speaks_by_the_next(
    tmp_path: Path, aplay: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """espeak-ng 1.50 has no voice for pinyin; without another one a Chinese home would hear the tone alone."""
    (tmp_path / "made.wav").write_bytes(wav(b"\1\0" * RATE))
    espeak = tmp_path / "tools/espeak-ng"
    espeak.write_text(OLDER % (tmp_path / "made.wav"))
    espeak.chmod(0o755)
    made = Sounds(site_of(tmp_path, "").voice)
    assert made.clip("厨房", "zh") == b"\1\0" * RATE
    assert (aplay / "asked").read_text().split() == ["cmn-latn-pinyin", "cmn"]
    assert caplog.messages == []
    espeak.write_text("#!/bin/sh\nkill -9 $$\n")
    assert made.clip("卧室", "zh") == b"", "killed, it may have the best voice: nothing lesser is kept"
    espeak.write_text("#!/bin/sh\necho no data >&2\nexit 1\n")
    made = Sounds(site_of(tmp_path, "").voice)
    assert made.clip("卧室", "zh") == made.clip("阳台", "zh") == b""
    assert caplog.messages[1:] == ["no voice but what was made before: no data"], "once is enough"


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("zh", "拨打120和119，5号楼1190室。", "拨打幺二零和幺幺九，5号楼1190室。"),
        ("zh", "请拨打110", "请拨打幺幺零"),
        ("en", "Call 119 from outside.", "Call 1 1 9 from outside."),
    ],
)
def test_an_emergency_number_is_said_digit_by_digit(
    tmp_path: Path, aplay: Path, monkeypatch: pytest.MonkeyPatch, language: Any, text: str, said: str
) -> None:
    (tmp_path / "tools/espeak-ng").write_text('#!/bin/sh\ncat > "$APLAY_OUT/asked"\n')
    (tmp_path / "tools/espeak-ng").chmod(0o755)
    Sounds(site_of(tmp_path, "").voice).clip(text, language)
    assert (tmp_path / "out/asked").read_text("utf-8") == said


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("what", ["walk-test", "walk-test-over"])
def test_a_walk_test_is_announced_by_clips_that_were_made_before(tmp_path: Path, language: Any, what: str) -> None:
    site = site_of(tmp_path, 'speakers.hall = {home = "flat", file = "hall.wav"}\n')
    spoken = sentence({"kind": "reminder", "news": {"what": what, "who": "", "text": "30"}}, language)
    assert len(spoken) == 1
    assert set(spoken) <= set(phrases(site, language))


async def test_without_synthesiser_and_cache_the_tone_still_sounds(tmp_path: Path, aplay: Path) -> None:
    async with voices(tmp_path, 'speakers.hall = {home = "flat", alsa = "plughw:1"}\n') as there:
        await there.say("flat", page())
    assert (aplay / "devices").read_text().split() == ["plughw:1"]
    assert int((aplay / "heard").read_text()) == len(wav(tone(alarm=True)))


def test_a_clip_that_was_cut_short_is_made_again(tmp_path: Path, aplay: Path) -> None:
    sounds = Sounds(site_of(tmp_path, "").voice)
    path = sounds._path("厨房", "zh")
    path.parent.mkdir()
    path.write_bytes(wav(tone(alarm=False)))
    assert sounds.clip("厨房", "zh") == tone(alarm=False)
    for damage in (b"", b"RIFF", path.read_bytes()[:20], b"\0" * 500):
        path.write_bytes(damage)
        assert sounds.clip("厨房", "zh") == b""


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100])
def test_a_clip_of_another_rate_is_as_long_as_it_was(tmp_path: Path, aplay: Path, rate: int) -> None:
    sounds = Sounds(site_of(tmp_path, "").voice)
    path = sounds._path("x", "en")
    path.parent.mkdir()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(b"\1\0" * rate)
    assert abs(len(sounds.clip("x", "en")) - 2 * RATE) <= 4


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


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_said_names_what_where_and_what_to_do(language: Any) -> None:
    clips = sentence(page(), language)
    for part in ("厨房", page()["title"][language], page()["advice"][language], "物业值班"):
        assert part in clips
    called = WORDS["voice-telling"][language]
    assert called in sentence(page(told=[]), language)
    assert called not in sentence(page(told=[], severity="notice"), language), "a door left open: nobody else is told"
    question = sentence(page(kind="question"), language)
    assert any("button" in clip or "按钮" in clip for clip in question)
    assert "王芳" in sentence(page(kind="follow-up", news={"what": "answered", "who": "王芳"}), language)
    for odd in ({}, {"title": 3, "told": "x", "news": {"what": 3}}, {"kind": "test"}):
        assert all(isinstance(clip, str) for clip in sentence(odd, language))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_the_home_hears_afterwards_was_made_before(tmp_path: Path, language: Any) -> None:
    """News are said once: a clip that comes a second too late is never heard."""
    site = site_of(tmp_path, 'speakers.hall = {home = "flat", file = "hall.wav"}\n')
    made = {*phrases(site, language), page()["title"][language]}
    others = {"nobody", "assigned", "silence-asked", "silence-asked-calls", "silence-ends"}
    news = [{"what": what, "who": "王芳", "text": "厨房"} for what in {*WHAT} - others - {"visited"}]
    found = [{"what": "visited", "who": "王芳", "text": name} for name in ("real", "false", "test", "away")]
    told = [sentence(page(kind="follow-up", news=one), language) for one in (*news, *found)]
    assert [clip for clips in told for clip in clips if clip not in made] == []
    assert len({tuple(clips) for clips in told}) == len(told) >= 13
    assert {"zh": "误报", "en": "a false alarm"}[language] in " ".join(told[-3])
    assert "厨房" in sentence(page(kind="follow-up", room="客厅", news={"what": "also", "text": "厨房"}), language), "it spreads"


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


@has_espeak
def test_a_name_is_read_out_and_not_obeyed(tmp_path: Path) -> None:
    """espeak-ng takes what stands in double brackets for sounds, and a word that begins with < for a command."""
    sounds = Sounds(site_of(tmp_path, "").voice)
    assert sounds.clip("room [[h@l'oU]]", "en") == sounds.clip("room  h@l'oU ", "en")
    assert sounds.clip(f"-w {tmp_path}/stolen room", "en")
    assert not (tmp_path / "stolen").exists()
