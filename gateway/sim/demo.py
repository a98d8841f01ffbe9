"""The command ``anju demo``: opens the stage, plays the story, shows it, and prints the ledger.

What rich or amqtt need is imported only after it is known that they are there.
"""

import asyncio
import importlib.util
import logging
import os
import random
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from gateway.hub.boot import Busy
from gateway.loglines import Lines
from gateway.sim import words
from gateway.sim.judge import compare
from gateway.sim.ledger import FAULTS, Verdict, quantile
from gateway.sim.node import find_micropython
from gateway.sim.record import Missing
from gateway.words import Language

if TYPE_CHECKING:
    from gateway.sim.stage import Stage

OK, NOT_ONCE, COULD_NOT_RUN, INTERRUPTED = 0, 1, 3, 130
FOLDER = Path("data/demo")
EXTRAS = ("amqtt", "rich")
DRAIN = 30.0
"""Seconds for the last messages to arrive."""


log = logging.getLogger(__name__)


class Show(Protocol):
    """How a spectator follows it: plain.Plain or view.View."""

    def begin(self, stage: "Stage") -> None:
        """Follow this stage."""

    def tell(self, sentence: str, number: int) -> None:
        """What the story does next, in round ``number``."""

    def end(self) -> None:
        """Leave the terminal as it was."""


def main(*, once: bool, lang: Language, plain: bool, pause: float, folder: Path = FOLDER) -> int:
    """Play -> 0 every event arrived once, 1 one did not (or the story broke off), 3 could not run, 130 interrupted."""
    missing = [name for name in EXTRAS if importlib.util.find_spec(name) is None]
    if missing:
        print(words.say(words.SAID, "needs", lang, names=", ".join(missing)), file=sys.stderr)
        return COULD_NOT_RUN
    folder.mkdir(parents=True, exist_ok=True)
    plain = plain or not sys.stdout.isatty() or os.environ.get("TERM", "dumb") == "dumb"
    with _log_to(folder / "gateway.log"):
        try:
            return asyncio.run(Demo(folder, lang, once=once, pause=pause).run(plain=plain))
        except Busy:
            print(words.say(words.SAID, "busy", lang, folder=folder), file=sys.stderr)
            return COULD_NOT_RUN


@contextmanager
def _log_to(path: Path) -> Iterator[None]:
    """What the gateway and the broker log goes to a file, a spectator sees the story."""
    root, sink = logging.getLogger(), logging.FileHandler(path, "w", encoding="utf-8")
    sink.setFormatter(Lines("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    level = root.level
    root.addHandler(sink)
    root.setLevel(logging.INFO)
    for noisy in ("amqtt", "transitions"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    logging.captureWarnings(True)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        root.removeHandler(sink)
        root.setLevel(level)
        sink.close()


def _say_in_a_line(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """The broker leaves tasks to their fate when a client or itself ends: that is no fault of the story."""
    error = context.get("exception")
    if type(error).__module__.startswith("amqtt."):
        log.info("the broker gave up a message: %s", error)
        return
    loop.default_exception_handler(context)


class Demo:
    """One run of the command."""

    def __init__(self, folder: Path, lang: Language, *, once: bool, pause: float) -> None:
        """``pause``: seconds to read after each step of the story."""
        self._folder, self._lang, self._once, self._pause = folder, lang, once, pause
        self._round = 1
        self._broken = ""
        """Why the story didn't come to its end."""
        self._last = "finish"
        self._show: Show
        self._stop: asyncio.Task[None] | None = None
        """What the next Ctrl-C ends: first the story, then the waiting for its last messages."""

    async def run(self, *, plain: bool) -> int:
        """Open, play, count, close."""
        whole = asyncio.current_task()
        assert whole is not None
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, lambda: (self._stop or whole).cancel())
        loop.set_exception_handler(_say_in_a_line)
        try:
            return await self._run(plain)
        except asyncio.CancelledError:
            print(words.say(words.SAID, "interrupted", self._lang), file=sys.stderr)
            return INTERRUPTED

    async def _run(self, plain: bool) -> int:
        from gateway.sim.plain import Plain
        from gateway.sim.stage import Stage
        from gateway.sim.view import View

        self._show = Plain(self._lang) if plain else View(self._lang)
        async with Stage(self._folder, self._lang) as stage:
            self._show.begin(stage)
            try:
                await self._until_stopped(stage)
                await self._last_messages(stage)
            finally:
                self._show.end()
            verdict, reactions = judge(stage)
        self._print(verdict, reactions)
        if self._broken or not verdict.ok:
            return NOT_ONCE
        return OK

    async def _until_stopped(self, stage: "Stage") -> None:
        """Play until the story ends, somebody stops it, or the gateway gives up."""
        playing = self._stop = asyncio.create_task(self._play(stage), name="story")
        lives: dict[asyncio.Task[Any], str] = {stage.gateway: "gateway"}
        for node in stage.nodes.values():
            lives[asyncio.create_task(asyncio.to_thread(node.process.wait))] = node.device
        await asyncio.wait({playing, *lives}, return_when=asyncio.FIRST_COMPLETED)
        if not playing.done():
            playing.cancel()
            who = next(name for life, name in lives.items() if life.done())
            self._broken = words.say(words.SAID, "ended", self._lang, who=who)
        elif playing.cancelled():
            self._broken = words.say(words.SAID, "interrupted", self._lang) if self._once else ""
            self._last = "stopping"
        elif (error := playing.exception()) is not None:
            self._broken = str(error)

    async def _play(self, stage: "Stage") -> None:
        from gateway.sim.story import Story

        story = Story(stage, self._tell, random.Random(0 if self._once else None), self._pause)
        await story.begin()
        await story.play(to_the_end=not self._once)
        while not self._once:
            self._round += 1
            await story.play(to_the_end=True)

    async def _last_messages(self, stage: "Stage") -> None:
        self._tell(self._last)
        self._stop = asyncio.create_task(_drain(stage), name="drain")
        await asyncio.wait({self._stop})
        if not self._stop.cancelled() and (error := self._stop.exception()) is not None:
            self._broken = self._broken or str(error)

    def _tell(self, key: str) -> None:
        nodes = words.say(words.SAID, "micropython" if find_micropython() else "cpython", self._lang)
        self._show.tell(words.say(words.STORY, key, self._lang, nodes=nodes), self._round)

    def _print(self, verdict: Verdict, reactions: list[float]) -> None:
        files = ", ".join(str(self._folder / name) for name in ("site.toml", "anju.db", "gateway.log"))
        for line in ledger_lines(verdict, reactions, self._lang):
            print(line)
        print(words.say(words.LEDGER, "files", self._lang, files=files))
        if self._broken:
            print(words.say(words.SAID, "broke", self._lang, why=self._broken))
        sound = "ok" if verdict.made else "nothing"
        key = "bad" if not verdict.ok else "unfinished" if self._broken else sound
        print(words.say(words.LEDGER, key, self._lang))


async def _drain(stage: "Stage") -> None:
    """Wait until every frame made is acknowledged and told of, and no outbox holds anything; raises Missing."""
    stage.link.resume()
    try:
        async with asyncio.timeout(DRAIN):
            while not _is_drained(stage):  # noqa: ASYNC110 - three records and the outbox agree: no event says so
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise Missing(f"not everything arrived within {DRAIN:g} s") from None


def _is_drained(stage: "Stage") -> bool:
    made = stage.made()
    if any(one.acked_at is None for one in made) or compare(made, stage.platform.arrived.all()).lost:
        return False
    outboxes = stage.app.outboxes.values() if stage.app is not None else ()
    return not any(any(outbox.waiting().values()) for outbox in outboxes)


def judge(stage: "Stage") -> tuple[Verdict, list[float]]:
    """The ledger of what was made and what arrived, and the seconds from sensor to siren, sorted."""
    from gateway.sim import flat

    verdict = compare(stage.made(), stage.platform.arrived.all(), stage.link.connections, stage.link.resumed)
    return verdict, sorted(stage.nodes["kitchen"].reactions(flat.ALARMS, flat.SIREN))


def ledger_lines(verdict: Verdict, reactions: list[float], lang: Language) -> Iterator[str]:
    """The verdict in words."""
    counts = {name: len(getattr(verdict, name)) for name in FAULTS}
    for key in ("events", "messages"):
        yield words.say(
            words.LEDGER, key, lang, made=verdict.made, delivered=verdict.delivered, messages=verdict.messages,
            replayed=verdict.replayed, repeated=verdict.repeated, **counts,
        )  # fmt: skip
    for key, seconds in (("siren", reactions), ("platform", verdict.latencies)):
        if seconds:
            figures = {"p50": quantile(seconds, 0.5), "p99": quantile(seconds, 0.99), "max": seconds[-1]}
            shown = {name: 1000 * value for name, value in figures.items()}
            what = words.say(words.LEDGER, key, lang)
            yield words.say(words.LEDGER, "figures", lang, what=what, count=len(seconds), **shown)
    if verdict.recoveries:
        yield words.say(words.LEDGER, "recovery", lang, seconds=", ".join(f"{took:.2f}" for took in verdict.recoveries))
    for name in FAULTS:
        for what in getattr(verdict, name)[:10]:
            yield words.say(words.LEDGER, "fault", lang, kind=name, what=what)
