"""Power cuts: of the gateway (SIGKILL at any instant), of the node, of both."""

import random
from contextlib import suppress

import pytest

from gateway.sim.record import Missing
from hil_tests.report import Entry
from hil_tests.rig import Rig


def test_a_gateway_killed_at_any_instant_loses_and_doubles_nothing(rig: Rig, report: Entry) -> None:
    """Durable before acknowledged: kills inside commits, 0 lost, 0 doubled, order kept, replays marked (bar 2)."""
    rig.needs("account")
    dice = random.Random(20261122)
    kills = 12
    rig.gateway.up()
    for kill in range(kills):
        for _ in range(dice.randrange(1, 6)):
            rig.account.press()
        rig.account.set("smoke", kill % 2)
        after = rig.account.mark
        if dice.random() < 0.5:
            rig.account.wait_event("sent", 5, after=max(0, after - 1))
        # The whole way takes a few milliseconds: kills fall before, inside and behind the commit.
        with suppress(Missing):
            rig.account.said.wait(lambda _: True, dice.uniform(0, 0.03), after=rig.account.mark)
        rig.gateway.restart()
        rig.account.wait_acknowledged(20, most=16)
    verdict = rig.settle(30)
    report(did=f"{kills} kills at random instants of bursts (seed 20261122)", figures=verdict.figures())
    assert verdict.ok, f"{verdict}\n{rig.gateway.tail()}"
    assert verdict.made >= 2 * kills
    assert rig.account.events("dropped") == []


def test_a_node_that_loses_power_is_one_boot_older_and_heard_at_once(rig: Rig, report: Entry) -> None:
    """A node's new boot is no repetition of the old one, though its numbers begin again at 0."""
    rig.needs("account", "power")
    rig.gateway.up()
    rig.account.press()
    rig.account.wait_event("acked", 5)
    rig.power.power_cut()
    rig.power.start()
    after = rig.account.mark
    rig.account.press()
    rig.account.wait_event("acked", 10, after=after)
    verdict = rig.settle(5)
    report(did="press, power cut, press", figures=verdict.figures())
    assert verdict.ok, verdict
    assert len({one.key.boot for one in rig.account.made()}) == 2


def test_an_alert_keeps_its_id_over_a_restart_and_nobody_is_told_twice(rig: Rig, report: Entry) -> None:
    """A restart is no news: the alert that fired stays the same alert (bar 4)."""
    rig.needs("account")
    rig.gateway.up()
    rig.account.set("smoke", 1)
    first = rig.platform.wait_event(5, rule="smoke", state="firing")
    rig.gateway.restart()
    rig.account.set("smoke", 0)
    second = rig.platform.wait_event(10, rule="smoke", state="cleared")
    report(did="smoke, kill, smoke gone", figures={"changes": len(rig.platform.events(rule="smoke"))})
    assert second.body["alert"] == first.body["alert"]
    assert (first.body["n"], second.body["n"]) == (1, 2)
    assert second.body["since"] == pytest.approx(first.body["since"], abs=1.0)
    assert rig.settle(5).ok
