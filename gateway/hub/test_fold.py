"""The fold, Frame by Frame: what is told, acknowledged, refused, remembered."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.node import query
from drivers.reading import Frame
from gateway.clock import clock_frame
from gateway.hub import checkpoint
from gateway.hub.conftest import SITE, WALL, act, begun, bodies, boot_frame, only, say
from gateway.hub.fold import Fold
from gateway.ladder.acts import OTHER
from gateway.ladder.ladders import Ladders
from gateway.site import loads
from gateway.store.message import ALARM
from rules.rhythm import Rhythm


def test_an_alarm_is_told_with_its_source_and_waits_for_the_commit_to_be_acknowledged() -> None:
    fold = begun()
    out = fold.handle(Frame("line-1", 5.0, say("ALARM", 3, smoke=1)))
    told = only(out)
    assert told["kind"] == "alert"
    assert (told["rule"], told["state"], told["n"], told["reason"]) == ("smoke", "firing", 1, "first")
    assert told["id"] == f"{told['alert']}.1"
    assert told["sources"] == [{"device": "kitchen", "boot": 77, "seq": 3}]
    assert told["at"] == WALL + 5.0
    assert told["time_quality"] == "synced"
    assert told["seq"] == {"epoch": "e" * 16, "lane": "alarm", "n": 1}
    assert out.messages[0].lane == ALARM
    assert out.urgent
    assert out.acknowledge is not None


def test_a_repetition_is_acknowledged_again_and_is_no_news() -> None:
    fold = begun()
    data = say("ALARM", 3, smoke=1)
    fold.handle(Frame("line-1", 5.0, data))
    again = fold.handle(Frame("line-1", 5.5, data))
    assert again.acknowledge is not None
    assert again.n == 0
    assert again.messages == []


def test_an_acknowledged_frame_that_changes_no_alert_is_reported() -> None:
    fold = begun()
    told = only(fold.handle(Frame("line-1", 5.0, say("ALARM", 3, smoke=0))))
    assert told["kind"] == "report"
    assert told["sources"] == [{"device": "kitchen", "boot": 77, "seq": 3}]
    assert told["values"] == {"smoke": False}


def test_a_node_that_started_anew_is_asked_for_all_its_states() -> None:
    fold = begun()
    asked = ("line-1", query("a1b2c3d4"), "a1b2c3d4")
    for at, boot, ask in ((1.0, 77, asked), (2.0, 77, None), (3.0, 78, asked), (4.0, 78, None)):
        assert fold.handle(Frame("line-1", at, say("READING", int(at), boot=boot, temperature_c=20))).ask == ask


def test_shared_values_leave_the_home_and_others_stay() -> None:
    fold = begun()
    told = only(fold.handle(Frame("line-1", 1.0, say("READING", 0, temperature_c=20.5, humidity_pct=40))))
    assert told["values"] == {"temperature_c": 20.5}
    assert fold.handle(Frame("line-1", 1.0, say("READING", 1, door_open=1))).messages == []


def test_a_meter_tells_one_register_a_civil_day() -> None:
    fold = begun()
    told = []
    for hour in range(48):
        out = fold.handle(Frame("line-1", hour * 3600.0, say("READING", hour, water_m3=hour / 100)))
        told += [hour for message in out.messages if message.topic == "meter/kitchen"]
    assert told == [0, 8, 32]  # it began at 08:00 UTC, 16:00 in Shanghai


def test_a_reset_is_refused_while_it_burns_and_done_after() -> None:
    fold = begun()
    alert = only(fold.handle(Frame("line-1", 1.0, say("ALARM", 0, smoke=1))))["alert"]
    refused = only(fold.handle(act(2.0, "reset", "r1", alert=alert)))
    assert (refused["kind"], refused["ok"]) == ("reply", False)
    fold.handle(Frame("line-1", 3.0, say("ALARM", 1, smoke=0)))
    again = only(fold.handle(act(3.5, "reset", "r1", alert=alert)))
    assert again["ok"] is False  # the same act gets the same answer
    told = bodies(fold.handle(act(4.0, "reset", "r2", alert=alert)))
    assert [body["kind"] for body in told] == ["alert", "act", "reply"]
    assert told[0]["state"] == "resolved"
    assert told[2]["ok"] is True
    assert fold.engine.open() == []


def test_an_act_done_twice_is_done_once() -> None:
    fold = begun()
    alert = only(fold.handle(Frame("line-1", 1.0, say("ALARM", 0, smoke=1))))["alert"]
    first = bodies(fold.handle(act(2.0, "acknowledge", "a1", alert=alert)))
    assert [body["kind"] for body in first] == ["act", "reply", "answered"]
    assert [body["kind"] for body in bodies(fold.handle(act(3.0, "acknowledge", "a1", alert=alert)))] == ["reply"]
    assert fold.ladders.registry.open[alert].answers[0].at == 2.0


HOSTILE = [
    b"[" * 16_000,
    b'{"act_id":' * 1_600,
    b'{"act_id":"\\ud800","actor":"x","verb":"hush","home":"flat"}',
    b'{"act_id":"x","actor":"\\udfff","verb":"hush","home":"flat"}',
    b'{"act_id":"x","actor":"y","verb":"hush","home":"flat","correlation":"\\ud800"}',
    b'{"act_id":"x","actor":"y","verb":"hush","home":"flat","seconds":NaN}',
    b'{"act_id":"x","actor":"y","verb":"hush","home":"flat","seconds":-Infinity}',
    b'{"act_id":"x","actor":"y","verb":"hush","home":"flat","seconds":1e999}',
    b'{"act_id":"x","actor":"y","verb":"hush","home":"flat","seconds":' + b"9" * 5_000 + b"}",
    b'{"act_id":["x"],"actor":"y","verb":"hush"}',
    b'{"act_id":"x","actor":"y","verb":{"hush":1}}',
    b'{"act_id":"' + b"x" * 201 + b'","actor":"y","verb":"hush"}',
    b"\xff\xfe[\x00",
    b"",
]


@pytest.mark.parametrize("data", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_command_is_refused_and_harms_nothing(data: bytes) -> None:
    fold = begun()
    told = bodies(fold.handle(Frame("act", 1.0, data)))
    assert [(body["kind"], body["ok"]) for body in told] == [("reply", False)]
    json.dumps(checkpoint.changed(fold), ensure_ascii=False).encode()
    assert only(fold.handle(Frame("line-1", 2.0, say("ALARM", 0, smoke=1))))["rule"] == "smoke"


JSON = st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps).map(str.encode)


@given(st.binary(max_size=200) | JSON)
def test_any_command_is_answered_and_harms_nothing(data: bytes) -> None:
    fold = begun()
    told = bodies(fold.handle(Frame("act", 1.0, data)))
    assert [body["kind"] for body in told] == ["reply"]
    assert told[0]["ok"] is False


@pytest.mark.parametrize("text", ["{}", "no json"])
def test_a_site_that_this_version_cannot_read_is_replaced_by_the_present_one(text: str) -> None:
    fold = Fold({"old": text}, fallback=SITE)
    fold.handle(boot_frame())
    fold.handle(Frame("config", 0.0, b"old"))
    assert only(fold.handle(Frame("line-1", 1.0, say("ALARM", 0, smoke=1))))["rule"] == "smoke"


def test_a_refused_command_is_answered_by_its_name() -> None:
    fold = begun()
    said = json.dumps({"act_id": "a9", "verb": "dance", "actor": "anna", "correlation": "c9"}).encode()
    told = only(fold.handle(Frame("act", 1.0, said)))
    assert (told["act_id"], told["correlation"], told["ok"]) == ("a9", "c9", False)


HOURS = """
[night-door]
title = {zh = "夜间开门", en = "Door open at night"}
severity = "warning"
when = {quantity = "door_open", is = true}
while = {hours = "22:00-06:00"}
"""


def test_a_rule_for_the_night_goes_by_the_sites_own_clock_wherever_the_gateway_starts() -> None:
    text = json.loads(SITE.text)
    text["site"] = text["site"].replace("[homes.flat]", '[rules]\npacks = []\nfiles = ["own.toml"]\n[homes.flat]')
    site = loads(json.dumps({**text, "packs": {}, "files": {"own.toml": HOURS}}))
    fold = Fold({site.hash: site.text})
    fold.handle(boot_frame())  # 08:00 UTC is 16:00 in Shanghai
    fold.handle(Frame("config", 0.0, site.hash.encode()))
    day = fold.handle(Frame("line-1", 60.0, say("ALARM", 0, door_open=1)))
    assert [alert.rule for alert in day.alerts if alert.n] == []
    night = fold.handle(clock_frame(6.5 * 3600, WALL, True))
    assert [(alert.rule, alert.state) for alert in night.alerts if alert.n] == [("night-door", "firing")]
    assert night.n
    stepped = fold.handle(clock_frame(6.6 * 3600, WALL + 12 * 3600, True, stepped=12 * 3600.0))
    assert [(alert.rule, alert.state) for alert in stepped.alerts if alert.n] == [("night-door", "resolved")]


def test_a_reset_home_forgets_what_was_learned_of_whoever_lived_there() -> None:
    fold = begun()
    home = next(iter(SITE.homes))
    learned = Rhythm()
    for day in range(9):
        learned.learn(False, 9, 3 * 3600.0)
        learned.turn(day)
    fold.engine.teach(home, learned.save())
    fold.handle(act(5.0, "home-reset", "r1", home=home, reason="moved out", role="resident"))
    assert fold.ladders.done["r1"], "a resident may not"
    assert fold.engine.learned(home) == learned.save()
    fold.handle(act(6.0, "home-reset", "r2", home=home, reason="moved out", role="property"))
    assert fold.ladders.done["r2"] == ""
    assert fold.engine.learned(home) == Rhythm().save()


@pytest.mark.parametrize(("found", "counts"), [("false", 1.0), ("real", 0.0)])
def test_what_a_visit_found_is_learned_also_after_a_crash(found: str, counts: float) -> None:
    """Nobody moves for a day; somebody goes there; then there is life again."""
    text = json.loads(SITE.text)
    site = loads(json.dumps({**text, "site": '[rules]\nalso = ["inactivity"]\n' + text["site"]}))
    fold = Fold({site.hash: site.text})
    fold.handle(boot_frame())
    fold.handle(Frame("config", 0.0, site.hash.encode()))
    out = [fold.handle(Frame("line-1", 60.0, say("READING", 0, motion=1)))]
    out += [fold.handle(Frame("line-1", 300.0 * n, say("READING", n, motion=0))) for n in range(1, 12 * 20)]
    (call,) = [alert for one in out for alert in one.alerts if (alert.rule, alert.reason) == ("inactivity", "worse")]
    fold.handle(act(72_000.0, "visit", "v1", alert=call.id, found=found, role="property"))
    assert fold.ladders.done["v1"] == ""
    rows = {key: row for key, row in checkpoint.changed(fold).items() if row is not None}
    again = Fold({site.hash: site.text})
    assert checkpoint.load(again, json.loads(json.dumps(rows)), fold.n) == []
    for one in (fold, again):
        one.handle(Frame("line-1", 72_010.0, say("READING", 999, motion=1)))
        learned = one.engine.learned("flat")
        assert isinstance(learned, list)
        assert learned[3] == pytest.approx(counts, abs=0.03), "of which a day takes a fortieth"


def test_an_act_under_the_name_of_another_is_refused_also_after_a_restart() -> None:
    """Its own outcome would be told as "done" to somebody whose alarm nobody took on."""
    fold = begun()
    alert = only(fold.handle(Frame("line-1", 1.0, say("ALARM", 0, smoke=1))))["alert"]
    assert bodies(fold.handle(act(2.0, "note", "1", alert=alert, text="on my way")))[-1]["ok"]
    refused = only(fold.handle(act(3.0, "acknowledge", "1", alert=alert)))
    assert (refused["kind"], refused["ok"]) == ("reply", False)
    assert "another act" in refused["why"]
    assert only(fold.handle(act(4.0, "note", "1", alert=alert, text="on my way")))["ok"], "a repetition is none"
    rows, woken = fold.ladders.rows(), Ladders()
    assert woken.load(json.loads(json.dumps(rows))) == []
    assert (woken.done, woken.meant) == (fold.ladders.done, fold.ladders.meant)
    assert woken.outcome("1", "something else") == OTHER
    old = {"acts": {"done": [["1", ""]], "visits": {}}}
    assert woken.load(old) == []
    assert woken.outcome("1", "something else") == "", "what an older version kept is answered as it did"


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_a_row_that_holds_no_number_where_one_belongs_is_left_out(constant: str) -> None:
    """No gateway writes one; and nothing that is reckoned with it could be written again."""
    fold = begun()
    fold.handle(Frame("line-1", 60.0, say("READING", 0, motion=1)))
    rows = {key: row for key, row in checkpoint.changed(fold).items() if row is not None}
    key = next(key for key in rows if key.startswith("e:h:"))
    assert "60.0" in rows[key]
    again = Fold(fold.configs)
    assert checkpoint.load(again, {**rows, key: rows[key].replace("60.0", constant, 1)}, fold.n) == [key]
