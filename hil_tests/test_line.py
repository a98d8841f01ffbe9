"""The line between node and gateway: noise, a broken core, a pulled plug, a node that hangs."""

import pytest

from gateway.sim.wire import SILENCE, Noise
from hil_tests.report import Entry
from hil_tests.rig import Rig

NOISES = {
    "flip": Noise(flip=5e-3, seed=1),
    "drop": Noise(drop=5e-3, seed=2),
    "insert": Noise(insert=5e-3, seed=3),
    "burst": Noise(burst=2e-3, seed=4),
    "all": Noise(flip=5e-3, drop=5e-3, insert=5e-3, burst=1e-3, seed=5),
}


@pytest.mark.parametrize("kind", NOISES)
def test_noise_delays_an_alarm_and_never_loses_or_invents_one(rig: Rig, report: Entry, kind: str) -> None:
    """With noise on the line every alarm arrives, once, and nothing arrives that no sensor said."""
    rig.needs("account", "wire")
    rig.gateway.up()
    rig.wire.noise(NOISES[kind])
    for _ in range(12):
        rig.account.press()
    rig.account.set("smoke", 1)
    rig.account.wait_event("sent", 5)
    rig.account.wait_acknowledged(30)
    rig.wire.noise(SILENCE)
    verdict = rig.settle(10)
    hurt = sum(one.sent != one.delivered for one in rig.wire.tape.all())
    report(did=f"{NOISES[kind]}, 12 presses and smoke", figures={**verdict.figures(), "chunks_hurt": hurt})
    assert verdict.ok, f"{verdict}\n{rig.gateway.tail()}"
    assert verdict.made == 13
    said = {one.key for one in rig.account.made()}
    told = {
        (source["device"], source["boot"], source["seq"])
        for one in rig.platform.events()
        for source in one.body["sources"]
    }
    assert told <= said


def test_an_unplugged_line_comes_back_by_itself(rig: Rig, report: Entry) -> None:
    """The tty goes and comes back under its name: what the node held meanwhile arrives (bar 6)."""
    rig.needs("account", "wire")
    rig.gateway.up()
    rig.account.press()
    rig.platform.wait_event(5, rule="emergency-call")
    rig.wire.unplug()
    rig.gateway.lines.wait(lambda line: "line-1" in line.text and "down" in line.text, 10)
    rig.account.set("smoke", 1)
    rig.account.wait_event("sounder", 10, on=True)
    rig.wire.replug()
    told = rig.platform.wait_event(40, rule="smoke", state="firing")
    verdict = rig.settle(10)
    took = told.at - rig.account.made()[-1].sent_at
    report(did="unplugged, smoke, the node sounded by itself, plugged in", figures={"told_after_s": round(took, 2)})
    assert verdict.ok, f"{verdict}\n{rig.gateway.tail()}"


def test_a_broken_core_is_bridged_by_repetition(rig: Rig, report: Entry) -> None:
    """The gateway hears nothing for a while: the node repeats its alarm until it is heard."""
    rig.needs("account", "wire")
    rig.gateway.up()
    rig.wire.mute("node")
    rig.account.set("smoke", 1)
    rig.account.wait_event("sent", 5)
    taken = len(rig.wire.tape)
    for _ in range(2):
        rig.wire.tape.wait(lambda one: one.source == "node" and not one.delivered, 5, after=taken)
        taken = len(rig.wire.tape)
    rig.wire.unmute()
    rig.account.wait_acknowledged(10)
    verdict = rig.settle(10)
    report(did="the node's core broken during smoke, then whole", figures=verdict.figures())
    assert verdict.ok, verdict


def test_acknowledgements_that_do_not_arrive_double_nothing(rig: Rig, report: Entry) -> None:
    """The node isn't heard to be answered: it repeats, and each alarm is told once all the same."""
    rig.needs("account", "wire")
    rig.gateway.up()
    rig.wire.mute("gateway")
    for _ in range(5):
        rig.account.press()
    rig.platform.wait_event(10, rule="emergency-call", n=5)
    taken = len(rig.wire.tape)
    rig.wire.tape.wait(lambda one: one.source == "node", 5, after=taken)
    rig.wire.unmute()
    rig.account.wait_acknowledged(10)
    verdict = rig.settle(5)
    report(did="5 presses without an answer", figures=verdict.figures())
    assert verdict.ok, verdict
    assert len(rig.platform.events(rule="emergency-call")) == 5


@pytest.mark.parametrize("rig", [{"silent_after": "3s", "node_options": ("--heartbeat", "1")}], indirect=True)
def test_a_node_that_hangs_is_reported_and_its_return_too(rig: Rig, report: Entry) -> None:
    """A dead sensor is reported within its budget (3 s here), a live one is not; its return ends it (bar 6)."""
    rig.needs("freeze")
    rig.gateway.up()
    rig.account.press()
    rig.platform.wait_event(5, rule="emergency-call")
    began = rig.platform.arrived.all()[-1].at
    rig.node.freeze()
    silent = rig.platform.wait_event(10, rule="sensor-silent", state="firing", device="kitchen")
    rig.node.thaw()
    rig.platform.wait_event(10, rule="sensor-silent", state="resolved", device="kitchen")
    report(did="node stopped, node going on", figures={"reported_after_s": round(silent.at - began, 2)})
    assert silent.at - began < 6
    assert len(rig.platform.events(rule="sensor-silent", state="firing")) == 1
