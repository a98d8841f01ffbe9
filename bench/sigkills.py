"""Real SIGKILLs during escalations: ``anju run`` as a process, short ladders, and what really arrived.

A node calls for help; the gateway is killed at random moments while its ladders climb, also while it boots. What a web
server and a mail server got is held against an account of its own, made of the ladder's times, of when the node was
answered, and of when the gateway was up:

- no step is left out: each page about life arrives, under one name however often it comes;
- a page of maintenance (``once``) comes once at the most, and is missing only where a kill fell upon it;
- a step comes when it is due, or as soon as a gateway is up again.
"""

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from bench.feeder import Feeder
from firmware.lib import wire as codec
from gateway.sim.receivers import Mailbox, Receiver, mailbox, receiver
from gateway.sim.wire import Wire
from hil_tests.gateway import READY, Gateway

WAIT, AGAIN, ROUNDS = 1.5, 3.0, 2
"""Seconds between the steps of the ladder about life, and between its rounds; how many rounds."""
WHO = ("carer", "neighbour", "resident")
UPKEEP = ("carer", "neighbour")
LADDERS = f"""
[life-safety]
title = {{zh = "生命安全", en = "Life"}}
answer = ["carer"]
again = "{AGAIN:.0f}s"
rounds = {ROUNDS}
steps = [{", ".join(f'{{name = "{who}", who = ["{who}"], wait = "{WAIT * (who != WHO[-1])}s"}}' for who in WHO)}]
[maintenance]
title = {{zh = "维护", en = "Upkeep"}}
answer = ["carer"]
once = true
steps = [{", ".join(f'{{name = "{who}", who = ["{who}"], wait = "{WAIT}s"}}' for who in UPKEEP)}]
"""
RULES = """
[fire]
title = {zh = "FIRE", en = "FIRE"}
severity = "emergency"
when = {quantity = "smoke", is = true}
latch = true
ladder = "life-safety"
[upkeep]
title = {zh = "UPKEEP", en = "UPKEEP"}
severity = "notice"
when = {quantity = "tamper", is = true}
ladder = "maintenance"
"""
EARLY, SLACK = 0.1, 2.5
"""Seconds by which a page may come before its time, and after it on a busy machine."""
HOLD = 1.0
"""Seconds for which a gateway must live to send what is due."""
NEAR = 2.0
"""Seconds around a kill in which a page of maintenance may be lost."""
REPEAT = 0.3
BOOT_KILLS = 0.25
"""Share of the kills that come while a gateway boots."""


class Arrival(NamedTuple):
    """One copy of one page."""

    at: float
    """Monotonic seconds."""
    home: int
    who: str
    rule: str
    id: str


Came = dict[tuple[str, int], float]
"""(who, round) -> when their page came."""


@dataclass
class Episode:
    """One alarm, and the kills during its escalation. Times in monotonic seconds."""

    home: int
    began: float
    taken: dict[str, float] = field(default_factory=dict)
    """Rule -> when its frame was acknowledged."""


@dataclass
class Lives:
    """When the gateway was up: (from, to) of each life that came so far; and every kill."""

    up: list[tuple[float, float]] = field(default_factory=list)
    kills: list[float] = field(default_factory=list)
    where: Counter[str] = field(default_factory=Counter)

    def settle(self, at: float) -> float:
        """The first moment from then on at which a gateway was up, and stayed up for long enough."""
        for begin, end in self.up:
            if end - max(begin, at) >= HOLD:
                return max(begin, at)
        return max(at, self.up[-1][0])


def site(folder: Path, tty: Path, web: str, smtp: int, homes: int) -> str:
    """site.toml: so many homes, each with a node and people of its own."""
    people = "".join(
        f'homes.h{n} = {{}}\n'
        f'devices.n{n} = {{home = "h{n}", port = "line", address = "{n + 1:08x}", silent_after = "30d"}}\n'
        f'people.carer-{n} = {{role = "carer", homes = ["h{n}"], channels = ["web"]}}\n'
        f'people.neighbour-{n} = {{role = "neighbour", homes = ["h{n}"], channels = ["mail"],'
        f' addresses = {{mail = "neighbour-{n}@example.org"}}}}\n'
        f'people.resident-{n} = {{role = "resident", homes = ["h{n}"], channels = ["web"]}}\n'
        for n in range(homes)
    )
    return f"""
gateway = {{id = "g", site = "s", language = "en"}}
store = {{path = "{folder}/anju.db"}}
rules = {{packs = [], files = ["rules.toml"]}}
ladders = {{files = ["ladders.toml"]}}
ports.line = {{type = "serial", path = "{tty}", driver = "node"}}
channels.web = {{type = "webhook", url = "{web}"}}
channels.mail = {{type = "smtp", host = "127.0.0.1", port = {smtp}, from = "anju@example.org", tls = "none"}}
{people}"""


class Street:
    """Homes, their people's servers, one gateway; use ``street``."""

    def __init__(self, gateway: Gateway, feeder: Feeder, web: Receiver, box: Mailbox, seed: int) -> None:
        self.gateway, self.feeder, self.web, self.box = gateway, feeder, web, box
        self.dice = random.Random(seed)
        self.lives = Lives()
        self.mails: list[Arrival] = []
        box.mails.listen(lambda mail: self.mails.append(_mail(time.monotonic(), mail.message)))

    def start(self) -> None:
        """A life that lasts until the next kill."""
        at = self.gateway.up(60)
        self.lives.up.append((at, float("inf")))

    def kill(self) -> None:
        """SIGKILL, and again while it boots, now and then; then a life that is up."""
        self._die("escalating")
        while self.dice.random() < BOOT_KILLS:
            self.gateway.start()
            time.sleep(self.dice.uniform(0.05, 1.2))
            self._die("booting")
        self.start()

    def _die(self, where: str) -> None:
        before = len(self.gateway.lines)
        self.gateway.kill()
        now = time.monotonic()
        ready = [line.at for line in self.gateway.lines.all() if READY in line.text][-1:]
        if self.lives.up and self.lives.up[-1][1] == float("inf"):
            self.lives.up[-1] = (self.lives.up[-1][0], now)
        elif ready and before and (not self.lives.up or ready[0] > self.lives.up[-1][1]):
            self.lives.up.append((ready[0], now))
        self.lives.kills.append(now)
        self.lives.where[where] += 1

    def live(self, home: int, most: int) -> Episode:
        """One alarm, at the most so many kills, until all must have been said."""
        frames = {
            rule: self.feeder.frame(codec.ALARM, home + 1, [(codec.QUANTITIES[quantity][0], 0, 1)])
            for rule, quantity in (("FIRE", "smoke"), ("UPKEEP", "tamper"))
        }
        episode, before = Episode(home, time.monotonic()), len(self.lives.kills)
        seqs = {key.seq: rule for rule, (key, _) in frames.items()}
        sent, kill_at, end = 0.0, self._later(), float("inf")
        while time.monotonic() < end:
            now = time.monotonic()
            if now - sent > REPEAT:
                sent = now
                for rule, (_, data) in frames.items():
                    if rule not in episode.taken:
                        self.feeder.write(data)
            for down in self.feeder.listen(0.02):
                if down.kind == codec.ACK and down.node == home + 1 and down.seq in seqs:
                    episode.taken.setdefault(seqs[down.seq], down.at)
            if now >= kill_at and len(self.lives.kills) - before < most:
                self.kill()
                kill_at = self._later()
            if len(episode.taken) == len(frames):
                over = self.schedule(episode)[-1][2] + SLACK
                end = max(over, self.lives.up[-1][0] + HOLD + SLACK)
        return episode

    def _later(self) -> float:
        return time.monotonic() + self.dice.expovariate(1 / 1.3)

    def schedule(self, episode: Episode, came: Came | None = None) -> list[tuple[str, float, float]]:
        """(who, not before, at the latest) of each page about life, in their order."""
        found: list[tuple[str, float, float]] = []
        early, late = episode.began, self.lives.settle(episode.taken["FIRE"])
        for turn in range(ROUNDS):
            for step, who in enumerate(WHO):
                if found:
                    pause = AGAIN if step == 0 else WAIT
                    real = (came or {}).get((found[-1][0], turn - (step == 0)), float("inf"))
                    early, late = early + pause, self.lives.settle(min(late, real) + pause)
                found.append((who, early, late))
        return found

    # -- what arrived --------------------------------------------------------------------------------------------------

    def arrivals(self) -> list[Arrival]:
        """Every copy of every page, as the servers have it."""
        posts = [
            Arrival(post.at, *_whose(post.said["message"]["to"]), _title(post.said["message"]), post.said["id"])
            for post in self.web.posts.all()
            if post.said["kind"] == "page"
        ]
        return sorted([*posts, *self.mails])


def _mail(at: float, message: Any) -> Arrival:
    rule = next((rule for rule in ("FIRE", "UPKEEP") if rule in str(message["Subject"])), "")
    return Arrival(at, *_whose(str(message["To"]).partition("@")[0]), rule, str(message["Message-ID"]))


def _whose(name: str) -> tuple[int, str]:
    who, _, home = name.rpartition("-")
    return int(home), who


def _title(message: dict[str, Any]) -> str:
    return str(message["title"]["en"])


@contextmanager
def street(folder: Path, homes: int, seed: int) -> Iterator[Street]:
    """Everything opened; the gateway runs."""
    with ExitStack() as stack:
        web, box = stack.enter_context(receiver()), stack.enter_context(mailbox())
        wire = stack.enter_context(Wire(folder / "tty", "line", direct=True))
        (folder / "rules.toml").write_text(RULES, encoding="utf-8")
        (folder / "ladders.toml").write_text(LADDERS, encoding="utf-8")
        text = site(folder, wire.gateway_path, web.url, box.port, homes)
        (folder / "site.toml").write_text(text, encoding="utf-8")
        gateway = Gateway(folder / "site.toml")
        stack.callback(gateway.stop)
        made = Street(gateway, Feeder(wire.direct_fd, list(range(1, homes + 1))), web, box, seed)
        made.start()
        yield made


def run(folder: Path, kills: int, seed: int, each: int = 5) -> tuple[dict[str, Any], list[str]]:
    """So many kills -> figures, and what was otherwise than it must be."""
    homes = 2 + kills
    breaches: list[str] = []
    lateness: list[float] = []
    copies: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    with street(folder, homes, seed) as here:
        episodes: list[Episode] = []
        while len(here.lives.kills) < kills and len(episodes) < homes:
            episodes.append(here.live(len(episodes), min(each, kills - len(here.lives.kills))))
        for episode in episodes:
            mine = [one for one in here.arrivals() if one.home == episode.home]
            copies.update(one.id for one in mine)
            breaches += _life(here, episode, [one for one in mine if one.rule == "FIRE"], counts, lateness)
            breaches += _upkeep(here, episode, [one for one in mine if one.rule == "UPKEEP"], counts)
        strange = [one for one in here.arrivals() if one.rule not in ("FIRE", "UPKEEP")]
        breaches += [f"a page of nothing known: {one}" for one in strange]
        figures = {
            **{f"killed while {where}": number for where, number in sorted(here.lives.where.items())},
            "escalations": len(episodes),
            **dict(sorted(counts.items())),
            "copies beyond the first": sum(number - 1 for number in copies.values()),
            "late at the most s": round(max(lateness, default=0.0), 2),
        }
    return figures, breaches


def _life(
    here: Street, episode: Episode, mine: list[Arrival], counts: Counter[str], lateness: list[float]
) -> list[str]:
    """Each page about life at least once, under one name, in its time."""
    first: dict[str, list[float]] = {who: [] for who in WHO}
    names: set[str] = set()
    for one in mine:
        if one.id not in names:
            names.add(one.id)
            first[one.who].append(one.at)
    came = {(who, turn): at for who, moments in first.items() for turn, at in enumerate(moments)}
    wrong = [
        f"home {episode.home}: {len(moments)} pages to the {who}, not {ROUNDS}"
        for who, moments in first.items()
        if len(moments) != ROUNDS
    ]
    for number, (who, early, late) in enumerate(here.schedule(episode, came)):
        at = came.get((who, number // len(WHO)))
        if at is None:
            continue
        counts["pages about life"] += 1
        lateness.append(at - late)
        if at < early - EARLY:
            wrong.append(f"home {episode.home}: page {number + 1} came {early - at:.2f} s early")
        if at > late + SLACK:
            wrong.append(f"home {episode.home}: page {number + 1} came {at - late:.2f} s late")
    return wrong


def _upkeep(here: Street, episode: Episode, mine: list[Arrival], counts: Counter[str]) -> list[str]:
    """Each page of maintenance once at the most; one is missing only where a kill fell upon it."""
    wrong = []
    due = here.lives.settle(episode.taken["UPKEEP"])
    for who in UPKEEP:
        copies = [one.at for one in mine if one.who == who]
        counts["pages of maintenance"] += len(copies)
        if len(copies) > 1:
            wrong.append(f"home {episode.home}: maintenance told the {who} {len(copies)} times")
        near = any(episode.began - NEAR <= at <= due + WAIT + NEAR + SLACK for at in here.lives.kills)
        counts["pages of maintenance lost by a kill"] += not copies and near
        if not copies and not near:
            wrong.append(f"home {episode.home}: maintenance never told the {who}, and no kill fell upon it")
        due = here.lives.settle(max(due, *copies[:1]) + WAIT) if copies else here.lives.settle(due + WAIT)
    return wrong
