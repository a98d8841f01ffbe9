"""What did not happen hours ago is no proof for now: before such a rule fires, its sensors must still be heard."""

import pytest

from rules.engine import Device
from rules.test_house import House

HOUR = 3600.0
DEVICES = {"box": Device("h", "", HOUR), "meter": Device("h", "", HOUR), "stove": Device("h")}
ABSENT = {
    "door": '{quantity = "door_open", is = true, times_below = 1, within = "4h"}',
    "water": '{quantity = "water_m3", used_below = 0.01, over = "4h"}',
}
BODIES = {
    "hours": 'per = "home"\nwhen = %s\nwhile = {hours = "10:00-11:00"}',
    "all": 'per = "home"\nwhen = {all = [{quantity = "power_w", above = 500}, %s]}',
    "any": 'per = "home"\nwhen = {all = [{quantity = "power_w", above = 500}, {any = [%s, {quantity = "smoke", is = true}]}]}',
    "for": 'per = "home"\nwhen = {all = [{quantity = "power_w", above = 500}, %s], for = "1m"}',
}
EVERY = [(kind, what) for kind in BODIES for what in ABSENT]


class Flat(House):
    """Nothing is opened and no water runs; its sensors are heard each ten minutes for some hours, from midnight on."""

    def __init__(self, kind: str, what: str, hours: float) -> None:
        super().__init__(BODIES.get(kind, kind) % ABSENT[what], devices=DEVICES)
        self.engine.wall(0.0, True, "UTC", 0.0, 0)
        self.fired: list[float] = []
        self.over: list[float] = []
        for number in range(round(hours * 6) + 1):
            self.hear(600.0 * number)

    def hear(self, at: float) -> None:
        """All is as it was."""
        self.take(at, "box", "door_open", False)
        self.take(at, "meter", "water_m3", 3.0)

    def take(self, at: float, device: str, quantity: str, value: float) -> None:
        """One reading, after what is due before it."""
        self.wait(at)
        self.note(self.say(at, device, quantity, value))

    def wait(self, until: float) -> None:
        self.note(self.engine.tick(until))

    def note(self, told: list) -> None:  # type: ignore[type-arg]
        self.fired += [alert.at for alert in told if alert.state == "firing"]
        self.over += [alert.at for alert in told if alert.state == "resolved" and alert.n]

    def cook(self, at: float) -> None:
        """The stove is switched on."""
        self.take(at, "stove", "power_w", 600.0)


@pytest.mark.parametrize(("kind", "what"), EVERY)
def test_a_sensor_that_died_since_proves_nothing(kind: str, what: str) -> None:
    flat = Flat(kind, what, 7)
    flat.cook(10 * HOUR)
    flat.wait(20 * HOUR)
    assert flat.fired == []


@pytest.mark.parametrize(("kind", "what"), EVERY)
def test_one_that_is_heard_does(kind: str, what: str) -> None:
    flat = Flat(kind, what, 9.5)
    flat.cook(10 * HOUR)
    flat.wait(10.4 * HOUR)
    assert flat.fired == [10 * HOUR + 60.0 * (kind == "for")]


@pytest.mark.parametrize(("kind", "what"), EVERY)
def test_it_fires_as_soon_as_the_sensor_is_heard_again(kind: str, what: str) -> None:
    flat = Flat(kind, what, 7)
    flat.cook(10 * HOUR)
    flat.hear(10.5 * HOUR)
    assert flat.fired == [10.5 * HOUR]


@pytest.mark.parametrize(("kind", "what"), EVERY)
def test_an_alert_stays_when_its_sensor_dies_later(kind: str, what: str) -> None:
    flat = Flat(kind, what, 9.9)
    flat.cook(10 * HOUR)
    flat.wait(20 * HOUR)
    assert len(flat.fired) == 1
    assert flat.over == ([11 * HOUR] if kind == "hours" else [])


def test_any_word_of_the_meter_is_proof() -> None:
    flat = Flat("all", "water", 7)
    flat.cook(10 * HOUR)
    flat.take(10.5 * HOUR, "meter", "battery_pct", 80.0)
    assert flat.fired == [10.5 * HOUR]


@pytest.mark.parametrize(("kind", "what"), EVERY)
def test_a_line_that_comes_back_is_proof(kind: str, what: str) -> None:
    flat = Flat(kind, what, 9.9)
    flat.note(flat.engine.line(["box", "meter"], down=True, at=9.95 * HOUR))
    flat.cook(10 * HOUR)
    flat.wait(10.1 * HOUR)
    assert flat.fired == []
    flat.note(flat.engine.line(["box", "meter"], down=False, at=10.1 * HOUR))
    assert flat.fired == [10.1 * HOUR]


def test_who_is_missed_is_missed_while_sensors_are_heard() -> None:
    """It asks at noon; hours later the stove would make it fire, by a home of which nothing is heard any more."""
    flat = Flat('per = "home"\nwhen = {all = [{quantity = "power_w", above = 500}, {inactive = "20m"}]}%.0s', "door", 26)
    flat.cook(29 * HOUR)
    assert flat.fired == []
    flat.hear(30 * HOUR)
    assert flat.fired == [30 * HOUR]
