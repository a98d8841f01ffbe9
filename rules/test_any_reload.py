"""Any life with reloads in it: other rules, other budgets, resets, lines down. A crash at any moment changes nothing."""

import json
import random
from collections.abc import Callable

import pytest

from drivers.reading import Reading
from rules.alert import Alert
from rules.engine import Device, Engine, Refused
from rules.test_house import rules_of
from rules.wall import Mode

RULES = rules_of(
    "when = {silent = true}\nlatch = true",
    "when = {quantity = 'motion', is = true, times_below = 1, within = '12h'}\nper = 'home'",
    "when = {quantity = 'water_m3', used_below = 0.01, over = '12h'}\nper = 'home'",
    "when = {silent = '3h', of = ['motion', 'water_m3']}\nlatch = true",
    "when = {quantity = 'gas_lel_pct', above = 10, for = '3s'}\nclear = {below = 5, for = '60s'}\nlatch = true",
    "when = {all = [{quantity = 'temperature_c', above = 30, devices = ['a']}, "
    "{quantity = 'door_open', is = true, devices = ['b']}], for = '5m'}\nper = 'home'\nlatch = true",
    "when = {any = [{silent = '2h'}, {quantity = 'fault', is = true}], hold = '20m'}",
    "when = {quantity = 'motion', is = true, times = 3, within = '1h'}\nlatch = true",
    "when = {inactive = '20m'}\nper = 'home'",
    "when = {quantity = 'smoke', is = true}\nlatch = true\nper = 'home'",
)
VALUES: dict[str, tuple[float | bool, ...]] = {
    "motion": (True, False), "door_open": (True, False), "smoke": (True, False), "fault": (True, False),
    "gas_lel_pct": (0, 7, 55), "temperature_c": (20, 35), "battery_pct": (80,), "water_m3": (5.0, 5.02, 6.0),
}  # fmt: skip
SAYS = (frozenset[str](), frozenset({"motion"}), frozenset({"water_m3"}))


class Twins:
    """One engine that runs on, and one that is taken from its checkpoint now and then."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.plain, self.other = Engine("g", "e"), Engine("g", "e")
        self.rows: dict[str, object] = {}
        self.at, self.n, self.fired = 0.0, 0, 0
        self.rules, self.devices = list(RULES), self._devices()
        self.reload()
        self.both(lambda engine: engine.wall(1.76e9, True, "UTC", 0.0, 0))

    def _devices(self) -> dict[str, Device]:
        chance, names = self.chance, "abcd" if self.chance.random() < 0.8 else "abc"
        budgets = (900.0, 7200.0, 20000.0, None)
        return {one: Device(chance.choice("hhk"), "", chance.choice(budgets), chance.choice(SAYS)) for one in names}

    def both(self, step: Callable[[Engine], list[Alert]]) -> None:
        told = []
        for engine in (self.plain, self.other):
            try:
                told.append((step(engine), ""))
            except Refused as refused:
                told.append((list(refused.alerts), str(refused)))
        assert told[0] == told[1]
        self.fired += sum(alert.state == "firing" for alert in told[0][0])

    def reload(self) -> None:
        self.both(lambda engine: engine.configure(self.rules, self.devices, self.at, self.n))

    def live(self, steps: int) -> None:
        chance = self.chance
        for self.n in range(1, steps):
            self.at = round(self.at + chance.choice((0, 1, 30, 1800, 3600, 7200, 46800)) * chance.choice((1, 0.37)), 6)
            self.both(lambda engine: engine.tick(self.at))
            what = chance.random()
            if what < 0.65:
                quantity = chance.choice(sorted(VALUES))
                flags = ("retained",) if chance.random() < 0.1 else ()
                value = chance.choice(VALUES[quantity])
                reading = Reading(chance.choice("abcd"), quantity, quantity, value, self.at, flags, self.n)
                self.both(lambda engine, said=reading: engine.feed(said))  # type: ignore[misc]
            elif what < 0.8:
                self.rules = [rule for rule in RULES if chance.random() < 0.8]
                self.devices = self._devices() if chance.random() < 0.7 else self.devices
                self.reload()
            elif what < 0.9 and (known := self.plain.open()):
                alert = chance.choice(known).id
                self.both(lambda engine, one=alert: engine.reset(one, self.at, self.n))  # type: ignore[misc]
            elif what < 0.95:
                mode = Mode(chance.choice(("home", "away", "night")))
                self.both(lambda engine, one=mode: engine.mode("h", one, self.at, self.n))  # type: ignore[misc]
            else:
                names, down = chance.sample("abcd", 2), chance.random() < 0.5
                self.both(lambda engine, some=names, off=down: engine.line(some, down=off, at=self.at))  # type: ignore[misc]
            if chance.random() < 0.35:
                self.crash()

    def crash(self) -> None:
        self.rows |= json.loads(json.dumps(self.other.changed(), allow_nan=False))
        self.other = Engine("g", "e")
        assert self.other.load({key: row for key, row in self.rows.items() if row is not None}) == []
        assert self.other.configure(self.rules, self.devices, self.at, self.n) == []


@pytest.mark.parametrize("seed", range(12))
def test_a_crash_changes_nothing_whatever_reloads_bring(seed: int) -> None:
    twins = Twins(seed)
    twins.live(150)
    assert twins.fired >= 10
