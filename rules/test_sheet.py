"""What a sheet gives back is what was put on it, whatever it was and whatever rules came in between."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from drivers.reading import Reading, Source
from rules.route import Asked
from rules.sheet import Layouts, Sheet

QUANTITIES = ("smoke", "co_ppm", "state")
POINTS = st.sampled_from(["smoke", "co_ppm", "co_ppm#2", "state", "state#2"])
VALUES = st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3) | st.just(2**53 + 1)
FLAGS = st.sampled_from([(), (), ("retained",), ("odd", "hearsay")])
SOURCES = st.sampled_from([None, None, Source("a", 1, 2)])
STEPS = st.lists(st.tuples(POINTS, VALUES, FLAGS, SOURCES, st.sampled_from([None, None, None, "co_ppm", "smoke"])))


def asked(*quantities: str) -> dict[str, Asked]:
    return {quantity: Asked(quantity, ()) for quantity in quantities}


@settings(max_examples=200)
@given(STEPS)
@example([("smoke", True, (), None, None), ("smoke", 1, (), None, None), ("smoke", 1.0, (), None, None)])
@example([("co_ppm", 2**53 + 1, (), None, None), ("co_ppm", 10**400, (), None, "smoke")])
@example([("state", "on", (), None, None), ("state", -0.0, (), None, "co_ppm"), ("state#2", 5, (), None, None)])
def test_it_gives_back_what_was_put_on_it(steps: list[tuple[str, bool | float | str, tuple[str, ...], Source, str]]) -> None:
    sheet, every = Sheet("a", 0.0, Layouts()), asked(*QUANTITIES)
    last: dict[str, Reading] = {}
    for n, (point, value, flags, source, forgets) in enumerate(steps, 1):
        quantity = point.partition("#")[0]
        reading = Reading("a", point, quantity, value, n / 8, flags, n, source)
        sheet.put(every[quantity], reading)
        last[point] = reading
        if forgets is not None:
            rest = [quantity for quantity in QUANTITIES if quantity != forgets]
            gone = [point for point, reading in last.items() if reading.quantity == forgets]
            assert sheet.lay(asked(*rest)) is bool(gone)
            last = {point: reading for point, reading in last.items() if point not in gone}
        assert sorted(map(repr, sheet.remembered())) == sorted(map(repr, last.values()))
        for quantity in QUANTITIES:
            said = {repr(reading) for reading in last.values() if reading.quantity == quantity}
            assert {repr(reading) for reading in sheet.readings(quantity)} == said
            assert sheet.says(quantity) is bool(said)
            assert len(sheet.values(quantity)) == len(said)
        assert all(repr(sheet.value(point)) == repr(reading.value) for point, reading in last.items())
    assert sheet.heard == 0.0
    assert (sheet.value("motion"), sheet.reading("motion")) == (None, None)


def test_a_checkpoint_is_kept_until_its_rules_are_known() -> None:
    sheet = Sheet("a", 0.0, Layouts())
    loaded = [Reading("a", point, point[:6], 1, 2.0) for point in ("co_ppm", "smoke", "co_ppm#2")]
    sheet.odd = {reading.point: reading for reading in loaded}
    assert sheet.remembered() == loaded
    assert sheet.lay(asked("co_ppm"))
    assert sheet.remembered() == [loaded[0], loaded[2]]
    assert sheet.points("co_ppm") == ("co_ppm", "co_ppm#2")


def test_points_that_are_alike_share_what_is_known_of_them() -> None:
    every = asked("smoke")
    layouts = Layouts()
    one, other = Sheet("a", 0.0, layouts), Sheet("b", 0.0, layouts)
    for sheet in (one, other):
        sheet.put(every["smoke"], Reading(sheet.name, "smoke", "smoke", False, 1.0))
    assert one.spots is other.spots
    other.turn("smoke", "stirred")
    (low, high), (after, until) = one.spots["smoke"].other, other.spots["smoke"].other
    assert low <= 0.0 <= high
    assert after > until
    other.turn("smoke", "calm")
    assert one.spots is other.spots
