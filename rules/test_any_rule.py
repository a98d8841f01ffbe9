"""Rules of the whole grammar, made up, in lives made up: looks, crashes and reloads at any moment change no letter.

test_properties.py holds it for chosen rules on a grid of time; here rules are drawn word by word, with hours, modes,
meters and doses in any depth, and moments fall where no grid is. Lives like these found a home's words forgotten at a
restart, hours that began a millionth of a second later after it, and a rule that kept the gateway from starting.
"""

import json
from dataclasses import replace
from random import Random
from typing import Any

from drivers.reading import Reading
from rules.document import read
from rules.engine import Device, Engine, Refused
from rules.quantities import MOMENTARY
from rules.rule import Rule
from rules.rulefile import check, read_rules
from rules.test_reference import a_condition, toml
from rules.wall import MODES, Facts, Mode

SEEDS, STEPS = 30, 50
DEVICES = {
    "a": Device("h", "kitchen", 900.0), "b": Device("h", "front door"), "c": Device("h", "", 3600.0),
    "k": Device("k", "", 600.0),
}  # fmt: skip
VALUES: dict[str, list[Any]] = {
    "smoke": [True, False], "motion": [True, False], "door_open": [True, False], "button": ["press", "long_press"],
    "gas_lel_pct": [0, 4, 7.5, 40], "temperature_c": [5.0, 21.5, 60], "co_ppm": [0, 31, 55, 120, 350.0],
    "water_m3": [5.0, 5.0, 5.001, 5.02, 5.5, 99999.9, 0.0], "power_w": [3, 1200.0], "reset_cause": ["x", "brownout"],
}  # fmt: skip
PACES = ([1, 3, 10, 45], [10, 60, 299, 600], [600, 3600, 6 * 3600, 26 * 3600], [0.25, 1, 60, 901, 7200])
ZONES = ("UTC", "Asia/Shanghai", "Europe/Berlin")


def a_part(random: Random) -> dict[str, Any]:
    """A condition of those that test_reference.py doesn't say, or one that it does."""
    rarer: list[dict[str, Any]] = [
        {"quantity": "co_ppm", "dose": random.choice(["en50291", "ul2034"])},
        {"inactive": "20m"} | random.choice([{}, {"signs": ["motion", "door_open"]}]),
        {"silent": "1h", "of": ["motion", "water_m3"]},
        {"quantity": "reset_cause", "is": ["brownout", "power"]},
        {"quantity": "temperature_c", "outside": [10, 30], "for": "10m"},
    ]
    return random.choice(rarer) if random.random() < 0.5 else a_condition(random)


def a_guard(random: Random) -> dict[str, Any]:
    """A ``while`` of a rule."""
    return {
        **({"mode": random.sample(MODES, 2)} if random.random() < 0.5 else {}),
        **({"armed": True} if random.random() < 0.2 else {}),
        **({"lives_alone": random.random() < 0.5} if random.random() < 0.2 else {}),
        "hours": random.choice(["22:00-06:00", "08:00-17:00", "23:59-00:01"]),
        "days": random.choice([["mon", "tue", "wed", "fri", "sat", "sun"], ["workday"], ["free", "thu"]]),
    }


def a_rule(random: Random, name: str) -> Rule:
    """A rule without mistakes. An absence of events alone begins with the first event, which nothing remembers."""
    while True:
        when = a_part(random)
        if random.random() < 0.5:
            when = {random.choice(["any", "all"]): [when, a_part(random)]}
        title, severity = {"zh": "一", "en": "one"}, random.choice(["urgent", "notice"])
        table: dict[str, Any] = {"title": title, "severity": severity, "when": when}
        table |= {"per": random.choice(["device", "home"]), "latch": random.random() < 0.5}
        table |= {"while": a_guard(random)} if random.random() < 0.4 else {}
        text = f"[{name}]\n" + "\n".join(f"{key} = {toml(value)}" for key, value in table.items())
        if not check(text, "r.toml"):
            (rule,) = read_rules(read(text, "r.toml"))
            if rule.needs.keys() - MOMENTARY or "not" not in text:
                return rule


def a_daily_rule(random: Random, name: str) -> Rule:
    """One on a window of the day."""
    what, count = random.choice(["motion", "door_open"]), random.choice(["times_below = 1", "times_below = 2", "times = 1"])
    window = random.choice(["07:00-10:00", "22:00-06:00", "00:00-24:00", "23:59-00:01", "02:00-20:00"])
    when = f"{{quantity = '{what}', is = true, {count}, within = '{window}'}}"
    more = random.choice(["", "while = {mode = ['home', 'night']}", "latch = true", "per = 'home'", "per = 'home'"])
    text = f"[{name}]\ntitle = {{zh = '一', en = 'one'}}\nseverity = 'notice'\nwhen = {when}\n{more}"
    return read_rules(read(text, "r.toml"))[0]


class Lived:
    """One life of some rules, drawn from a seed; ``between`` is what comes in between, drawn from another."""

    def __init__(self, seed: int, between: str) -> None:
        self.random, self.other, self.between = Random(seed), Random(-seed - 1), between
        self.rules = [a_rule(self.random, f"r{number}") for number in range(2)]
        self.rules.append(a_daily_rule(Random(seed), "r2"))
        self.sites = [self.rules, self.rules[:1], [replace(rule, homes=frozenset("k")) for rule in self.rules]]
        self.site, self.facts = self.rules, Facts()
        self.engine, self.rows, self.told = Engine("g", "e"), dict[str, object](), list[object]()
        self.at, self.n = 0.0, 0
        self.configure()
        self.told += self.engine.wall(1_800_000_000.123, True, "Europe/Berlin", 0.0, 0)

    def configure(self) -> None:
        self.told += self.engine.configure(self.site, DEVICES, self.at, self.n, self.facts)

    def save(self) -> None:
        self.rows |= json.loads(json.dumps(self.engine.changed(), allow_nan=False))
        self.rows = {key: row for key, row in self.rows.items() if row is not None}

    def crash(self) -> None:
        self.save()
        self.engine = Engine("g", "e")
        assert self.engine.load(self.rows) == []
        self.configure()

    def until(self, moment: float) -> None:
        """Let the time pass, with what comes in between."""
        if self.between == "looks":
            for part in sorted(self.other.random() for _ in range(2)):
                self.told += self.engine.tick(self.at + (moment - self.at) * part)
        elif self.between == "crashes" and self.other.random() < 0.3:
            self.crash()
        elif self.between == "reloads" and self.other.random() < 0.3:
            self.configure()
        self.at = moment

    def live(self) -> str:
        """To the last letter: what was told, what is open, and what the checkpoint holds."""
        pace = self.random.choice(PACES)
        for _ in range(STEPS):
            self.until(round(self.at + self.random.choice(pace) * self.random.random(), 6))
            self.n += 1
            self.happens(self.random.random())
        self.until(self.at + 1e5)
        self.told += self.engine.tick(self.at)
        self.save()
        return json.dumps([self.told, self.engine.open()])

    def happens(self, chance: float) -> None:
        random, at, n = self.random, self.at, self.n
        if chance < 0.84:
            device, quantity = random.choice([*DEVICES, "part"]), random.choice([*VALUES])
            flags = random.choice([(), (), (), (), (), ("retained",), ("replay",)])
            value = random.choice(VALUES[quantity])
            self.told += self.engine.feed(Reading(device, quantity, quantity, value, at, flags, n))
        elif chance < 0.9:
            mode = Mode(random.choice(MODES), random.choice([None, at + 900.0]), random.choice([None, at + 60.0]))
            self.told += self.engine.mode(random.choice("hk"), mode, at, n)
        elif chance < 0.93:
            wall = random.choice([0.0, 1_800_000_000.0 + 1e5 * random.random(), -1e9]), random.random() < 0.8
            self.told += self.engine.wall(*wall, random.choice(ZONES), at, n)
        elif chance < 0.96:
            self.site, self.facts = random.choice(self.sites), random.choice([Facts(), Facts({"h": 1, "k": 2})])
            self.configure()
        else:
            self.told += self.engine.tick(at)
            for alert in self.engine.open()[:1]:
                try:
                    self.told += self.engine.reset(alert.id, at, n)
                except Refused as refused:
                    self.told += [*refused.alerts, str(refused)]


def test_what_comes_in_between_changes_no_letter() -> None:
    fired = 0
    for seed in range(SEEDS):
        plain = Lived(seed, "nothing").live()
        for between in ("looks", "crashes", "reloads"):
            assert Lived(seed, between).live() == plain, f"seed {seed}, {between}"
        fired += plain.count('"firing"')
    assert fired > 2 * SEEDS
