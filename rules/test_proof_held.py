"""An absence among other conditions needs proof; what is held, an event in a sequence and a silence need none of it."""

import json

import pytest

from rules.engine import Device, Engine
from rules.test_house import House
from rules.wall import Mode

HOUR = 3600.0
MINUTE = 60.0
DEVICES = {"box": Device("h", "", HOUR), "stove": Device("h"), "hall": Device("h")}
CLOSED = '{quantity = "door_open", is = true, times_below = 1, within = "4h"}'
COOKS = '{quantity = "power_w", above = 500}'
ANY = f'per = "home"\nwhen = {{any = [{COOKS}, {{all = [{COOKS}, {CLOSED}]}}], hold = "10m"}}\nwhile = {{mode = ["home"]}}'
BESIDE = f'per = "home"\nwhen = {{any = [{COOKS}, {CLOSED}], hold = "10m"}}\nwhile = {{hours = "10:05-11:00"}}'
ALL = f'per = "home"\nwhen = {{all = [{COOKS}, {CLOSED}], hold = "10m"}}'
PRESS = (
    'per = "home"\nlatch = true\nwhen = {all = ['
    '{any = [{quantity = "button", is = "press"}, {quantity = "co_ppm", above = 50}], '
    'after = {quantity = "motion", is = true}, within = "5m"}, %s]}'
)
SILENCE = '{silent = "2h"}'
SILENT = [
    f'when = {{all = [{part}, {CLOSED}]}}\ndevices = ["box"]' for part in (SILENCE, f"{{any = [{SILENCE}, {COOKS}]}}")
]
ALONE = f'per = "home"\nwhen = {{any = [{CLOSED}, {{all = [{COOKS}, {SILENCE}]}}], for = "5h"}}'


class Flat(House):
    """A box that nobody opens is heard each ten minutes until some hour, from midnight on; then it dies."""

    def __init__(self, body: str, hours: float, crashes: bool) -> None:
        super().__init__(body, devices=DEVICES)
        self.crashes = False
        self.rows: dict[str, object] = {}
        self.engine.wall(0.0, True, "UTC", 0.0, 0)
        self.fired: list[float] = []
        for number in range(round(hours * 6) + 1):
            self.take(600.0 * number, "box", "door_open", False)
        self.crashes = crashes

    def wait(self, until: float) -> None:
        """What falls due; where it crashes, what was written is what is left."""
        self.fired += [alert.at for alert in self.engine.tick(until) if alert.state == "firing"]
        if self.crashes:
            self.rows |= json.loads(json.dumps(self.engine.changed()))
            self.engine = Engine("gw", "epoch")
            assert self.engine.load({key: row for key, row in self.rows.items() if row is not None}) == []
            self.engine.configure(self.rules, self.devices, until, self.n)

    def take(self, at: float, device: str, quantity: str, value: float | str) -> None:
        """One reading, after what is due before it."""
        self.wait(at)
        self.fired += [alert.at for alert in self.say(at, device, quantity, value) if alert.state == "firing"]

    def enter(self, mode: str, at: float) -> None:
        """The home comes into a mode."""
        self.wait(at)
        alerts = self.engine.mode("h", Mode(mode), at, self.n)
        self.fired += [alert.at for alert in alerts if alert.state == "firing"]


@pytest.fixture(params=[False, True], ids=["", "crashes"])
def crashes(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def test_a_value_that_is_held_when_its_mode_comes_back_fires(crashes: bool) -> None:
    flat = Flat(ANY, 7, crashes)
    flat.enter("away", 9 * HOUR)
    flat.take(10 * HOUR, "stove", "power_w", 600.0)
    flat.take(10 * HOUR + MINUTE, "stove", "power_w", 0.0)
    flat.enter("home", 10 * HOUR + 3 * MINUTE)
    assert flat.fired == [10 * HOUR + 3 * MINUTE]


def test_so_does_one_that_is_held_beside_an_absence_that_nobody_can_prove(crashes: bool) -> None:
    flat = Flat(BESIDE, 7, crashes)
    flat.take(10 * HOUR, "stove", "power_w", 600.0)
    flat.take(10 * HOUR + MINUTE, "stove", "power_w", 0.0)
    flat.wait(12 * HOUR)
    assert flat.fired == [10 * HOUR + 5 * MINUTE]


@pytest.mark.parametrize(("ends", "fires"), [(9 * MINUTE, True), (11 * MINUTE, False)])
def test_it_is_held_no_longer_than_it_says(ends: float, fires: bool, crashes: bool) -> None:
    """From its end on, though the absence beside it is still true."""
    flat = Flat(BESIDE, 7, crashes)
    flat.take(10 * HOUR - 6 * MINUTE, "stove", "power_w", 600.0)
    flat.take(10 * HOUR + 5 * MINUTE - ends, "stove", "power_w", 0.0)
    flat.wait(12 * HOUR)
    assert bool(flat.fired) is fires


def test_an_absence_without_proof_is_not_held_when_its_end_is_heard(crashes: bool) -> None:
    flat = Flat(ALL, 7, crashes)
    flat.take(10 * HOUR, "stove", "power_w", 600.0)
    flat.take(10.5 * HOUR, "box", "door_open", True)
    flat.wait(20 * HOUR)
    assert flat.fired == []


def test_any_word_of_its_sensor_is_the_proof(crashes: bool) -> None:
    flat = Flat(ALL, 7, crashes)
    flat.take(10 * HOUR, "stove", "power_w", 600.0)
    flat.wait(10.4 * HOUR)
    flat.take(10.5 * HOUR, "box", "battery_pct", 80.0)
    assert flat.fired == [10.5 * HOUR]


@pytest.mark.parametrize(("hours", "fires"), [(9.5, True), (7, False)])
def test_a_press_in_a_sequence_counts_as_far_as_the_absence_beside_it_is_proven(
    hours: float, fires: bool, crashes: bool
) -> None:
    flat = Flat(PRESS % CLOSED, hours, crashes)
    flat.take(10 * HOUR, "hall", "motion", True)
    flat.take(10 * HOUR + MINUTE, "hall", "button", "press")
    assert flat.fired == [10 * HOUR + MINUTE] * fires


@pytest.mark.parametrize("rule", SILENT)
def test_who_asks_for_silence_is_told_though_the_silent_one_proves_nothing(rule: str, crashes: bool) -> None:
    flat = Flat(rule, 7, crashes)
    flat.wait(20 * HOUR)
    assert flat.fired == [9 * HOUR]


def test_an_absence_that_is_no_part_of_the_all_needs_no_proof_anew(crashes: bool) -> None:
    flat = Flat(ALONE, 7, crashes)
    flat.wait(20 * HOUR)
    assert flat.fired == [9 * HOUR], "nothing was opened for four hours, and that lasted for five"
