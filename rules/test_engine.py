"""The life of an alert: raised, held, cleared, latched, reset; silence and its end."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.alert import Alert
from rules.engine import Device, Engine, Refused
from rules.life import MOST
from rules.test_house import House, brief

SMOKE = "when = {quantity = 'smoke', is = true}"
LATCHED = SMOKE + "\nlatch = true\nact = ['siren']\nladder = 'x'"
GAS = "when = {quantity = 'gas_lel_pct', above = 10, for = '3s'}\nclear = {below = 5, for = '60s'}"
BUTTON = "when = {quantity = 'button', is = ['press', 'long_press']}\nlatch = true"
SILENT = "when = {silent = true}"
PER_HOME = SMOKE + "\nper = 'home'"


def test_a_condition_without_for_fires_at_once_and_ends_with_it() -> None:
    house = House(SMOKE)
    (alert,) = house.say(5, "a", "smoke", True, seq=3)
    assert (alert.rule, alert.home, alert.device, alert.severity) == ("r0", "h1", "a", "warning")
    assert (alert.since, alert.at, alert.n, alert.state, alert.reason) == (5, 5, 1, "firing", "first")
    assert [source.seq for source in alert.sources] == [3]
    assert [reading.value for reading in alert.evidence] == [True]
    assert house.engine.open() == [alert]
    (end,) = house.say(9, "a", "smoke", False)
    assert (end.id, end.n, end.state, end.reason, end.at, end.since) == (alert.id, 2, "resolved", "cleared", 9, 5)
    assert house.engine.open() == []


@given(st.floats(0, 1e9, allow_nan=False))
def test_a_press_fires_at_any_moment_however_fine_the_clock(at: float) -> None:
    (alert,) = House(BUTTON).say(at, "a", "button", "press")
    assert (alert.state, alert.n) == ("firing", 1)


def test_an_alert_names_outputs_and_ladder() -> None:
    (alert,) = House(LATCHED).say(5, "a", "smoke", True)
    assert (alert.act, alert.ladder) == (("siren",), "x")


def test_for_is_pending_first_and_fires_at_its_deadline_whatever_comes_late() -> None:
    house = House(GAS)
    (pending,) = house.say(10, "a", "gas_lel_pct", 12, seq=1)
    assert (pending.state, pending.n, pending.since) == ("pending", 0, 10)
    assert house.engine.due() == 13
    assert house.engine.tick(12.9) == []
    (fired,) = house.engine.tick(500)
    assert (fired.state, fired.n, fired.at, fired.since, fired.id) == ("firing", 1, 13, 13, pending.id)
    assert [source.seq for source in fired.sources] == [1]


def test_a_reading_first_brings_the_deadlines_before_it() -> None:
    house = House(GAS)
    house.say(10, "a", "gas_lel_pct", 12)
    assert brief(house.say(13, "a", "gas_lel_pct", 0.1)) == [(13, "firing", 1, "first")]
    house = House(GAS)
    house.say(10, "a", "gas_lel_pct", 12)
    assert brief(house.say(12.999, "a", "gas_lel_pct", 0.1)) == [(12.999, "resolved", 0, "cleared")]
    assert house.engine.due() is None


def test_hysteresis_holds_between_the_limits_and_clears_after_its_time() -> None:
    house = House(GAS)
    house.say(10, "a", "gas_lel_pct", 12)
    house.engine.tick(13)
    assert house.say(20, "a", "gas_lel_pct", 7) == []
    assert house.say(30, "a", "gas_lel_pct", 4) == []
    assert house.say(80, "a", "gas_lel_pct", 6) == []
    assert house.say(90, "a", "gas_lel_pct", 4, seq=9) == []
    assert house.say(100, "a", "gas_lel_pct", 4.5) == []
    (end,) = house.engine.tick(200)
    assert brief([end]) == [(150, "resolved", 2, "cleared")]
    assert [source.seq for source in end.sources] == [9], "a source waits until a change can tell of it"


def test_all_points_must_clear() -> None:
    house = House(GAS)
    house.say(10, "a", "gas_lel_pct", 12)
    house.say(11, "a", "gas_lel_pct", 7, point="gas_lel_pct#2")
    house.engine.tick(13)
    house.say(20, "a", "gas_lel_pct", 1)
    assert house.engine.tick(200) == []
    house.say(300, "a", "gas_lel_pct", 1, point="gas_lel_pct#2")
    assert brief(house.engine.tick(400)) == [(360, "resolved", 2, "cleared")]


def test_a_latched_alert_waits_for_a_person() -> None:
    house = House(LATCHED)
    (alert,) = house.say(5, "a", "smoke", True)
    with pytest.raises(Refused, match="still true"):
        house.engine.reset(alert.id, 6, 2)
    assert brief(house.say(9, "a", "smoke", False)) == [(9, "cleared", 2, "cleared")]
    (again,) = house.say(12, "a", "smoke", True)
    assert (again.id, again.n, again.state, again.reason) == (alert.id, 3, "firing", "first")
    house.say(15, "a", "smoke", False)
    assert brief(house.engine.reset(alert.id, 20, 9)) == [(20, "resolved", 5, "reset")]
    with pytest.raises(Refused, match="no such open alert"):
        house.engine.reset(alert.id, 21, 10)
    (fresh,) = house.say(30, "a", "smoke", True)
    assert fresh.id != alert.id
    assert (fresh.n, fresh.reopens) == (1, alert.id)


def test_a_reset_is_refused_while_pending_and_within_the_hysteresis() -> None:
    house = House(GAS + "\nlatch = true")
    (pending,) = house.say(10, "a", "gas_lel_pct", 12)
    with pytest.raises(Refused, match="not begun"):
        house.engine.reset(pending.id, 11, 2)
    with pytest.raises(Refused, match="still true") as caught:
        house.engine.reset(pending.id, 20, 3)
    assert brief(list(caught.value.alerts)) == [(13, "firing", 1, "first")], "what fell due is not lost"
    house.say(30, "a", "gas_lel_pct", 7)
    with pytest.raises(Refused, match="not over"):
        house.engine.reset(pending.id, 31, 4)


def test_while_firing_only_a_frame_with_a_source_is_told() -> None:
    house = House(LATCHED)
    house.say(5, "a", "smoke", True, seq=1)
    assert house.say(6, "a", "smoke", True) == []
    (still,) = house.say(7, "a", "smoke", True, seq=2)
    assert (still.n, still.state, still.reason) == (2, "firing", "still")
    assert [source.seq for source in still.sources] == [2]
    assert house.say(8, "a", "temperature_c", 80, seq=3) == [], "not what the rule looks at"


def test_a_press_fires_until_a_person_resets_and_a_second_one_is_told() -> None:
    house = House(BUTTON)
    (alert,) = house.say(5, "a", "button", "press", seq=1)
    assert brief(house.say(6, "a", "button", "long_press", seq=2)) == [(6, "firing", 2, "still")]
    assert house.say(7, "a", "button", "double_press", seq=3) == []
    assert house.engine.tick(1000) == []
    (end,) = house.engine.reset(alert.id, 2000, 4)
    assert (end.state, end.n) == ("resolved", 3)
    assert [source.seq for source in end.sources] == [3]
    (fresh,) = house.say(2001, "a", "button", "press")
    assert (fresh.n, fresh.reopens) == (1, alert.id)


@pytest.mark.parametrize("flag", ["retained", "replay"])
def test_an_old_press_never_rings(flag: str) -> None:
    assert House(BUTTON).say(5, "a", "button", "press", flag, seq=1) == []


def test_a_retained_state_counts_and_a_replayed_one_does_not() -> None:
    assert brief(House(SMOKE).say(5, "a", "smoke", True, "retained")) == [(5, "firing", 1, "first")]
    assert House(SMOKE).say(5, "a", "smoke", True, "replay") == []


def test_events_and_states_may_be_joined() -> None:
    house = House(
        "latch = true\nwhen = {all = [{quantity = 'button', is = 'press'}, {quantity = 'door_open', is = true}]}"
    )
    assert house.say(1, "a", "button", "press") == []
    assert house.say(2, "a", "door_open", True) == []
    (alert,) = house.say(3, "a", "button", "press")
    assert {reading.quantity for reading in alert.evidence} == {"button", "door_open"}


def test_per_home_counts_any_device_and_names_it() -> None:
    house = House(PER_HOME)
    (alert,) = house.say(5, "a", "smoke", True)
    assert (alert.home, alert.device, [reading.device for reading in alert.evidence]) == ("h1", "", ["a"])
    (worse,) = house.say(6, "b", "smoke", True)
    assert (worse.id, worse.n, worse.reason) == (alert.id, 2, "worse")
    assert {reading.device for reading in worse.evidence} == {"a", "b"}
    assert brief(house.say(7, "c", "smoke", True)) == [(7, "firing", 1, "first")], "another home"
    assert house.say(8, "a", "smoke", False) == []
    assert brief(house.say(9, "b", "smoke", False)) == [(9, "resolved", 3, "cleared")]


def test_per_device_alerts_are_apart() -> None:
    house = House(SMOKE)
    first, second = house.say(5, "a", "smoke", True) + house.say(5, "b", "smoke", True)
    assert first.id != second.id
    assert [alert.device for alert in house.engine.open()] == ["a", "b"]


def test_silence_is_raised_once_at_its_deadline_and_ends_with_any_reading() -> None:
    house = House(SILENT)
    house.say(100, "a", "rssi_dbm", -70)
    alerts = house.engine.tick(50_000)
    assert [(alert.device, *brief([alert])[0]) for alert in alerts] == [
        ("a", 3700, "firing", 1, "first"),
        ("b", 7200, "firing", 1, "first"),
    ], "b was never heard and counts from its configuration; c is not supervised"
    assert [(r.quantity, r.value, r.at) for r in alerts[0].evidence] == [("silent_s", 3600, 100)]
    assert house.engine.tick(90_000) == []
    assert brief(house.say(90_001, "a", "humidity_pct", 40)) == [(90_001, "resolved", 2, "cleared")]
    assert house.say(90_002, "a", "humidity_pct", 41) == []
    assert brief(house.engine.tick(100_000)) == [(93_602, "firing", 1, "first")]


def test_what_the_broker_kept_is_no_sign_of_life() -> None:
    house = House(SILENT)
    house.say(3000, "a", "smoke", False, "retained")
    assert [alert.at for alert in house.engine.tick(3600)] == [3600]
    assert house.say(3700, "a", "smoke", True, "retained") == []


def test_a_rule_may_set_its_own_budget() -> None:
    assert [(a.device, a.at) for a in House("when = {silent = '15m'}").engine.tick(10_000)] == [("a", 900), ("b", 900)]


def test_time_in_which_nobody_listened_is_not_counted_but_time_before_is() -> None:
    house = House(SILENT)
    house.say(100, "a", "smoke", False)
    house.say(100, "b", "smoke", False)
    house.engine.deaf(1000)
    assert house.engine.tick(4699) == []
    house.engine.deaf(50)
    assert [(alert.device, alert.at) for alert in house.engine.tick(5000)] == [("a", 4750)]


def test_deadlines_come_in_their_order() -> None:
    house = House(SILENT, "when = {quantity = 'smoke', is = true, for = '2h'}")
    house.say(10, "b", "smoke", True)
    house.say(10, "a", "smoke", True)
    alerts = house.engine.tick(1e6)
    assert [(alert.at, alert.rule, alert.device) for alert in alerts] == [
        (3610, "r0", "a"), (7210, "r0", "b"), (7210, "r1", "a"), (7210, "r1", "b"),
    ]  # fmt: skip
    assert house.engine.due() is None


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "text", 10**400, -0.0, True])
def test_no_value_is_too_strange(value: float | str) -> None:
    house = House(GAS, SMOKE, BUTTON)
    for quantity in ("gas_lel_pct", "smoke", "button"):
        house.say(1, "a", quantity, value)
    alerts = house.engine.tick(10)
    assert [alert.state for alert in alerts] == (["firing"] if value in (math.inf, 10**400) else [])
    json.dumps([house.engine.changed(), alerts], allow_nan=False)


def test_nan_changes_nothing() -> None:
    house = House(SMOKE)
    house.say(1, "a", "smoke", True)
    assert house.say(2, "a", "smoke", math.nan) == []
    assert len(house.engine.open()) == 1


@pytest.mark.parametrize(
    ("quantity", "when", "value", "calm"),
    [
        ("gas_lel_pct", "above = 10", 50, 3), ("temperature_c", "outside = [10, 35]", 60, 21),
        ("smoke", "is = true", True, False), ("power_w_l2", "above = 10", 50, 3),
    ],
)  # fmt: skip
def test_a_word_in_place_of_a_value_ends_no_alarm(quantity: str, when: str, value: float, calm: float) -> None:
    """Bridges say so of a sensor that they don't hear, in the topic in which its values come."""
    house = House(f"when = {{quantity = '{quantity}', {when}}}")
    assert [alert.state for alert in house.say(0, "a", quantity, value)] == ["firing"]
    assert house.say(1, "a", quantity, "unavailable") + house.say(2, "a", quantity, value) == []
    assert [alert.state for alert in house.say(3, "a", quantity, calm)] == ["resolved"]
    assert house.say(4, "a", quantity, "unknown") == []
    contrary = House(f"when = {{not = {{quantity = '{quantity}', {when}}}}}")
    assert contrary.say(0, "a", quantity, "unknown") == [], "it was never heard"


def test_who_was_not_configured_belongs_to_no_home() -> None:
    house = House("when = {quantity = 'storage_fault', is = true}")
    (alert,) = house.say(1, "gateway", "storage_fault", True)
    assert (alert.home, alert.device) == ("", "gateway")
    assert house.configure(2, "when = {quantity = 'storage_fault', is = true}") == []
    assert brief(house.say(3, "gateway", "storage_fault", False)) == [(3, "resolved", 2, "cleared")]
    for number in range(2000):
        house.say(4, f"stranger-{number}", "storage_fault", True)
    assert 200 < len(house.engine.open()) < 300


def test_ids_come_from_gateway_epoch_rule_subject_and_beginning() -> None:
    def id_of(gateway: str, epoch: str, at: float = 1.0, before: int = 0) -> str:
        house = House(SMOKE)
        house.engine = Engine(gateway, epoch)
        house.engine.configure(house.rules, house.devices, 0, 0)
        house.n += before
        return house.say(at, "a", "smoke", True)[0].id

    assert id_of("g", "e") == id_of("g", "e", at=2.0)
    assert len({id_of("g", "e"), id_of("g", "f"), id_of("h", "e"), id_of("g", "e", before=1)}) == 4
    assert all(len(one) == 16 and int(one, 16) >= 0 for one in [id_of("g", "e")])


def test_two_alerts_begun_by_one_input_have_two_ids() -> None:
    house = House(SMOKE)
    ids = []
    for value in (True, False, True, False, True):
        house.n = 0
        ids += [alert.id for alert in house.say(1, "a", "smoke", value) if alert.state == "firing"]
    assert len(set(ids)) == 3


def test_compounds() -> None:
    either = "when = {any = [{quantity = 'co_ppm', above = 300}, {quantity = 'co_ppm', above = 100, for = '10m'}]}"
    house = House(either)
    assert house.say(0, "a", "co_ppm", 120) == []
    assert brief(house.engine.tick(700)) == [(600, "firing", 1, "first")]
    assert brief(house.say(800, "b", "co_ppm", 400)) == [(800, "firing", 1, "first")]
    both = House("when = {for = '5s', all = [{quantity = 'co_ppm', above = 30}, {quantity = 'motion', is = false}]}")
    assert both.say(0, "a", "co_ppm", 50) == []
    assert brief(both.say(1, "a", "motion", False)) == [(1, "pending", 0, "first")]
    assert brief(both.say(2, "a", "motion", True)) == [(2, "resolved", 0, "cleared")]
    both.say(3, "a", "motion", False)
    assert brief(both.engine.tick(10)) == [(8, "firing", 1, "first")]


def test_silence_within_a_compound_ends_with_any_reading() -> None:
    house = House("when = {all = [{silent = true}, {quantity = 'door_open', is = true}]}")
    house.say(0, "a", "door_open", True)
    assert brief(house.engine.tick(9000)) == [(3600, "firing", 1, "first")]
    assert brief(house.say(9001, "a", "rssi_dbm", -80)) == [(9001, "resolved", 2, "cleared")]


@pytest.mark.parametrize(("quantity", "value"), [("smoke", True), ("button", "press"), ("smoke", math.nan)])
def test_an_old_word_of_a_silent_device_shows_that_it_lives_and_no_more(quantity: str, value: float | str) -> None:
    house = House(
        "latch = true\nwhen = {any = [{silent = true}, {quantity = 'button', is = 'press'}]}",
        "when = {all = [{silent = true}, {quantity = 'smoke', is = true}]}",
    )
    house.say(0, "a", "smoke", True)
    assert [alert.rule for alert in house.engine.tick(3600)] == ["r0", "r1"]
    alerts = house.say(4000, "a", quantity, value, "replay")
    assert [(alert.rule, alert.state) for alert in alerts] == [("r1", "resolved")]


def test_evidence_and_sources_are_bounded() -> None:
    devices = {f"s{number}": Device("h") for number in range(3 * MOST)}
    house = House(PER_HOME, devices=devices)
    alerts: list[Alert] = []
    for number, device in enumerate(devices):
        alerts += house.say(1, device, "smoke", True, seq=number + 1)
    assert max(len(alert.evidence) for alert in alerts) == MOST
    assert len({source for alert in alerts for source in alert.sources}) == 3 * MOST
