"""Which homes are called otherwise, by where their devices were and are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.renamed import carry, renamed

HERE = {"pir": "a", "door": "a", "hall": "b"}


@pytest.mark.parametrize(
    ("after", "found"),
    [
        (HERE, {}),
        ({**HERE, "pir": "c", "door": "c"}, {"a": "c"}),
        ({"pir": "c", "hall": "b"}, {"a": "c"}),
        ({**HERE, "pir": "c"}, {}),
        ({"pir": "c", "door": "d", "hall": "b"}, {}),
        ({"pir": "b", "door": "b", "hall": "a"}, {}),
        ({"pir": "b", "door": "b", "hall": "b"}, {}),
        ({"pir": "c", "door": "c", "hall": "c"}, {}),
        ({"pir": "c", "door": "c", "hall": "d", "new": "a"}, {"b": "d"}),
        ({}, {}),
    ],
)
def test_all_that_is_left_of_a_home_is_in_a_new_one(after: dict[str, str], found: dict[str, str]) -> None:
    assert renamed(HERE, after) == found


ROW = {"p1": "1", "d1": "1", "p2": "2", "p3": "3"}


@pytest.mark.parametrize(
    ("after", "found"),
    [
        ({"p1": "2", "d1": "2", "p2": "3", "p3": "4"}, {"1": "2", "2": "3", "3": "4"}),
        ({"p1": "0", "d1": "0", "p2": "1", "p3": "2"}, {"1": "0", "2": "1", "3": "2"}),
        ({"p1": "2", "d1": "2", "p2": "4", "p3": "3"}, {"1": "2", "2": "4"}),
        ({"p1": "2", "d1": "2", "p2": "4", "p3": "3", "new": "2"}, {"1": "2", "2": "4"}),
        ({"p1": "2", "d1": "2", "p2": "4", "p3": "3", "new": "1"}, {}),
        ({"p1": "2", "d1": "1", "p2": "4", "p3": "3"}, {}),
        ({"p1": "2", "d1": "2", "p2": "4", "p3": "2"}, {}),
        ({"p1": "2", "d1": "2", "p3": "3"}, {}),
        ({"p1": "2", "d1": "2", "p2": "3", "p3": "3"}, {}),
        ({"p1": "2", "d1": "2", "p2": "1", "p3": "3"}, {}),
        ({"p1": "2", "d1": "2", "p2": "3", "p3": "1"}, {}),
    ],
)
def test_a_row_that_is_numbered_anew_has_other_names(after: dict[str, str], found: dict[str, str]) -> None:
    assert renamed(ROW, after) == found
    chain = len(found) > 1
    for old, new in found.items():
        said = renamed(ROW, after, lambda one, other, no=(old, new): False if (one, other) == no else None)  # type: ignore[misc]
        assert said == ({} if chain else found), "who lives there stayed"


def test_homes_that_changed_places_have_other_names_where_those_who_live_there_say_so() -> None:
    swapped = {"p1": "2", "d1": "2", "p2": "1", "p3": "3"}
    turned = {"p1": "2", "d1": "2", "p2": "3", "p3": "1"}
    assert renamed(ROW, swapped, lambda old, new: True) == {"1": "2", "2": "1"}
    assert renamed(ROW, turned, lambda old, new: True) == {"1": "2", "2": "3", "3": "1"}
    for doubt in (None, False):
        assert renamed(ROW, swapped, lambda old, new, said=doubt: True if old == "1" else said) == {}  # type: ignore[misc]


def test_all_at_once() -> None:
    table = {"1": "a", "2": "b", "9": "z"}
    assert carry(table, {"1": "2", "2": "3"}) == {"1", "2", "3"}
    assert table == {"2": "a", "3": "b", "9": "z"}


HOMES = st.dictionaries(st.sampled_from("pqrstu"), st.sampled_from(["", "a", "b", "c", "d"]))


@given(HOMES, HOMES)
def test_no_home_has_two_names_and_nothing_of_it_stays_behind(before: dict[str, str], after: dict[str, str]) -> None:
    for said in (None, True, False):
        found = renamed(before, after, lambda old, new, said=said: said)  # type: ignore[misc]
        assert len(set(found.values())) == len(found)
        assert "" not in {*found, *found.values()}
        for old, new in found.items():
            assert old != new
            assert {after[one] for one, home in before.items() if home == old and one in after} == {new}
            if new in before.values():
                assert {before[one] for one, home in after.items() if home == new and one in before} == {old}
                assert new in found, "who was there has another name as well"
