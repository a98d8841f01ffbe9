"""Escalations under kills: a few homes in virtual time on a real store, and what an outside account makes of them.

Alarms come, people answer or don't, channels fail, and the gateway dies at random: before a commit, after it, before a
message left, after it left and before that was noted, while it boots. What it had not committed is gone; what it had
sent, somebody has read. Sensors repeat what nobody acknowledged.
"""

import json
import math
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drivers.reading import Frame
from firmware.lib import wire as codec
from gateway.clock import Clock
from gateway.hub import checkpoint
from gateway.hub.boot import boot
from gateway.hub.booted import Booted
from gateway.hub.fold import Fold
from gateway.hub.outcome import Outcome
from gateway.hub.sheets import Sheets
from gateway.hub.suspects import Suspects
from gateway.ladder.page import TO
from gateway.site import load
from gateway.store.message import ALARM, STATE, Message
from gateway.store.outbox import FIRST
from gateway.store.store import Batch

HOMES = 4
ROOMS = ("kitchen", "hall")
WALL = 1_800_000_000.0
KILL = {
    "booting": 0.06,
    "folded, not committed": 0.05,
    "committed, not sent": 0.015,
    "sent, not noted": 0.02,
    "reported, not committed": 0.04,
}
"""Where the gateway may die, and how likely each time it comes there."""
CHANNELS = """
channels.push = {type = "ntfy"}
channels.sms = {type = "apprise", url_env = "SMS"}
people.wang = {role = "property", channels = ["push", "sms"], addresses = {push = "wang"}}
people.desk = {role = "duty", channels = ["push"], addresses = {push = "desk"}}
"""
HAPPENS = ("smoke", "gas_alarm", "flood", "tamper", "fault")


class Killed(Exception):
    """The gateway died at this point."""


@dataclass
class Account:
    """What happened outside of the gateway. Times in virtual seconds."""

    sent: Counter[str] = field(default_factory=Counter)
    """Message -> how often it left."""
    once: set[str] = field(default_factory=set)
    """Messages that may leave once at the most."""
    unwanted: set[str] = field(default_factory=set)
    """Messages that need not leave any more."""
    kills: Counter[str] = field(default_factory=Counter)
    up: list[float] = field(default_factory=list)
    """Gateway times at which it was up again."""


def site(folder: Path) -> str:
    """site.toml of the town."""
    homes = "".join(
        f"homes.flat-{n} = {{}}\nspeakers.s-{n} = {{home = 'flat-{n}', alsa = 'default'}}\n"
        f"people.r-{n} = {{role = 'resident', homes = ['flat-{n}'], channels = ['sms']}}\n"
        f"people.c-{n} = {{role = 'carer', homes = ['flat-{n}'], channels = ['push', 'sms'],"
        " addresses = {push = 'c'}}\n"
        f"people.n-{n} = {{role = 'neighbour', homes = ['flat-{n}'], channels = ['sms']}}\n"
        for n in range(HOMES)
    )
    devices = "".join(
        f"devices.{room}-{n} = {{home = 'flat-{n}', port = 'line', address = '{_node(n, room):08x}',"
        " silent_after = '300d'}\n"
        for n in range(HOMES)
        for room in ROOMS
    )
    return f"""
gateway = {{id = "g", site = "s"}}
store = {{path = "{folder}/anju.db"}}
ports.line = {{type = "serial", path = "/dev/ttyUSB0", driver = "node"}}
uplinks.platform = {{type = "mqtt", host = "127.0.0.1"}}
{homes}{devices}{CHANNELS}"""


def _node(home: int, room: str) -> int:
    return 0x1000 + home * 16 + ROOMS.index(room)


class Town:
    """The homes, and one gateway after the other."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.dice = random.Random(seed)
        self.account = Account()
        self.now = 0.0
        (folder / "site.toml").write_text(site(folder), encoding="utf-8")
        self.site = load(folder / "site.toml")
        self._suspects = Suspects(folder / "suspects")
        self._seq = 0
        self._waiting: list[bytes] = []
        """Alarm frames that their nodes repeat."""
        self._states: dict[tuple[int, str], bool] = {}
        self._acts = 0

    async def live(self, seconds: float, *, kills: bool = True) -> None:
        """One life of a gateway: until it is killed, or so many seconds."""
        clock = Clock(lambda: self.now, lambda: WALL + self.now, lambda: True)
        booted = await boot(self.site, clock, self._suspects)
        try:
            self.account.up.append(booted.fold.now)
            life = _Life(self, booted, clock, kills=kills)
            self._die("booting", kills=kills)
            await life.run(self.now + seconds)
        except Killed as point:
            self.account.kills[str(point)] += 1
        finally:
            await booted.store.close()

    def _die(self, point: str, *, kills: bool) -> None:
        if kills and self.dice.random() < KILL[point]:
            raise Killed(point)

    def happen(self, fold: Fold) -> list[tuple[str, bytes]]:
        """What comes in now: mostly sensors, sometimes people."""
        came = [("line", frame) for frame in self._waiting]
        what = self.dice.random()
        if what < 0.35:
            came.append(("line", self._alarm()))
        elif what < 0.75:
            open_ids = list(fold.ladders.registry.open)
            if open_ids:
                came.append(("act", self._answer(self.dice.choice(open_ids))))
        return came

    def _alarm(self) -> bytes:
        home, room, what = self.dice.randrange(HOMES), self.dice.choice(ROOMS), self.dice.choice((*HAPPENS, "button"))
        state = not self._states.get((home, what), False)
        self._states[home, what] = state
        code, _ = codec.QUANTITIES[what]
        value = self.dice.randrange(1, 3) if what == "button" else int(state)
        self._seq += 1
        frame: bytes = codec.frame(codec.ALARM, _node(home, room), 7, self._seq, codec.values([(code, 0, value)]))
        self._waiting.append(frame.strip(b"\0"))
        return self._waiting[-1]

    def _answer(self, incident: str) -> bytes:
        self._acts += 1
        verb = self.dice.choice(("acknowledge", "acknowledge", "reset", "visit"))
        said = {"act_id": f"a{self._acts}", "verb": verb, "actor": "wang", "alert": incident, "found": "false"}
        return json.dumps(said).encode()

    def stored(self, frames: list[Frame]) -> None:
        """These are on the disk: their nodes are told so."""
        for frame in frames:
            if frame.data in self._waiting:
                self._waiting.remove(frame.data)


class _Life:
    """One gateway at work: fold, commit, send, note, as the real one does, with a place to die between any two."""

    def __init__(self, town: Town, booted: Booted, clock: Clock, *, kills: bool) -> None:
        self._town, self._store, self._fold, self._clock, self._kills = town, booted.store, booted.fold, clock, kills
        self._sheets = Sheets(booted.base, booted.spare)
        self._sheets.note(booted.rows)
        self._configs = dict(booted.configs)
        self._pending: list[Outcome] = list(booted.outcomes)
        self._reports: list[tuple[float, bytes]] = []
        self._done: list[tuple[str, int, int]] = []
        """Sent, and noted with the next batch, as the gateway does."""
        self._waits = True
        """Messages may wait on the disk."""

    async def run(self, until: float) -> None:
        town, dice = self._town, self._town.dice
        await self._commit()
        while town.now < until:
            due, event = self._fold.due(), town.now + dice.expovariate(1 / 20.0)
            reports = sorted(at for at, _ in self._reports)
            moment = min([event, *reports[:1], *([max(due, town.now)] if due is not None else [])])
            town.now = math.ceil(round(min(moment, until) * 1e6, 3)) / 1e6
            if due is not None and due <= town.now:
                self._fold_one(self._clock.frame(max(due, self._fold.now)))
            for said in [data for at, data in self._reports if at <= town.now]:
                self._fold_one(Frame("channel", self._clock.now(), said))
            ready = [one for one in self._reports if one[0] <= town.now]
            self._reports = [one for one in self._reports if one not in ready]
            self._die("reported, not committed" if ready else "folded, not committed")
            if town.now >= event:
                for port, data in town.happen(self._fold):
                    self._fold_one(Frame(port, self._clock.now(), data))
                self._die("folded, not committed")
            await self._commit()
            await self._send()

    def _die(self, point: str) -> None:
        self._town._die(point, kills=self._kills)

    def _fold_one(self, frame: Frame) -> None:
        self._pending.append(self._fold.handle(frame))

    async def _commit(self) -> None:
        outs, self._pending = self._pending, []
        batch = Batch(configs=self._configs, done=self._done)
        for out in outs:
            if out.n:
                batch.frames.append((out.n, out.frame))
                batch.entries += [(entry.n, out.frame.at, entry.body) for entry in out.entries]
            batch.messages += out.messages
        if self._town.dice.random() < 0.05:
            self._sheets.note(checkpoint.changed(self._fold))
            self._sheets.begin(self._fold.n)
            batch.rows, batch.checkpoint = self._sheets.slice(None)
        await self._store.commit(batch, self._clock.now())
        if batch.checkpoint:
            self._sheets.written()
        self._configs, self._done = {}, []
        self._waits = self._waits or any(message.to == TO for message in batch.messages)
        self._town.stored([out.frame for out in outs])

    async def _send(self) -> None:
        """Each message to people leaves, and that is noted; one that may leave only once is noted first."""
        if not self._waits:
            return
        self._waits = False
        for lane in (ALARM, STATE):
            for message in await self._store.page(TO, lane, FIRST, 500):
                if message[:3] not in self._done:
                    self._die("committed, not sent")
                    await self._send_one(message)

    async def _send_one(self, message: Message) -> None:
        body, account = json.loads(message.body), self._town.account
        if not self._fold.ladders.wanted(body["id"]):
            account.unwanted.add(body["id"])
            self._done.append(message[:3])
            return
        if body["once"]:
            account.once.add(body["id"])
            await self._store.commit(Batch(done=[message[:3]]), self._clock.now())
            self._die("sent, not noted")
        account.sent[body["id"]] += 1
        if not body["once"]:
            self._die("sent, not noted")
            self._done.append(message[:3])
        self._await_report(body)

    def _await_report(self, body: dict[str, Any]) -> None:
        state = self._town.dice.choices(("delivered", "failed", ""), (80, 10, 10))[0]
        if state:
            said = {"message": body["id"], "to": body["to"], "channel": body["channel"], "state": state}
            self._reports.append((self._town.now + self._town.dice.uniform(0.1, 5.0), json.dumps(said).encode()))
