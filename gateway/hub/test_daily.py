"""A window of the day in the whole of the gateway: downtime comes by Frames of boot, and people hear of each day."""

from gateway.ladder.conftest import House, site

HOUR = 3600.0
RULE = """
[not-in]
title = {zh = "未归", en = "Not in this evening"}
severity = "urgent"
per = "home"
when = {quantity = "occupied", is = true, times_below = 1, within = "20:00-22:00"}
ladder = "property"
"""


def evening() -> House:
    """It is 16:00 in Shanghai; the window is over at 6 h."""
    return House(site(more='rules.files = ["in.toml"]\n', rules={"in.toml": RULE}))


def quiet(house: House, start: float, end: float) -> list[float]:
    """Nobody is in, said each quarter of an hour -> when the property was paged about it."""
    before, at = len(house.letters), start
    while at <= end:
        house.node(at * HOUR, "bedroom", occupied=0)
        at += 0.25
    return [one["at"] - house.wall for one in house.letters[before:] if (one["to"], one["kind"]) == ("wang", "page")]


def test_each_evening_is_told_of_though_somebody_answered_the_day_before() -> None:
    house = evening()
    assert quiet(house, 0.5, 6.0) == [6 * HOUR]
    (incident,) = [one.id for one in house.fold.ladders.registry.open.values() if one.rule == "not-in"]
    assert house.act(6 * HOUR + 1, "acknowledge", "wang", alert=incident, via="link")["ok"]
    assert quiet(house, 6.25, 29.75) == []
    assert quiet(house, 30.0, 30.25)[0] == 30 * HOUR


def test_minutes_without_power_are_made_up_for_and_hours_are_not() -> None:
    for down, told in ((600.0, 6 * HOUR + 600.0), (1500.0, None), (3 * HOUR, None)):
        house = evening()
        quiet(house, 0.5, 5.0)
        house.restart(down)
        quiet(house, house.fold.now / HOUR + 0.01, 12.0)
        fired = [alert.at for out in house.outs for alert in out.alerts if (alert.rule, alert.state) == ("not-in", "firing")]
        assert fired == ([] if told is None else [told]), down
