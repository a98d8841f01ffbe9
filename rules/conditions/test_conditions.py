"""Each condition by itself, and the register of words."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.reading import Reading, Scalar
from rules.conditions import BESIDE, WORDS, Condition
from rules.conditions.compound import All, Any
from rules.conditions.held import Held
from rules.conditions.silent import Silent
from rules.conditions.value import Above, Below, Every, Is, Leaf, Outside
from rules.known import Device, Ears, Known
from rules.route import Asked

VALUES = st.booleans() | st.floats() | st.integers() | st.text(max_size=3)


def known(name: str = "a", silent_after: float | None = None, **values: Scalar) -> Known:
    made = Known(name, Device("h", "", silent_after), Ears(), 0.0)
    for quantity, value in values.items():
        says(made, quantity, value)
    return made


def says(device: Known, quantity: str, value: Scalar) -> None:
    device.put(Asked(quantity, ()), Reading(device.name, quantity, quantity, value, 0.0))


def true(condition: Condition, *devices: Known, at: float = 0.0) -> bool:
    return condition.live(devices).step(at, None)


@pytest.mark.parametrize(
    ("leaf", "yes", "no"),
    [
        (Is("smoke", (True,)), [True, 1, 1.0], [False, 0, "true", ""]),
        (Is("button", ("press", "long_press")), ["press", "long_press"], ["double_press", "", 1, True]),
        (Above("co_ppm", 10.0), [10.1, 11, float("inf"), 10**400], [10, 9, float("nan"), "99", True, float("-inf")]),
        (Below("co_ppm", 5.0), [4.9, -1, True, float("-inf")], [5, 6, float("nan"), "1", float("inf")]),
        (Outside("temperature_c", 18.0, 26.0), [17.9, 26.1, True, float("inf")], [18, 26, float("nan"), "30", 20.5]),
    ],
)
def test_which_values_make_it_true(leaf: Leaf, yes: list[Scalar], no: list[Scalar]) -> None:
    assert [value for value in yes if not leaf.test(value)] == []
    assert [value for value in no if leaf.test(value)] == []


@given(
    VALUES,
    st.sampled_from(
        [Is("smoke", (True, "x", 3.5)), Above("co_ppm", 1.0), Below("co_ppm", 1.0), Outside("co_ppm", 1.0, 2.0)]
    ),
)
def test_no_value_raises(value: Scalar, leaf: Leaf) -> None:
    assert leaf.test(value) in (True, False)


@given(st.floats(-9, 9), st.floats(-9, 9), st.floats(-9, 9))
def test_limits_that_clash_are_found(raise_at: float, clear_at: float, value: float) -> None:
    for when, clear in ((Above("q", raise_at), Below("q", clear_at)), (Below("q", raise_at), Above("q", clear_at))):
        if not when.clashes(clear):
            assert not (when.test(value) and clear.test(value))
    one = Is("q", (value,))
    band = Outside("q", min(raise_at, clear_at), max(raise_at, clear_at))
    assert band.clashes(one) == band.test(value) == one.clashes(band)
    assert band.clashes(Below("q", value))
    assert Above("q", value).clashes(band)
    assert Above("q", raise_at).clashes(one) == (value > raise_at) == one.clashes(Above("q", raise_at))


def test_one_point_raises_and_every_point_clears() -> None:
    low, high = known("a", co_ppm=1), known("b", co_ppm=20)
    assert true(Above("co_ppm", 10.0), low, high)
    assert not true(Above("co_ppm", 10.0), low)
    assert not true(Every(Below("co_ppm", 5.0)), low, high)
    assert true(Every(Below("co_ppm", 5.0)), low)


def test_what_was_never_heard_is_neither_above_nor_below() -> None:
    assert not true(Above("co_ppm", -1e9), known())
    assert not true(Below("co_ppm", 1e9), known())


def test_for_counts_from_the_moment_it_became_true() -> None:
    device = known(co_ppm=20)
    live = Held(Above("co_ppm", 10.0), 3.0).live([device])
    assert [live.step(at, None) for at in (1.0, 3.9, 4.0)] == [False, False, True]
    assert (live.since, live.due(2.0), live.due(4.0)) == (1.0, 4.0, None)
    says(device, "co_ppm", 1)
    assert not live.step(5.0, None)
    assert live.save() is None


def test_hold_bridges_what_comes_back_in_time_and_only_what_had_fired() -> None:
    device = known(co_ppm=20)
    live = Held(Above("co_ppm", 10.0), 3.0, 5.0).live([device])

    def say(at: float, value: float) -> bool:
        says(device, "co_ppm", value)
        return live.step(at, None)

    assert [say(0.0, 20), say(2.0, 1)] == [False, False], "it had not fired: nothing to hold"
    assert live.since is None
    assert [say(3.0, 20), say(6.0, 20), say(7.0, 1), say(11.9, 1)] == [False, True, True, True]
    assert (live.gone, live.due(11.9), live.save()) == (7.0, 12.0, [3.0, None, 7.0, True])
    again = Held(Above("co_ppm", 10.0), 3.0, 5.0).live([device])
    again.restore(live.save(), 11.9)
    assert [say(11.95, 20), say(12.0, 1), say(16.9, 1), say(17.0, 1)] == [True, True, True, False]
    assert [again.step(at, None) for at in (11.99, 12.0)] == [True, False]


def test_hold_bridges_nothing_that_ends_the_moment_it_would_have_fired() -> None:
    device = known(co_ppm=20)
    live = Held(Above("co_ppm", 10.0), 3.0, 5.0).live([device])
    assert not live.step(1.0, None)
    says(device, "co_ppm", 1)
    assert not live.step(4.0, None), "as it is without hold"


def test_silence_is_of_supervised_devices_alone() -> None:
    plain, watched = known("a"), known("b", silent_after=60.0)
    live = Silent(None).live([plain, watched])
    assert live.due(0.0) == 60.0
    assert [live.step(at, None) for at in (59.9, 60.0)] == [False, True]
    assert [reading.device for reading in live.evidence()] == ["b"]
    watched.heard = 50.0
    watched.ears.deaf = 5.0
    assert live.due(60.0) == 115.0
    assert Silent(7.0).live([plain, watched]).due(0.0) == 62.0


def test_any_and_all() -> None:
    parts = (Above("co_ppm", 10.0), Is("smoke", (True,)))
    for co, smoke in ((1, False), (1, True), (20, False), (20, True)):
        device = known(co_ppm=co, smoke=smoke)
        assert true(Any(parts), device) == (co > 10 or smoke)
        assert true(All(parts), device) == (co > 10 and smoke)
        assert Any(parts).needs() == {"co_ppm": False, "smoke": False}


@pytest.mark.parametrize("saved", [5, "x", [1], [1, 2, 3], [[], None], ["x", None], [None, 5], {}])
def test_a_memory_that_is_none_is_refused(saved: object) -> None:
    for condition in (Held(Is("smoke", (True,)), 3.0), Any((Is("smoke", (True,)), Silent(None)))):
        live = condition.live([known(silent_after=5.0)])
        live.restore(None, 0.0)
        if not (isinstance(condition, Any) and saved == [None, 5]):
            with pytest.raises((ValueError, TypeError)):
                live.restore(saved, 0.0)


def test_every_word_is_explained() -> None:
    page = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    words = "above all always_in_use any below dose falls inactive inside is leaps never_still not outside rises silent too_coarse used_above used_below"
    assert sorted(WORDS) == words.split()
    assert [word for word in BESIDE if f"`{word}`" not in page] == []
    for word, condition in WORDS.items():
        assert f"`{word}`" in page
        assert condition.__doc__
        assert f"``{word} =" in condition.__doc__
