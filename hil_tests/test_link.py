"""The network between gateway and broker: cut, stalled, refused; and a broker that dies."""

import pytest

from hil_tests.report import Entry
from hil_tests.rig import Rig


def fire(rig: Rig, count: int) -> None:
    """So many presses, each acknowledged before the next: events in a known order."""
    for _ in range(count):
        after = rig.account.mark
        rig.account.press()
        rig.account.wait_event("acked", 10, after=after)


def test_what_happens_while_the_link_is_cut_arrives_in_order_and_marked(rig: Rig, report: Entry) -> None:
    """With the link down the alarm path at home is whole, and the platform gets everything later, once (bars 1, 2)."""
    rig.needs("account")
    rig.gateway.up()
    fire(rig, 2)
    rig.settle(5)
    rig.link.refuse()
    after = rig.account.mark
    rig.account.set("smoke", 1)
    rig.account.wait_event("output", 2, after=after, output=1, on=True)
    rig.account.wait_acknowledged(5)
    fire(rig, 5)
    rig.link.resume()
    smoke = rig.platform.wait_event(40, rule="smoke", state="firing")
    verdict = rig.settle(40)
    report(did="refused link, smoke and 5 presses, link back", figures=verdict.figures())
    assert smoke.body["replay"]
    assert verdict.ok, f"{verdict}\n{rig.gateway.tail()}"


@pytest.mark.parametrize("ways", [("up", "down"), ("up",), ("down",)], ids=["both", "up", "down"])
def test_the_seconds_before_a_dead_link_is_noticed_are_not_lost(rig: Rig, report: Entry, ways: tuple[str, ...]) -> None:
    """A link that forwards nothing without closing: what was sent into it is sent again (bar 2)."""
    rig.needs("account")
    rig.gateway.up()
    fire(rig, 1)
    rig.settle(5)
    rig.link.stall(*ways)  # type: ignore[arg-type]
    fire(rig, 5)
    rig.link.cut()
    rig.link.resume()
    verdict = rig.settle(40)
    report(did=f"stalled {' and '.join(ways)}, 5 presses, then cut", figures=verdict.figures())
    assert verdict.ok, f"{verdict}\n{rig.gateway.tail()}"
    assert verdict.made == 6


def test_a_dead_link_is_noticed_by_keep_alive(rig: Rig, report: Entry) -> None:
    """A stalled link is given up after its keep-alive (2 s here) and a new connection made."""
    rig.needs("account")
    rig.gateway.up()
    fire(rig, 1)
    rig.settle(5)
    rig.link.stall()
    fire(rig, 2)
    rig.gateway.lines.wait(lambda line: "uplink" in line.text and "down" in line.text, 15)
    after = len(rig.gateway.lines)
    rig.link.resume()
    rig.gateway.lines.wait(lambda line: "uplink" in line.text and "up" in line.text, 40, after=after)
    verdict = rig.settle(40)
    report(did="stalled until the gateway said that the uplink is down", figures=verdict.figures())
    assert verdict.ok, f"{verdict}\n{rig.gateway.tail()}"


def test_a_broker_killed_in_the_midst_of_traffic_costs_nothing(rig: Rig, report: Entry) -> None:
    """What the broker acknowledged is at the platform, what it didn't is sent again."""
    rig.needs("account", "broker")
    rig.gateway.up()
    for _ in range(3):
        for _ in range(5):
            rig.account.press()
        rig.account.wait_event("sent", 5)
        rig.restart_broker()
    verdict = rig.settle(60)
    report(did="3 bursts of 5 presses with the broker killed in each", figures=verdict.figures())
    assert verdict.ok, f"{verdict}\n{rig.gateway.tail()}"
    assert verdict.made == 15


def test_the_siren_needs_no_broker_at_all(rig: Rig, report: Entry) -> None:
    """A gateway that never reached its platform protects all the same."""
    rig.needs("account")
    rig.link.refuse()
    rig.gateway.up()
    rig.account.set("smoke", 1)
    siren = rig.account.wait_event("output", 5, output=1, on=True)
    took = siren["at"] - rig.account.made()[0].sent_at
    report(did="link refused from the start; smoke", figures={"siren_ms": round(took * 1000, 1)})
    assert took <= 1.0
