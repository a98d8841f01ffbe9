"""One alarm's whole way: sensor, gateway, siren, platform; and back to the node that waits for its acknowledgement."""

import pytest

from gateway.sim.platform import Platform
from hil_tests.report import Entry
from hil_tests.rig import GATEWAY, SITE, Rig


@pytest.mark.parametrize("rig", [{"version": 5}, {"version": 3}], indirect=True, ids=["mqtt5", "mqtt3"])
def test_smoke_sounds_the_siren_and_reaches_the_platform(rig: Rig, report: Entry) -> None:
    """Sensor event to local siren within 1 s, to the platform within 10 s; acknowledged; told once (bar 1)."""
    rig.needs("account")
    rig.gateway.up()
    rig.platform.wait_online(10)
    rig.account.set("smoke", 1)
    siren = rig.account.wait_event("output", 5, output=1, on=True)
    told = rig.platform.wait_event(10, rule="smoke", state="firing")
    rig.account.wait_acknowledged(5)
    sent = rig.account.made()[0].sent_at
    figures = {"siren_ms": round(1000 * (siren["at"] - sent), 1), "platform_ms": round(1000 * (told.at - sent), 1)}
    report(did="smoke at the node; siren, event and acknowledgement awaited", figures=figures)
    assert figures["siren_ms"] <= 1000
    assert figures["platform_ms"] <= 10_000
    assert told.topic == f"anju/v1/{SITE}/{GATEWAY}/event"
    assert not told.body["replay"]
    assert told.body["severity"] == "emergency"
    verdict = rig.settle(5)
    assert verdict.ok, verdict
    assert (verdict.made, len(rig.platform.events(kind="alert", rule="smoke"))) == (1, 1)


def test_a_condition_already_true_at_boot_fires_on_the_first_evaluation(rig: Rig, report: Entry) -> None:
    """What burns before the gateway is up is an alarm as soon as it is up (bar 4)."""
    rig.needs("account")
    rig.account.set("smoke", 1)
    rig.account.wait_event("sent", 5)
    up = rig.gateway.up()
    told = rig.platform.wait_event(10, rule="smoke", state="firing")
    report(did="smoke, then the gateway's start", figures={"after_up_ms": round(1000 * (told.at - up))})
    assert rig.settle(5).ok


def test_every_press_and_test_is_told_in_order_and_once(rig: Rig, report: Entry) -> None:
    """A burst of calls for help: none lost, none doubled, in order (bar 2)."""
    rig.needs("account")
    rig.gateway.up()
    for _ in range(10):
        rig.account.press()
        rig.account.test()
    rig.account.wait_event("sent", 5)
    verdict = rig.settle(15)
    report(did="10 presses and 10 tests at once", figures=verdict.figures())
    assert verdict.ok, verdict
    assert verdict.made == 20


def test_an_event_is_never_retained_and_the_status_is(rig: Rig, report: Entry) -> None:
    """A platform that comes late sees who is up, and no phantom of an old alarm."""
    rig.needs("account", "broker")
    rig.gateway.up()
    rig.account.press()
    rig.platform.wait_event(5, rule="emergency-call")
    rig.settle(5)
    assert rig.broker is not None
    with Platform(rig.broker.host, rig.broker.port, name="late") as late:
        late.wait_online(5)
        late.arrived.quiet(0.3, 5)
        retained = late.arrived.all()
    report(did="a press; then a second platform subscribes", figures={"retained": len(retained)})
    assert [one.topic for one in retained if one.rest == "event"] == []
    assert all(one.retain for one in retained)


def test_the_last_will_tells_of_a_dead_gateway(rig: Rig, report: Entry) -> None:
    """Its death is told by the broker, retained; its return too."""
    rig.gateway.up()
    rig.platform.wait_online(10)
    before = len(rig.platform.arrived)
    rig.gateway.kill()
    rig.platform.wait_online(10, online=False, after=before)
    rig.gateway.up()
    rig.platform.wait_online(10, after=before)
    report(did="the gateway killed and started again")


def test_a_gateway_told_to_stop_ends_well(rig: Rig, report: Entry) -> None:
    """SIGTERM: exit status 0 within seconds."""
    rig.gateway.up()
    rig.platform.wait_online(10)
    code = rig.gateway.stop(10)
    report(did="SIGTERM", figures={"exit_status": str(code)})
    assert code == 0, rig.gateway.tail()
