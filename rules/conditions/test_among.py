"""``devices`` beside a condition: the fridge's door and the kitchen's motion in one rule, and nobody else's."""

import pytest

from rules.document import Mistakes
from rules.engine import Device
from rules.explain import explain
from rules.lint import doubts
from rules.test_house import House, brief, rules_of

NAMES = ("fridge", "front door", "kitchen", "bath", "smoke-1", "smoke-2", "button-1", "button-2")
PLACES = {name: Device("h", "", 7200.0) for name in NAMES} | {"door": Device("k", "", 7200.0)}
FRIDGE = """per = "home"
when = {all = [{quantity = "door_open", is = true, for = "3m", devices = ["fridge"]},
    {not = {quantity = "motion", is = true, hold = "3m", devices = ["kit*"]}}]}"""
STAIRS = """per = "home"
when = {all = [{quantity = "smoke", is = true, times = 1, within = "10m", devices = ["smoke-1"]},
    {quantity = "smoke", is = true, times = 1, within = "10m", except_devices = ["smoke-1"]}]}"""


def house(*bodies: str) -> House:
    return House(*bodies, devices=PLACES)


def fired(place: House, until: float, *said: tuple[float, str, str, object]) -> list[float]:
    """When the rule fired while this was said."""
    told = [alert for at, *rest in said for alert in [*place.engine.tick(at), *place.say(at, *rest)]]  # type: ignore[arg-type]
    return [alert.at for alert in told + place.engine.tick(until) if alert.state == "firing"]


def test_the_fridge_is_forgotten_while_nobody_is_in_the_kitchen() -> None:
    others = [(5.0, "front door", "door_open", True), (6.0, "bath", "motion", True)]
    quiet = (0.0, "kitchen", "motion", False)
    assert fired(house(FRIDGE), 9e3, quiet, *others) == []
    assert fired(house(FRIDGE), 9e3, quiet, *others, (60.0, "fridge", "door_open", True)) == [240.0]
    busy = [(90.0, "kitchen", "motion", True), (200.0, "kitchen", "motion", False)]
    assert fired(house(FRIDGE), 9e3, quiet, *others, (60.0, "fridge", "door_open", True), *busy) == [380.0]


def test_what_other_devices_say_proves_nothing() -> None:
    """Nobody knows whether somebody is in the kitchen: its sensor was never heard."""
    assert fired(house(FRIDGE), 9e3, (0.0, "bath", "motion", False), (60.0, "fridge", "door_open", True)) == []


def test_one_detector_that_flickers_is_not_two() -> None:
    flickers = [(10.0 * n, "smoke-1", "smoke", n % 2 == 1) for n in range(1, 6)]
    assert fired(house(STAIRS), 9e3, *flickers) == []
    assert fired(house(STAIRS), 9e3, *flickers, (90.0, "smoke-2", "smoke", True)) == [90.0]


def test_the_evidence_is_what_these_devices_said() -> None:
    place = house(STAIRS)
    place.say(1.0, "smoke-1", "smoke", True)
    (alert,) = place.say(2.0, "smoke-2", "smoke", True)
    assert {(one.device, one.at) for one in alert.evidence} == {("smoke-1", 1.0), ("smoke-2", 2.0)}


def test_a_button_of_another_place_does_not_ring() -> None:
    place = house('per = "home"\nlatch = true\nwhen = {quantity = "button", is = "press", devices = ["button-1"]}')
    assert place.say(1.0, "button-2", "button", "press") == []
    assert brief(place.say(2.0, "button-1", "button", "press")) == [(2.0, "firing", 1, "first")]
    assert place.say(3.0, "button-2", "button", "press") == []
    assert brief(place.say(4.0, "button-1", "button", "press")) == [(4.0, "firing", 2, "still")]


def test_where_a_home_has_none_of_them_nothing_is_true() -> None:
    place = house(
        'per = "home"\nwhen = {not = {quantity = "door_open", is = true}, devices = ["fridge"]}',
        'per = "home"\nwhen = {silent = "1h", devices = ["fridge"]}',
        'per = "home"\nwhen = {quantity = "door_open", is = true, times_below = 1, within = "1h", devices = ["fridge"]}',
    )
    told = [one for hour in range(9) for one in place.say(hour * 3600.0, "door", "door_open", False)]
    told += place.engine.tick(40_000.0)
    assert {alert.home for alert in told} == {"h"}, "of the home with a fridge its silence is told, of the other nothing"


def test_it_is_over_when_the_named_ones_say_so() -> None:
    body = 'per = "home"\nwhen = {quantity = "temperature_c", above = 30}\nclear = {below = 25, devices = ["fridge"]}'
    place = house(body)
    place.say(1.0, "bath", "temperature_c", 28.0)
    place.say(2.0, "fridge", "temperature_c", 31.0)
    assert place.say(3.0, "fridge", "temperature_c", 26.0) == []
    assert brief(place.say(4.0, "fridge", "temperature_c", 24.0)) == [(4.0, "resolved", 2, "cleared")]


def test_twice_and_a_count_may_stand_beside_after() -> None:
    power = '{quantity = "power_w", above = 9, %s, after = {quantity = "door_open", is = true}, within = "5m"}'
    rules = rules_of(*(f"per = 'home'\nwhen = {power % beside}" for beside in ("twice = true", "times = 2")))
    assert [explain(rule)["en"][1] for rule in rules] == [
        "It fires when the power is above 9 W in two readings in a row, and at some time in the 5 minutes before this"
        " was so: the door is open.",
        'It fires when "the power is above 9 W" came 2 times or more within 5 minutes, and at some time in the 5 minutes'
        " before this was so: the door is open.",
    ]


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (FRIDGE.partition("\n")[2], "a rule per device looks at one device at a time"),
        (
            'when = {quantity = "power_w", above = 9}\nclear = {below = 5, devices = ["a"]}',
            "a rule per device looks at one device at a time",
        ),
        ('when = {quantity = "smoke", is = true, devices = []}\nper = "home"', "devices is empty"),
        ('when = {quantity = "smoke", is = true, devices = ["*"]}\nper = "home"', '"\\*" is each device'),
        ('when = {inactive = "20m", devices = ["bath"]}\nper = "home"', "the signs of life are those of a home"),
        (
            'per = "home"\nwhen = {not = {any = [{quantity = "smoke", is = true, devices = ["a"]},'
            ' {quantity = "motion", is = true}]}}',
            "can't be turned round",
        ),
    ],
)
def test_mistakes(body: str, what: str) -> None:
    with pytest.raises(Mistakes, match=what):
        rules_of(body)


def test_explained() -> None:
    told = explain(rules_of(FRIDGE)[0])
    assert told["en"][1] == (
        "It fires when the door is open (at fridge alone) for 3 minutes; and at the same time it is not so that"
        " (something moves (and is over when it was not so for 3 minutes)) (at kit* alone)."
    )
    assert "门开着（只看 fridge），持续 3 分钟" in told["zh"][1]


@pytest.mark.parametrize(
    ("named", "out"),
    [
        ('devices = ["fridge"]', "kitchen"),
        ('devices = ["fr*"]', "kitchen"),
        ('except_devices = ["fridge"]', "fridge"),
        ('devices = ["fridge", "k*"]', ""),
        ("latch = false", ""),
    ],
)
def test_a_rule_that_leaves_out_what_its_condition_names_is_doubted(named: str, out: str) -> None:
    """Whoever adds the kitchen to the fridge's rule forgets that the rule names the fridge alone."""
    told = doubts(rules_of(f"{named}\n{FRIDGE.replace('kit*', 'kitchen')}"))
    what = "a condition asks for {}, which the devices of the rule leave out"
    assert [str(doubt.what) for doubt in told] == ([what.format(out)] if out else [])


def test_rules_of_different_devices_are_not_in_each_others_way() -> None:
    body = 'per = "home"\nwhen = {quantity = "smoke", is = true, devices = ["%s"]}'
    assert doubts(rules_of(body % "a", body % "b")) == []
    assert [doubt.rule for doubt in doubts(rules_of(body % "a", body % "a"))] == ["r0"]
