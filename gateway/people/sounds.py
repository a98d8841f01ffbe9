"""Sounds: sentences as PCM, made by a real synthesiser once and kept, so that an alarm speaks without one.

A sentence is played as clips (what, where, what to do, who was told), each a file of its own: all that can be said in a
home is made beforehand. A clip that is neither there nor can be made is left out; the tone that comes first never is.
"""

import io
import logging
import math
import os
import re
import subprocess
import threading
import wave
from array import array
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from gateway.site import Voice
from gateway.words import Language

log = logging.getLogger(__name__)

TIMEOUT = 10.0
"""Seconds for the synthesiser to make one clip."""
PATIENCE = 1.0
"""Seconds that an alarm waits for clips that are not there yet; what comes later is heard when it is said again."""
RATE = 22_050
"""Samples a second, as espeak-ng and piper's medium voices make them; those of another rate are brought to it."""
PAUSE = 0.25
"""Seconds of silence between two clips."""
LONGEST = 400
"""Characters of a clip."""
BIGGEST = 4_000_000
"""Bytes of a clip: a minute and a half."""
VOICES = {"zh": ("cmn-latn-pinyin", "cmn"), "en": ("en-gb", "en")}
"""espeak-ng's, the best first; the next where it isn't there. "cmn" takes Latin letters for English: in 1.51, which
Debian 12 has, also the pinyin that it makes of each character itself ("chu2 fang2" as English letters and numbers;
espeak-ng issue 1236). 1.50 (Ubuntu 22.04) has no other, and there it speaks Chinese."""
_NUMBERS = re.compile(r"(?<!\d)(110|112|119|120|122|911|999)(?!\d)")
"""Whom one calls: said digit by digit, as everybody does."""
_DIGITS = str.maketrans("0129", "零幺二九")


class Sounds:
    """The clips of one gateway; blocking, so it is asked in a thread."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._making: set[tuple[str, Language]] = set()
        self._lock = threading.Lock()
        self._said = False
        """That there is no synthesiser was said."""

    def sentence(self, clips: Iterable[str], language: Language, *, alarm: bool) -> bytes:
        """A WAV of all of them, one after the other; a tone first."""
        pause, texts = bytes(2 * round(RATE * PAUSE)), list(clips)
        if alarm:
            self._wait_for(texts, language)
        said = (self._kept(text, language) if alarm else self.clip(text, language) for text in texts)
        return wav(pause.join(part for part in (tone(alarm=alarm), *said) if part))

    def _wait_for(self, texts: Iterable[str], language: Language) -> None:
        """Have all of them made, and wait a little for it: an alarm is no time to wait for a synthesiser."""
        missing = [text for text in texts if not self._kept(text, language)]
        made = threading.Event()

        def make() -> None:
            for text in missing:
                if self._is_mine(text, language):
                    self.clip(text, language)
                    self._making.discard((text, language))
            made.set()

        if missing:
            threading.Thread(target=make, daemon=True).start()
            made.wait(PATIENCE)

    def _is_mine(self, text: str, language: Language) -> bool:
        """Nobody else makes this one now."""
        with self._lock:
            if (text, language) in self._making:
                return False
            self._making.add((text, language))
            return True

    def _kept(self, text: str, language: Language) -> bytes:
        """What was made of it before; empty for nothing."""
        return _pcm(_read(self._path(_plain(text), language)))

    def clip(self, text: str, language: Language) -> bytes:
        """PCM (16 bit, mono, RATE) of a few words; empty if there is no way to say them."""
        text = _plain(text)
        if not text:
            return b""
        path = self._path(text, language)
        kept = self._kept(text, language)
        if kept:
            return kept
        made = _pcm(self._make(text, language))
        if made:
            _keep(path, wav(made))
        return made

    def _path(self, text: str, language: Language) -> Path:
        voice = self._voice
        model = voice.model_zh if language == "zh" else voice.model_en
        key = f"{voice.synthesiser}\0{VOICES[language][0]}\0{model or ''}\0{voice.speed}\0{language}\0{text}"
        return voice.cache / f"{blake2b(key.encode(errors='replace'), digest_size=16).hexdigest()}.wav"

    def _commands(self, language: Language) -> list[list[str]]:
        """What may make a clip, the best first."""
        voice = self._voice
        if voice.synthesiser == "piper":
            model = voice.model_zh if language == "zh" else voice.model_en
            return [["piper", "--model", str(model or voice.model_zh or voice.model_en), "--output_file", "-"]]
        rest = ["-s", str(voice.speed), "--stdin", "--stdout"]
        return [["espeak-ng", "-v", name, *rest] for name in VOICES[language]]

    def _make(self, text: str, language: Language) -> bytes:
        try:
            made = self._run(text, language)
        except (OSError, subprocess.TimeoutExpired) as error:
            self._tell(str(error))
            return b""
        if not made.stdout:
            self._tell(made.stderr.decode(errors="replace").strip()[:200] or f"{made.args[0]} made no sound")
        return made.stdout

    def _run(self, text: str, language: Language) -> "subprocess.CompletedProcess[bytes]":
        """By the first that has the voice. One that was killed is not asked by a lesser voice: clips are kept."""
        for command in self._commands(language):
            made = subprocess.run(command, input=_spoken(text, language), capture_output=True, timeout=TIMEOUT)
            if made.stdout or made.returncode <= 0:
                break
        return made

    def _tell(self, why: str) -> None:
        """Once is enough."""
        if not self._said:
            log.error("no voice but what was made before: %s", why)
        self._said = True


def _spoken(text: str, language: Language) -> bytes:
    """As the synthesiser takes it."""
    return _NUMBERS.sub(
        lambda found: found[0].translate(_DIGITS) if language == "zh" else " ".join(found[0]), text
    ).encode(errors="replace")


def _plain(text: str) -> str:
    """As it is read out: what espeak-ng takes for sounds, in double brackets, is text."""
    return " ".join(text.replace("[[", " ").replace("]]", " ").split())[:LONGEST]


@lru_cache(maxsize=2)
def tone(*, alarm: bool) -> bytes:
    """What comes before words: for an alarm the three-pulse pattern of ISO 8201 (0.5 s on, 0.5 s off), else a chime."""
    if alarm:
        return (_beep(0.5, 880.0) + bytes(RATE)) * 3  # RATE bytes are half a second of silence
    return _beep(0.25, 660.0)


def _beep(seconds: float, hertz: float) -> bytes:
    step = 2 * math.pi * hertz / RATE
    return array("h", (round(16_000 * math.sin(step * n)) for n in range(round(RATE * seconds)))).tobytes()


def wav(pcm: bytes) -> bytes:
    """PCM as a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(pcm)
    return file.getvalue()


def _pcm(data: bytes) -> bytes:
    """The samples of a WAV file, 16 bit and mono, at RATE; empty for anything else, such as one that was cut short."""
    try:
        with wave.open(io.BytesIO(data)) as file:
            if (file.getnchannels(), file.getsampwidth()) != (1, 2) or not 8_000 <= file.getframerate() <= 48_000:
                return b""
            return _at_rate(file.readframes(BIGGEST), file.getframerate())
    except (wave.Error, EOFError, ValueError):
        return b""


def _at_rate(pcm: bytes, rate: int) -> bytes:
    """The nearest sample of each moment: speech stays speech, and nothing more is asked of it."""
    if rate == RATE:
        return bytes(pcm)
    samples = array("h", pcm[: len(pcm) // 2 * 2])
    count = len(samples) * RATE // rate
    return array("h", (samples[place * rate // RATE] for place in range(count))).tobytes()


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(BIGGEST)
    except OSError:
        return b""


def _keep(path: Path, data: bytes) -> None:
    """Whole or not at all; a disk that takes nothing costs the cache, no word."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.write_bytes(data)
        os.replace(fresh, path)
    except OSError as error:
        log.debug("the voice's cache takes nothing: %s", error)
