"""A sensor that died before its first word of what its driver promises: it is told of, and waited for like any other."""

import json

import pytest

from rules.engine import Device, Engine
from rules.test_house import House

HOUR = 3600.0
BUDGET = 2 * HOUR
RULES = {
    "motion": "when = {quantity = 'motion', is = true, times_below = 1, within = '12h'}\nper = 'home'",
    "water_m3": "when = {quantity = 'water_m3', used_below = 0.01, over = '12h'}\nper = 'home'",
}
SILENT = "when = {silent = '12h', of = ['motion', 'water_m3']}"
QUIET = {"motion": (False, True), "water_m3": (5.0, 6.0)}


def _litres(number: int) -> float:
    """Uses of 5 to 9 litres, by a meter that counts each of them."""
    return round(5.0 + sum(0.005 + one % 5 / 1000 for one in range(number)), 3)


class Owing(House):
    """A flat with two sensors of a quantity; ``b`` says nothing of it before somebody lets it."""

    def __init__(self, quantity: str, crashes: bool) -> None:
        says = frozenset({quantity})
        devices = {name: Device("h", "", BUDGET, says) for name in "ab"}
        super().__init__(RULES[quantity], SILENT, devices=devices | {"c": Device("h", "", BUDGET)})
        self.quantity, self.crashes = quantity, crashes
        self.rows: dict[str, object] = {}
        self.fired: list[tuple[str, str, float]] = []

    def hear(self, hour: float, device: str, quantity: str, value: object) -> None:
        if self.crashes:
            self.rows |= json.loads(json.dumps(self.engine.changed()))
            self.engine = Engine("gw", "epoch")
            self.engine.load({key: row for key, row in self.rows.items() if row is not None})
            self.engine.configure(self.rules, self.devices, hour * HOUR - 1, self.n)
        alerts = self.say(hour * HOUR, device, quantity, value)  # type: ignore[arg-type]
        self.fired += [(one.rule, one.device, one.at / HOUR) for one in alerts if one.state == "firing"]

    def rest(self, since: int, until: int, *devices: str) -> None:
        """Nothing happens where these are, and they are heard."""
        for hour in range(since, until):
            for device in devices:
                self.hear(hour, device, self.quantity, QUIET[self.quantity][0])


@pytest.mark.parametrize("crashes", [False, True])
@pytest.mark.parametrize("quantity", sorted(RULES))
@pytest.mark.parametrize("speaks", [False, True])
def test_it_is_named_and_nobody_is_missed_by_the_others(quantity: str, speaks: bool, crashes: bool) -> None:
    """``speaks``: it says something else first, as its battery, and dies then."""
    flat = Owing(quantity, crashes)
    if speaks:
        flat.hear(0.5, "b", "battery_pct", 80)
    flat.rest(1, 40, "a")
    assert [(rule, device) for rule, device, _ in flat.fired] == [("r1", "b")], "not supervised, and nothing else"
    assert flat.fired[0][2] == pytest.approx(12.25, abs=1)


@pytest.mark.parametrize("crashes", [False, True])
@pytest.mark.parametrize("quantity", sorted(RULES))
def test_what_it_could_not_see_while_it_was_dead_proves_nothing(quantity: str, crashes: bool) -> None:
    flat = Owing(quantity, crashes)
    flat.rest(1, 30, "a")
    flat.fired.clear()
    flat.rest(30, 60, "a", "b")
    ((rule, _, hour),) = flat.fired
    assert rule == "r0"
    assert 42 <= hour <= 43, "twelve hours after it came"
    assert [one.rule for one in flat.engine.open()] == ["r0"], "it is supervised again"


@pytest.mark.parametrize("quantity", sorted(RULES))
def test_it_is_done_without_where_the_others_told_of_enough(quantity: str) -> None:
    flat = Owing(quantity, crashes=False)
    for number in range(120):
        flat.hear(number / 2, "a", quantity, number % 2 == 0 if quantity == "motion" else _litres(number))
    for number in range(120, 160):
        flat.hear(number / 2, "a", quantity, False if quantity == "motion" else _litres(119))
    assert {rule for rule, _, _ in flat.fired} == {"r0", "r1"}, "told of, and not waited for"


@pytest.mark.parametrize("quantity", sorted(RULES))
def test_one_that_lives_and_promises_nothing_is_not_waited_for(quantity: str) -> None:
    flat = Owing(quantity, crashes=False)
    flat.devices = {name: one._replace(says=frozenset()) for name, one in flat.devices.items()}
    flat.engine.configure(flat.rules, flat.devices, 0.0, 1)
    flat.rest(1, 40, "a")
    assert [rule for rule, _, _ in flat.fired] == ["r0"]


@pytest.mark.parametrize("quantity", sorted(RULES))
def test_one_that_lives_is_waited_for_by_nobody_though_it_has_not_said_it_yet(quantity: str) -> None:
    flat = Owing(quantity, crashes=False)
    for hour in range(1, 40):
        flat.hear(hour, "b", "battery_pct", 80)
        flat.hear(hour, "a", quantity, QUIET[quantity][0])
    assert [rule for rule, _, _ in flat.fired] == ["r0"]


@pytest.mark.parametrize("crashes", [False, True])
@pytest.mark.parametrize("quantity", sorted(RULES))
def test_one_that_may_live_without_a_word_for_longer_is_waited_for_until_that_is_over(
    quantity: str, crashes: bool
) -> None:
    """Nobody knows yet whether it would have told."""
    flat = Owing(quantity, crashes)
    flat.devices = flat.devices | {"b": flat.devices["b"]._replace(silent_after=24 * HOUR)}
    flat.engine.configure(flat.rules, flat.devices, 0.0, 1)
    flat.rest(1, 40, "a")
    assert [(rule, device) for rule, device, _ in flat.fired] == [("r1", "b")]
    again = Owing(quantity, crashes)
    again.devices = flat.devices
    again.engine.configure(again.rules, again.devices, 0.0, 1)
    again.rest(1, 18, "a")
    assert again.fired == []
    again.hear(18.5, "b", "battery_pct", 80)
    again.rest(19, 21, "a")
    assert [rule for rule, _, _ in again.fired] == ["r0"], "it lives, and there was nothing to tell"


def test_who_learns_how_people_live_waits_for_it_a_day_at_the_most() -> None:
    devices = {"a": Device("h", "", BUDGET), "b": Device("h", "", BUDGET, frozenset({"motion"}))}
    house = House("when = {inactive = '20m'}\nper = 'home'", devices=devices)
    house.say(HOUR, "a", "motion", True)
    asked = [house.say((hour + 1) * HOUR, "a", "motion", False) for hour in range(1, 30)]
    told = [alert.at / HOUR for alerts in asked for alert in alerts if alert.reason == "first"]
    assert told == [24.0], "twelve hours after the last sign, if the other sensor were heard"
