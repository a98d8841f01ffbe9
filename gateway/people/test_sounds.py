"""What is said, clip by clip, and how clips are made: by a real synthesiser where there is one."""

import re
import subprocess
import wave
from pathlib import Path
from typing import Any

import pytest

from gateway.ladder.page import WHAT
from gateway.people.conftest import has_espeak, page, site_of
from gateway.people.sounds import RATE, VOICES, Sounds, tone, wav
from gateway.people.spoken import phrases, sentence
from gateway.people.words import WORDS


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


@has_espeak
def test_a_name_is_read_out_and_not_obeyed(tmp_path: Path) -> None:
    """espeak-ng takes what stands in double brackets for sounds, and a word that begins with < for a command."""
    sounds = Sounds(site_of(tmp_path, "").voice)
    assert sounds.clip("room [[h@l'oU]]", "en") == sounds.clip("room  h@l'oU ", "en")
    assert sounds.clip(f"-w {tmp_path}/stolen room", "en")
    assert not (tmp_path / "stolen").exists()
