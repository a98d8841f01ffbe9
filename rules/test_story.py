"""The player of stories: it must see every difference, else the stories of the packs prove nothing."""

import re
from pathlib import Path

import pytest

from rules.coverage import Coverage
from rules.document import Mistakes, read
from rules.rulefile import check, packs
from rules.story import Result, run

RULE = """
[r]
title = {zh = "一", en = "one"}
severity = "notice"
when = {quantity = "door_open", is = true, for = "10m"}
latch = true
[[story]]
name = "a door"
"""
GIVEN = 'given = [{at = "1m", device = "d", door_open = true}]\n'


def play(story: str) -> Result:
    (result,) = run(read(RULE + story, "f.toml"))
    return result


def test_a_story_that_goes_as_it_says() -> None:
    result = play(GIVEN + 'expect = [{at = "11m", rule = "r", state = "firing", device = "d", reason = "first"}]')
    assert result.ok
    assert str(result) == "f.toml:7: a door"
    assert [alert.state for alert in result.alerts] == ["pending", "firing"]


@pytest.mark.parametrize(
    ("story", "wrong"),
    [
        ("expect = []\nuntil = '20m'", "not expected: r firing d at 0:11:00"),
        ("expect = [{at = '12m', rule = 'r', state = 'firing'}]", "expected: r firing at 0:12:00"),
        ("expect = [{at = '11m', rule = 'r', state = 'firing', device = 'e'}]", "expected: r firing e at 0:11:00"),
        ("expect = [{at = '11m', rule = 'r', state = 'firing', reason = 'still'}]", "expected: r firing at 0:11:00 still"),
        ("expect = [{at = '11m', rule = 'r', state = 'firing'}, {at = '1m', rule = 'r', state = 'firing'}]", "expected: r firing at 0:01:00"),
    ],
)  # fmt: skip
def test_a_difference_is_told_with_its_evidence(story: str, wrong: str) -> None:
    result = play(GIVEN + story)
    assert not result.ok
    assert wrong in str(result)


def test_pending_counts_only_in_a_story_that_speaks_of_it() -> None:
    close = 'given = [{at = "1m", device = "d", door_open = true}, {at = "2m", device = "d", door_open = false}]\n'
    assert play(close + "expect = []").ok
    assert play(
        close + 'expect = [{at = "1m", rule = "r", state = "pending"}, {at = "2m", rule = "r", state = "resolved"}]'
    ).ok
    assert not play(close + 'expect = [{at = "1m", rule = "r", state = "pending"}]').ok


def test_a_reset_that_is_refused_or_not_must_be_told() -> None:
    fires = (
        'expect = [{at = "11m", rule = "r", state = "firing"}]\ngiven = [{at = "1m", device = "d", door_open = true}, '
    )
    assert "was refused: its condition is still true" in str(play(fires + '{at = "12m", reset = "r"}]'))
    assert play(fires + '{at = "12m", reset = "r", refused = true}]').ok
    over = fires + '{at = "12m", device = "d", door_open = false}, {at = "13m", reset = "r", refused = true}]'
    assert "was not refused" in str(play(over))


def test_what_is_said_while_the_gateway_is_down_is_not_heard() -> None:
    down = 'given = [{at = "30s", restart = "1h"}, {at = "1m", device = "d", door_open = true}]\nuntil = "2h"\n'
    assert play(down + "expect = []").ok


def test_a_story_may_call_rules_of_the_packs() -> None:
    story = 'rules = ["smoke"]\ngiven = [{at = "1s", device = "d", smoke = true}]\n'
    assert play(story + 'expect = [{at = "1s", rule = "smoke", state = "firing"}]').ok


def test_a_story_may_call_a_shipped_rule_with_the_numbers_of_a_city() -> None:
    """7 L within the first hour: too little for 10 L, enough for the 6 L of Zhenhai, which waits an hour more."""
    story = (
        'rules = ["water-24h@zhenhai", "water-24h"]\ngiven = [{at = "0h", device = "w", water_m3 = 11.993}, '
        '{every = "15m", from = "1h", until = "25h30m", device = "w", water_m3 = 12.0}]\n'
    )
    expected = '{at = "24h", rule = "water-24h", state = "firing"}, {at = "25h", rule = "water-24h@%s", state = "firing"}'
    assert play(f"{story}expect = [{expected % 'zhenhai'}]").ok
    with pytest.raises(Mistakes, match=r"there is no rule water-24h@zhenhei.*water-24h@zhenhai"):
        play(f"{story}expect = [{expected % 'zhenhei'}]".replace("zhenhai", "zhenhei"))


def test_a_bad_file_has_no_stories() -> None:
    with pytest.raises(Mistakes):
        run(read("[[story]]\nname = 'x'\n", "f"))


@pytest.mark.parametrize(
    ("story", "line", "what", "remedy"),
    [
        ("rules = ['smok']\nexpect = []", 9, "there is no rule smok", '"smoke"'),
        ("given = [{at = '1m', evry = '5m', device = 'd', smoke = true}]\nexpect = []", 9, 'no driver gives "evry"', '"every"'),
        ("given = [{at = '1m', until = '5m', device = 'd', smoke = true}]\nexpect = []", 9, '"until"', "belongs to every"),
        ("given = [{at = '1m', device = 'd', door_opne = true}]\nexpect = []", 9, 'no driver gives "door_opne"', '"door_open"'),
        ("expect = [{at = '1m', rule = 's', state = 'firing'}]", 9, "s doesn't play in this story", "r"),
        ("rules = ['smoke']\nexpect = [{at = '1m', rule = 'r', state = 'firing'}]", 10, "r doesn't play", "smoke"),
        ("given = [{at = '1m', clock = '3h'}]\nexpect = []", 9, '"3h" is no jump', '"+3h"'),
    ],
)  # fmt: skip
def test_words_of_a_story_that_nobody_knows(story: str, line: int, what: str, remedy: str) -> None:
    with pytest.raises(Mistakes) as found:
        play(story)
    (mistake,) = found.value.mistakes
    assert mistake.line == line
    assert what in mistake.what
    assert remedy in mistake.remedy


def test_a_gap_of_one_device_or_of_all() -> None:
    given = 'given = [{{every = "1m", until = "30m", device = "d", door_open = false}}, {}, {{at = "8m", device = "d", door_open = true}}, {{at = "9m", device = "e", door_open = true}}]\n'
    one, both = (given.format(gap) for gap in ('{at = "7m", gap = "30m", of = "d"}', '{at = "7m", gap = "30m"}'))
    assert play(one + 'until = "40m"\nexpect = [{at = "19m", rule = "r", state = "firing", device = "e"}]').ok
    assert play(both + 'until = "40m"\nexpect = []').ok


@pytest.mark.parametrize("jump", ["+3h", "-3650d", "+3650d", "lost"])
@pytest.mark.parametrize("starts", ["", 'starts = "mon 21:00"\n'])
def test_a_jump_of_the_clock_changes_no_duration(jump: str, starts: str) -> None:
    given = f'given = [{{at = "1m", device = "d", door_open = true}}, {{at = "5m", clock = "{jump}"}}, {{at = "6m", restart = "1m"}}]\n'
    assert play(starts + given + 'expect = [{at = "11m", rule = "r", state = "firing"}]').ok


def test_hours_go_by_the_clock_that_jumped() -> None:
    night = RULE.replace("latch", 'while = {hours = "22:00-06:00"}\nlatch')
    given = 'starts = "mon 12:00"\ngiven = [{at = "1m", device = "d", door_open = true}, {at = "1h", clock = "+11h"}]\n'
    (result,) = run(read(night + given + 'expect = [{at = "1h", rule = "r", state = "firing"}]', "f"))
    assert result.ok, str(result)


COVERED = """
[r]
title = {zh = "一", en = "one"}
severity = "notice"
when = {any = [
    {quantity = "door_open", is = true, for = "10m"},
    {all = [{quantity = "motion", is = true}, {not = {quantity = "smoke", is = true}}]},
    {quantity = "battery_pct", below = 5},
]}
while = {mode = ["home"]}
clear = {quantity = "battery_pct", above = 50}
[[story]]
name = "a door for a while, something moves without anybody knowing of smoke"
given = [
    {at = "1m", device = "d", door_open = true}, {at = "2m", device = "d", door_open = false},
    {at = "3m", device = "d", motion = true},
]
expect = []
"""


def test_conditions_that_no_story_made_true_are_told_with_their_line() -> None:
    coverage = Coverage()
    (result,) = run(read(COVERED, "f.toml"), coverage)
    assert result.ok, str(result)
    missed = {(spot.line, spot.en) for spot in coverage.missed()}
    assert (6, "the door is open for 10 minutes") in missed
    assert (7, "it is not so that smoke is detected") in missed
    assert (7, "smoke is detected") in missed
    assert (8, "the battery's charge is below 5 %") in missed
    assert (10, "while the home is in mode home") in missed
    assert (11, "the battery's charge is above 50 %") in missed
    reached = {spot.en for spot in coverage.spots} - {en for _, en in missed}
    assert reached == {"the door is open", "something moves"}


def test_stories_go_the_same_way_when_they_are_watched() -> None:
    coverage, told = Coverage(), 0
    for name, text in packs().items():
        document = read(text, name)
        plain, watched = run(document), run(document, coverage)
        assert [result.alerts for result in watched] == [result.alerts for result in plain]
        told += len(plain)
    assert told > 50
    assert len(coverage.missed()) < len(coverage.spots) / 4


def tale(rule: str, story: str) -> Result:
    """A rule about a door with this beside it, in this story."""
    (result,) = run(read(RULE.replace("latch = true", rule) + story, "f.toml"))
    return result


OPENED = 'given = [{at = "1m", device = "d", door_open = true}]\nuntil = "1h"\n'
FIRED = 'expect = [{at = "11m", rule = "r", state = "firing"}]'


@pytest.mark.parametrize(
    ("persons", "fires"), [("", True), ("persons = 1\n", True), ("persons = 2\n", False), ("persons = 0\n", False)]
)
def test_a_story_says_how_many_live_there(persons: str, fires: bool) -> None:
    assert tale("while = {lives_alone = true}", OPENED + persons + (FIRED if fires else "expect = []")).ok


@pytest.mark.parametrize(
    ("said", "fires"),
    [
        ('starts = "2026-10-01 08:00"\nholidays = ["2026-10-01"]\n', True),
        ('starts = "2026-10-02 08:00"\nholidays = ["2026-10-01"]\n', False),
        ('starts = "2026-10-01 08:00"\n', False),
        ('starts = "2026-10-01 08:00"\nholidays = ["2026-10-01"]\nworkdays = ["2026-10-01"]\n', False),
    ],
)
def test_a_story_has_dates_and_a_calendar(said: str, fires: bool) -> None:
    assert tale('while = {days = ["holiday"]}', OPENED + said + (FIRED if fires else "expect = []")).ok


def test_a_saturday_on_which_people_work_is_a_workday() -> None:
    said = 'starts = "2026-10-10 08:00"\n'
    assert tale('while = {days = ["workday"]}', OPENED + said + "expect = []").ok
    assert tale('while = {days = ["workday"]}', OPENED + said + 'workdays = ["2026-10-10"]\n' + FIRED).ok


def test_hours_are_those_of_the_storys_zone_also_when_its_clocks_change() -> None:
    """On 25 October 2026 the hour from 2 to 3 comes twice in Berlin, on 29 March there is none."""
    night = 'while = {hours = "02:30-02:45"}'
    twice = 'starts = "2026-10-25 01:00"\nzone = "Europe/Berlin"\n'
    given = 'given = [{at = "1m", device = "d", door_open = true}]\nuntil = "6h"\n'
    changes = [("90m", "firing"), ("105m", "resolved"), ("150m", "firing"), ("165m", "resolved")]
    expect = ", ".join(f'{{at = "{at}", rule = "r", state = "{state}"}}' for at, state in changes)
    assert tale(night, twice + given + f"expect = [{expect}]").ok
    assert tale(night, twice.replace("10-25", "03-29") + given + "expect = []").ok


def test_a_mode_ends_by_itself_when_it_was_said_for_so_long() -> None:
    given = 'given = [{at = "0s", mode = "away", for = "30m"}, {at = "1m", device = "d", door_open = true}]\nuntil = "2h"\n'
    assert tale('while = {mode = ["home"]}', given + 'expect = [{at = "30m", rule = "r", state = "firing"}]').ok
    lasts = given.replace(', for = "30m"', "")
    assert tale('while = {mode = ["home"]}', lasts + "expect = []").ok
    restart = given.replace("]\nuntil", ', {at = "20m", restart = "5m"}]\nuntil')
    assert tale('while = {mode = ["home"]}', restart + 'expect = [{at = "30m", rule = "r", state = "firing"}]').ok


@pytest.mark.parametrize(
    ("story", "what", "remedy"),
    [
        ("persons = -1", "out of range", ""),
        ("persons = 'two'", "persons", ""),
        ('starts = "mon 08:00"\nholidays = ["2026-10-01"]', "has no date", 'starts = "2026-10-01 08:00"'),
        ('holidays = ["2026-10-01"]', "has no date", 'starts = "2026-10-01 08:00"'),
        ('starts = "2026-10-01 08:00"\nholidays = ["20261001"]', '"20261001" is no date', '"2026-10-01"'),
        ('starts = "2026-10-01 08:00"\nholidays = ["1 October"]', '"1 October" is no date', '"2026-10-01"'),
        ('starts = "2026-02-30 08:00"', '"2026-02-30 08:00" is no day and time', 'starts = "mon 21:00"'),
        ('starts = "0001-01-01 00:00"\nzone = "Asia/Shanghai"', "is no day and time", ""),
        ('starts = "mon 08:00"\nzone = "Asia/Shanghia"', '"Asia/Shanghia"', "Asia/Shanghai"),
        ('starts = "mon 08:00"\nzone = "../../etc/passwd"', "is no time zone", ""),
        ('given = [{at = "1m", mode = "home", for = "1h"}]', "home lasts", "remove for"),
        ('given = [{at = "1m", restart = "1m", for = "1h"}]', 'unknown key "for"', ""),
    ],
)
def test_what_a_story_says_of_the_home_is_checked(story: str, what: str, remedy: str) -> None:
    with pytest.raises(Mistakes) as found:
        play(f"{story}\nexpect = []")
    (mistake,) = found.value.mistakes
    assert what in mistake.what
    assert remedy in mistake.remedy
    assert mistake.line > 8


def test_the_story_of_the_readme_goes_as_it_says() -> None:
    page = (Path(__file__).parent / "README.md").read_text("utf-8")
    (text,) = [block for block in re.findall(r"```toml\n(.*?)```", page, re.DOTALL) if block.startswith("[[story]]")]
    (result,) = run(read(text, "README.md"))
    assert result.ok, str(result)
    assert [alert.rule for alert in result.alerts if alert.n] == ["gas-leak"]
    shown = set(re.findall(r"\b(\w+) = ", text))
    assert shown >= {"persons", "holidays", "zone", "starts", "until", "silent_after", "gap", "clock", "restart", "reset", "mode", "for"}


WAY = """
[burst]
title = {zh = "爆管", en = "Burst"}
severity = "notice"
when = {quantity = "water_m3", used_above = 0.5, over = "1h"}
[[story]]
name = "a meter that runs"
silent_after = {m = "2h"}
given = [{every = "10m", until = "2h", device = "m", water_m3 = [12, 13.2]}]
expect = [{at = "1h", rule = "burst", state = "firing"}]
"""


def test_a_value_may_go_from_one_number_to_another() -> None:
    """As a meter does, and a room that grows warm: with one value a line such stories were pages long."""
    (result,) = run(read(WAY, "f"))
    assert [(alert.at, alert.state) for alert in result.alerts] == [(3600.0, "firing")], result
    assert [round(float(one.value), 6) for one in result.alerts[0].evidence if one.point == "water_m3"] == [12.6]
    (down,) = run(read(WAY.replace("[12, 13.2]", "[13.2, 12]"), "f"))
    assert not down.alerts


@pytest.mark.parametrize(
    ("was", "now", "what"),
    [
        ("[12, 13.2]", "[12]", "from a number to a number"),
        ("[12, 13.2]", "[12, true]", "from a number to a number"),
        ("[12, 13.2]", "[12, 13, 14]", "from a number to a number"),
        ('every = "10m", until = "2h"', 'at = "1h"', "from a number to a number"),
    ],
)
def test_what_is_no_way(was: str, now: str, what: str) -> None:
    (mistake,) = check(WAY.replace(was, now), "f")
    assert what in mistake.what
    assert "water_m3 = [" in mistake.remedy
    assert mistake.line == 9
