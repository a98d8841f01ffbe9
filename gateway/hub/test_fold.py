"""The fold: the same Frames give the same alerts and the same bytes, wherever a crash falls."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.node import query
from drivers.reading import Frame
from gateway.clock import clock_frame
from gateway.health import report
from gateway.hub import checkpoint
from gateway.hub.conftest import SITE, TOML, say
from gateway.hub.fold import Fold
from gateway.hub.outcome import Outcome
from gateway.hub.strangers import CALL, CALLS, KEPT, MOST
from gateway.ladder.acts import OTHER
from gateway.ladder.ladders import Ladders
from gateway.site import loads
from gateway.store.message import ALARM, LANES, Message
from rules.rhythm import Rhythm

WALL = 1_800_000_000.0


def boot_frame(at: float = 0.0, epoch: str = "e" * 16, deaf: float = 0.0) -> Frame:
    said = {"gateway": "gw-1", "epoch": epoch, "downtime": 0.0, "deaf": deaf, "offset": WALL, "synced": True}
    return Frame("boot", at, json.dumps(said).encode())


def begun() -> Fold:
    fold = Fold({SITE.hash: SITE.text})
    fold.handle(boot_frame())
    fold.handle(Frame("config", 0.0, SITE.hash.encode()))
    return fold


def act(at: float, verb: str, act_id: str, **rest: object) -> Frame:
    said = {"act_id": act_id, "verb": verb, "actor": "anna", "via": "test", **rest}
    return Frame("act", at, json.dumps(said).encode())


def bodies(out: Outcome) -> list[dict[str, Any]]:
    return [json.loads(message.body) for message in out.messages]


def only(out: Outcome) -> dict[str, Any]:
    (body,) = bodies(out)
    return body


# -- one alarm ---------------------------------------------------------------------------------------------------


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


def test_an_unregistered_device_is_shown_and_its_alarm_reported() -> None:
    fold = begun()
    out = fold.handle(Frame("line-1", 1.0, say("READING", 0, node=0xBADCAFE, temperature_c=20)))
    assert out.stranger == "0badcafe"
    assert only(out)["registered"] is False
    out = fold.handle(Frame("line-1", 2.0, say("READING", 1, node=0xBADCAFE, temperature_c=20)))
    assert out.messages == []
    out = fold.handle(Frame("line-1", 3.0, say("ALARM", 2, node=0xBADCAFE, smoke=1)))
    assert only(out)["values"] == {"smoke": True}
    assert out.acknowledge is not None
    assert out.messages[0].lane == ALARM


def test_a_crowd_of_strangers_fills_no_memory() -> None:
    fold = begun()
    for node in range(3 * MOST):
        fold.handle(Frame("line-1", 1.0, say("READING", 0, node=node, temperature_c=20)))
    assert len(fold.strangers) == MOST
    assert len(fold.memories) == MOST


def test_a_new_stranger_takes_the_place_of_one_that_was_shown_long_ago() -> None:
    fold, rows = begun(), dict[str, str]()
    for node in range(MOST):
        fold.handle(Frame("line-1", 1.0 + node, say("READING", 0, node=node, temperature_c=20)))
    take(rows, checkpoint.changed(fold))
    new = say("ALARM", 0, node=0xBADCAFE, smoke=1)
    assert fold.handle(Frame("line-1", KEPT, new)).bad == "unregistered"
    out = fold.handle(Frame("line-1", 1.0 + KEPT, new))
    assert out.stranger == "0badcafe"
    assert out.acknowledge is not None
    take(rows, checkpoint.changed(fold))
    restarted = Fold({SITE.hash: SITE.text})
    assert checkpoint.load(restarted, rows, fold.n) == []
    assert set(restarted.memories) == set(fold.memories)
    assert len(fold.memories) == MOST
    for node, bad in ((1, ""), (2, "unregistered")):  # a second later only one more place is free
        again = restarted.handle(Frame("line-1", 2.0 + KEPT, say("READING", 0, node=0xC0FFEE + node, temperature_c=20)))
        assert again.bad == bad


def test_a_stranger_that_is_registered_makes_room_for_another() -> None:
    fold = begun()
    more = '[devices.hall]\nhome = "flat"\nport = "line-1"\naddress = "00000003"\n'
    site = loads(json.dumps({**json.loads(SITE.text), "site": TOML + more}))
    for node in range(MOST):
        fold.handle(Frame("line-1", 1.0, say("READING", 0, node=node, temperature_c=20)))
    fold.configs[site.hash] = site.text
    fold.handle(Frame("config", 2.0, site.hash.encode()))
    assert fold.handle(Frame("line-1", 3.0, say("READING", 0, node=3, temperature_c=20))).n == 0, "heard before"
    assert fold.handle(Frame("line-1", 3.0, say("READING", 1, node=3, temperature_c=20))).readings[0].device == "hall"
    assert fold.handle(Frame("line-1", 4.0, say("READING", 0, node=0xBADCAFE, temperature_c=20))).stranger == "0badcafe"


def test_a_node_that_started_anew_is_asked_for_all_its_states() -> None:
    fold = begun()
    asked = ("line-1", query("a1b2c3d4"), "a1b2c3d4")
    for at, boot, ask in ((1.0, 77, asked), (2.0, 77, None), (3.0, 78, asked), (4.0, 78, None)):
        assert fold.handle(Frame("line-1", at, say("READING", int(at), boot=boot, temperature_c=20))).ask == ask


def test_strangers_that_cry_all_day_are_answered_at_the_pace_that_flash_allows() -> None:
    fold = begun()
    out = [fold.handle(Frame("line-1", 1.0, say("ALARM", seq, node=seq % 3, smoke=1))) for seq in range(500)]
    answered = [one for one in out if one.acknowledge is not None]
    assert CALLS <= len(answered) <= CALLS + 1
    assert {one.bad for one in out} == {"", "unregistered"}
    assert all(one.n == 0 and not one.messages for one in out if one.bad)
    rows: dict[str, str] = {}
    take(rows, checkpoint.changed(fold))
    restarted = Fold({SITE.hash: SITE.text})
    assert checkpoint.load(restarted, rows, fold.n) == []
    for seq, (at, news) in enumerate(
        [(2.0, False), (1.0 + 2 * CALL, True), (1.1 + 2 * CALL, True), (1.2 + 2 * CALL, False)]
    ):
        again = restarted.handle(Frame("line-1", at, say("ALARM", 500 + seq, node=1, smoke=1)))
        assert (again.acknowledge is not None) == news
    ours = restarted.handle(Frame("line-1", 99.0, say("ALARM", 0, smoke=1)))
    assert only(ours)["rule"] == "smoke"


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


# -- acts --------------------------------------------------------------------------------------------------------


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


# -- determinism -------------------------------------------------------------------------------------------------

KINDS = ["alarm", "alarm", "reading", "heartbeat", "repeat", "stranger", "noise"]
KINDS += ["tick", "clock", "deaf", "health", "act", "boot"]
STEP = st.tuples(
    st.sampled_from(KINDS),
    st.sampled_from(["smoke", "gas_alarm", "button", "door_open", "gas_lel_pct", "temperature_c", "flood"]),
    st.integers(0, 2),
    st.sampled_from([0.0, 0.1, 1.0, 4.0, 70.0, 700.0]),
)


def frames(steps: list[tuple[str, str, int, float]]) -> list[Frame]:
    """A day at the gateway."""
    at = 1.0
    made: list[Frame] = []
    last = say("READING", 10**6, temperature_c=1)
    for seq, (kind, quantity, value, pause) in enumerate(steps):
        at += pause
        number = value * 12.5 if quantity in ("gas_lel_pct", "temperature_c") else value % 2 + (quantity == "button")
        if kind in ("alarm", "reading", "heartbeat"):
            last = say(kind.upper(), seq, values={quantity: number})
            made.append(Frame("line-1", at, last))
        elif kind == "repeat":
            made.append(Frame("line-1", at, last))
        elif kind == "stranger":
            made.append(Frame("line-1", at, say("ALARM", seq, node=value, values={quantity: number})))
        elif kind == "noise":
            made.append(Frame("line-1", at, bytes([value, 7, 9])))
        elif kind == "tick":
            made.append(clock_frame(at, WALL, True))
        elif kind == "clock":
            made.append(clock_frame(at, WALL + 1000 * value, value != 1, stepped=1.0))
        elif kind == "deaf":
            at += 300.0
            made.append(clock_frame(at, WALL, True, deaf=300.0))
        elif kind == "health":
            made.append(report(at, "gateway:line-1", port_down=bool(value)))
        elif kind == "act":
            made.append(act(at, ["acknowledge", "reset", "hush"][value], f"act-{seq % 5}", alert="?", home="flat"))
        else:
            at += 50.0 * value
            made.append(boot_frame(at, deaf=50.0 * value))
    return made


def told(outs: list[Outcome]) -> list[Message]:
    return [message for out in outs for message in out.messages]


@given(steps=st.lists(STEP, max_size=40), where=st.tuples(st.floats(0, 1), st.floats(0, 1)))
@settings(max_examples=150, deadline=None)
def test_a_crash_anywhere_changes_nothing_that_comes_after(
    steps: list[tuple[str, str, int, float]], where: tuple[float, float]
) -> None:
    day = frames(steps)
    straight = begun()
    outs = [straight.handle(frame) for frame in day]

    crash = round(where[0] * len(day))
    saved = round(where[1] * crash)
    rows: dict[str, str] = {}
    first = begun()
    journal: list[tuple[int, Frame]] = []
    for place, frame in enumerate(day[:crash]):
        if place in (saved // 2, saved):
            take(rows, checkpoint.changed(first))
            journal.clear()
            at = first.n
        out = first.handle(frame)
        if out.n:
            journal.append((out.n, out.frame))
    second = Fold({SITE.hash: SITE.text})
    if crash > 0:
        assert checkpoint.load(second, json.loads(json.dumps(rows)), at) == []
    else:
        second = begun()
    for n, frame in journal:
        second.n = n - 1
        assert second.handle(frame).n == n
    after = [second.handle(frame) for frame in day[crash:]]
    assert told(after) == told(outs[crash:])
    assert [out.alerts for out in after] == [out.alerts for out in outs[crash:]]


def take(rows: dict[str, str], changed: dict[str, str | None]) -> None:
    for key, row in changed.items():
        if row is None:
            rows.pop(key, None)
        else:
            rows[key] = row


@given(steps=st.lists(STEP, max_size=40), extra=st.lists(st.integers(0, 40), max_size=10))
@settings(max_examples=100, deadline=None)
def test_looking_at_the_clock_more_often_changes_no_alert(
    steps: list[tuple[str, str, int, float]], extra: list[int]
) -> None:
    day = frames(steps)
    day.append(clock_frame(1e6, WALL, True))
    straight, looked_at = begun(), begun()
    alerts = [alert for frame in day for alert in straight.handle(frame).alerts]
    same = []
    for place, frame in enumerate(day):
        away = frame.port == "boot" or b'"deaf": 300.0' in frame.data
        if place in extra and not away:  # nobody looks at a clock while the gateway is down or suspended
            tick = clock_frame(frame.at - 0.05, straight.teller.offset, straight.teller.synced)
            same += looked_at.handle(tick._replace(data=_as_it_stands(looked_at))).alerts
        same += looked_at.handle(frame).alerts
    assert [alert[1:10] for alert in same] == [alert[1:10] for alert in alerts]  # ids count Frames, which are more


def _as_it_stands(fold: Fold) -> bytes:
    return clock_frame(0.0, fold.teller.offset, fold.teller.synced).data


@given(steps=st.lists(STEP, max_size=40))
@settings(max_examples=100, deadline=None)
def test_the_journal_alone_explains_everything(steps: list[tuple[str, str, int, float]]) -> None:
    live = begun()
    outs = [live.handle(frame) for frame in frames(steps)]
    assert all(out.n for out in outs if out.messages)
    assert all(out.n for out in outs if out.alerts)
    replayed = begun()
    again = [replayed.handle(out.frame) for out in outs if out.n]
    assert told(again) == told(outs)
    numbers: dict[int, list[int]] = {lane: [] for lane in range(len(LANES))}
    for message in told(outs):
        numbers[message.lane].append(message.n)
    begins = begun().teller.seqs
    for lane, found in numbers.items():
        assert found == list(range(begins[lane] + 1, begins[lane] + len(found) + 1))


def test_a_look_at_the_clock_just_before_a_crash_changes_no_replay() -> None:
    """A look is not kept; what the gateway then takes for the time it was deaf stands in its boot Frame."""
    live, replayed = begun(), begun()
    day = [Frame("line-1", 1.0, say("READING", 0, temperature_c=20)), boot_frame(105.0, deaf=5.0)]
    live.handle(day[0])
    assert live.handle(clock_frame(100.0, WALL, True)).n == 0
    live.handle(day[1])
    for frame in day:
        replayed.handle(frame)
    assert live.engine.due() == replayed.engine.due() == 606.0


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
