"""The player of stories: it must see every difference, else the stories of the packs prove nothing."""

import pytest

from rules.document import Mistakes, read
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
        ("expect = [{at = '12m', rule = 'r', state = 'firing'}]", "missing: r firing  at 0:12:00"),
        ("expect = [{at = '11m', rule = 'r', state = 'firing', device = 'e'}]", "missing: r firing e"),
        ("expect = [{at = '11m', rule = 'r', state = 'firing', reason = 'still'}]", "not expected: r firing d"),
        ("expect = [{at = '11m', rule = 'r', state = 'firing'}, {at = '1m', rule = 'r', state = 'firing'}]", "missing: r firing  at 0:01:00"),
        ("rules = ['nothing']\nexpect = []", "there is no rule nothing"),
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


def test_a_bad_file_has_no_stories() -> None:
    with pytest.raises(Mistakes):
        run(read("[[story]]\nname = 'x'\n", "f"))
