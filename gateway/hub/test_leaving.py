"""Who left and who stayed: away that nobody said, from the front door and what is heard after it."""

import pytest

from gateway.hub.test_modes import DAY, HOUR, NOON, Life, hear, leave


def test_the_front_door_was_the_last_and_nothing_since() -> None:
    life = Life()
    leave(life, NOON)
    hear(life, NOON + 600, NOON + 4 * HOUR)
    assert life.changes() == [("away", "inferred", NOON + 1800)]
    life.say(NOON + 5 * HOUR, "door", "door_open", True)
    assert life.changes()[1:] == [("home", "activity", NOON + 5 * HOUR)]


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize(("used", "away"), [(None, True), (NOON - 300, True), (NOON + 900, False)])
def test_a_meter_that_is_read_now_and_then_tells_of_the_past(used: float | None, away: bool, restart: bool) -> None:
    """Who washes, and leaves, is out, though the meter tells of the water when they are gone."""
    life = Life()
    moments = [NOON - 7000 + 600 * number for number in range(20)]
    for at in moments:
        if at - 600 < NOON <= at:
            leave(life, NOON)
            if restart:
                life.restart(NOON + 1)
        hear(life, at - 1, at - 1)
        life.say(at, "tap", "water_m3", 8.0 + (used is not None and at >= used))
    assert ("away" in {mode for mode, _, _ in life.changes()}) is away


def test_a_word_that_changes_no_mode_outlives_a_restart_too() -> None:
    """Who says "home" in a home that is held for home says that the last one to leave is back."""
    life = Life()
    leave(life, NOON)
    life.restart(NOON + 60)
    life.mode(NOON + 120, "home")
    life.restart(NOON + 180)
    hear(life, NOON + 600, NOON + 4 * HOUR)
    assert life.changes() == []


def test_somebody_stayed_behind() -> None:
    life = Life()
    leave(life, NOON)
    life.say(NOON + 900, "pir", "motion", True)
    hear(life, NOON + 1000, NOON + 4 * HOUR)
    assert life.changes() == []


def test_a_door_that_stands_open_was_shut_behind_nobody() -> None:
    life = Life()
    leave(life, NOON)
    life.say(NOON + 30, "door", "door_open", True)
    hear(life, NOON + 600, NOON + 4 * HOUR)
    assert life.changes() == []


def test_the_silence_of_a_dead_sensor_sends_nobody_away() -> None:
    life = Life()
    leave(life, NOON)
    life.say(NOON + HOUR, "door", "door_open", True)
    hear(life, NOON + 1.5 * HOUR, NOON + 3 * HOUR, "door")
    life.say(NOON + 3 * HOUR, "door", "door_open", False)
    hear(life, NOON + 3.2 * HOUR, NOON + 5 * HOUR, "door")
    assert [one for one in life.changes() if one[2] > NOON + HOUR] == []


def test_an_inferred_away_is_bounded_and_comes_again_only_after_a_sign_indoors() -> None:
    life = Life()
    leave(life, NOON)
    hear(life, NOON + 600, NOON + 9.9 * HOUR)
    at = NOON + 9.9 * HOUR  # a contact that chatters for days, while somebody lies on the floor
    while at < NOON + 3 * DAY:
        at += 40 * 60
        for device, quantity, value in (
            ("door", "door_open", True),
            ("door", "door_open", False),
            ("pir", "battery_pct", 8),
        ):
            life.say(at, device, quantity, value)
    aways = [one for one in life.changes() if one[0] == "away"]
    assert aways == [("away", "inferred", NOON + 1800)]
    fired = [one for out in life.outs for one in out.alerts if one.rule == "no-motion-12h" and one.state == "firing"]
    assert len(fired) == 1
    assert fired[0].at - life.start <= NOON + 25 * HOUR


def test_a_front_door_without_its_magnet_sends_nobody_away() -> None:
    life, at = Life(), NOON
    while at < NOON + 30 * HOUR:  # it says open for most of the time, and shut now and then
        life.say(at, "door", "door_open", True)
        hear(life, at + 600, at + 50 * 60, "door")
        life.say(at + 50 * 60, "door", "door_open", False)
        life.say(at + 55 * 60, "pir", "motion", True)
        life.say(at + 56 * 60, "pir", "motion", False)
        at += HOUR
    assert {alert.rule for alert in life.fold.engine.open()} >= {"contact-faulty"}
    before = len(life.changes())
    life.say(at, "door", "door_open", True)
    life.say(at + 60, "door", "door_open", False)
    hear(life, at + 600, at + 20 * HOUR)
    assert "away" not in {mode for mode, _, _ in life.changes()[before:]}, "somebody fell, and is at home"
