import math
from typing import Any

import pytest

from gateway.sim.ledger import FAULTS, Arrived, Connection, Key, Made, Verdict, compare, quantile

SMOKE, CLEAR = Key("kitchen", 7, 3), Key("kitchen", 7, 9)
FIRST, SECOND = Connection(0.0, 0.1, 20.0), Connection(30.0, 30.1)


def message(n: int, at: float, *told: Key, lane: str = "alarm", **rest: Any) -> Arrived:
    body = {
        "kind": "alert", "alert": "a1", "n": n, "state": "firing", "id": f"a1.{n}", "at": 1.0, "time_quality": "synced",
        "seq": {"epoch": "e", "lane": lane, "n": n}, "device": "kitchen", "replay": False,
        "sources": [key._asdict() for key in told],
    }  # fmt: skip
    return Arrived(at, "event", {**body, **rest})


def telemetry(n: int, at: float, *, replay: bool = False) -> Arrived:
    seq = {"epoch": "e", "lane": "telemetry", "n": n}
    body = {"kind": "state", "id": f"t{n}", "seq": seq, "at": 1.0, "time_quality": "synced", "replay": replay}
    return Arrived(at, "state/hall", body)


MADE = [Made(SMOKE, 5.0, 5.1), Made(CLEAR, 9.0, 9.1)]
GOOD = [message(1, 5.2, SMOKE), message(2, 9.2, CLEAR, state="cleared")]


def faults(verdict: Verdict) -> set[str]:
    return {name for name in FAULTS if getattr(verdict, name)}


def test_a_good_run_has_no_fault_and_its_figures() -> None:
    verdict = compare(MADE, [*GOOD, telemetry(1, 9.5)], [FIRST])
    assert verdict.ok
    assert (verdict.made, verdict.delivered, verdict.messages, verdict.repeated) == (2, 2, 3, 0)
    assert verdict.latencies == pytest.approx([0.2, 0.2])


def test_a_frame_that_nobody_told_of_is_lost() -> None:
    verdict = compare(MADE, GOOD[:1], [FIRST])
    assert faults(verdict) == {"lost"}
    assert verdict.delivered == 1


def test_the_same_frame_number_of_another_boot_is_another_frame() -> None:
    again = Made(SMOKE._replace(boot=8), 12.0, 12.1)
    assert faults(compare([*MADE, again], GOOD, [FIRST])) == {"lost"}


def test_a_change_under_two_ids_is_doubled() -> None:
    twin = message(3, 10.0, CLEAR, id="b7.2")
    twin.body["n"] = 2
    assert faults(compare(MADE, [*GOOD, twin], [FIRST])) == {"doubled"}


def test_a_report_of_one_frame_under_two_ids_is_doubled() -> None:
    reports = [message(n, 5.0 + n, SMOKE, kind="report", id=f"r{n}") for n in (1, 2)]
    assert faults(compare(MADE[:1], reports, [FIRST])) == {"doubled"}


def test_one_id_with_two_bodies_is_doubled() -> None:
    twin = message(1, 10.0, SMOKE, severity="notice")
    assert faults(compare(MADE, [*GOOD, twin], [FIRST])) == {"doubled"}


def test_the_same_message_again_is_only_counted() -> None:
    again = message(1, 31.0, SMOKE, replay=True)
    verdict = compare(MADE, [*GOOD, again], [FIRST, SECOND])
    assert verdict.ok
    assert verdict.repeated == 1


def test_a_number_after_a_higher_one_is_disorder() -> None:
    late = [message(2, 5.2, CLEAR, state="cleared"), message(1, 5.3, SMOKE)]
    assert faults(compare(MADE, late, [FIRST])) == {"disordered"}


def test_lanes_have_an_order_each() -> None:
    assert compare(MADE, [telemetry(1, 1.0), telemetry(2, 5.1), *GOOD], [FIRST]).ok


def test_a_number_that_was_passed_over_is_missing() -> None:
    assert faults(compare(MADE, [*GOOD, telemetry(1, 9.5), telemetry(3, 9.6)], [FIRST])) == {"missing"}


@pytest.mark.parametrize(("sent", "acked", "at", "replay", "fault"), [
    (25.0, 25.1, 30.2, True, False),  # made while the link was cut, marked
    (25.0, 25.1, 30.2, False, True),
    (25.0, 25.1, 30.101, False, True),  # even if it comes as soon as the new connection stands
    (31.0, 31.1, 31.2, False, False),  # made on this connection
    (31.0, 31.1, 31.2, True, True),
    (30.05, 30.2, 30.3, True, False),  # made while it was being opened: nobody can say
    (30.05, 30.2, 30.3, False, False),
])  # fmt: skip
def test_a_replay_mark_must_fit_its_connection(sent: float, acked: float, at: float, replay: bool, fault: bool) -> None:
    verdict = compare([Made(SMOKE, sent, acked)], [message(1, at, SMOKE, replay=replay)], [FIRST, SECOND])
    assert faults(verdict) == ({"mismarked"} if fault else set())


def test_an_alarm_behind_replayed_telemetry_was_overtaken() -> None:
    made = [Made(SMOKE, 25.0, 25.1)]
    alarm = message(1, 30.3, SMOKE, replay=True)
    assert compare(made, [alarm, telemetry(1, 30.4, replay=True)], [FIRST, SECOND]).ok
    assert faults(compare(made, [telemetry(1, 30.2, replay=True), alarm], [FIRST, SECOND])) == {"overtaken"}
    assert compare(made, [telemetry(1, 5.0, replay=True), alarm], [FIRST, SECOND]).ok, "of another connection"


@pytest.mark.parametrize("missing", ["id", "seq", "at", "time_quality", "replay"])
def test_a_body_without_what_the_contract_promises_is_malformed(missing: str) -> None:
    broken = message(1, 5.2, SMOKE)
    del broken.body[missing]
    assert "malformed" in faults(compare(MADE[:1], [broken], [FIRST]))


def test_a_retained_event_is_malformed() -> None:
    assert faults(compare(MADE[:1], [message(1, 5.2, SMOKE)._replace(retain=True)], [FIRST])) == {"malformed"}


def test_a_latency_is_counted_only_while_the_link_is_up() -> None:
    made = [Made(SMOKE, 25.0, 25.1), Made(CLEAR, 31.0, 31.1)]
    arrived = [message(1, 30.3, SMOKE, replay=True), message(2, 31.25, CLEAR, state="cleared")]
    verdict = compare(made, arrived, [FIRST, SECOND, Connection(40.0, math.inf)], [29.0, 50.0])
    assert verdict.ok
    assert verdict.latencies == pytest.approx([0.25])
    assert verdict.recoveries == pytest.approx([1.3]), "nothing was replayed after the second return"


def test_quantiles_are_values_that_were_there() -> None:
    assert [quantile([1.0, 2.0, 3.0, 4.0], part) for part in (0.25, 0.5, 0.99, 1.0)] == [1.0, 2.0, 4.0, 4.0]
    assert quantile([7.0], 0.5) == 7.0
