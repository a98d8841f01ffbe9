"""Sensors that lie, in lives made up: whatever comes in between, what a trouble discredits has one and the same outcome.

And no trouble ends an alarm about an absence, neither by its beginning nor by its end, or raises one twice.
"""

from random import Random
from typing import Any

from drivers.reading import Reading
from rules.alert import Alert
from rules.test_any_rule import DEVICES, Lived
from rules.test_house import rules_of

SEEDS = 24
TROUBLES = (
    "when = {quantity = 'gas_lel_pct', above = 6}\ndiscredits = ['motion', 'door_open']",
    "when = {quantity = 'gas_lel_pct', above = 6, for = '20s', hold = '60s'}\ndiscredits = ['motion']\nlatch = true",
    "when = {any = [{quantity = 'motion', never_still = '300s', over = '900s'},"
    " {quantity = 'gas_lel_pct', above = 9}], hold = '600s'}\ndiscredits = ['motion']",
    "when = {quantity = 'motion', is = true, for = '900s'}\ndiscredits = ['motion']\nwhile = {mode = ['home']}",
    "when = {quantity = 'gas_lel_pct', above = 6}\ndiscredits = ['motion']\nexcept_devices = ['b']",
)
ABSENCES = (
    "when = {quantity = 'motion', is = true, times_below = 1, within = '1800s'}\nper = 'home'",
    "when = {quantity = 'motion', is = true, times_below = 2, within = '900s'}\nper = 'home'\nlatch = true",
    "when = {quantity = 'door_open', is = true, times_below = 1, within = '7200s', for = '60s'}\nper = 'home'",
    "when = {quantity = 'motion', is = true, times_below = 3, within = '900s'}",
    "when = {inactive = '20m', signs = ['motion', 'door_open']}\nper = 'home'\nworse = {severity = 'urgent'}",
)
OTHERS = (
    "when = {not = {quantity = 'door_open', is = true, sound = true}, for = '30s'}\nper = 'home'",
    "when = {quantity = 'motion', is = true, times = 3, within = '600s', sound = true}\nper = 'home'",
)
SAYS: dict[str, list[Any]] = {"motion": [True, False], "door_open": [True, False], "gas_lel_pct": [2, 7, 40]}


class Liars(Lived):
    """Sensors of which some are discredited; ``turned``: the rules stand in the file the other way round."""

    def __init__(self, seed: int, between: str, *, turned: bool = False) -> None:
        super().__init__(seed, between)
        random = self.random
        bodies = [*random.sample(TROUBLES, 2), *random.sample(ABSENCES, 3), random.choice(OTHERS)]
        self.rules = rules_of(*bodies)
        self.absent = {rule.id for rule in self.rules if rule.absent}
        self.sites = [self.rules, [rule for rule in self.rules if not rule.discredits]]
        if turned:
            self.sites = [site[::-1] for site in self.sites]
        self.site, self.ended = self.sites[0], 0
        self.configure()

    def happens(self, chance: float) -> None:
        if chance >= 0.84:
            super().happens(chance)
            return
        for _ in range(3):
            self.hears(self.random)

    def hears(self, random: Random) -> None:
        device, quantity = random.choice([*DEVICES]), random.choice([*SAYS])
        self.n += 1
        self.told += self.engine.tick(self.at)
        lies = (device, quantity) in self.engine._known[device].kin.doubted
        told = self.engine.feed(
            Reading(device, quantity, quantity, random.choice(SAYS[quantity]), self.at, (), self.n)
        )
        self.told += told
        over = [one for one in told if one.rule in self.absent and one.state in ("cleared", "resolved")]
        assert not over or (quantity in ("motion", "door_open") and not lies), f"ended by no sign of life: {over}"
        self.ended += len(over)


def told(life: Liars) -> list[Any]:
    """What was told, each moment's in the order of the rules' names."""
    life.live()
    alerts = [one for one in life.told if isinstance(one, Alert)]
    raised: set[tuple[str, str, str]] = set()
    for alert in alerts:
        key = alert.rule, alert.home, alert.device
        assert not (alert.reason == "first" and alert.state == "firing" and key in raised), f"raised twice: {alert}"
        (raised.add if alert.state == "firing" else raised.discard)(key)
    return sorted(alerts, key=lambda one: (one.at, one.rule, one.device, one.home, one.n))


def test_it_is_one_outcome_however_often_it_is_looked_at_and_in_which_order() -> None:
    fired, ended = 0, 0
    for seed in range(SEEDS):
        life = Liars(seed, "nothing")
        plain = told(life)
        for between in ("looks", "crashes", "reloads"):
            assert told(Liars(seed, between)) == plain, f"seed {seed}, {between}"
        assert told(Liars(seed, "nothing", turned=True)) == plain, f"seed {seed}, turned"
        troubled = {rule.id for rule in life.rules if rule.discredits}
        fired += len({one.id for one in plain if one.state == "firing" and one.rule in troubled})
        ended += life.ended
    assert fired > SEEDS
    assert ended > SEEDS
