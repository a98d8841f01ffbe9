"""Buttons against an oracle of their own: presses of two homes, a question, smoke and answers, in any order.

The oracle knows the rule's sentence and nothing of the code: every press is a call, but for a long one within the five
minutes of a question to that home, or within 15 s of a (short or double) press of the same device.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from hypothesis import Phase, event, given, settings
from hypothesis import strategies as st

from gateway.ladder.conftest import ASKING, House, site

CODES = {"press": 1, "long": 2, "double": 3}
HOMES = site(more='rules.files = ["quiet.toml"]\n', rules={"quiet.toml": ASKING})


class Happens(NamedTuple):
    """``at`` in tenths of a second: 15 s are 150 of them, and no rounding blurs that."""

    at: int
    what: str
    home: int = 1
    room: str = "button"


GAPS = st.sampled_from([0, 1, 3, 50, 148, 149, 150, 151, 152, 200, 600, 2999, 3000, 3001])
WHATS = st.sampled_from(["press", "press", "long", "long", "long", "double", "smoke", "quiet", "ack", "fine", "hush"])
STEPS = st.lists(st.tuples(GAPS, WHATS, st.sampled_from([1, 1, 1, 2]), st.sampled_from(["button", "bedroom"])), max_size=14)


@dataclass
class Oracle:
    """What must come of it."""

    fines: list[tuple[int, str]] = field(default_factory=list)
    calls: list[tuple[int, str]] = field(default_factory=list)
    hushed: dict[int, int] = field(default_factory=dict)
    pressed: dict[str, int] = field(default_factory=dict)
    asked: int | None = None
    smoke: dict[int, int] = field(default_factory=dict)
    taken_on: int | None = None

    def hear(self, one: Happens) -> None:
        if self.asked is not None and one.at - self.asked >= 3000:  # after five minutes nobody is asked any more
            self.asked = None
        if one.what in CODES:
            self._button(one, f"{one.room}-{one.home}")
        elif one.what == "smoke":
            self.smoke[one.home] = one.at
            self.hushed.pop(one.home, None)
        elif one.what == "quiet":
            self.asked = one.at
        elif one.what == "ack":
            self.taken_on = one.at
        elif one.what == "hush":
            self.hushed[one.home] = one.at + 3000

    def _button(self, one: Happens, device: str) -> None:
        if one.home in self.smoke:
            self.hushed[one.home] = one.at + 6000
        short = one.at - self.pressed.get(device, -1000) <= 150
        is_asked = one.home == 1 and self.asked is not None
        if one.what == "long" and (short or is_asked):
            self.fines.append((one.at, device))
        else:
            self.calls.append((one.at, device))
            self.asked = None if one.home == 1 else self.asked
            if one.what != "long":
                self.pressed[device] = one.at
            else:
                self.pressed.pop(device, None)


def happenings(steps: list[tuple[int, str, int, str]]) -> list[Happens]:
    """In time; smoke once a home, the question and the answer to smoke once."""
    at, once, found = 100, set[tuple[str, int]](), []
    for gap, what, home, room in steps:
        at += max(gap, 1)
        home = 1 if what in ("quiet", "ack", "fine") else home
        if what in ("smoke", "quiet", "ack") and (what, home) in once:
            continue
        if what == "ack" and ("smoke", 1) not in once:
            continue
        once.add((what, home))
        found.append(Happens(at, what, home, room))
    return found


@settings(max_examples=150, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(STEPS)
def test_every_press_is_what_the_rule_says_and_the_ladder_goes_on(steps: list[tuple[int, str, int, str]]) -> None:
    house, oracle = House(HOMES), Oracle()
    for one in happenings(steps):
        at = one.at / 10
        oracle.hear(one)
        if one.what in CODES:
            house.node(at, one.room, one.home, button=CODES[one.what])
        elif one.what == "smoke":
            house.node(at, "kitchen", one.home, smoke=1)
        elif one.what == "quiet":
            house.node(at, "kitchen", 1, occupied=1)
        elif one.what == "ack":
            smoke = next(one for one in house.fold.ladders.registry.open_in["flat-1"].values() if one.cause == "fire")
            house.act(at, "acknowledge", "li", alert=smoke.id)
        elif one.what == "fine":
            house.act(at, "fine", "li", home="flat-1")
        elif one.what == "hush":
            house.act(at, "hush", "li" if one.home == 1 else "wang", home=f"flat-{one.home}", seconds=300)
    entries = house.record("fine", "alert")
    fines = [(round(one["at"] * 10), one["device"]) for one in entries if one["kind"] == "fine"]
    calls = [(round(one["at"] * 10), one["device"]) for one in entries
             if one["kind"] == "alert" and one["rule"] == "emergency-call" and one["state"] == "firing"]  # fmt: skip
    assert fines == oracle.fines
    assert calls == oracle.calls
    hushed = {int(home[-1]): round(until * 10) for home, until in house.fold.ladders.hushed.items()}
    assert hushed == oracle.hushed
    house.wait(house.fold.now + 70)
    for home, began in oracle.smoke.items():
        fire = next(one for one in house.record("begun") if one["cause"] == "fire" and one["home"] == f"flat-{home}")
        came = [round(one["at"] * 10) - began for one in house.record("step") if one["incident"] == fire["incident"]]
        due = [0, 0, 300, 600]
        if home == 1 and oracle.taken_on is not None:
            due = [one for one in due if one <= oracle.taken_on - began]
        assert came[:4] == due, "no button ends the ladder of a sensor's alarm"
    event(f"{len(fines)} fine, {min(len(calls), 5)} calls")
