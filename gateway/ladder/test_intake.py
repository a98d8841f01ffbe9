"""What a change of an alert means: for an incident that is silenced, hushed, or one of many, and for one that gets worse."""

from gateway.ladder.conftest import House, site, who

WARM = """
[warm]
title = {zh = "温度偏高", en = "Warm"}
severity = "warning"
when = {quantity = "temperature_c", above = 40}
clear = {below = 35}
cause = "overheating"
ladder = "property"

[hot]
title = {zh = "过热", en = "Hot"}
severity = "emergency"
when = {quantity = "temperature_c", above = 60}
clear = {below = 55}
cause = "overheating"
ladder = "life-safety"
"""
PRESS = 1


def silenced(**scope: str) -> House:
    """Two persons have agreed that what is named is nobody's concern for ten minutes."""
    house = House()
    more = {"reason": "sanding", "seconds": 600, "life_safety": True, "act_id": "s1"}
    assert house.act(10, "silence", "wang", **scope, **more)["ok"]
    assert house.act(11, "confirm", "desk", silence="s1")["ok"]
    house.letters.clear()
    return house


def test_a_fire_that_spreads_past_a_silence_is_told() -> None:
    house = silenced(device="kitchen-1")
    assert house.node(20, "kitchen", smoke=1) == []
    assert {"home:flat-1", "li", "wang"} <= set(who(house.node(30, "bedroom", smoke=1)))
    assert not house.incident.silence


def test_the_end_of_what_nobody_was_told_of_is_told_to_nobody() -> None:
    house = silenced(home="flat-1")
    house.node(20, "kitchen", smoke=1)
    house.node(30, "kitchen", smoke=0)
    (alert,) = [one for one in house.fold.engine.open() if one.rule == "smoke"]
    house.wait(60)
    assert house.act(61, "reset", "wang", alert=alert.id)["ok"]
    assert not house.fold.ladders.registry.open
    assert [one for one in house.letters if one["kind"] == "follow-up"] == []


def test_what_gets_worse_is_told_anew_to_those_whom_the_worse_concerns() -> None:
    house = House(site(more='rules.files = ["warm.toml"]\n', rules={"warm.toml": WARM}))
    assert who(house.node(10, "kitchen", temperature_c=45)) == ["wang"]
    house.deliver(11)
    told = house.node(60, "kitchen", temperature_c=65)
    assert {"home:flat-1", "chen", "li", "wang"} <= set(who(told))
    assert {(one["kind"], one["severity"], one["rule"]) for one in told} == {("page", "emergency", "hot")}
    assert "zhao" in who(house.wait(91)), "it climbs the ladder of the worse"


def test_a_lesser_alert_wakes_no_siren_that_was_hushed() -> None:
    house = House()
    house.node(10, "kitchen", smoke=1)
    house.node(20, "button", button=PRESS)
    house.node(30, "bedroom", tamper=1)
    house.wait(35)
    assert "tamper" in {one.cause for one in house.fold.ladders.registry.open.values()}
    assert set(house.fold.ladders.hushed) == {"flat-1"}


def test_the_same_in_many_homes_climbs_as_one() -> None:
    house = House(site(8))
    for home in range(1, 9):
        house.node(10 + home / 10, "kitchen", home, tamper=1)
    house.wait(20)
    house.deliver(21)
    before = len(house.letters)
    while house.fold.now < 2 * 3600:
        house.wait(house.fold.now + 50)
        house.deliver(house.fold.now)
    rounds = [one["round"] for one in house.letters[before:] if one["to"] == "wang"]
    assert rounds == sorted(set(rounds)), "once a round"
    assert len(rounds) >= 2


def test_an_alarm_after_a_minute_of_calm_reaches_whoever_took_the_flickering_one_on() -> None:
    house = House()
    for second in range(10, 40):
        house.node(second, "kitchen", smoke=second % 2)
    house.deliver(41)
    assert house.act(42, "acknowledge", "wang", alert=house.incident.id)["ok"]
    house.deliver(43)
    house.act(43, "hush", "wang", home="flat-1")
    house.node(44, "kitchen", smoke=0)
    before = len(house.letters)
    house.wait(103)
    assert len(house.letters) == before
    assert set(house.fold.ladders.hushed) == {"flat-1"}
    assert "wang" in who(house.node(105, "kitchen", smoke=1))
    assert not house.fold.ladders.hushed, "nobody hushed this one"
