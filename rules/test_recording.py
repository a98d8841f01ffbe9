"""Recordings: whatever a file says, it is read or named with its line."""

import re
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import recording
from rules.csvrows import Bad, Row, numbered, rows
from rules.misread import misread
from rules.recording import Recording

HEAD = "ts,home,device,quantity,value"


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("1550048169000,h,d,q,1", "in seconds, not in milliseconds"),
        ("99999999999999999,h,d,q,1", "from 1900 to 2100"),
        ("inf,h,d,q,1", "from 1900 to 2100"),
        ("yesterday,h,d,q,1", "2026-01-31T12:00:00Z"),
        ("1,h,d,q,", "write a value"),
        ("1,h,d,q,NaN", "leave out the line"),
        ("1,h,d,q," + "x" * 200, "128 characters"),
        ("1,h,d,q", f"write {HEAD}"),
        ("1,h,d,q,2,3", f"write {HEAD}, and a point in numbers"),
    ],
)
def test_a_bad_line_has_its_place_and_its_remedy(line: str, remedy: str) -> None:
    with pytest.raises(Bad, match=re.escape(remedy)) as found:
        list(rows([HEAD, "", "1,h,d,q,1", line], "f"))
    assert (found.value.file, found.value.line) == ("f", 4)


@pytest.mark.parametrize("sign", [";", "\t", "|"])
def test_other_separators_are_named(sign: str) -> None:
    """Excel of many countries writes semicolons, and then commas in numbers."""
    with pytest.raises(Bad, match="write commas between the columns, and a point in numbers"):
        list(rows([HEAD.replace(",", sign), sign.join(["1", "h", "d", "q", "21,5"])], "f"))


@pytest.mark.parametrize(
    ("said", "value"),
    [("smoke,true", True), ("smoke,False", False), ("smoke,1", 1.0), ("smoke#2,on", True), ("smoke,OFF", False),
     ("motion,yes", True), ("motion,no", False), ("button,on", "on"), ("model,on", "on"), ("smoke,loud", "loud")],
)  # fmt: skip
def test_a_state_is_true_however_others_write_it(said: str, value: object) -> None:
    """Home Assistant writes on and off; taken for a text, a fire on a recording would raise nothing."""
    assert [row.value for row in rows([HEAD, f"1,h,d,{said}", f"2,h,d,{said}"], "f")] == [value, value]


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("1,,d,q,1", "no name of a home"),
        ("1,h,,q,1", "1 to 128 characters"),
        ("1,h,d," + "q" * 129 + ",1", "1 to 128 characters"),
        ("2000000000,h,d,q,1", "a clock that was not set"),
    ],
)
def test_what_no_home_can_be_made_of_has_its_place_too(line: str, remedy: str) -> None:
    with pytest.raises(Bad, match=remedy) as found:
        list(Recording().take(numbered([HEAD, "1,h,d,q,1", line], "f"), "f"))
    assert found.value.line == 3


def test_homes_devices_and_their_quantities_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MOST_HOMES", 3)
    monkeypatch.setattr(recording, "MOST_DEVICES", 3)
    monkeypatch.setattr(recording, "MOST_POINTS", 3)
    for field in ("h{},d,q", "h,d{},q", "h,d,q{}"):
        with pytest.raises(Bad) as found:
            list(Recording().take(numbered([HEAD, *(f"1,{field.format(n)},1" for n in range(9))], "f"), "f"))
        assert found.value.line == 5


@given(st.lists(st.tuples(st.integers(0, 50), st.sampled_from("ab"), st.floats(-9, 9)), min_size=1, max_size=40))
def test_rows_come_in_the_order_of_time_and_of_one_moment_as_written(said: list[tuple[int, str, float]]) -> None:
    taken = Recording()
    list(taken.take(((1, Row(float(at), "h", device, "q", value)) for at, device, value in said), "f"))
    home = taken.homes["h"]
    assert list(home) == [(float(at), device, "q", value) for at, device, value in sorted(said, key=lambda one: one[0])]
    assert home.span() == (min(at for at, _, _ in said), max(at for at, _, _ in said))


def test_the_times_in_which_something_was_heard() -> None:
    taken = Recording()
    list(taken.take(((1, Row(at, "h", "d", "q", 1.0)) for at in (0.0, 50.0, 90.0, 300.0, 310.0, 900.0)), "f"))
    assert taken.homes["h"].heard(60.0) == [(0.0, 90.0), (300.0, 310.0), (900.0, 900.0)]


@given(st.lists(st.text(max_size=40), max_size=8))
def test_no_text_breaks_it(lines: list[str]) -> None:
    for text in (lines, [HEAD, *lines]):
        with suppress(Bad):
            assert all(isinstance(row, Row) for row in rows(text, "f"))


def test_a_register_of_litres_in_place_of_cubic_metres_is_known_by_its_moves() -> None:
    recording, uses = Recording(), [0.001, 0.04, 0.0, 0.009, 0.002, 0.15] * 8
    meters = [("right", "water_m3", 1.0), ("wrong", "water_m3", 1000.0), ("heat", "heat_kwh", 1000.0)]
    rows = [
        Row(3600.0 * hour, "h", device, quantity, factor * (75.0 + sum(uses[:hour])))
        for hour in range(len(uses))
        for device, quantity, factor in meters
    ]
    list(recording.take(enumerate(rows), "f"))
    (hint,) = misread(recording.in_order(), [])
    assert hint == ("litres", "h", "wrong", "water_m3", 39, "9")
    few = Recording()
    list(few.take(enumerate(rows[:30]), "f"))
    assert misread(few.in_order(), []) == [], "too few moves to say so"


def test_spaces_behind_commas_are_no_part_of_a_name() -> None:
    (row,) = rows(["ts, home, device, quantity, value", "1, h, d, smoke, true"], "f")
    assert row == (1.0, "h", "d", "smoke", True)
