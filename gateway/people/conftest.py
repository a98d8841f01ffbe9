"""A site with people and channels, the receivers at the other end, and a sender between them; speakers, too."""

import asyncio
import io
import json
import shutil
import wave
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import Clock
from gateway.inbox import Inbox
from gateway.ladder.page import Report, report
from gateway.people.secret import Refused
from gateway.people.sender import Sender
from gateway.people.sounds import RATE
from gateway.sim.receivers import Mailbox, Receiver, mailbox, receiver
from gateway.site import Site, load
from gateway.store.message import ALARM, Message
from gateway.store.outbox import Outbox

TOML = """
gateway = {{id = "gw-1", site = "estate", language = "zh"}}
homes.flat = {{title = "5 号楼 501 室"}}
channels.push = {{type = "ntfy", url = "{push}", token_env = "PUSH_TOKEN"}}
channels.dead = {{type = "webhook", url = "{dead}"}}
channels.mail = {{type = "smtp", host = "127.0.0.1", port = {smtp}, from = "anju@example.org", tls = "none"}}
channels.chat = {{type = "apprise", url_env = "CHAT_URL"}}
channels.wrong = {{type = "apprise", url_env = "WRONG_URL"}}
[people.wang]
title = "王芳"
role = "carer"
homes = ["flat"]
channels = ["push", "mail", "chat", "dead", "wrong"]
addresses = {{push = "anju-wang", mail = "wang@example.org", chat = "a/b"}}
[people.nobody-reaches]
role = "duty"
[people.lee]
role = "property"
language = "en"
quiet = "22:00-06:00"
channels = ["push"]
addresses = {{push = "anju-lee"}}
"""
NOON = 1_790_000_000.0
VOICED = """
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


def page(n: int = 1, **more: object) -> dict[str, Any]:
    """A call for help, as the outbox has it."""
    return {
        "id": f"abc.p{n}",
        "kind": "page",
        "once": False,
        "incident": "b5e915f424053b78",
        "alert": "b5e915f424053b78",
        "rule": "smoke",
        "to": "wang",
        "channel": "push",
        "severity": "emergency",
        "home": "flat",
        "home_title": "5 号楼 501 室",
        "room": "厨房",
        "title": {"zh": "烟雾报警", "en": "Smoke"},
        "advice": {"zh": "请立即撤离。", "en": "Leave now."},
        "since": NOON - 5,
        "time_quality": "synced",
        "at": NOON,
        "answer": {"code": "4711"},
        "told": ["物业值班"],
        **more,
    }


class Bench:
    """A sender on an outbox that is filled by hand; its reports are what the hub would fold."""

    def __init__(self, site: Site) -> None:
        self.clock = Clock(wall=lambda: NOON + 1, synced=lambda: True)
        self.inbox, self.unwanted = Inbox(), set[str]()
        self.outbox = Outbox("people", self._read)
        self.outbox.begin([], more=False)
        self.durable, self.hastened = True, 0
        self.written: list[tuple[str, int, int]] = []
        self.sender = Sender(
            site,
            outbox=self.outbox,
            inbox=self.inbox,
            clock=self.clock,
            disk=self,
            voice=self,
            wanted=lambda id_: id_ not in self.unwanted,
            link=lambda body: "",
            page="http://192.168.1.10:8480",
        )
        self.spoken: list[str] = []
        self.troubles: list[dict[str, Any]] = []
        self.rows: list[Message] = []
        self._n = 0

    async def _read(self, to: str, lane: int, after: int, limit: int) -> list[Message]:
        return [one for one in self.rows if one.lane == lane and one.n > after]

    def hasten(self) -> None:
        """Write what is marked, now."""
        self.hastened += 1
        self.written += self.outbox.take_done()

    def done(self) -> list[tuple[str, int, int]]:
        """What was marked done, on the disk or to be written."""
        done, self.written = [*self.written, *self.outbox.take_done()], []
        return done

    async def turn(self) -> None:
        """Let the others go on."""
        await asyncio.sleep(0)

    async def say(self, home: str, body: object) -> None:
        """The speaker of the flat, which alone has one."""
        if home != "flat":
            raise Refused("no speaker")
        self.spoken.append(home)

    def tell(self, body: dict[str, Any], lane: int = ALARM) -> Message:
        """This is to be sent."""
        self._n += 1
        message = Message("people", lane, self._n, "people", json.dumps(body).encode(), self.clock.now())
        self.rows.append(message)
        self.outbox.release([message])
        return message

    async def reports(self, count: int) -> list[tuple[str, str, str]]:
        """(message, state, why) of so many reports."""
        said: list[Report] = []
        async with asyncio.timeout(10):
            while len(said) < count:
                await asyncio.sleep(0.002)
                for frame in self.inbox.take(100):
                    if frame.port == "channel":
                        said.append(report(frame.data))
                    else:
                        self.troubles.append(json.loads(frame.data))
        assert len(said) == count
        return [(one.message, one.state, one.why) for one in said]


@pytest.fixture(scope="module")
def push() -> Iterator[Receiver]:
    """Where pushes arrive."""
    with receiver() as there:
        yield there


@pytest.fixture(scope="module")
def box() -> Iterator[Mailbox]:
    """Where mails arrive."""
    with mailbox() as there:
        yield there


@asynccontextmanager
async def bench(folder: Path, push: Receiver, box: Mailbox, dead: str = "http://127.0.0.1:1") -> AsyncIterator[Bench]:
    """A sender at work; ``dead``: where one of its channels leads to."""
    text = TOML.format(push=push.url, dead=dead, smtp=box.port)
    (folder / "site.toml").write_text(text, encoding="utf-8")
    there = Bench(load(folder / "site.toml"))
    task = asyncio.create_task(there.sender.run())
    yield there
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def site_of(folder: Path, speakers: str) -> Site:
    """A site with a voice and these speakers."""
    (folder / "site.toml").write_text(VOICED + speakers, encoding="utf-8")
    return load(folder / "site.toml")


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
    """How long a WAV is."""
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        return float(file.getnframes() / RATE)
