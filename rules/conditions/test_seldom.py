"""What did not happen, where a sensor is known to be faulty: as if that one were not there."""

import json
from collections.abc import Iterable
from typing import Any

import pytest

from rules.alert import Alert
from rules.engine import Device, Engine
from rules.rulefile import load
from rules.test_house import House

HOUR = 3600.0
WORDS = {"no-motion-12h", "no-motion-24h", "door-closed-24h", "motion-faulty", "motion-stuck", "contact-faulty"}
RULES = [rule for rule in load(["elder", "trouble"]) if rule.id in WORDS]
BUDGET = 2 * HOUR


class Flat(House):
    """Sensors that are heard each half hour; those that lie change twice meanwhile."""

    def __init__(self, *names: str, crashes: bool = False, rules: Iterable[str] = WORDS) -> None:
        super().__init__(devices={name: Device("h", "", BUDGET) for name in names})
        self.rules = [rule for rule in RULES if rule.id in rules]
        self.engine.configure(self.rules, self.devices, 0.0, 0)
        self.rows: dict[str, object] = {}
        self.crashes = crashes
        self.alerts: list[Alert] = []
        self.hour = 0.0

    def hear(self, hour: float, device: str, value: bool) -> None:
        self.hour = hour
        if self.crashes:
            self.crash()
        quantity = "door_open" if "door" in device else "motion"
        self.alerts += self.say(hour * HOUR, device, quantity, value)

    def crash(self) -> None:
        self.rows |= json.loads(json.dumps(self.engine.changed()))
        self.engine = Engine("gw", "epoch")
        self.engine.load({key: row for key, row in self.rows.items() if row is not None})
        self.alerts += self.engine.configure(self.rules, self.devices, self.hour * HOUR - 1, self.n)

    def reload(self, *rules: str) -> None:
        self.rules = [rule for rule in RULES if rule.id in rules]
        self.n += 1
        self.alerts += self.engine.configure(self.rules, self.devices, self.hour * HOUR + 1, self.n)

    def live(self, until: float, *, lies: str = "", still: Iterable[str] = (), moves: Iterable[str] = ()) -> None:
        """Up to this hour."""
        while self.hour < until:
            hour = self.hour + 0.5
            for device in moves:
                self.hear(hour - 0.3, device, True)
                self.hear(hour - 0.29, device, False)
            for device in (*still, *moves):
                self.hear(hour - 0.2, device, False)
            if lies:
                self.hear(hour - 0.1, lies, True)
                self.hear(hour, lies, False)
            self.hour = hour

    def told(self, *rules: str) -> list[tuple[str, str, float]]:
        """Of these rules: what, and in which hour."""
        return [(one.rule, one.state, one.at / HOUR) for one in self.alerts if one.rule in rules]

    def raised(self, rule: str) -> list[float]:
        return [hour for _, state, hour in self.told(rule) if state == "firing"]


@pytest.mark.parametrize("crashes", [False, True])
def test_one_that_sees_motion_for_ever_keeps_nobody_from_being_missed(crashes: bool) -> None:
    flat = Flat("bedroom", "hall", crashes=crashes)
    flat.live(24, still=["bedroom"], moves=["hall"])
    flat.live(80, lies="bedroom", still=["hall"])
    (faulty,) = flat.raised("motion-faulty")
    assert 48 <= faulty <= 49
    assert flat.raised("no-motion-12h") == [faulty], "by the hall, whose last motion was a day ago by then"
    assert flat.raised("no-motion-24h") == [pytest.approx(48, abs=1)]
    assert len(flat.alerts) == 3, "and nobody is told twice"


def test_it_ends_with_the_next_motion_of_another_and_not_with_the_end_of_the_trouble() -> None:
    flat = Flat("bedroom", "hall")
    flat.live(24, still=["bedroom"], moves=["hall"])
    flat.live(60, lies="bedroom", still=["hall"])
    flat.live(90, still=["bedroom", "hall"])
    assert [state for _, state, _ in flat.told("motion-faulty")] == ["firing", "resolved"]
    assert [state for _, state, _ in flat.told("no-motion-24h")] == ["firing"], "nobody moved"
    flat.live(91, still=["bedroom"], moves=["hall"])
    assert [state for _, state, _ in flat.told("no-motion-24h")] == ["firing", "resolved"]
    flat.live(120, still=["bedroom", "hall"])
    assert flat.raised("no-motion-12h")[-1] == pytest.approx(102.7, abs=0.1), "both count again"


def test_where_none_else_is_left_nobody_is_missed_and_the_trouble_says_so() -> None:
    flat = Flat("bedroom")
    flat.live(100, lies="bedroom")
    assert [(rule, state) for rule, state, _ in flat.told(*WORDS)] == [("motion-faulty", "firing")]


@pytest.mark.parametrize("dies", [False, True])
def test_one_that_never_says_that_motion_is_over_hides_nobody(dies: bool) -> None:
    """``dies``: it is never heard again."""
    flat = Flat("bedroom", "hall")
    flat.live(24, still=["bedroom"], moves=["hall"])
    flat.hear(24.1, "bedroom", True)
    while flat.hour < 60:
        if not dies:
            flat.hear(flat.hour, "bedroom", True)
        flat.live(flat.hour + 0.5, still=["hall"])
    assert flat.raised("motion-stuck") == [pytest.approx(48.1, abs=0.1)]
    assert flat.raised("no-motion-24h") == flat.raised("motion-stuck")
    flat.live(61, still=["bedroom", "hall"])
    assert [state for _, state, _ in flat.told("motion-stuck")] == ["firing", "resolved"]
    assert [state for _, state, _ in flat.told("no-motion-24h")] == ["firing"], "nobody moved"


@pytest.mark.parametrize("reloads", [False, True])
def test_who_is_believed_again_is_so_from_then_on(reloads: bool) -> None:
    """Nobody looked while the only sensor was known to lie: that it saw nothing by then proves nothing."""
    flat = Flat("bedroom")
    flat.live(40, lies="bedroom")
    if reloads:
        flat.reload(*WORDS - {"motion-faulty"})
    flat.live(80, still=["bedroom"])
    over = 40.0 if reloads else flat.told("motion-faulty")[-1][2]
    assert flat.raised("no-motion-12h") == [pytest.approx(over + 12, abs=0.1)]


def test_a_sensor_that_came_later_tells_of_no_time_before_it() -> None:
    flat = Flat("bedroom", "hall")
    flat.live(24, lies="bedroom")
    flat.live(60, lies="bedroom", still=["hall"])
    (missed,) = flat.raised("no-motion-12h")
    assert missed == pytest.approx(36.3, abs=0.1), "twelve hours after the hall's first word"


def test_a_contact_without_its_magnet_hides_no_door_that_stays_shut() -> None:
    flat = Flat("front-door", "back-door", rules={"door-closed-24h", "contact-faulty"})
    flat.live(24, still=["front-door"], moves=["back-door"])
    while flat.hour < 72:
        flat.hear(flat.hour + 0.05, "front-door", False)
        flat.hear(flat.hour + 0.05, "front-door", True)
        flat.hear(flat.hour + 0.9, "back-door", False)
        flat.hear(flat.hour, "front-door", True)
    assert len(flat.raised("contact-faulty")) == 1
    assert flat.raised("door-closed-24h") == [pytest.approx(flat.raised("contact-faulty")[0], abs=0.1)]


def test_a_memory_of_before_each_sensor_had_signs_of_its_own_goes_on() -> None:
    flat = Flat("bedroom", "hall", rules={"no-motion-24h"})
    flat.live(24, still=["bedroom"], moves=["hall"])
    rows = json.loads(json.dumps(flat.engine.changed()))
    life = rows["r:no-motion-24h/h"]
    text = json.dumps(life)
    (signs, on, begun), *rest = _found(life)
    old = json.dumps([[[signs[0][1][-1]], on], *rest])
    assert json.dumps([[signs, on, begun], *rest]) in text
    rows["r:no-motion-24h/h"] = json.loads(text.replace(json.dumps([[signs, on, begun], *rest]), old))
    flat.engine = Engine("gw", "epoch")
    assert flat.engine.load(rows) == []
    flat.engine.configure(flat.rules, flat.devices, flat.hour * HOUR, flat.n)
    flat.live(50, still=["bedroom", "hall"])
    assert flat.raised("no-motion-24h") == [pytest.approx(47.7, abs=0.1)]


def _found(life: Any) -> list[Any]:
    """The memory of the condition in the row of a life: a list of five that begins with three lists."""
    if isinstance(life, list):
        if len(life) == 5 and isinstance(life[0], list) and len(life[0]) == 3:
            return life
        for part in life:
            if found := _found(part):
                return found
    return []
