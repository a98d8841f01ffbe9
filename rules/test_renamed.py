"""Which homes are called otherwise, by where their devices were and are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.renamed import renamed

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


HOMES = st.dictionaries(st.sampled_from("pqrstu"), st.sampled_from(["", "a", "b", "c", "d"]))


@given(HOMES, HOMES)
def test_no_home_that_is_still_there_or_was_there_has_two_names(before: dict[str, str], after: dict[str, str]) -> None:
    found = renamed(before, after)
    assert len(set(found.values())) == len(found)
    assert not found.keys() & set(after.values())
    assert not set(found.values()) & set(before.values())
    assert "" not in {*found, *found.values()}
