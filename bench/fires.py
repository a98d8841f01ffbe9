"""When the rules would have told of real fires: ``python -m bench.fires [--limit 4.5] [--json]``.

Plays recorded fires (obscuration, temperature and CO by room; shared/data/README.md says where they are from) through
the shipped fire and gas rules, and prints for each room the second at which its first ionisation and photoelectric
alarm sounded, beside the second at which the rules ``smoke``, ``heat`` and ``co`` fired at one of its probes.
The last letter of an alarm's name, and the letter after SM, TC or GAS of a probe's, is the room.
"""

import csv
import gzip
import os
import statistics
import sys
from collections.abc import Mapping
from pathlib import Path

from bench.figures import arguments, show
from rules.backtest import Backtest, Row, rows
from rules.document import read
from rules.rulefile import load, packs, read_rules

RULES = ("smoke", "heat", "co")
KINDS = {"Ion": "ionisation", "Pho": "photoelectric"}
Place = tuple[str, str]
"""(fire, room)"""


def sounded(path: Path) -> dict[Place, dict[str, float]]:
    """When the first alarm of each kind sounded in each room."""
    found: dict[Place, dict[str, float]] = {}
    with gzip.open(path, "rt") as lines:
        for row in csv.DictReader(lines):
            fire, _, name = row["sensor"].partition("-")
            kind, at = KINDS[name[:3]], float(row["t_s"])
            room = found.setdefault((fire, name[-1]), {})
            room[kind] = min(at, room.get(kind, at))
    return found


def told(path: Path, limit: float | None = None) -> dict[Place, dict[str, float]]:
    """When each rule fired first in each room; ``limit`` is another obscuration for ``smoke``, in %/m."""
    fire = packs()["fire"].replace("above = 9.5", f"above = {limit}") if limit else packs()["fire"]
    test = Backtest([*read_rules(read(fire, "fire.toml")), *load(["gas"])])
    found: dict[Place, dict[str, float]] = {}
    with gzip.open(path, "rt") as lines:
        readings = sorted(rows(lines, path.name), key=lambda row: row.at)
    for row in readings:
        _note(found, test, row)
    return found


def _note(found: dict[Place, dict[str, float]], test: Backtest, row: Row) -> None:
    for alert in test.feed(row):
        if alert.state == "firing" and alert.rule in RULES:
            room = found.setdefault((alert.home, room_of(alert.device)), {})
            room.setdefault(alert.rule, alert.at)


def room_of(device: str) -> str:
    """The room of a probe, or "" for those of no room with an alarm: the corridor, the fire itself."""
    for kind in ("SM", "TC", "GAS"):
        if device.startswith(kind) and device[len(kind) + 1 : len(kind) + 2] == "_":
            return device[len(kind)]
    return ""


Line = dict[str, object]


def table(alarms: Mapping[Place, Mapping[str, float]], ours: Mapping[Place, Mapping[str, float]]) -> list[Line]:
    """A line for each room with an alarm; ``later`` is how much later ``smoke`` was than the first of each kind."""
    lines: list[Line] = []
    for fire, room in sorted(alarms):
        real, rules = alarms[fire, room], ours.get((fire, room), {})
        line: Line = {"fire": fire, "room": room}
        line |= {kind: real.get(kind) for kind in KINDS.values()} | {rule: rules.get(rule) for rule in RULES}
        smoke = rules.get("smoke")
        for short, kind in (("later_than_ion", "ionisation"), ("later_than_photo", "photoelectric")):
            line[short] = smoke - real[kind] if smoke is not None and kind in real else None
        lines.append(line)
    return lines


def summary(lines: list[Line]) -> Line:
    """Over all rooms: how much later than the real alarms, and in how many rooms the rule stayed silent."""
    made: Line = {"rooms": len(lines), "rooms_not_told_by_smoke": sum(line["smoke"] is None for line in lines)}
    for short in ("later_than_ion", "later_than_photo"):
        late = [float(str(line[short])) for line in lines if line[short] is not None]
        made[short] = {"rooms": len(late), "least": min(late), "median": statistics.median(late), "most": max(late)}
    return made


def main() -> None:
    """Play and print."""
    parser = arguments(__doc__)
    shared = Path(os.environ.get("ANJU_SHARED", "../shared"))
    parser.add_argument("--data", type=Path, default=shared / "data", help="where fires*.csv.gz are")
    limit = "another obscuration for smoke in %%/m: 1.6 to 12.3 is the band of UL 217, 4.5 the end of EN 14604's"
    parser.add_argument("--limit", type=float, help=limit)
    said = parser.parse_args()
    if not (said.data / "fires.csv.gz").is_file():
        sys.exit(f"{said.data}: no recorded fires here; name their folder with --data")
    lines = table(sounded(said.data / "fires_alarm_activations.csv.gz"), told(said.data / "fires.csv.gz", said.limit))
    show(said, "seconds from ignition to the first alarm of a room", lines, summary(lines))


if __name__ == "__main__":
    main()
