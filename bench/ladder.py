"""Ladders under kills, and in a storm.

``python -m bench.ladder kills [--kills 1000] [--seed 1]`` kills a gateway at random moments of escalations and then
looks into its record: no step may be missing or come twice, each comes at its time or right after a restart, a message
about life is sent at least once and one of maintenance once at the most. Exit 1 with the breach if not.

``python -m bench.ladder --sigkill 300 [--seed 1]`` does it to a real process by SIGKILL, with short ladders in real
time, and counts what a web server and a mail server got (sigkills.py).

``python -m bench.ladder storm`` raises 2,000 alerts in 200 homes within a minute: what each person gets, what it costs.
"""

import asyncio
import json
import sys
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import sigkills
from bench.escalations import Account, Town
from bench.figures import arguments, show
from gateway.ladder.policy import Ladder, choose, load
from gateway.store import record

Entry = dict[str, Any]
LATE = 1e-3
"""Seconds by which a step may be beside its time."""


def main() -> int:
    """One of the two, by its name."""
    parser = arguments(__doc__)
    parser.add_argument("what", nargs="?", choices=("kills", "storm"), default="kills")
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--sigkill", type=int, metavar="N", help="kill a real gateway process N times instead")
    parser.add_argument("--seed", type=int, default=1)
    said = parser.parse_args()
    if said.what == "storm":
        show(said, "2,000 alerts of 200 homes in a minute", *storm(50 if said.quick else 200))
        return 0
    if said.sigkill:
        with fast_folder() as folder:
            figures, breaches = sigkills.run(folder, said.sigkill, said.seed)
        rows = [{"what": name, "": value} for name, value in figures.items()]
        show(said, "SIGKILLs of a gateway process during escalations", rows, {"breaches": breaches})
        return 1 if breaches else 0
    with fast_folder() as folder:
        figures, breaches = asyncio.run(kills(folder, 15 if said.quick else said.kills, said.seed))
    rows = [{"what": name, "": value} for name, value in figures.items()]
    show(said, "Kills during escalations", rows, {"breaches": breaches})
    return 1 if breaches else 0


@contextmanager
def fast_folder() -> Iterator[Path]:
    """In memory where there is such a place: a process that dies loses nothing that it wrote, on whatever disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


async def kills(folder: Path, count: int, seed: int) -> tuple[dict[str, int], list[str]]:
    """So many kills -> figures, and what was otherwise than it must be."""
    town = Town(folder, seed)
    while town.account.kills.total() < count:
        await town.live(600.0)
        town.now = round(town.now + town.dice.choice((0.5, 5.0, 45.0, 400.0)), 6)
    await town.live(900.0, kills=False)
    found = await record.read(town.site.store.path)
    entries = [json.loads(entry.body) for entry in found.entries]
    breaches = [f"the record: {one.what}" for one in found.breaks()]
    breaches += steps(entries, load({}), town.account) + messages(entries, town.account)
    told = Counter(entry["kind"] for entry in entries)
    return {
        **{f"killed {point}": number for point, number in sorted(town.account.kills.items())},
        "incidents": told["begun"],
        "steps taken": told["step"],
        "answers": told["answered"],
        "messages": told["told"],
        "of these sent twice": sum(number > 1 for number in town.account.sent.values()),
        "handed on": sum("replaces" in entry for entry in entries),
        "entries of the record": len(entries),
    }, breaches


def steps(entries: list[Entry], ladders: tuple[Ladder, ...], account: Account) -> list[str]:
    """No step left out, none twice, each at its time or right after a restart."""
    climbs: dict[str, Climb] = {}
    breaches: list[str] = []
    rules = {entry["alert"]: entry for entry in entries if entry["kind"] == "alert" and entry["change"] == 1}
    for entry in entries:
        kind, incident = entry["kind"], str(entry.get("incident", ""))
        if kind == "begun":
            climbs[incident] = Climb(ladder_of(rules[incident]["rule"], ladders), entry["at"])
        elif kind == "anew" and incident in climbs:
            climbs[incident].begin(entry["at"])
        elif kind in ("step", "skipped") and incident in climbs:
            breaches += [f"incident {incident}: {what}" for what in climbs[incident].take(entry, account.up)]
    return breaches


def ladder_of(rule: str, ladders: tuple[Ladder, ...]) -> Ladder | None:
    """The ladder of a shipped rule."""
    from rules.rulefile import load as load_rules
    from rules.rulefile import packs

    name = {one.id: one.ladder for one in load_rules(packs())}[rule]
    return choose(ladders, name, "")


class Climb:
    """Where an incident must stand, by an account of its own."""

    def __init__(self, ladder: Ladder | None, at: float) -> None:
        self._ladder = ladder
        self.begin(at)

    def begin(self, at: float) -> None:
        """From the first step on."""
        self._next, self._round, self._due = 0, 1, at

    def take(self, entry: Entry, up: list[float]) -> list[str]:
        """A step was taken -> what is wrong with that."""
        ladder = self._ladder
        if ladder is None:
            return ["a step of no ladder"]
        if self._next == len(ladder.steps):
            self._next, self._round = ladder.start, self._round + 1
        step, at = ladder.steps[self._next], entry["at"]
        wrong = []
        if (entry["step"], entry["round"]) != (step.name, self._round):
            wrong.append(f"step {entry['step']} of round {entry['round']}, not {step.name} of {self._round}")
        if at < self._due - LATE:
            wrong.append(f"step {step.name} {self._due - at:.3f} s early")
        if at > self._due + LATE and not any(abs(at - moment) < LATE for moment in up):
            wrong.append(f"step {step.name} {at - self._due:.3f} s late, and not right after a restart")
        self._next += 1
        last = self._next == len(ladder.steps)
        wait = step.wait if entry["kind"] == "step" else 0.0
        self._due = at + wait + (ladder.pause(self._round) if last else 0.0)
        return wrong


def messages(entries: list[Entry], account: Account) -> list[str]:
    """What was told left at least once, or once at the most, or was answered before it could leave."""
    told = {entry["message"]: entry for entry in entries if entry["kind"] == "told"}
    twice = [id_ for id_, number in account.sent.items() if id_ in account.once and number > 1]
    breaches = [f"message {id_} may leave once, and left {account.sent[id_]} times" for id_ in twice]
    breaches += [f"message {id_} left and stands in no record" for id_ in account.sent if id_ not in told]
    lost = [id_ for id_ in told if not account.sent[id_] and id_ not in account.unwanted and id_ not in account.once]
    breaches += [f"message {id_} to {told[id_]['to']} never left" for id_ in lost]
    pages = Counter(
        (entry["incident"], entry.get("step"), entry["to"], entry["channel"], entry["at"])
        for entry in told.values()
        if entry["what"] == "page" and "incident" in entry
    )
    return breaches + [f"told twice at once: {key}" for key, number in pages.items() if number > 1]


def storm(homes: int) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """2,000 alerts -> messages by role, and what it took."""
    from gateway.ladder.conftest import House, site

    house = House(site(homes))
    kinds = ({"smoke": 1}, {"button": 1}, {"flood": 1}, {"gas_alarm": 1}, {"co_alarm": 1})
    tracemalloc.start()
    began, n = time.process_time(), 0
    longest = 0.0
    for kind in kinds:
        for home in range(1, homes + 1):
            for room in ("kitchen", "bedroom"):
                before = time.process_time()
                house.node(round(10 + n * 60 / (homes * 10), 6), room, home, **kind)
                longest = max(longest, time.process_time() - before)
                n += 1
    house.wait(70.0)
    used, size = time.process_time() - began, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    rows = []
    for to in sorted({one["to"] for one in house.letters}):
        mine = [one for one in house.letters if one["to"] == to]
        bodies = [len(json.dumps(one, ensure_ascii=False)) for one in mine]
        rows.append(
            {
                "to": to,
                "messages": len(mine),
                "digests": sum(one["kind"] == "digest" for one in mine),
                "longest, characters": max(bodies),
            }
        )
    names = ("chen", "li", "zhao", "wang", "desk", "home:flat-1")
    state = sum(len(row or "") for row in _rows(house).values())
    more = {
        "alerts": sum(alert.n == 1 for out in house.outs for alert in out.alerts),
        "incidents": len(house.fold.ladders.registry.open),
        "CPU s": round(used, 2),
        "longest alert ms": round(longest * 1000, 1),
        "memory at the most MiB": round(size / 2**20, 1),
        "state of the ladders KiB": round(state / 1024),
    }
    return [row for row in rows if row["to"] in names], more


def _rows(house: Any) -> dict[str, str | None]:
    from gateway.hub import checkpoint

    return {key: row for key, row in checkpoint.changed(house.fold).items() if key.startswith("l:")}


if __name__ == "__main__":
    sys.exit(main())
