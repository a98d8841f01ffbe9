"""The record told afterwards: one alert from sensed to visited, one month by home."""

import csv
import io
import json
import re
from itertools import pairwise
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.history.entries import Said, about, find, read
from gateway.history.hours import union
from gateway.history.month import bounds, figures
from gateway.history.page import as_html
from gateway.history.print import COLUMNS, Told, as_csv, as_text, percent
from gateway.history.timeline import PLAIN, WAYS, timeline
from gateway.history.timeline_words import SENTENCES, STAGES
from gateway.ladder.acts import FOUND, VERBS
from gateway.ladder.incident import What
from gateway.ladder.page import Kind
from gateway.ladder.words import ROLES
from gateway.outputs import KINDS
from gateway.refusals import TERMS
from gateway.words import Language
from rules.alert import Reason, State

DAY = 86_400.0
SMOKE, GAS = "aa00000000000001", "aa00000000000002"


def alert(at: float, name: str, rule: str, state: str = "firing", change: int = 1, **more: Any) -> Said:
    said = {"alert": name, "change": change, "rule": rule, "home": "flat", "device": "kitchen", "state": state}
    return {"at": at, "kind": "alert", **said, "reason": "first", "severity": "emergency", "incident": "", **more}


NIGHT: list[Said] = [
    {"at": 0.0, "kind": "boot", "life": "x", "downtime": None},
    alert(100.5, SMOKE, "smoke", wants=["siren"], evidence=[["kitchen", "smoke", True, 100.0]]),
    {"at": 100.5, "kind": "begun", "incident": SMOKE, "cause": "fire", "home": "flat"},
    {"at": 100.5, "kind": "step", "incident": SMOKE, "step": "everyone", "round": 1, "to": ["wang"]},
    {"at": 100.5, "kind": "told", "incident": SMOKE, "message": "m1", "to": "wang", "channel": "push", "what": "page"},
    {"at": 101.0, "kind": "delivered", "incident": SMOKE, "message": "m1", "to": "wang", "channel": "push"},
    alert(130.0, GAS, "gas-leak", incident=SMOKE, evidence=[["kitchen", "gas_alarm", True, 129.9]]),
    {"at": 130.0, "kind": "joined", "incident": SMOKE, "alert": GAS},
    {"at": 160.5, "kind": "answered", "incident": SMOKE, "actor": "wang", "role": "carer", "via": "page",
     "what": "acknowledge", "ends": True},
    {"at": 900.0, "kind": "act", "verb": "visit", "actor": "wang", "via": "app", "alert": SMOKE, "incident": SMOKE,
     "found": "false", "text": "toast"},
    alert(950.0, SMOKE, "smoke", "resolved", 3, incident=SMOKE),
    {"at": 960.0, "kind": "act", "verb": "look", "actor": "desk", "what": "alerts"},
]  # fmt: skip


def test_an_alert_is_told_from_sensed_to_visited_in_order() -> None:
    moments = timeline(about(NIGHT, SMOKE))
    stages = [moment.stage for moment in moments]
    for stage in ("sensed", "decided", "acted", "told", "delivered", "answered", "visited"):
        assert stage in stages, stage
    assert stages[0] == "sensed"
    assert [moment.at for moment in moments] == sorted(moment.at for moment in moments)
    text = "\n".join(moment.what for moment in moments)
    for part in ("kitchen smoke = true", "siren", "wang by push", "wang (carer) by page", "false toast", "gas_alarm"):
        assert part in text, part
    assert "look" not in text


def test_nobody_is_told_who_was_not() -> None:
    """A step decides; it tells nobody by itself, and may find nobody at all."""
    nobody: list[Said] = [
        alert(1.0, SMOKE, "smoke"),
        {"at": 1.0, "kind": "begun", "incident": SMOKE, "cause": "fire", "home": "flat"},
        {"at": 1.0, "kind": "skipped", "incident": SMOKE, "step": "by-day", "round": 1},
        {"at": 1.0, "kind": "step", "incident": SMOKE, "step": "everyone", "round": 1, "to": []},
        {"at": 1.0, "kind": "silent", "incident": SMOKE, "to": "wang", "what": "page"},
        {"at": 1.0, "kind": "listed", "incidents": [SMOKE], "step": "list", "to": []},
        {"at": 9.0, "kind": "ended", "incident": SMOKE},
        {"at": 9.0, "kind": "anew", "incident": SMOKE, "why": "worse"},
    ]
    moments = timeline(nobody)
    assert {one.stage for one in moments} == {"decided", "failed"}
    assert "step everyone of round 1: there is nobody to tell" in [one.what for one in moments]


def test_each_moment_is_told_in_the_readers_language() -> None:
    known = PLAIN | set(WAYS)
    said = [*NIGHT, *({"at": 1.0, "kind": kind, "incident": SMOKE} for kind in sorted(known))]
    moments = timeline(said)
    for moment in moments:
        assert moment.stage in STAGES
        if moment.stage != "sensed":
            assert re.search("[\u4e00-\u9fff]", moment.told("zh")), moment
            assert not re.search("[\u4e00-\u9fff]", moment.told("en")), moment
    assert len(moments) >= 25
    assert set(PLAIN) <= set(SENTENCES)
    assert {"wang，经 push（报警）", "wang（照护人），经 page：受理", "警号"} <= {one.told("zh") for one in moments}


def test_what_the_record_says_in_words_has_chinese_ones() -> None:
    names = {*VERBS, *ROLES, *FOUND, *get_args(Reason), *get_args(State), *get_args(Kind), *get_args(What), *KINDS}
    assert not names - TERMS.keys() - {"look"}


def test_an_alert_that_joined_another_leads_to_the_whole_incident() -> None:
    assert len(about(NIGHT, GAS)) == len(about(NIGHT, SMOKE)) == len(NIGHT) - 2
    assert find(NIGHT, "aa") == [SMOKE, GAS]
    assert find(NIGHT, SMOKE) == [SMOKE]
    assert find(NIGHT, "bb") == []


def home(at: float, name: str, *why: tuple[str, float], present: bool = True) -> Said:
    causes = [[key, "sensor-silent", "kitchen", since] for key, since in why]
    return {"at": at, "kind": "home", "home": name, "present": present, "why": causes}


HOMES = ("flat", "other")


def month(entries: list[Said], now: float = 10 * DAY) -> dict[str, Any]:
    return {home: one.row() for home, one in figures(entries, (0.0, 30 * DAY), now, HOMES).items()}


def test_a_month_counts_alerts_answers_and_false_visits() -> None:
    flat = month(NIGHT)["flat"]
    assert (flat["alerts_emergency"], flat["rules"]) == (2, {"gas-leak": 1, "smoke": 1})
    assert (flat["answered"], flat["answer_s"]) == (1, 60.0)
    assert (flat["visits"], flat["visits_false"]) == (1, 1)
    assert flat["covered"] is None, "no entry says that this home was there"
    assert month(NIGHT)["other"]["alerts_emergency"] == 0


def test_an_act_that_says_no_way_is_told_with_the_one_it_came_by() -> None:
    said = {"at": 1.0, "kind": "act", "verb": "acknowledge", "actor": "li", "proof": "platform p"}
    assert [one.what for one in timeline([said])] == ["acknowledge, li by platform p"]


def test_the_first_minutes_of_a_gateway_have_a_share_too() -> None:
    rows = [month([home(0.0, name)], now=120.0)[name] for name in ("flat", "other")]
    assert [row["covered"] for row in rows] == [1.0, 1.0]
    assert Told({"homes": rows}, "en").covered() == 1.0


def test_a_home_is_covered_but_for_its_troubles_and_the_hours_the_gateway_was_off() -> None:
    entries = [
        {"at": 0.0, "kind": "boot", "downtime": None},
        home(0.0, "flat"),
        home(0.0, "other"),
        home(1.1 * DAY, "flat", ("t1", 1.0 * DAY)),
        home(1.5 * DAY, "flat", ("t1", 1.0 * DAY), ("t2", 1.4 * DAY)),
        home(2 * DAY, "flat", ("t2", 1.4 * DAY)),
        home(3 * DAY, "flat"),
        home(4 * DAY, "flat", ("t3", 4 * DAY)),
        home(4 * DAY, "other", ("t3", 4 * DAY)),
        home(5 * DAY, "flat"),
        home(5 * DAY, "other"),
        {"at": 6 * DAY, "kind": "boot", "downtime": DAY / 2},
        {"at": 7 * DAY, "kind": "deaf", "seconds": DAY / 4},
        home(9.5 * DAY, "flat", ("t4", 9 * DAY)),
        alert(9 * DAY, "b1", "battery-low", device="hall"),
    ]
    found = month(entries)
    assert found["flat"]["covered"] == pytest.approx(1 - (2 + 1 + 0.5 + 0.25 + 1) / 10)
    assert found["other"]["covered"] == pytest.approx(1 - (1 + 0.5 + 0.25) / 10)
    assert found["flat"]["batteries"] == ["hall"]
    assert found["flat"]["hours"] == 240.0
    assert month([])["flat"]["hours"] == 0.0


def test_a_home_that_came_or_went_is_counted_while_it_was_there() -> None:
    entries = [
        home(2 * DAY, "flat", ("no-device", 2 * DAY)),
        home(3 * DAY, "flat"),
        home(7 * DAY, "flat", present=False),
        home(9 * DAY, "flat"),
    ]
    found = month(entries)["flat"]
    assert (found["hours"], found["covered"]) == (6 * 24.0, pytest.approx(5 / 6, abs=1e-4))


def test_what_is_known_only_after_the_month_counts_in_it() -> None:
    """A sensor that fell silent on the last evening is missed on the first of the next month."""
    entries = [home(0.0, "flat"), home(31 * DAY, "flat", ("t", 29 * DAY)), home(33 * DAY, "flat")]
    assert month(entries, now=40 * DAY)["flat"]["covered"] == pytest.approx(29 / 30, abs=1e-4)
    assert month(entries[:1], now=29.5 * DAY)["flat"]["covered"] == 1.0


def test_alarms_of_a_walk_test_are_no_alerts() -> None:
    found = month([home(0.0, "flat"), alert(5.0, SMOKE, "smoke", test=True)])["flat"]
    assert (found["alerts_emergency"], found["rules"], found["tests"]) == (0, {}, 1)


def test_a_months_bounds_are_those_of_the_sites_zone() -> None:
    begin, end = bounds("2026-11", "Asia/Shanghai")
    assert end - begin == 30 * DAY
    assert begin % DAY == 16 * 3600
    assert bounds("2026-12", "UTC")[1] == bounds("2027-01", "UTC")[0]
    with pytest.raises(ValueError):  # noqa: PT011 - strptime's own words
        bounds("2026-13-1", "UTC")


def report(rows: list[dict[str, Any]], **titles: str) -> dict[str, Any]:
    return {
        "month": "2026-11",
        "timezone": "Asia/Shanghai",
        "at": 1_795_000_000.0,
        "site": "garden",
        "gateway": "stair-2",
        "titles": titles,
        "rooms": {"kitchen": "厨房", "hall": "hall"},
        "rules": {"smoke": {"zh": "烟雾报警", "en": "Smoke"}, "sensor-silent": {"zh": "传感器失联", "en": "Not heard"}},
        "homes": rows,
    }


FULL: list[Said] = [
    home(0.0, "flat"),
    home(0.0, "other"),
    NIGHT[0] | {"n": 1},
    *NIGHT[1:],
    home(2 * DAY, "flat", ("t1", 1 * DAY)),
    home(3 * DAY, "flat"),
    {"at": 5 * DAY, "kind": "boot", "downtime": None, "n": 90},
    {"at": 6 * DAY, "kind": "boot", "downtime": 3600.0, "n": 91},
    alert(7 * DAY, "b1", "battery-due", device="hall", severity="notice", evidence=[["hall", "battery_days", 12.0, 7 * DAY]]),
]


def test_a_report_is_printed_for_people_spreadsheets_and_paper() -> None:
    rows = [*month(FULL).values()]
    rows[2]["home"] = "=cmd|' /C calc'!A0"
    table = list(csv.reader(io.StringIO(as_csv(rows))))
    assert table[0] == [*COLUMNS, "building"]
    assert len(table) == 4
    assert all(not cell.startswith("=") for row in table for cell in row), "a cell must not be a formula"
    languages: tuple[Language, ...] = ("zh", "en")
    for language in languages:
        told = report(rows, flat="502 <室>")
        text = as_text(told, language)
        assert "502 <室>" in text
        page = as_html(told, language)
        assert "502 &lt;室&gt;" in page
        assert "<室>" not in page
        for shown in (text, page):
            assert ("烟雾报警" if language == "zh" else "Smoke") in shown, "in words, not by the rule's id"
            assert ("厨房 (kitchen)") in shown
            assert "89.5 %" in shown, "rounded down"
            assert ("误报" if language == "zh" else "false alarm") in shown
            assert ("网关启动 3 次" if language == "zh" else "started 3 times") in shown
            assert ("其中 1 次" if language == "zh" else "1 of these starts") in shown


def test_a_home_that_is_nearly_whole_is_not_said_to_be_whole() -> None:
    assert [percent(share) for share in (1.0, 0.9999, 0.9990, 0.25, 0.0, None)] == [
        "100.0 %", "99.9 %", "99.9 %", "25.0 %", "0.0 %", "–",
    ]  # fmt: skip


def test_what_cost_a_home_its_protection_is_named() -> None:
    found = month(FULL)
    assert found["flat"]["lost"] == [
        {"rule": "sensor-silent", "device": "kitchen", "hours": 48.0},
        {"rule": "gateway-off", "device": "", "hours": 1.0},
    ]
    assert (found[""]["starts"], found[""]["off_hours"], found[""]["off_unknown"]) == (3, 1.0, 1)
    assert found["flat"]["batteries_due"] == {"hall": 19 * DAY}
    assert [(one["rule"], one["answer_s"], one["found"]) for one in found["flat"]["alarms"]] == [
        ("smoke", 60.0, "false"), ("gas-leak", None, ""),
    ]  # fmt: skip


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)).map(lambda pair: (min(pair), max(pair))), max_size=12))
def test_the_union_of_spans_is_in_order_without_overlap(spans: list[tuple[float, float]]) -> None:
    merged = union(spans)
    assert all(one[1] < other[0] for one, other in pairwise(merged))
    assert sum(end - start for start, end in merged) <= sum(end - start for start, end in spans) + 1e-9


def test_entries_that_cannot_be_read_are_left_out() -> None:
    bodies = [b"{}", b"[]", b"\xff", b"[" * 5000, json.dumps(NIGHT[1]).encode(), b'{"at": "x", "kind": "told"}']
    assert read(bodies) == [NIGHT[1]]
    assert timeline([{"at": 1.0, "kind": kind} for kind in ("alert", "told", "act", "answered", "seen", "odd", "step")])
