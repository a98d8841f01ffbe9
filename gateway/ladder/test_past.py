"""A visit that is told of when the alert is over: by whoever was there, once, for two weeks, over a restart."""

import pytest

from gateway.ladder.conftest import House, asking
from gateway.ladder.past import MOST, Over, Past, read

DAY = 86_400.0


def ended(down: float) -> tuple[House, str, str]:
    """A question that the carer's opening of the door has ended -> house, alert, the carer's code."""
    house = asking()
    alert = house.incident.id
    house.wait(450)
    house.deliver(450)
    (code,) = {one["answer"]["code"] for one in house.letters if one["to"] == "li"}
    house.node(500, "bedroom", door_open=1)
    house.node(501, "bedroom", door_open=0)
    house.node(502, "kitchen", occupied=0)
    if down:
        house.restart(down)
    assert not house.fold.ladders.registry.open
    return house, alert, code


@pytest.mark.parametrize("down", [0.0, 600.0])
@pytest.mark.parametrize("by", ["alert", "code"])
def test_what_was_found_is_written_down_also_when_all_is_well_again(by: str, down: float) -> None:
    house, alert, code = ended(down)
    about = {"alert": alert} if by == "alert" else {"code": code}
    assert house.act(4000, "visit", "li", found="real", text="fell", **about)["ok"]
    assert house.fold.ladders.visits == {"quiet-home": {"real": 1}}
    entry = house.record("act")[-1]
    assert alert in (entry.get("incident"), *entry.get("incidents", ()))
    assert entry["found"] == "real"
    assert house.act(4001, "note", "li", alert=alert, text="the hospital has her")["ok"]


def test_an_alert_that_is_over_takes_no_other_act_and_nobody_elses() -> None:
    house, alert, code = ended(0.0)
    assert house.act(600, "acknowledge", "li", alert=alert)["why"] == "no such open alert"
    assert house.act(601, "acknowledge", "", code=code)["why"] == "it is over already"
    assert house.act(602, "visit", "li", alert="gone", found="real")["why"] == "no such open alert"
    assert not house.act(603, "visit", "chen", alert=alert, found="real")["ok"]
    assert house.fold.ladders.visits == {}


def test_a_visit_told_twice_is_one_figure_and_one_told_late_is_refused() -> None:
    house, alert, _ = ended(0.0)
    for actor in ("li", "zhao"):
        assert house.act(600, "visit", actor, alert=alert, found="false")["ok"]
    assert house.fold.ladders.visits == {"quiet-home": {"false": 1}}
    house.wait(15 * DAY)
    assert house.act(15 * DAY + 1, "visit", "li", alert=alert, found="real")["why"] == "no such open alert"


def test_a_storm_leaves_no_more_than_can_be_kept_and_the_checkpoint_holds_just_that() -> None:
    past = Past()
    rows: dict[str, object] = {}
    for n in range(MOST + 200):
        past.note(f"{n:x}", Over(f"{n:x}", "flat-1", "smoke", float(n)))
        if n % 7 == 0:
            rows |= past.rows()
    rows |= past.rows()
    kept = {key[2:]: read(row) for key, row in rows.items() if row is not None}
    assert set(kept) == set(past.all())
    assert len(kept) == MOST
    again = Past()
    again.load(dict(reversed(kept.items())))
    assert list(again.all().items()) == list(past.all().items())
    again.forget(1e9)
    assert set(again.rows().values()) == {None}


def calls(down: float) -> tuple[House, list[str]]:
    """Three buttons of a home were pressed, and the call of the second one is over -> house, alerts."""
    house = House()
    for at, room in ((10, "kitchen"), (11, "button"), (12, "bedroom")):
        house.node(at, room, button=1)
    alerts = list(house.incident.pieces)
    assert house.act(20, "reset", alert=alerts[1])["ok"]
    if down:
        house.restart(down)
    return house, alerts


@pytest.mark.parametrize("down", [0.0, 1.0])
def test_what_is_over_of_something_open_ends_no_other_call(down: float) -> None:
    house, alerts = calls(down)
    assert house.act(30, "reset", alert=alerts[1])["why"] == "no such open alert"
    assert list(house.incident.pieces) == [alerts[0], alerts[2]]
    assert house.act(31, "acknowledge", alert=alerts[1])["ok"], "whoever read of that call goes to the same home"
    assert house.incident.answered
    assert house.act(32, "reset", alert=house.incident.id)["ok"]


def test_a_button_that_is_pressed_and_reset_for_days_is_not_remembered_without_end() -> None:
    house, alerts = calls(0.0)
    incident = house.incident
    for at in range(100, 1100, 20):
        house.node(at, "button", button=1)
        assert house.act(at + 5, "reset", alert=list(incident.pieces)[-1])["ok"]
    registry = house.fold.ladders.registry
    assert sum(id_ == incident.id for id_ in registry._of.values()) == 2
    assert registry.find(alerts[1]) is incident


def test_what_was_over_before_its_incident_became_part_of_another_is_of_that_one() -> None:
    past = Past()
    for n, incident in enumerate("aab"):
        past.note(f"{n}", Over(incident, "flat-1", "smoke", float(n)))
    past.rows()
    past.move("a", "c")
    assert [past.name(id_) for id_ in "012"] == ["c", "c", "b"]
    assert sorted(past.rows()) == ["p:0", "p:1"]
