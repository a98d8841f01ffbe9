"""Whom nobody registered: shown, answered at the pace that flash allows, and never more than memory holds."""

import json

from drivers.reading import Frame
from gateway.hub import checkpoint
from gateway.hub.conftest import SITE, TOML, begun, only, say, take
from gateway.hub.fold import Fold
from gateway.hub.strangers import CALL, CALLS, KEPT, MOST
from gateway.site import loads
from gateway.store.message import ALARM


def test_an_unregistered_device_is_shown_and_its_alarm_reported() -> None:
    fold = begun()
    out = fold.handle(Frame("line-1", 1.0, say("READING", 0, node=0xBADCAFE, temperature_c=20)))
    assert out.stranger == "0badcafe"
    assert only(out)["registered"] is False
    out = fold.handle(Frame("line-1", 2.0, say("READING", 1, node=0xBADCAFE, temperature_c=20)))
    assert out.messages == []
    out = fold.handle(Frame("line-1", 3.0, say("ALARM", 2, node=0xBADCAFE, smoke=1)))
    assert only(out)["values"] == {"smoke": True}
    assert out.acknowledge is not None
    assert out.messages[0].lane == ALARM


def test_a_crowd_of_strangers_fills_no_memory() -> None:
    fold = begun()
    for node in range(3 * MOST):
        fold.handle(Frame("line-1", 1.0, say("READING", 0, node=node, temperature_c=20)))
    assert len(fold.strangers) == MOST
    assert len(fold.memories) == MOST


def test_a_new_stranger_takes_the_place_of_one_that_was_shown_long_ago() -> None:
    fold, rows = begun(), dict[str, str]()
    for node in range(MOST):
        fold.handle(Frame("line-1", 1.0 + node, say("READING", 0, node=node, temperature_c=20)))
    take(rows, checkpoint.changed(fold))
    new = say("ALARM", 0, node=0xBADCAFE, smoke=1)
    assert fold.handle(Frame("line-1", KEPT, new)).bad == "unregistered"
    out = fold.handle(Frame("line-1", 1.0 + KEPT, new))
    assert out.stranger == "0badcafe"
    assert out.acknowledge is not None
    take(rows, checkpoint.changed(fold))
    restarted = Fold({SITE.hash: SITE.text})
    assert checkpoint.load(restarted, rows, fold.n) == []
    assert set(restarted.memories) == set(fold.memories)
    assert len(fold.memories) == MOST
    for node, bad in ((1, ""), (2, "unregistered")):  # a second later only one more place is free
        again = restarted.handle(Frame("line-1", 2.0 + KEPT, say("READING", 0, node=0xC0FFEE + node, temperature_c=20)))
        assert again.bad == bad


def test_a_stranger_that_is_registered_makes_room_for_another() -> None:
    fold = begun()
    more = '[devices.hall]\nhome = "flat"\nport = "line-1"\naddress = "00000003"\n'
    site = loads(json.dumps({**json.loads(SITE.text), "site": TOML + more}))
    for node in range(MOST):
        fold.handle(Frame("line-1", 1.0, say("READING", 0, node=node, temperature_c=20)))
    fold.configs[site.hash] = site.text
    fold.handle(Frame("config", 2.0, site.hash.encode()))
    assert fold.handle(Frame("line-1", 3.0, say("READING", 0, node=3, temperature_c=20))).n == 0, "heard before"
    assert fold.handle(Frame("line-1", 3.0, say("READING", 1, node=3, temperature_c=20))).readings[0].device == "hall"
    assert fold.handle(Frame("line-1", 4.0, say("READING", 0, node=0xBADCAFE, temperature_c=20))).stranger == "0badcafe"


def test_strangers_that_cry_all_day_are_answered_at_the_pace_that_flash_allows() -> None:
    fold = begun()
    out = [fold.handle(Frame("line-1", 1.0, say("ALARM", seq, node=seq % 3, smoke=1))) for seq in range(500)]
    answered = [one for one in out if one.acknowledge is not None]
    assert CALLS <= len(answered) <= CALLS + 1
    assert {one.bad for one in out} == {"", "unregistered"}
    assert all(one.n == 0 and not one.messages for one in out if one.bad)
    rows: dict[str, str] = {}
    take(rows, checkpoint.changed(fold))
    restarted = Fold({SITE.hash: SITE.text})
    assert checkpoint.load(restarted, rows, fold.n) == []
    for seq, (at, news) in enumerate(
        [(2.0, False), (1.0 + 2 * CALL, True), (1.1 + 2 * CALL, True), (1.2 + 2 * CALL, False)]
    ):
        again = restarted.handle(Frame("line-1", at, say("ALARM", 500 + seq, node=1, smoke=1)))
        assert (again.acknowledge is not None) == news
    ours = restarted.handle(Frame("line-1", 99.0, say("ALARM", 0, smoke=1)))
    assert only(ours)["rule"] == "smoke"
