"""A site that changes while a door stands open: the new rule sees it, live, after a crash and from the journal alone."""

import json

import pytest

from drivers.reading import Frame
from gateway.hub import checkpoint
from gateway.hub.conftest import TOML, boot_frame, say, take
from gateway.hub.fold import Fold
from gateway.site import Site, loads
from rules.alert import Alert
from rules.rulefile import packs

FEW = '[rules]\npacks = ["fire"]\n'
MORE = '[rules]\npacks = ["fire", "security"]\n'


def site(rules: str) -> Site:
    return loads(json.dumps({"format": 1, "site": TOML + rules, "packs": packs(), "files": {}}))


BEFORE, AFTER = site(FEW), site(MORE)
CONFIGS = {BEFORE.hash: BEFORE.text, AFTER.hash: AFTER.text}
CLOCK = json.dumps({"offset": 1.8e9, "synced": True, "deaf": 0}).encode()
OPENED = [
    boot_frame(),
    Frame("config", 0.0, BEFORE.hash.encode()),
    Frame("line-1", 1.0, say("READING", 1, door_open=0)),
    Frame("line-1", 2.0, say("READING", 2, door_open=1, button=1)),
    *(Frame("line-1", 60.0 * n, say("HEARTBEAT", n + 2)) for n in range(1, 5)),
]
RELOAD = [Frame("config", 300.0, AFTER.hash.encode())]
RESTART = [boot_frame(300.0, deaf=20.0), *RELOAD]
AGAIN = [boot_frame(400.0, deaf=20.0), Frame("config", 400.0, AFTER.hash.encode())]
LATER = [Frame("clock", 899.0, CLOCK), Frame("clock", 900.0, CLOCK)]


def play(fold: Fold, frames: list[Frame]) -> list[Alert]:
    return [alert for frame in frames for alert in fold.handle(frame).alerts]


def crashed(fold: Fold) -> Fold:
    rows: dict[str, str] = {}
    take(rows, checkpoint.changed(fold))
    again = Fold(CONFIGS)
    assert checkpoint.load(again, rows, fold.n) == []
    return again


@pytest.mark.parametrize("change", [RELOAD, RESTART, RELOAD + AGAIN], ids=["reload", "restart", "both"])
def test_a_rule_that_comes_while_a_door_stands_open_sees_it(change: list[Frame]) -> None:
    frames = OPENED + change + LATER
    live = play(Fold(CONFIGS), frames)
    door = [(one.rule, one.state, one.at) for one in live if one.rule.startswith("door")]
    assert door == [("door-left-open", "pending", 300.0), ("door-left-open", "firing", 900.0)]
    assert [proof.at for one in live if one.rule.startswith("door") for proof in one.evidence if proof.n] == [2.0, 2.0]
    checked = 0
    for cut in range(2, len(frames)):
        fold = Fold(CONFIGS)
        told = play(fold, frames[:cut])
        assert told + play(crashed(fold), frames[cut:]) == live
        checked += 1
    assert checked >= 9
