"""The measurement of inactivity: a cut life is missed by the real rule, and what it is compared with counts right."""

import csv
import json
from pathlib import Path

import pytest

from bench import hindsight, inactivity
from bench.cut import Home
from bench.silences import FIXED, HOUR, RULES, Silence, called, percentile, silences, waking
from gateway.sim.household import DAY, DOOR, MONDAY, Household
from rules.csvrows import HEADER, Row
from rules.rulefile import load


def written(folder: Path, days: int) -> Path:
    path = folder / "life.csv"
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(HEADER)
        table.writerows([str(cell).lower() for cell in row] for row in Household(2, days).rows())
    return path


def test_it_measures_a_life_beside_fixed_times(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    away = tmp_path / "away.csv"
    away.write_text(f"start,end\n{MONDAY},{MONDAY + 7 * DAY}\n")
    recorded = str(written(tmp_path, 16))
    monkeypatch.setattr("sys.argv", ["inactivity", recorded, "--quick", "--json", "--bounds", "--away", str(away)])
    inactivity.main()
    said = json.loads(capsys.readouterr().out)
    minutes = {row["rule"]: row["minutes, median home"] for row in said["rows"]}
    assert minutes.keys() == {
        inactivity.OURS, inactivity.ASKS, inactivity.ANSWERED, inactivity.ASKED, *RULES, inactivity.LINES,
        inactivity.PRICE, inactivity.NOTES, *(name + inactivity.IF for name in FIXED),
    }  # fmt: skip
    false = {row["rule"]: row["mean"] for row in said["rows"]}
    assert false[inactivity.ANSWERED] <= false[inactivity.OURS]
    assert all(false[name + inactivity.IF] <= false[name] for name in FIXED)
    bounds = (inactivity.LINES, inactivity.PRICE, inactivity.NOTES)
    assert max(false[bound] for bound in bounds) <= inactivity.LIMIT
    assert minutes[inactivity.ASKS] < minutes[inactivity.OURS] <= minutes["fixed 12 h"] + 30
    assert minutes["fixed 24 h"] - minutes["fixed 12 h"] == pytest.approx(720)
    assert said["homes"] == 1


@pytest.mark.parametrize(
    ("data", "away", "said"),
    [
        ("ts,home,device,quantity,value\n1,h,d,motion,1\n", "start,end\n1,2\n", "no home was left to be measured"),
        ("a,b\n", "start,end\n1,2\n", "data.csv:1: the header is 'a,b'"),
        (None, "start,end\n1,2\n", "No such file"),
        ("a,b\n", "from,to\n1,2\n", "away.csv:1: the header is 'from,to' (write start,end)"),
        ("a,b\n", "start,end\n1970-01-01T08:00:00+08:00,60\nx,y\n", "away.csv:3: no absence"),
        ("a,b\n", "start,end\n7,2\n", "away.csv:2: it ends before it begins"),
        ("a,b\n", "start,end\n7\n", "away.csv:2: no absence"),
    ],
)
def test_what_cannot_be_measured_is_said(
    data: str | None, away: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "away.csv").write_text(away)
    if data is not None:
        (tmp_path / "data.csv").write_text(data)
    paths = [str(tmp_path / "data.csv"), "--away", str(tmp_path / "away.csv")]
    monkeypatch.setattr("sys.argv", ["inactivity", *paths])
    with pytest.raises(SystemExit) as left:
        inactivity.main()
    assert said in str(left.value)


def test_a_moment_is_one_at_home_and_the_rule_is_asked_after_it() -> None:
    home = Home("home-1", Household(2, 14).rows())
    away = [(MONDAY, MONDAY + 7 * DAY)]
    moments = home.moments(30, away, 1)
    assert len(moments) == 30
    assert all(at >= MONDAY + 7 * DAY for at in moments)
    assert moments == home.moments(30, away, 1)


def test_who_answers_is_not_called_for_and_the_silence_begins_anew() -> None:
    """Motion every hour but for one day in which somebody sits still, and is asked; they answer, or don't."""
    rows = [Row(MONDAY + 600 * n, "h", "pir", "motion", n % 6 == 0 and n // 144 != 12) for n in range(144 * 16)]
    home, rule = Home("h", rows), next(rule for rule in load(["elder"]) if rule.id == "inactivity")
    mute, answers = home.play(rule, []), home.play(rule, [], lambda at: True)
    assert len(mute.asks) == len(mute.calls) == 1
    assert answers.calls == []
    assert answers.asks[0] == mute.asks[0]
    assert len(answers.asks) >= 2
    assert answers.asks[1] - answers.asks[0] > 3600


def test_a_sensor_that_says_changes_only_is_taken_to_be_alive() -> None:
    rows = [Row(MONDAY + 7 * HOUR * n, "h", DOOR, "door_open", n % 2 == 0) for n in range(20)]
    home = Home("h", rows)
    assert home.quiet == [DOOR]
    assert home.gaps == []
    assert len(home.signs) == 20


def test_who_tells_of_its_battery_alone_four_times_a_day_is_no_sensor_that_was_lost() -> None:
    home = Home("home-1", Household(2, 14).rows())
    assert "button" in home.devices
    assert sum(one.heard for one in home.silences) > 0.9 * len(home.silences)


def test_time_in_which_no_sensor_was_heard_counts_for_no_rule_and_a_call_after_it_does() -> None:
    found = silences([(0.0, False), (10.0, True), (30.0, False), (50.0, False)], [(2.0, 4.0), (12.0, 20.0), (28.0, 33.0)])
    assert found == [Silence(0.0, 10.0, False, 2.0), Silence(10.0, 30.0, True, 10.0), Silence(30.0, 50.0, False, 3.0)]
    assert [one.heard for one in found] == [False] * 3
    assert [called(10.0 + line, found[1]) for line in (9.0, 10.0)] == [True, False]


def test_the_rules_beside_it() -> None:
    evening = Silence(MONDAY + 20 * HOUR, MONDAY + 31 * HOUR, False)
    assert waking([evening]) == [MONDAY + 32 * HOUR]
    assert waking([evening._replace(start=MONDAY + 9 * HOUR)]) == [MONDAY + 14 * HOUR]
    assert waking([evening._replace(out=True)]) == [float("inf")]
    assert [RULES[name]([evening])[0] - evening.start for name in FIXED] == [6 * HOUR, 8 * HOUR, 12 * HOUR, 24 * HOUR]
    days = [Silence(MONDAY + day * DAY + 9 * HOUR, MONDAY + day * DAY + 11 * HOUR, False) for day in range(20)]
    called = percentile(days)
    assert called[0] - days[0].start == 12 * HOUR
    assert called[-1] - days[-1].start == pytest.approx(2.4 * HOUR)


def test_lines_in_hindsight_spend_the_limit_where_it_saves_the_most() -> None:
    """An hour a day in which silences last 3 h, and once 9 h; nights of 8 h, and once 11 h. One call is allowed."""
    said = []
    for day in range(30):
        noon, night = MONDAY + day * DAY + 12 * HOUR, MONDAY + day * DAY + 22 * HOUR
        said.append(Silence(noon, noon + (9 if day == 9 else 3) * HOUR, False))
        said.append(Silence(night, night + (11 if day == 20 else 8) * HOUR, False))
    none, one, two = (hindsight.lines(said, allowed) for allowed in (0, 1, 2))

    def drawn(called: list[float]) -> set[float]:
        return {(at - one.start) / HOUR for at, one in zip(called, said, strict=True)}

    assert {9.0, 11.0} <= drawn(none)
    assert drawn(two) == {3.0, 8.0}
    assert sum(at < silence.end for at, silence in zip(one, said, strict=True)) <= 1


def test_notes_of_other_fortnights_know_nothing_of_the_one_they_judge() -> None:
    """Two months; in the first fortnight alone every noon is silent for five hours."""
    start = MONDAY - MONDAY % (14 * DAY)
    noons = [start + day * DAY + 12 * HOUR for day in range(56)]
    said = [Silence(at, at + (5 if day < 14 else 1) * HOUR, False) for day, at in enumerate(noons)]
    called = hindsight.elsewhere(said, 100)
    lines = [(at - noon) / HOUR for at, noon in zip(called, noons, strict=True)]
    assert max(lines[:14]) < 5 < min(lines[14:])


def test_months_in_which_nobody_was_heard_hide_how_often_a_rule_calls() -> None:
    """A fifth of a year was heard: what calls every other week of the year calls each third day of it."""
    line = {rule: (0.0, 1440.0, 1440.0) for rule in (*FIXED, inactivity.ASKS, inactivity.LINES)}
    line |= {"fixed 6 h": (0.5, 300.0, 360.0), inactivity.OURS: (0.3, 500.0, 600.0)}
    assert inactivity.verdict({"h": line})["later than theirs in"] == "h"
    told = inactivity.while_heard({"h": line}, {"h": 0.2})
    assert told["by months that were heard: later than theirs in"] == "none"
    assert told["by months that were heard: over the limit, all"] == "h"
