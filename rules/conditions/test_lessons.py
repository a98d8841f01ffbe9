"""What inactivity learns of a life, what it must not learn, and what ends with who lived there."""

import json
from datetime import datetime

import pytest

from rules.conditions.lessons import Lessons
from rules.conditions.test_inactive import DAY, HOMELY, HOUR, RULES, Life, lived
from rules.engine import Device, Engine
from rules.rhythm import Rhythm
from rules.test_house import rules_of
from rules.wall import Mode


@pytest.mark.parametrize(("weekends", "door", "often"), [(0, False, False), (4, False, True), (4, True, False)])
def test_a_home_whose_absences_are_called_about_is_told_what_would_spare_that(
    weekends: int, door: bool, often: bool
) -> None:
    life = Life()
    for number in range(7 * max(weekends, 1)):
        if not weekends or number % 7 < 5:
            life.day(number)
        else:
            life.beat(24 * number, 24 * number + 23)
    life.day(7 * max(weekends, 1))
    if door:
        life.devices["front-door"] = Device("h", "", 300 * HOUR)
        life.engine.configure(RULES, life.devices, life.at, life.n)
        life.say(life.at / HOUR + 0.1, "front-door", "door_open", True)
    vigil = life.engine.vigil("h", life.at)
    assert vigil is not None
    assert ("front door, or mode away" in vigil.words(life.engine.civil.local)["en"]) is often
    assert ("门磁" in vigil.words(life.engine.civil.local)["zh"]) is often


def test_a_holiday_teaches_nothing() -> None:
    def line(life: Life) -> float:
        vigil = life.engine.vigil("h", life.at)
        assert vigil is not None
        return vigil.normal

    life = lived(28)
    before = line(life)
    life.engine.mode("h", Mode("away", 42 * DAY - 1), 28 * DAY, 1)
    life.beat(28 * 24, 84 * 24 - 1)
    life.day(42)
    life.day(43)
    assert line(life) <= before * 1.11, "one step of the grid at the most"


def test_who_moves_in_is_taught_nothing_by_the_day_of_those_who_left() -> None:
    life, fresh = lived(15), lived(0)
    life.engine.forget("h", life.at)
    for new in (life, fresh):
        new.crash()
        new.move(24 * 15 + 6)
        new.day(15)
        new.day(16)
    assert life.engine.learned("h") == fresh.engine.learned("h") != Engine("new", "e").learned("h")


def test_what_was_learned_outlives_a_changed_rule_and_ends_with_the_home() -> None:
    life = lived(14)
    known = life.engine.learned("h")
    changed = rules_of("when = {inactive = '40m'}\nper = 'home'")
    life.engine.configure(changed, life.devices, life.at, life.n)
    assert life.engine.learned("h") == known
    other = Engine("other", "e")
    other.teach("h", json.loads(json.dumps(known)))
    assert other.learned("h") == known
    life.engine.configure(RULES, life.devices, life.at, life.n)
    life.alerts += life.engine.forget("h", life.at)
    assert life.engine.learned("h") == Engine("new", "e").learned("h")
    life.crash()
    assert life.engine.learned("h") == Engine("new", "e").learned("h")


def test_of_who_lived_there_before_nothing_is_left() -> None:
    """The day's silences, whether the last call was needless, and who is believed to be out, end with the rest."""

    def door(life: Life, hour: float) -> None:
        life.say(hour, "front-door", "door_open", True)
        life.say(hour + 0.01, "front-door", "door_open", False)

    def moved_in(before: bool) -> Engine:
        life = Life(devices=HOMELY | {"front-door": Device("h", "", 300 * HOUR)})
        life.day(0)
        if before:
            for hour in (30.0, 36.0, 41.0):
                life.move(hour)
            door(life, 42.0)
        life.beat(43.0, 60.0)
        life.engine.forget("h", 60 * HOUR)
        life.at = 60 * HOUR
        life.move(61.0)
        life.day(3)
        return life.engine

    strangers = [moved_in(before) for before in (False, True)]
    assert strangers[0].learned("h") == strangers[1].learned("h")
    one, other = (engine.vigil("h", 96 * HOUR) for engine in strangers)
    assert one is not None
    assert other is not None
    assert (one.normal, one.asks_at, one.out) == (other.normal, other.asks_at, False)


def test_a_removed_sensor_makes_it_careful() -> None:
    life = lived(84)

    def normal(hour: float) -> float:
        life.move(hour)
        vigil = life.engine.vigil("h", life.at)
        assert vigil is not None
        return vigil.normal

    before = normal(84 * 24 + 12)
    del life.devices["kitchen-tap"]
    life.engine.configure(RULES, life.devices, life.at, life.n)
    assert normal(84 * 24 + 12.5) > before


def test_time_in_which_signs_come_one_after_the_other_is_learned_by_the_hour_and_survives_a_crash() -> None:
    learned = []
    for crash in (False, True):
        life = Life()
        for minute in range(24 * 60 + 9 * 60 + 50, 24 * 60 + 11 * 60 + 21, 5):
            life.move(minute / 60)
            if crash and minute % 25 == 0:
                life.crash()
        for hour in (13.0, 13.1, 14.0, 48.0, 48.1, 72.0):
            life.move(hour if hour >= 48 else 24 + hour)
        learned.append(life.engine.learned("h"))
    assert learned[0] == learned[1]
    hours = learned[0][9]  # type: ignore[index]
    assert [round(60 * hours[str(hour)]) for hour in (9, 10, 11, 13)] == [10, 60, 21, 7]
    assert all(share <= 1.01 for share in hours.values())


@pytest.mark.parametrize("stretch", [[2.0, 1.0], [-1e300, 5.0], [0.0, float("inf")], [float("nan"), 1.0], [1.0], "x"])
def test_a_stretch_that_no_clock_gave_is_refused(stretch: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        Lessons().restore([[], 0.0, False, [0.0, 0.0, 0.0, 0.0], [stretch, []]])


@pytest.mark.parametrize("hour", [float("nan"), float("inf"), -2.0, 144.0])
def test_a_silence_that_began_at_no_hour_is_refused(hour: float) -> None:
    with pytest.raises(ValueError, match="no hour"):
        Lessons().restore([[[hour, 3600.0]], 0.0, False])


@pytest.mark.parametrize(
    ("place", "broken"),
    [((0, 0), float("nan")), ((0, 0), None), ((0, 0), float("-inf")), ((0, 3), float("nan")), ((1, 7), "x"), ((1, 7), [])],
)
def test_a_memory_that_nobody_wrote_begins_anew_and_the_gateway_goes_on(place: tuple[int, int], broken: object) -> None:
    life = lived(3)
    rows = json.loads(json.dumps(life.engine.changed()))
    rows["r:inactivity/h"][13][1][1][place[0]][place[1]] = broken
    life.engine = Engine("g", "e")
    assert life.engine.load({key: row for key, row in rows.items() if row is not None}) == []
    life.engine.configure(RULES, life.devices, life.at, life.n)
    life.day(3, rests=10.0)
    life.beat(3 * 24 + 10.5, 3 * 24 + 30)
    assert [alert.reason for alert in life.alerts] == ["first", "worse"]
    json.dumps(life.engine.changed(), allow_nan=False)


def test_a_memory_of_before_that_kept_no_reading_of_a_sign_is_taken() -> None:
    life = lived(3)
    rows = json.loads(json.dumps(life.engine.changed()))
    hearing = rows["r:inactivity/h"][13][1][1][3]
    assert all(len(told) == 5 for told in hearing[4]), hearing
    hearing[4] = [told[:4] for told in hearing[4]]
    before = life.engine.vigil("h", life.at)
    life.engine = Engine("g", "e")
    assert life.engine.load({key: row for key, row in rows.items() if row is not None}) == []
    life.engine.configure(RULES, life.devices, life.at, life.n)
    assert life.engine.vigil("h", life.at) == before


@pytest.mark.parametrize(("found", "counts"), [("", 1.0), ("false", 1.0), ("real", 0.0), ("test", 0.0)])
@pytest.mark.parametrize("crash", [False, True])
def test_what_a_visit_finds_decides_whether_the_call_was_needless(found: str, counts: float, crash: bool) -> None:
    life = lived(14)
    life.day(14, rests=10.0)
    life.beat(14 * 24 + 10.5, 14 * 24 + 20)
    (call,) = [alert for alert in life.alerts if alert.reason == "worse"]
    before = life.engine.learned("h")
    if found:
        life.alerts += life.engine.visited(call.id, found, life.at)
        life.alerts += life.engine.visited("nobody's", "real", life.at)
    if crash:
        life.crash()
    life.move(14 * 24 + 20.5)
    assert life.told()[-1][0] == "resolved"
    assert balance(life) - balance_of(before) == pytest.approx(counts)
    life.move(15 * 24 + 7)
    silences = life.engine.learned("h")[7]  # type: ignore[index]
    assert ("10" in silences and 20 in silences["10"][::2]) is (counts > 0), "one that had a reason isn't normal"


def balance_of(learned: object) -> float:
    assert isinstance(learned, list)
    return float(learned[3])


def balance(life: Life) -> float:
    return balance_of(life.engine.learned("h"))


def test_a_call_that_the_word_away_ends_was_needless_too() -> None:
    life = lived(14)
    life.day(14, rests=10.0)
    life.beat(14 * 24 + 10.5, 14 * 24 + 20)
    before = balance(life)
    life.alerts += life.engine.mode("h", Mode("away"), life.at, life.n)
    assert life.told()[-1][0] == "resolved"
    life.beat(14 * 24 + 21, 17 * 24)
    life.alerts += life.engine.mode("h", Mode("home"), life.at, life.n)
    assert balance(life) - before == pytest.approx(1.0)
    life.alerts += life.engine.mode("h", Mode("away"), life.at, life.n)
    life.beat(17 * 24, 20 * 24)
    life.alerts += life.engine.mode("h", Mode("home"), life.at, life.n)
    assert balance(life) - before == pytest.approx(1.0), "while it is away nobody is called"


@pytest.mark.parametrize(("found", "counts"), [("false", 1.0), ("real", 0.0), ("test", 0.0)])
@pytest.mark.parametrize("crash", [False, True])
def test_a_visit_that_is_told_when_life_goes_on_counts_as_well(found: str, counts: float, crash: bool) -> None:
    life = lived(14)
    life.day(14, rests=10.0)
    before = life.engine.learned("h")
    life.beat(14 * 24 + 10.5, 14 * 24 + 20)
    life.move(14 * 24 + 20.5)
    assert life.told()[-1][0] == "resolved"
    for _ in range(2):
        life.alerts += life.engine.visited_since("inactivity", "h", found, life.at)
        if crash:
            life.crash()
    assert balance(life) - balance_of(before) == pytest.approx(counts)
    life.move(15 * 24 + 7)
    silences = life.engine.learned("h")[7]  # type: ignore[index]
    assert ("10" in silences and 20 in silences["10"][::2]) is (counts > 0), "one that had a reason isn't normal"


@pytest.mark.parametrize(("called", "again"), [(False, True), (True, False), (True, True)])
@pytest.mark.parametrize("before", [0, 1, 6])
def test_what_is_taken_back_is_what_was_counted_and_no_more(called: bool, again: bool, before: int) -> None:
    """A question, or a call ended by the word away, says nothing of a holiday; beyond the limits nothing was counted."""
    rhythm, lessons = Rhythm(), Lessons()
    for _ in range(before):
        rhythm.needless(1)
    lessons.silence(datetime(2026, 3, 2, 9), 3600.0)
    was = rhythm.balance, rhythm.lately
    lessons.tell(called)
    assert lessons.regret(rhythm, again)
    kept = Lessons()
    kept.restore(json.loads(json.dumps(lessons.save())))
    kept.take_back(rhythm)
    assert (rhythm.balance, rhythm.lately) == was
    noted = kept.save()[0]
    assert noted == ([] if again else [[9.0, 3600.0]]), "a silence that the word away ended was not noted"
