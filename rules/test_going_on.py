"""What goes on over a reload of the rules and over a restart, and what a checkpoint holds of it."""

import json

import pytest

from rules.engine import Engine, Refused
from rules.test_engine import GAS, LATCHED, PER_HOME, SILENT, SMOKE
from rules.test_house import DEVICES, House, brief
from rules.wall import Mode


def test_what_is_known_to_be_true_fires_when_its_rule_comes() -> None:
    house = House("when = {quantity = 'door_open', is = true, for = '9h'}")
    house.say(5, "a", "door_open", True)
    alerts = house.configure(60, "when = {quantity = 'door_open', is = true}")
    assert brief(alerts) == [(60, "resolved", 0, "cleared"), (60, "firing", 1, "first")]


def test_an_unchanged_rule_goes_on_over_a_reload() -> None:
    house = House(GAS)
    house.say(10, "a", "gas_lel_pct", 12)
    assert house.configure(11, GAS, SMOKE) == []
    assert brief(house.engine.tick(20)) == [(13, "firing", 1, "first")]


def test_a_changed_rule_starts_its_timers_anew_and_keeps_what_fires() -> None:
    house = House(GAS)
    house.say(10, "a", "gas_lel_pct", 12)
    alerts = house.configure(11, GAS.replace("3s", "5s"))
    assert brief(alerts) == [(11, "resolved", 0, "cleared"), (11, "pending", 0, "first")]
    (fired,) = house.engine.tick(60)
    assert fired.at == 16
    assert house.configure(70, GAS.replace("10", "11")) == []
    assert house.engine.open() == [fired]
    house.say(80, "a", "gas_lel_pct", 1)
    (end,) = house.engine.tick(1000)
    assert (end.id, end.n, end.at) == (fired.id, 2, 140)


FAULT = "{quantity = 'fault', is = true, for = '10s'}"


@pytest.mark.parametrize(
    "changed",
    [
        f"when = {{any = [{FAULT}, {{quantity = 'tamper', is = true}}]}}",
        f"when = {{all = [{FAULT}, {{quantity = 'fault', is = true, for = '5s'}}]}}",
        f"while = {{mode = ['home']}}\nwhen = {FAULT}",
        f"when = {{any = [{FAULT}, {{quantity = 'tamper', is = true}}], for = '1m'}}",
        f"while = {{mode = ['home']}}\nwhen = {{any = [{FAULT}, {{quantity = 'tamper', is = true}}], for = '1m'}}",
        f"when = {{any = [{{all = [{FAULT}, {{quantity = 'fault', is = true}}], for = '1m'}}, {{quantity = 'tamper', is = true}}]}}",
        f"when = {{any = [{{silent = '2h'}}, {FAULT}]}}",
    ],
)
def test_a_changed_rule_keeps_what_fires_wherever_its_for_stands(changed: str) -> None:
    house = House(f"when = {FAULT}")
    house.say(5, "a", "fault", True)
    (fired,) = house.engine.tick(20)
    assert house.configure(30, changed) == []
    assert house.engine.tick(1000) == []
    assert house.configure(1001, changed.replace("10s", "20s")) == []
    rows = json.loads(json.dumps(house.engine.changed()))
    house.engine = Engine("gw", "epoch")
    assert house.engine.load(rows) == []
    assert house.engine.configure(house.rules, house.devices, 1001.0, 9) + house.engine.tick(1001.5) == []
    assert house.engine.open() == [fired]
    (end,) = house.say(1002, "a", "fault", False)
    assert (end.id, end.n, end.at, end.state) == (fired.id, 2, 1002, "resolved")


def test_a_changed_rule_holds_what_fires_as_it_says() -> None:
    held = "when = {quantity = 'fault', is = true, for = '10s', hold = '1m'}"
    house = House(held)
    house.say(5, "a", "fault", True)
    house.engine.tick(20)
    assert house.configure(30, held.replace("10s", "20s")) + house.say(31, "a", "fault", False) == []
    assert brief(house.engine.tick(1000)) == [(91, "resolved", 2, "cleared")]


def test_a_changed_rule_ends_what_fires_if_it_is_false_now_and_lets_others_wait() -> None:
    house = House(f"when = {FAULT}")
    house.say(5, "a", "fault", True)
    (fired,) = house.engine.tick(20)
    (end,) = house.configure(
        30, "when = {all = [{quantity = 'fault', is = true, for = '9s'}, {quantity = 'tamper', is = true}]}"
    )
    assert (end.id, end.state) == (fired.id, "resolved")
    house = House(f"when = {FAULT}")
    house.say(29, "a", "fault", True)
    house.configure(30, f"when = {{any = [{FAULT}, {{quantity = 'tamper', is = true}}]}}")
    assert [alert.at for alert in house.engine.tick(60) if alert.n] == [40]


def test_a_silence_that_is_over_is_not_reset_before_it_is_clear() -> None:
    """What ends it was never heard, but of the silence all is known: it ended a minute ago, and may come back."""
    house = House("latch = true\nwhen = {silent = true}\nclear = {quantity = 'motion', is = false, for = '10m'}")
    fired, *_ = [alert for alert in house.engine.tick(8000) if alert.device == "a"]
    house.say(9000, "a", "rssi_dbm", -60)
    with pytest.raises(Refused, match="not over yet"):
        house.engine.reset(fired.id, 9060, 9)
    cleared = [alert.at for alert in house.engine.tick(10000) if alert.state == "cleared"]
    assert cleared == [9600]


def test_a_removed_rule_resolves_unless_latched() -> None:
    house = House(SMOKE, LATCHED)
    plain, latched = house.say(5, "a", "smoke", True)
    assert brief(house.configure(6)) == [(6, "resolved", 2, "rule-removed")]
    assert [alert.id for alert in house.engine.open()] == [latched.id]
    assert brief(house.engine.reset(latched.id, 7, 9)) == [(7, "resolved", 2, "reset")]
    assert plain.id != latched.id
    assert house.engine.open() == []


def test_a_rule_that_comes_back_finds_its_latched_alert() -> None:
    house = House(LATCHED)
    (alert,) = house.say(5, "a", "smoke", True)
    assert house.configure(6) == []
    assert house.configure(7, LATCHED) == []
    assert [one.id for one in house.engine.open()] == [alert.id]


def test_a_removed_device_takes_its_alerts_along() -> None:
    house = House(SMOKE, SILENT)
    house.say(5, "a", "smoke", True)
    rest = {name: device for name, device in DEVICES.items() if name != "a"}
    assert brief(house.configure(6, SMOKE, SILENT, devices=rest)) == [(6, "resolved", 2, "rule-removed")]
    assert [alert.device for alert in house.engine.tick(1e6)] == ["b"]


def test_the_last_device_of_an_alert_per_home_takes_it_along() -> None:
    house = House(PER_HOME)
    house.say(5, "a", "smoke", True)
    rest = {name: device for name, device in DEVICES.items() if name != "a"}
    assert [alert.state for alert in house.configure(6, PER_HOME, devices=rest)] == ["resolved"]


def _boot(house: House, rows: dict[str, object], at: float, deaf: float = 0.0) -> list[str]:
    house.engine = Engine("gw", "epoch")
    unreadable = house.engine.load(json.loads(json.dumps({key: row for key, row in rows.items() if row is not None})))
    assert house.engine.configure(house.rules, house.devices, at, house.n) == []
    house.engine.deaf(deaf)
    return unreadable


def test_timers_and_alerts_go_on_over_a_restart() -> None:
    house = House(GAS, LATCHED, SILENT)
    house.say(10, "a", "gas_lel_pct", 12)
    (smoke,) = house.say(11, "b", "smoke", True, seq=4)
    _boot(house, house.engine.changed(), at=11, deaf=5000)
    assert [alert.id for alert in house.engine.open() if alert.state == "firing"] == [smoke.id]
    alerts = house.engine.tick(5011)
    assert brief(alerts) == [(13, "firing", 1, "first")]
    assert house.say(5012, "b", "smoke", True) == [], "nothing rings twice"
    assert [(alert.device, alert.at) for alert in house.engine.tick(9000)] == [("a", 8610)]


def test_a_row_that_cannot_be_read_is_dropped_alone() -> None:
    house = House(LATCHED, GAS, SILENT)
    house.say(10, "a", "smoke", True, seq=1)
    house.say(10, "a", "gas_lel_pct", 20)
    rows = house.engine.changed()
    checked = 0
    for key in rows:
        for broken in ([], 5, "x", [1, 2], {"a": 1}, ["firing"] * 15, [[1]], [None] * 3, [True, 10**400, 0]):
            other = House(LATCHED, GAS, SILENT)
            other.engine = Engine("gw", "epoch")
            unreadable = other.engine.load({**rows, key: broken})
            assert unreadable in ([key], []), (key, broken)
            other.engine.configure(other.rules, other.devices, 11, 5)
            other.engine.tick(1e5)
            other.say(1e5, "a", "smoke", False)
            checked += 1
    assert checked == 9 * len(rows) == 9 * 6
    assert Engine("g", "e").load({"what": 1, "r:x": [], "q:y": 2}) == ["what", "r:x", "q:y"]


def test_a_loaded_time_that_lies_ahead_counts_as_now() -> None:
    house = House(GAS, SILENT)
    house.say(90_000, "a", "gas_lel_pct", 20)
    rows = house.engine.changed()
    house.engine = Engine("gw", "other")
    house.engine.load(rows)
    house.engine.configure(house.rules, house.devices, 10, 1)
    assert {alert.at for alert in house.engine.tick(5000)} == {13, 3610}


def test_the_checkpoint_holds_what_changed_and_no_more() -> None:
    house = House(GAS, SMOKE, SILENT)
    assert set(house.engine.changed()) == {"h:a", "h:b", "h:c"}
    house.say(1, "a", "rssi_dbm", -70)
    assert set(house.engine.changed()) == {"h:a"}
    house.say(2, "a", "gas_lel_pct", 1)
    assert set(house.engine.changed()) == {"h:a", "d:a"}
    house.say(3, "a", "smoke", True)
    assert set(house.engine.changed()) == {"h:a", "d:a", "r:r1/a"}
    assert house.engine.changed() == {}
    house.say(3, "a", "smoke", False)
    house.engine.changed()
    house.say(3, "a", "smoke", "")
    assert "r:r1/a" not in house.engine.changed(), "judged, and the same as on disk"
    house.configure(4, devices={})
    rows = house.engine.changed()
    assert {key for key, row in rows.items() if row is None} == {
        f"{kind}:{name}" for kind in "hd" for name in "abc"
    } | {"r:r1/a"}


def test_what_an_ear_heard_shortly_before_a_reload_is_in_the_checkpoint() -> None:
    rises = "when = {quantity = 'temperature_c', rises = 9, within = '10m'}"
    for reloaded in (False, True):
        house = House(rises)
        house.say(1, "a", "temperature_c", 20.0)
        house.say(2, "a", "temperature_c", 20.5)
        rows = house.engine.changed()
        house.say(60, "a", "temperature_c", 24.0)
        house.say(120, "a", "temperature_c", 24.5)
        if reloaded:
            house.configure(121, rises, SMOKE)
        rows |= house.engine.changed()
        house.engine = Engine("gw", "epoch")
        house.engine.load(rows)
        house.engine.configure(house.rules, house.devices, 122, 1)
        assert brief(house.say(130, "a", "temperature_c", 33.6)) == []
        assert brief(house.say(140, "a", "temperature_c", 33.6)) == [(140, "firing", 1, "first")]
        assert [one.value for one in house.engine.open()[0].evidence][:1] == [20.5]


def test_what_an_earlier_version_cannot_know_stands_in_a_row_of_its_own() -> None:
    """An update that goes wrong is taken back: the modes and the zone of all homes were lost with a time of deafness."""
    engine = Engine("gw", "epoch")
    engine.configure([], {}, 0.0, 1)
    engine.mode("flat", Mode("hospital"), 1.0, 2)
    engine.tick(10.0)
    engine.deaf(5.0)
    engine.tick(16.0)
    rows = {key: json.loads(json.dumps(row)) for key, row in engine.changed().items()}
    assert len(rows["engine"]) == 6, "schema, seconds deaf, and four of the time on the wall: each version reads them"
    assert rows["pauses"] == [0.0, [11.0, 16.0]]
    later = Engine("gw", "epoch")
    assert later.load({**rows, "engine": [*rows["engine"], "of a later version"]}) == []
    assert later.civil.mode("flat", 16.0).name == "hospital"
    later.tick(20.0)
    later.deaf(1.0)
    later.tick(22.0)
    assert later.changed()["pauses"] == [0.0, [11.0, 16.0], [21.0, 22.0]]
