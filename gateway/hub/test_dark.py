"""The gateway was off, and nobody can say for how long: a machine without a clock of its own, until the network tells."""

import json

import pytest

from drivers.reading import Frame
from gateway.hub.conftest import WALL
from gateway.hub.said import Kept
from gateway.hub.test_modes import DAY, HOUR, NOON, Life, leave


def dark(life: Life, *, guess: float = 0.0) -> None:
    """The power goes and comes back; the machine guesses the time, and gateway time goes on where it stopped."""
    life.offset, life.synced = WALL + guess, False
    at = life.fold.now
    said = {"gateway": "gw-1", "epoch": life.fold.epoch, "downtime": None, "offset": life.offset, "synced": False}
    life.restart(at - life.start, Frame("boot", at, json.dumps(said).encode()))


def tell(life: Life, at: float, offset: float) -> None:
    """The network tells the time."""
    life.offset, life.synced = offset, True
    life.wait(at)


@pytest.mark.parametrize("guess", [0.0, -WALL, 7.0])
@pytest.mark.parametrize(("off", "ends"), [(2 * HOUR, 3 * HOUR), (5 * HOUR, 40.0), (40 * DAY, 40.0)])
@pytest.mark.parametrize("boots", [1, 3])
def test_what_a_person_said_ends_when_they_said_though_the_power_was_off(
    guess: float, off: float, ends: float, boots: int
) -> None:
    """Who says "away" for five hours is back then, and who falls a day later must be missed."""
    life = Life()
    life.mode(NOON, "maintenance", seconds=5 * HOUR)
    life.wait(NOON + 10)
    for _ in range(boots):
        dark(life, guess=guess)
    assert life.now() == "maintenance"
    tell(life, NOON + 40, WALL + off)
    life.restart(NOON + 50, Frame("clock", NOON + 50 + life.start, life.clock(0).data))
    life.wait(NOON + 7 * HOUR)
    ended = [at for mode, cause, at in life.changes() if cause == "expired"]
    assert ended == [NOON + ends]


@pytest.mark.parametrize("off", [6 * HOUR, 20 * HOUR])
def test_an_away_of_the_front_door_is_bounded_by_the_time_that_went_by(off: float) -> None:
    life = Life()
    leave(life, NOON)
    life.say(NOON + 60, "pir", "battery_pct", 80)
    life.wait(NOON + HOUR)
    assert life.now() == "away"
    dark(life)
    tell(life, NOON + HOUR + 40, WALL + off)
    assert (life.now() == "away") is (off < 11 * HOUR)
    life.wait(NOON + 7 * HOUR)
    assert life.now() != "away"


@pytest.mark.parametrize("jump", [-DAY, 365 * DAY, -WALL])
def test_a_clock_that_is_set_anew_while_the_gateway_runs_ends_nothing(jump: float) -> None:
    life = Life()
    life.mode(NOON, "hospital", seconds=DAY)
    tell(life, NOON + 60, WALL + jump)
    tell(life, NOON + 70, WALL)
    tell(life, NOON + 80, WALL + jump)
    life.wait(NOON + 3 * DAY)
    assert [at for _, cause, at in life.changes() if cause == "expired"] == [NOON + DAY]


@pytest.mark.parametrize("known", [True, False])
def test_what_is_said_while_nobody_knows_the_time_lasts_as_long_as_it_was_said(known: bool) -> None:
    life = Life()
    if not known:
        life.offset, life.synced = 0.0, False
        life.wait(NOON + 1)
    life.wait(NOON + 2)
    dark(life, guess=-WALL)
    life.mode(NOON + 10, "away", seconds=3 * HOUR)
    tell(life, NOON + 60, WALL + DAY)
    life.wait(NOON + DAY)
    assert [at for _, cause, at in life.changes() if cause == "expired"] == [NOON + 10 + 3 * HOUR]


def test_what_is_said_again_after_a_cut_lasts_as_long_as_it_was_said_then() -> None:
    life = Life()
    life.mode(NOON, "away", seconds=5 * HOUR)
    dark(life)
    life.mode(NOON + 10, "away", seconds=3 * HOUR)
    row = life.fold.modes.row("flat")
    assert json.loads(json.dumps(Kept.of(json.loads(json.dumps(row))).row())) == json.loads(json.dumps(row))
    tell(life, NOON + 60, WALL + DAY)
    life.wait(NOON + DAY)
    assert [at for _, cause, at in life.changes() if cause == "expired"] == [NOON + 10 + 3 * HOUR]
