"""Bouncing contacts and presses."""

import pytest
from contacts import DOUBLE_PRESS, LONG_PRESS, PRESS, Button, Contact


def play(part, levels):
    """Levels of 10 ms each -> [(ms, what was told)]."""
    told = []
    for number, level in enumerate(levels):
        answer = part.feed(level == "1", number * 10)
        if answer:
            told.append((number * 10, answer))
    return told


@pytest.mark.parametrize(
    ("levels", "changes"),
    [
        ("0" * 30, [0]),
        ("1" * 30, [0]),
        ("0000" + "1" * 10, [0, 90]),
        ("0000" + "10" * 20, [0]),
        ("0000" + "1010" + "1" * 10, [0, 130]),
        ("0000" + "1111" + "0" * 10, [0]),
    ],
)
def test_contact_counts_once_it_held(levels, changes):
    assert [at for at, _ in play(Contact(50), levels)] == changes


@pytest.mark.parametrize(
    ("levels", "told"),
    [
        ("0" * 10 + "1" * 10 + "0" * 100, [PRESS]),
        ("0" * 10 + "1" * 400, [PRESS, LONG_PRESS]),
        ("0" * 10 + "1" * 10 + "0" * 10 + "1" * 10 + "0" * 10, [PRESS, DOUBLE_PRESS]),
        ("0" * 10 + "1" * 10 + "0" * 60 + "1" * 10 + "0" * 10, [PRESS, PRESS]),
        ("0" * 10 + ("1" * 10 + "0" * 10) * 3, [PRESS, DOUBLE_PRESS, PRESS]),
        ("0" * 10 + "1" + "0" * 50, []),
        ("1" * 400, [PRESS, LONG_PRESS]),
    ],
)
def test_button_tells_the_press_at_once_and_what_became_of_it(levels, told):
    assert [answer for _, answer in play(Button(), levels)] == told


def test_press_is_told_when_the_finger_comes_down():
    assert play(Button(), "0" * 10 + "1" * 10)[0] == (120, PRESS)
