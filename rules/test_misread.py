"""What a recording says and no rule can take as it was meant is told, so that "never fired" is no lie."""

import pytest

from drivers.reading import Scalar
from rules.misread import Hint, misread
from rules.recording import Recorded
from rules.rulefile import load
from rules.test_house import rules_of

WATER = load(["water"])


def home(*said: tuple[str, str, Scalar], name: str = "h") -> Recorded:
    made = Recorded(name)
    for number, (device, quantity, value) in enumerate(said):
        made.add(3600.0 * number, device, quantity, value)
    return made


def test_a_text_where_a_number_or_a_truth_is_meant() -> None:
    """As other systems write them: a comma, on and off, unavailable."""
    said = home(
        ("t", "temperature_c", "21,5"), ("t", "temperature_c", 21.0), ("t", "temperature_c#2", "unavailable"),
        ("door", "door_open", "on"), ("bell", "button", "press"), ("node", "firmware", "1.2"), ("bell", "test", "yes"),
    )  # fmt: skip
    assert misread([said, home(("t", "temperature_c", "21,6"), name="k")], WATER) == [
        Hint("truth", "h", "door", "door_open", 1, "on"),
        Hint("number", "h", "t", "temperature_c", 3, "21,5"),
        Hint("truth", "h", "bell", "test", 1, "yes"),
    ]


def test_a_quantity_that_nobody_knows_and_its_nearest() -> None:
    said = home(("t", "temperatur", 21.0), ("t", "temperatur", 22.0), ("x", "zzz", 1.0), ("r", "radon_bq_m3", 5.0))
    (own,) = rules_of("when = {silent = true}")
    assert misread([said], [own]) == [
        Hint("stranger", "h", "r", "radon_bq_m3", 1, ""),
        Hint("near", "h", "t", "temperatur", 2, "temperature_c"),
        Hint("stranger", "h", "x", "zzz", 1, ""),
    ]


@pytest.mark.parametrize(
    ("step", "uses", "told"),
    [
        (1.0, [1], [("litres", "1"), ("coarse", "1")]),
        (0.1, [1, 0, 2], [("coarse", "0.1")]),
        (0.01, [1, 0, 3], []),
        (0.001, [40, 300, 41], []),
        (0.001, [250, 1, 0], []),
    ],
)
def test_a_meter_that_counts_in_steps_too_great_for_a_rule(
    step: float, uses: list[int], told: list[tuple[str, str]]
) -> None:
    """That nothing moves is no proof then, and the rule fires though water is used."""
    registers = [round(7.0 + step * sum((uses * 60)[:hour]), 6) for hour in range(90)]
    said = home(*(("m", "water_m3", register) for register in registers))
    hints = [(hint.kind, hint.value) for hint in misread([said], [rule for rule in WATER if "12h" in rule.id])]
    assert hints == told
    assert misread([home(*(("m", "water_m3", register) for register in registers[:9]))], WATER) == []
