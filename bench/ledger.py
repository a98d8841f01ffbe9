"""Two ledgers that must agree, whatever breaks: ``python bench/ledger.py --cycles 200 [--seed S]``.

A cycle is one fault (see faults.py) while two real nodes raise alarms at random moments. The gateway is killed at
least every ``--faults-per-start`` cycles. After every ten cycles, and at the end, life rests until all has drained,
and what the nodes say they sent is compared with what arrived behind the broker:

  lost        a frame that a node sent as an alarm is named in no event
  doubled     one change of one alert under two ids, or one id with two contents
  disordered  a number of a device's lane after a higher one, repetitions of an id aside
  mismarked   made before its connection and not marked as replay, or the other way round
  overtaken   a replayed alarm behind replayed telemetry of the same connection
  missing     a number of a lane that was passed over

The observer: a broker without persistence loses what it has acknowledged but not passed on, and that would be its loss,
not ours. It is made not to: mosquitto without in-flight limits hands a message to its subscriber's socket before it
acknowledges, and the platform reads that socket to its end even when the broker is dead (gateway/sim/platform.py). The
broker is let at again only when the platform has subscribed anew.

``--resume FILE`` adds sittings up until ``--cycles`` in all. Exit code 1 if a fault was found (with a
folder of evidence) or the cycles weren't reached.
"""

import argparse
import json
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path

from bench.faults import KILLS, OTHERS, Fault, Home
from gateway.sim.judge import compare
from gateway.sim.ledger import FAULTS
from gateway.sim.record import Missing

BATCH = 10
"""Cycles between two comparisons."""
EPISODE = 50
"""Cycles on one store; then everything begins anew, so that a run of any length needs the same memory."""
DRAIN = 30.0
"""Seconds in which everything that was promised must arrive once all is whole again."""
QUIET = 0.15


@dataclass(slots=True)
class Totals:
    """Of all sittings."""

    cycles: int = 0
    sittings: int = 0
    seconds: float = 0.0
    seeds: list[str] = field(default_factory=list)
    """Seed and number of cycles of each episode."""
    faults: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path | None) -> "Totals":
        """From an earlier sitting; nothing done yet if there is none."""
        if path is None or not path.exists():
            return cls()
        said = json.loads(path.read_text())
        counters = {name: Counter(said[name]) for name in ("faults", "kills", "counts")}
        return cls(**{**said, **counters})

    def plain(self) -> dict[str, object]:
        """As JSON takes it."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def write(self, path: Path | None) -> None:
        """For the next sitting."""
        if path is not None:
            fresh = path.with_suffix(".new")
            fresh.write_text(json.dumps(self.plain(), indent=1))
            fresh.replace(path)


class Episode:
    """Some cycles on one store, judged as a whole."""

    def __init__(self, home: Home, faults_per_start: int) -> None:
        self.faults: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self._home, self._per_start = home, faults_per_start

    def run(self, cycles: int) -> list[str]:
        """Attack, and judge every so often; the violations of the first comparison that finds any."""
        home = self._home
        home.life.go_on()
        for number in range(1, cycles + 1):
            fault = self._draw(KILLS if number % self._per_start == 0 else OTHERS)
            self.faults[fault.__name__] += 1
            fault(home)
            if number % BATCH == 0 or number == cycles:
                home.life.rest()
                violations = self._judge()
                if violations:
                    return violations
                home.life.go_on()
        return []

    def _draw(self, choice: Mapping[Fault, int]) -> Fault:
        return self._home.dice.choices(list(choice), list(choice.values()))[0]

    def _judge(self) -> list[str]:
        home = self._home
        home.mend()
        deadline = time.monotonic() + DRAIN
        while time.monotonic() < deadline and not self._drained():
            with suppress(Missing):
                home.platform.arrived.wait(lambda _: True, 0.05, after=len(home.platform.arrived))
        with suppress(Missing):
            home.platform.arrived.quiet(QUIET, 5)
        made, arrived = home.made(), home.platform.arrived.all()
        verdict = compare(made, arrived, home.link.connections)
        waiting = [f"never acknowledged: {one}" for one in made if one.acked_at is None and not one.forgotten]
        self.counts = Counter(
            made=verdict.made, given_up_by_nodes=sum(one.forgotten for one in made), delivered=verdict.delivered,
            messages=verdict.messages, repeated=verdict.repeated, replayed=verdict.replayed,
            marks_judged=verdict.judged, starts=home.gateway.lives,
            **{name: len(getattr(verdict, name)) for name in FAULTS},
        )  # fmt: skip
        return ([] if verdict.ok else [str(verdict)]) + waiting

    def _drained(self) -> bool:
        made = self._home.made()
        if any(one.acked_at is None and not one.forgotten for one in made):
            return False
        verdict = compare(made, self._home.platform.arrived.all())
        return not verdict.lost and not verdict.missing


def sitting(said: argparse.Namespace, totals: Totals) -> None:
    """Episodes until the cycles are done or a violation is found."""
    seed = said.seed if said.seed is not None else random.SystemRandom().randrange(10**9)
    totals.sittings += 1
    number = 0
    while totals.cycles < said.cycles and not totals.violations:
        began = time.monotonic()
        cycles = min(EPISODE, said.cycles - totals.cycles)
        name = f"{seed}/{number}"
        folder = Path(tempfile.mkdtemp(prefix="anju-ledger-"))
        with Home(folder, random.Random(name)) as home:
            episode = Episode(home, said.faults_per_start)
            try:
                totals.violations = episode.run(cycles)
            except (Missing, TimeoutError) as error:
                totals.violations = [f"stuck: {error}"]
            if totals.violations:
                _keep(home, said.evidence / name.replace("/", "-"), totals.violations)
        shutil.rmtree(folder)
        totals.cycles += cycles
        totals.seeds.append(f"{name}:{cycles}")
        totals.faults += episode.faults
        totals.kills += home.kills
        totals.counts.update(episode.counts)  # += would leave out what is 0
        totals.seconds += time.monotonic() - began
        totals.write(said.resume)
        _progress(said, totals)
        number += 1


def _keep(home: Home, folder: Path, violations: list[str]) -> None:
    """All that shows what happened: the store, logs of everybody, both ledgers."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(home.folder, folder, ignore=shutil.ignore_patterns("tty"))
    (folder / "violations.txt").write_text("\n".join(violations))
    for process in (home.gateway, home.broker):
        if process is not None:
            log = "\n".join(f"{line.at:.6f} {line.text}" for line in process.lines.all())
            (folder / f"{process.name}.log").write_text(log)
    (folder / "platform.jsonl").write_text("\n".join(json.dumps(one) for one in home.platform.arrived.all()))
    (folder / "connections.json").write_text(json.dumps(home.link.connections))
    for node in home.nodes:
        (folder / f"{node.device}.jsonl").write_text("\n".join(map(json.dumps, node.events())))
    print(f"evidence: {folder}", file=sys.stderr)


def _progress(said: argparse.Namespace, totals: Totals) -> None:
    counts = totals.counts
    print(
        f"{totals.cycles}/{said.cycles} cycles, {totals.seconds / totals.cycles:.2f} s each; made {counts['made']}, "
        f"delivered {counts['delivered']}, lost {counts['lost']}, doubled {counts['doubled']}, "
        f"disordered {counts['disordered']}, mismarked {counts['mismarked']}; seed {totals.seeds[-1]}",
        file=sys.stderr,
        flush=True,
    )


def main(argv: list[str] | None = None) -> int:
    """Run, print, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cycles", type=int, default=200)
    parser.add_argument("--quick", dest="cycles", action="store_const", const=20, help="20 cycles")
    parser.add_argument("--seed", type=int, help="which faults and which life; moments are never the same twice")
    parser.add_argument("--faults-per-start", type=int, default=4, metavar="K")
    parser.add_argument("--resume", type=Path, metavar="FILE", help="totals of earlier sittings, and of this one")
    parser.add_argument("--evidence", type=Path, default=Path("build/ledger"), metavar="FOLDER")
    parser.add_argument("--json", action="store_true")
    said = parser.parse_args(argv)
    totals = Totals.read(said.resume)
    # Whoever ends a sitting leaves no process behind; what the last whole episode found is in the file.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        sitting(said, totals)
    if said.json:
        print(json.dumps(totals.plain()))
    else:
        _print(totals)
    return 1 if totals.violations or totals.cycles < said.cycles else 0


def _print(totals: Totals) -> None:
    print(f"{totals.cycles} cycles in {totals.sittings} sittings, {totals.seconds:,.0f} s")
    print(f"seeds: {', '.join(totals.seeds)}")
    for title, counter in (("faults", totals.faults), ("gateway killed with its newest alarm", totals.kills)):
        print(f"{title}: " + ", ".join(f"{name} {count}" for name, count in counter.most_common()))
    print("ledgers: " + ", ".join(f"{name} {count}" for name, count in totals.counts.items()))
    for violation in totals.violations[:20]:
        print(violation)
    print("FAULTS FOUND" if totals.violations else "nothing lost, nothing doubled, order kept, replays marked")


if __name__ == "__main__":
    sys.exit(main())
