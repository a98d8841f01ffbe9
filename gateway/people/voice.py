"""The voice of the homes: what happened, what to do, who is coming; the gravest first, repeated until answered.

Of one home one sentence sounds at a time. A graver one breaks off a lesser one, which comes after it. An alarm and a
question are said again until somebody has answered, also by a gateway that was killed meanwhile.
"""

import asyncio
import heapq
import logging
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

from drivers.reading import Frame
from gateway.clock import Clock
from gateway.health import report
from gateway.inbox import Inbox
from gateway.ladder.page import HELD_BACK
from gateway.people.letter import Body, word
from gateway.people.quiet import is_quiet
from gateway.people.secret import Refused
from gateway.people.sounds import Sounds
from gateway.people.spoken import RANK, phrases, sentence
from gateway.people.threads import in_thread
from gateway.site import Site, Speaker

log = logging.getLogger(__name__)

AGAIN = 20.0
"""Seconds between two times of the same sentence."""
OFTEN, LATER = 300.0, 60.0
"""Seconds for which it is said that often, and between two times after that."""
WAITING = 50
"""Sentences of one home that wait; more is noise."""
GONE = "this home has no speaker any more"
PLAYING = 90.0
"""Seconds for one sentence to be played."""


Open = Callable[[Body], bool | None]
"""Whether what a message tells of is to be said again: None: not now; False: never more."""


class Voices:
    """All speakers of a site. ``standing`` gives (home, message) of what was said before and nobody has answered."""

    def __init__(
        self, site: Site, *, clock: Clock, inbox: Inbox, open: Open,
        standing: Callable[[], Iterable[tuple[str, Body]]] = tuple,
    ) -> None:  # fmt: skip
        self._site, self._clock, self._inbox, self._open, self._standing = site, clock, inbox, open, standing
        self._newest: dict[tuple[str, str], str] = {}
        """Home, incident -> the message that tells of it last: only that one is said again."""
        self.sounds = Sounds(site.voice)
        self._mouths: dict[str, Mouth] = {}
        self._faulty: set[str] = set()
        self._changed = asyncio.Event()
        self._give_mouths(site)

    def use(self, site: Site) -> None:
        """The speakers and voice of this site from now on. What is being said goes on, what waits is said by them."""
        before, self._site = self._site, site
        if before.voice != site.voice:
            self.sounds = Sounds(site.voice)
        self._give_mouths(site)
        self._changed.set()

    def _give_mouths(self, site: Site) -> None:
        speakers: dict[str, list[Speaker]] = {}
        for speaker in site.speakers.values():
            speakers.setdefault(speaker.home, []).append(speaker)
        for home in self._mouths.keys() - speakers.keys():
            self._mouths.pop(home).close()
        for home, mine in speakers.items():
            self._mouths.setdefault(home, Mouth(self._play)).speakers = mine

    async def run(self) -> None:
        """Speak until cancelled; all that may have to be said is made meanwhile."""
        async with asyncio.TaskGroup() as group:
            for home, body in self._standing():
                group.create_task(self._resume(home, body))
            speaking: dict[Mouth, asyncio.Task[None]] = {}
            while True:
                self._changed.clear()
                mouths = set(self._mouths.values())
                for gone in speaking.keys() - mouths:
                    speaking.pop(gone).cancel()
                speaking |= {mouth: group.create_task(mouth.run()) for mouth in mouths - speaking.keys()}
                group.create_task(asyncio.to_thread(self._prepare))
                await self._changed.wait()

    def _prepare(self) -> None:
        for language in {speaker.language for speaker in self._site.speakers.values()}:
            for text in phrases(self._site, language):
                self.sounds.clip(text, language)

    async def say(self, home: str, body: Body) -> None:
        """Say it; returns when it was heard to the end. Raises Refused or OSError."""
        mouth = self._mouths.get(home)
        if mouth is None:
            raise Refused("this home has no speaker")
        rank = RANK.get(word(body, "severity"), 3)
        if rank > 1 and is_quiet(self._site.voice.quiet, self._clock, self._site.gateway.timezone):
            raise Refused(HELD_BACK)
        mouth.check()
        again = word(body, "kind") in ("page", "question") and rank <= 1
        if again:
            self._newest[home, word(body, "incident")] = word(body, "id")
        await mouth.say(rank, body, (lambda: self._is_wanted(home, body)) if again else None)

    async def _resume(self, home: str, body: Body) -> None:
        with suppress(OSError, Refused):
            await self.say(home, body)

    def _is_wanted(self, home: str, body: Body) -> bool | None:
        key = home, word(body, "incident")
        wanted = self._open(body) if self._newest.get(key) == word(body, "id") else False
        if wanted is False and self._newest.get(key) == word(body, "id"):
            del self._newest[key]
        return wanted

    async def _play(self, speaker: Speaker, body: Body) -> None:
        """One sentence by one speaker; one that doesn't play is a trouble, as a siren that doesn't sound."""
        alarm = RANK.get(word(body, "severity"), 3) <= 1
        clips = sentence(body, speaker.language)
        sound = await asyncio.to_thread(self.sounds.sentence, clips, speaker.language, alarm=alarm)
        try:
            await asyncio.wait_for(play(speaker, sound), PLAYING)
        except (OSError, TimeoutError) as error:
            self._note(speaker, str(error) or f"not played within {PLAYING:.0f} s")
            raise OSError(f"speaker {speaker.name}: {error}") from error
        self._note(speaker, "")

    def _note(self, speaker: Speaker, why: str) -> None:
        if bool(why) == (speaker.name in self._faulty):
            return
        (self._faulty.add if why else self._faulty.discard)(speaker.name)
        (log.error if why else log.info)("speaker %s %s", speaker.name, why or "speaks again")
        fault: Frame = report(self._clock.now(), f"gateway:{speaker.name}", output_fault=bool(why))
        self._inbox.put(fault)


class Mouth:
    """One home: what waits to be said in it."""

    def __init__(self, play: Callable[[Speaker, Body], Coroutine[Any, Any, None]]) -> None:
        self.speakers: list[Speaker] = []
        self._play = play
        self._heap: list[tuple[int, int, Body, asyncio.Future[None], Callable[[], bool | None] | None]] = []
        self._count = count()
        self._news = asyncio.Event()
        self._rank: int | None = None
        self._playing: asyncio.Task[None] | None = None

    def close(self) -> None:
        """This home has no speaker any more: who waits for a word hears so."""
        self.speakers = []
        waiting, self._heap = self._heap, []
        for _, _, _, said, _ in waiting:
            _settle(said, OSError(GONE))

    def check(self) -> None:
        """Raises OSError while too much waits here."""
        if len(self._heap) >= WAITING:
            raise OSError("too much is waiting to be said")

    async def say(self, rank: int, body: Body, again: Callable[[], bool | None] | None) -> None:
        """Wait until it was said once."""
        said: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._heap, (rank, next(self._count), body, said, again))
        self._news.set()
        if self._playing is not None and self._rank is not None and rank < self._rank:
            self._playing.cancel()
        await said

    async def run(self) -> None:
        """Say what waits until cancelled."""
        async with asyncio.TaskGroup() as group:
            while True:
                await self._news.wait()
                if not self._heap:
                    self._news.clear()
                    continue
                rank, number, body, said, again = heapq.heappop(self._heap)
                self._rank, self._playing = rank, asyncio.create_task(self._say(body))
                try:
                    await self._playing
                except asyncio.CancelledError:
                    if (task := asyncio.current_task()) is not None and task.cancelling():
                        _settle(said, OSError(GONE)) if not self.speakers else None
                        raise
                    heapq.heappush(self._heap, (rank, number, body, said, again))  # a graver one broke it off
                    continue
                except OSError as error:  # it may have been a moment's: an alarm is tried again all the same
                    _settle(said, error)
                else:
                    _settle(said, None)
                if again is not None:
                    group.create_task(self._again(rank, body, again))

    async def _say(self, body: Body) -> None:
        """By all speakers of the home at once; one that works is enough."""
        plays = [self._play(speaker, body) for speaker in self.speakers]
        outcomes = await asyncio.gather(*plays, return_exceptions=True)
        errors = [one for one in outcomes if isinstance(one, BaseException)]
        if len(errors) == len(outcomes):
            raise OSError(str(errors[0]) if errors else GONE)

    async def _again(self, rank: int, body: Body, again: Callable[[], bool | None]) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        while True:
            await asyncio.sleep(pause(loop.time() - began))
            wanted = again()
            if wanted is False:
                return
            with suppress(OSError):
                if wanted:
                    self.check()
                    await self.say(rank, body, None)


def pause(since: float) -> float:
    """Seconds until it is said again, so long after it was said first."""
    return AGAIN if since < OFTEN else LATER


def _settle(said: "asyncio.Future[None]", error: OSError | None) -> None:
    if said.done():
        return
    if error is None:
        said.set_result(None)
    else:
        said.set_exception(error)


_waiting: set[Path] = set()
"""Files that still take the sentence before: a pipe whose other end nobody reads."""


async def _leave(file: Path, sound: bytes) -> None:
    """Write it there, in a thread of its own; raises OSError while the one before isn't taken."""
    if file in _waiting:
        raise OSError("it has not taken the sentence before")
    _waiting.add(file)
    await in_thread(lambda: _write(file, sound), lambda: _waiting.discard(file))


def _write(file: Path, sound: bytes) -> None:
    file.write_bytes(sound)


async def play(speaker: Speaker, sound: bytes) -> None:
    """Play a WAV by ALSA's aplay, or leave it in the speaker's file; raises OSError."""
    if speaker.file is not None:
        await _leave(speaker.file, sound)
        return
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        "aplay", "-q", "-D", speaker.alsa, "-", stdin=pipe, stderr=pipe, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        _, errors = await process.communicate(sound)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise OSError(errors.decode(errors="replace").strip().splitlines()[-1][:200] if errors else "aplay failed")
