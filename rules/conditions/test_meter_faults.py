"""Meters as they are, against what really flowed: steps of 1 L and 10 L, rolled over, exchanged, noisy, lost, one jump."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.reading import Reading
from rules.conditions.meter import Meter
from rules.engine import Device, Engine
from rules.test_house import rules_of

MINUTE, HOUR = 60.0, 3600.0
FAULTS = ("", "", "", "", "", "lost", "jump", "zero", "back")


@dataclass
class Past:
    """What a meter showed, and what really flowed by then: (moment, register, true total)."""

    shown: list[tuple[float, float, float]]
    step: float


@st.composite
def pasts(draw: st.DrawFn, most: int = 90) -> Past:
    """A meter read every 5 to 60 minutes; a fault is followed by two sound readings, as single ones are."""
    step = draw(st.sampled_from([0.001, 0.01]))
    total, at, calm = draw(st.sampled_from([3.0, 523.4, 99.9, 9999.95])), 0.0, 0
    digits = 10.0 ** len(str(int(total))) if total > 10 else 1e5
    shown: list[tuple[float, float, float]] = []
    sips = st.lists(st.sampled_from([0, 0, 0, 0, 3, 8, 12, 40, 150, 400]), min_size=5, max_size=most)
    for litres in draw(sips):
        at += draw(st.sampled_from([5, 15, 30, 60])) * MINUTE
        total += litres / 1000.0
        register = int(round(total / step, 3)) * step % digits
        calm = 0 if shown and register < shown[-1][1] - 1.0 else calm  # rolled over: a second fault at once is another story
        fault = draw(st.sampled_from(FAULTS)) if calm >= 2 else ""
        calm = 0 if fault else calm + 1
        if fault == "lost":
            continue
        wrong = {
            "jump": register + draw(st.sampled_from([0.7, 2.0, 40.0, 9000.0])),
            "zero": 0.0,
            "back": register - step,
        }
        shown.append((at, round(max(0.0, wrong.get(fault, register)), 3), total))
    return Past(shown, step)


@given(pasts())
def test_what_is_counted_is_what_flowed(past: Past) -> None:
    meter = Meter("water_m3")
    counted, began = 0.0, None
    for at, register, total in past.shown:
        step = meter.read(at, register)
        if step is None:
            continue
        assert not (step.new and began is not None), "no meter was exchanged"
        began = total if began is None else began
        counted += step.used
        assert counted <= total - began + 2 * past.step + 1e-6, "never more than flowed"
    for _, _, total in past.shown[-4:-3]:
        assert began is not None
        assert counted >= total - began - 3 * past.step - 1e-6, "nor less, once the next readings agree"


def _fired(rule: str, past: Past) -> list[float]:
    engine = Engine("g", "e")
    engine.configure(rules_of(rule), {"m": Device("h", "", 2 * HOUR)}, 0.0, 0)
    alerts = []
    for n, (at, register, _) in enumerate(past.shown, 1):
        alerts += engine.feed(Reading("m", "water_m3", "water_m3", register, at, (), n))
    return [alert.at for alert in alerts if alert.state == "firing"]


def _true_use(past: Past, start: float, end: float) -> float:
    """What flowed between the sound knowledge of two moments."""
    before = [total for at, _, total in past.shown if at <= start]
    after = [total for at, _, total in past.shown if at <= end]
    return (after[-1] if after else 0.0) - (before[-1] if before else past.shown[0][2])


@given(pasts())
def test_much_is_told_only_where_much_flowed(past: Past) -> None:
    for at in _fired("when = {quantity = 'water_m3', used_above = 0.3, over = '3h'}", past):
        assert _true_use(past, at - 3 * HOUR - HOUR, at) > 0.3 - 2 * past.step - 1e-6


@given(pasts())
def test_hardly_any_is_told_only_where_hardly_any_flowed(past: Past) -> None:
    for at in _fired("when = {quantity = 'water_m3', used_below = 0.01, over = '3h'}", past):
        assert _true_use(past, at - 3 * HOUR, at) < 0.01 + 2 * past.step + 1e-6


@pytest.mark.parametrize("jump", [0.6, 1.0, 1.2, 5.0, 9000.0])
@pytest.mark.parametrize("every", [5, 15, 60])
def test_one_impossible_reading_is_no_flood_and_hides_no_silence(jump: float, every: int) -> None:
    shown = [(n * every * MINUTE, 12.0 + (jump if n == 7 else 0.0), 12.0) for n in range(13 * 60 // every + 10)]
    past = Past(shown, 0.001)
    assert _fired("when = {quantity = 'water_m3', used_above = 0.5, over = '24h'}", past) == []
    (at,) = _fired("when = {quantity = 'water_m3', used_below = 0.01, over = '12h'}", past)
    assert at == 12 * HOUR


def test_an_exchanged_meter_is_neither_flood_nor_silence() -> None:
    shown = [(n * 900.0, 523.4 if n < 20 else 0.002, 0.0) for n in range(60)]
    past = Past(shown, 0.001)
    assert _fired("when = {quantity = 'water_m3', used_above = 0.5, over = '24h'}", past) == []
    (at,) = _fired("when = {quantity = 'water_m3', used_below = 0.01, over = '8h'}", past)
    assert at == 20 * 900.0 + 8 * HOUR, "the new one proves nothing of the time before it"


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.floats(18.0, 24.0), st.none() | st.sampled_from([-40.0, 0.0, 85.0, 125.0])), max_size=40),
    st.sampled_from(["rises", "falls"]),
)
def test_single_wrong_values_high_or_low_are_no_base_of_a_rise(
    said: list[tuple[float, float | None]], word: str
) -> None:
    engine = Engine("g", "e")
    rule = f"when = {{quantity = 'temperature_c', {word} = 15, within = '10m'}}"
    engine.configure(rules_of(rule), {"t": Device("h")}, 0.0, 0)
    n, at = 0, 0.0
    for sound, wrong in said:
        for value in (sound, wrong) if wrong is not None else (sound,):
            n, at = n + 1, at + 60.0
            assert engine.feed(Reading("t", "temperature_c", "temperature_c", value, at, (), n)) == []


def test_a_true_rise_after_a_false_low_value_is_told_by_its_own_size() -> None:
    engine = Engine("g", "e")
    engine.configure(
        rules_of("when = {quantity = 'temperature_c', rises = 15, within = '10m'}"), {"t": Device("h")}, 0.0, 0
    )
    values = [21.0, 21.0, 0.0, 21.0, 27.0, 33.0, 35.0, 37.5, 38.0]
    fired = []
    for n, value in enumerate(values, 1):
        fired += [
            n for one in engine.feed(Reading("t", "temperature_c", "temperature_c", value, n * 60.0, (), n)) if one.n
        ]
    assert fired == [9], "37.5 and 38 agree; 0 to 21 was none"
