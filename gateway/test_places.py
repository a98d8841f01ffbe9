"""Nobody takes all places: against whoever opens and opens, one who comes once is let in."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from gateway.places import Place, Places


def nothing() -> None:
    """Leave without a word."""


def test_the_longest_waiting_of_ones_own_gives_way_and_one_at_work_does_not() -> None:
    left: list[int] = []
    places = Places(16, 3)
    taken = [places.take("eve", lambda n=n: left.append(n)) for n in range(3)]  # type: ignore[misc]
    assert taken[0]
    taken[0].waits = False
    assert places.take("eve", nothing)
    assert left == [1]
    for place in taken:
        assert place
        place.waits = False
    last = places.take("eve", nothing)
    assert last
    last.waits = False
    assert places.take("eve", nothing) is None
    assert places.take("ann", nothing)


def test_many_together_do_not_keep_one_out_who_comes_once() -> None:
    places = Places(16, 4)
    for n in range(200):
        assert places.take(f"eve-{n % 7}", nothing)
    assert places.take("ann", nothing)
    assert places.take("ann", nothing)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["come", "come", "work", "go"])), max_size=80))
def test_there_are_never_more_than_there_is_room_for(steps: list[tuple[str, str]]) -> None:
    places, here = Places(8, 3), list[Place]()
    for who, what in steps:
        mine = [place for place in here if place.whose == who]
        if what == "come":
            made = places.take(who, nothing)
            if made:
                here.append(made)
            elif not mine:  # refused: then all are busy, or nobody holds more than the others
                others = Counter(place.whose for place in places._taken if place.waits)
                assert not others or max(others.values()) >= 1
                assert len(places._taken) == 8
        elif mine and what == "work":
            mine[0].waits = False
        elif mine:
            places.free(mine[0])
            here.remove(mine[0])
        here = [place for place in here if place in places._taken]
        held = Counter(place.whose for place in places._taken)
        assert len(places._taken) <= 8
        assert all(count <= 3 for count in held.values())
