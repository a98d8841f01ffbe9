"""A house with people in it, and a fold that is fed by hand: what the tests of the ladders share."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from drivers.reading import Frame
from gateway.hub import checkpoint
from gateway.hub.conftest import say
from gateway.hub.fold import Fold
from gateway.hub.outcome import Outcome
from gateway.site import Site, loads
from rules.rulefile import packs

WALL = 1_800_000_000.0
"""Friday, 15 January 2027, 16:00 in Shanghai."""
SPOKEN = "".join(f"speakers.v-{n} = {{home = 'flat-{n}', alsa = 'default'}}\n" for n in (1, 2))
PEOPLE = """
channels.sms = {type = "apprise", url_env = "SMS"}
channels.mail = {type = "smtp", host = "127.0.0.1", from = "a@b.c"}
channels.push = {type = "ntfy"}
people.chen = {role = "resident", homes = ["flat-1"], channels = ["sms"]}
people.li = {role = "carer", homes = ["flat-1"], channels = ["push", "sms"], addresses = {push = "li"}}
people.zhao = {role = "neighbour", homes = ["flat-1"], channels = ["sms"]}
people.wang = {role = "property", login = "wang", channels = ["sms", "mail"], addresses = {mail = "w@b.c"}}
people.desk = {role = "duty", login = "desk", channels = ["mail"], addresses = {mail = "d@b.c"}}
"""


def site(
    homes: int = 2, people: str = PEOPLE, spoken: str = SPOKEN, more: str = "", files: Mapping[str, str] | None = None,
    rules: Mapping[str, str] | None = None,
) -> Site:
    """``homes`` flats with a kitchen node (10n), a bedroom node (20n) and a button (30n) each."""
    flats = "".join(f"homes.flat-{n} = {{title = 'Flat {n}'}}\n" for n in range(1, homes + 1))
    devices = "".join(
        f"devices.{room}-{n} = {{home = 'flat-{n}', room = '{room}', port = 'line', address = '{base + n:08x}', "
        f"silent_after = '300d', tested = {{by = 'li', on = '2026-01-01', address = '{base + n:08x}'}}}}\n"
        for n in range(1, homes + 1)
        for room, base in (("kitchen", 0x1000), ("bedroom", 0x2000), ("button", 0x3000))
    )
    text = f"""
{more}gateway = {{id = "g", site = "s"}}
ports.line = {{type = "serial", path = "/dev/ttyUSB0", driver = "node"}}
uplinks.platform = {{type = "mqtt", host = "127.0.0.1"}}
{flats}{devices}{spoken}{people}"""
    named = {"format": 1, "site": text, "packs": packs(), "files": dict(rules or {}), "ladder_files": dict(files or {})}
    return loads(json.dumps(named))


NODES = {"kitchen": 0x1000, "bedroom": 0x2000, "button": 0x3000}


@dataclass
class House:
    """A fold, its letters by hand, and the frames that made it."""

    site: Site = field(default_factory=site)
    synced: bool = True
    wall: float = WALL
    """Epoch seconds minus gateway seconds, as its clock shows."""
    fold: Fold = field(init=False)
    outs: list[Outcome] = field(default_factory=list)
    letters: list[dict[str, Any]] = field(default_factory=list)
    seq: int = 0
    acts: int = 0

    def __post_init__(self) -> None:
        self.fold = Fold({self.site.hash: self.site.text})
        boot = {"gateway": "g", "epoch": "e" * 16, "life": "1" * 8, "deaf": 0.0, "offset": WALL, "synced": self.synced}
        self.feed(Frame("boot", 0.0, json.dumps(boot).encode()))
        self.feed(Frame("config", 0.0, self.site.hash.encode()))

    def feed(self, frame: Frame) -> Outcome:
        """One Frame; keeps what it led to."""
        out = self.fold.handle(frame)
        self.outs.append(out)
        self.letters += [json.loads(one.body) for one in out.messages if one.to == "people"]
        return out

    def wait(self, until: float) -> list[dict[str, Any]]:
        """The clock's Frames at each deadline up to then -> the letters made meanwhile."""
        before = len(self.letters)
        while (due := self.fold.due()) is not None and due <= until:
            self.feed(self._clock(max(due, self.fold.now)))
        self.feed(self._clock(until))
        return self.letters[before:]

    def _clock(self, at: float) -> Frame:
        return Frame("clock", at, json.dumps({"offset": self.wall, "synced": self.synced, "deaf": 0.0}).encode())

    def node(self, at: float, room: str, home: int = 1, **values: float) -> list[dict[str, Any]]:
        """A node says something -> the letters made by it."""
        self.wait(at)
        before = len(self.letters)
        self.seq += 1
        self.feed(Frame("line", at, say("ALARM", self.seq, node=NODES[room] + home, boot=7, values=values)))
        return self.letters[before:]

    def act(self, at: float, verb: str, actor: str = "wang", **rest: Any) -> dict[str, Any]:
        """An act -> the reply."""
        self.wait(at)
        self.acts += 1
        own = {"act_id": f"a{self.acts}", "proof": f"socket {actor}"}
        said = {**own, "verb": verb, "actor": actor, **rest}
        out = self.feed(Frame("act", at, json.dumps(said).encode()))
        replies = [json.loads(one.body) for one in out.messages if one.topic == "reply"]
        return replies[-1] if replies else {}

    def report(self, at: float, letter: Mapping[str, Any], state: str = "delivered", why: str = "") -> Outcome:
        """The sender's word on a letter."""
        self.wait(at)
        said = {"message": letter["id"], "to": letter["to"], "channel": letter["channel"], "state": state, "why": why}
        return self.feed(Frame("channel", at, json.dumps(said).encode()))

    def deliver(self, at: float) -> None:
        """Everything sent so far arrives."""
        for letter in list(self.letters):
            self.report(at, letter)

    def restart(self, down: float, *, known: bool = True) -> None:
        """Power off and on again, out of a checkpoint as the disk would hold it; ``known``: for how long."""
        rows = {**getattr(self, "_rows", {}), **checkpoint.changed(self.fold)}
        self._rows = {key: row for key, row in rows.items() if row is not None}
        n, at = self.fold.n, self.fold.now
        self.fold = Fold({self.site.hash: self.site.text})
        assert checkpoint.load(self.fold, self._rows, n) == []
        boot = {"gateway": "g", "epoch": "e" * 16, "life": "2" * 8, "offset": self.wall, "synced": self.synced}
        boot |= {"deaf": down, "downtime": down if known else None}
        self.feed(Frame("boot", at + down, json.dumps(boot).encode()))

    @property
    def incident(self) -> Any:
        """The only one that is open."""
        (one,) = self.fold.ladders.registry.open.values()
        return one

    def record(self, *kinds: str) -> list[dict[str, Any]]:
        """The entries of these kinds so far."""
        entries = [json.loads(entry.body) for out in self.outs for entry in out.entries]
        return [entry for entry in entries if not kinds or entry["kind"] in kinds]


def who(letters: list[dict[str, Any]]) -> list[str]:
    """The addressees of letters."""
    return [letter["to"] for letter in letters]


PRESS, LONG = 1, 2
"""Codes of a button."""
ASKING = """
[quiet-home]
title = {zh = "无动静", en = "No sign of life"}
severity = "urgent"
when = {quantity = "occupied", is = true}
ladder = "are-you-ok"
"""


def asking() -> House:
    """A house in which a question to flat 1 is open since 100 s."""
    house = House(site(more='rules.files = ["quiet.toml"]\n', rules={"quiet.toml": ASKING}))
    assert [(one["to"], one["kind"]) for one in house.node(100, "kitchen", occupied=1)] == [
        ("home:flat-1", "question"), ("chen", "question"),
    ]  # fmt: skip
    house.deliver(101)
    return house
