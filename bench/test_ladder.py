"""The account of escalations under kills: it holds, and it finds each thing that could be wrong."""

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bench import sigkills
from bench.escalations import Account
from bench.ladder import fast_folder, kills, messages, steps, storm
from gateway.ladder.policy import load

ALERT = {"kind": "alert", "alert": "a", "change": 1, "rule": "smoke", "at": 0.0}
SOUND: list[dict[str, Any]] = [
    ALERT,
    {"kind": "begun", "incident": "a", "at": 0.0},
    *(
        {"kind": "step", "incident": "a", "step": step, "round": 1, "at": at}
        for step, at in (("voice", 0.0), ("everyone", 0.0), ("neighbour", 30.0), ("duty", 60.0))
    ),
    {"kind": "step", "incident": "a", "step": "everyone", "round": 2, "at": 180.0},
]


@pytest.mark.timeout(180)  # a busy machine turns many small waits into long ones
async def test_a_few_kills_break_nothing() -> None:
    with fast_folder() as folder:
        figures, breaches = await kills(folder, 6, seed=3)
    assert breaches == []
    assert sum(number for name, number in figures.items() if name.startswith("killed")) >= 6
    assert figures["steps taken"] > 10


@pytest.mark.timeout(180)
def test_a_real_process_that_is_killed_skips_no_step_and_doubles_no_upkeep(tmp_path: Path) -> None:
    figures, breaches = sigkills.run(tmp_path, 2, seed=5)
    assert breaches == []
    assert figures["pages about life"] >= 6
    assert figures["killed while escalating"] >= 1


def life(**more: list[float]) -> list[str]:
    """What is said of these pages of one home, whose gateway was down from 5 s to 8 s."""
    here = sigkills.Street.__new__(sigkills.Street)
    here.lives = sigkills.Lives(up=[(0.0, 5.0), (8.0, math.inf)], kills=[5.0])
    sound = {"carer": [0.1, 8.1], "neighbour": [1.6, 9.6], "resident": [3.1, 11.1]}
    mine = [
        sigkills.Arrival(at, 0, who, "FIRE", f"{who}{turn}")
        for who, moments in (sound | more).items()
        for turn, at in enumerate(moments)
    ]
    episode = sigkills.Episode(0, 0.0, {"FIRE": 0.0, "UPKEEP": 0.0})
    return sigkills._life(here, episode, mine, Counter(), [])


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"neighbour": [1.6]}, "1 pages to the neighbour, not 2"),
        ({"neighbour": [1.6, 9.6, 20.0]}, "3 pages to the neighbour"),
        ({"resident": [2.5, 11.1]}, "s early"),
        ({"carer": [0.1, 12.0], "neighbour": [1.6, 13.6], "resident": [3.1, 15.1]}, "page 4 came 4.00 s late"),
    ],
)
def test_a_page_that_is_missing_doubled_or_beside_its_time_is_found(more: dict[str, list[float]], what: str) -> None:
    assert life() == []
    assert any(what in one for one in life(**more)), life(**more)


def test_a_sound_climb_has_no_breach() -> None:
    assert steps(SOUND, load({}), Account()) == []


@pytest.mark.parametrize(
    ("at", "change", "what"),
    [
        (4, None, "not neighbour"),
        (3, {"step": "voice"}, "not everyone"),
        (4, {"at": 29.0}, "1.000 s early"),
        (4, {"at": 31.0}, "1.000 s late"),
        (6, {"round": 1}, "not everyone of 2"),
        (6, {"at": 400.0}, "220.000 s late"),
    ],
)
def test_a_breach_is_found(at: int, change: dict[str, Any] | None, what: str) -> None:
    entries = [dict(entry) for entry in SOUND]
    if change is None:
        del entries[at]
    else:
        entries[at] |= change
    assert any(what in breach for breach in steps(entries, load({}), Account()))
    if change and change.get("at") == 31.0:
        assert steps(entries[:5], load({}), Account(up=[31.0])) == [], "right after a restart it is in time"


def test_a_message_lost_or_doubled_is_found() -> None:
    told = {"kind": "told", "message": "m", "to": "li", "channel": "sms", "what": "page", "incident": "a", "at": 1.0}
    assert messages([told], Account(sent=Counter(m=2))) == []
    assert messages([told], Account(unwanted={"m"})) == []
    assert "never left" in messages([told], Account())[0]
    assert "may leave once" in messages([told], Account(sent=Counter(m=2), once={"m"}))[0]
    assert "no record" in messages([], Account(sent=Counter(m=1)))[0]
    assert "twice at once" in messages([told, told | {"message": "n"}], Account(sent=Counter(m=1, n=1)))[0]


def test_the_storm_stays_readable() -> None:
    rows, more = storm(20)
    assert more["alerts"] >= 200
    assert json.dumps(rows)
    assert max(row["messages"] for row in rows) <= 25
