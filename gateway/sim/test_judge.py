"""The judge itself: fabricated ledgers with one fault each, and random honest runs without any."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sim.judge import compare
from gateway.sim.ledger import FAULTS, Arrived, Connection, Key, Made, Verdict, quantile

SMOKE, CLEAR = Key("kitchen", 7, 3), Key("kitchen", 7, 9)
FIRST, SECOND = Connection(0.0, 0.1, 20.0), Connection(30.0, 30.1)
BOTH = [FIRST, SECOND]
LEAD = 1000.0
"""Gateway time is so far ahead of ours."""


def arrived(rest: str, at: float, made_at: float, **body: Any) -> Arrived:
    return Arrived(at, f"anju/v1/s/g/{rest}", {"gateway_at": round(made_at + LEAD, 3), "at": 1.0, **body})


def status(at: float) -> Arrived:
    return arrived("status", at, at - 0.001, kind="status", online=True)


def message(n: int, at: float, *told: Key, lane: str = "alarm", made_at: float | None = None, **rest: Any) -> Arrived:
    made_at = at - 0.01 if made_at is None else made_at
    body = {
        "kind": "alert", "alert": "a1", "n": n, "state": "firing", "id": f"a1.{n}", "time_quality": "synced",
        "seq": {"epoch": "e", "lane": lane, "n": n}, "device": "kitchen", "replay": False,
        "sources": [key._asdict() for key in told], "evidence": [{"gateway_at": round(made_at + LEAD, 3)}],
    }  # fmt: skip
    return arrived("event", at, made_at, **{**body, **rest})


def telemetry(n: int, at: float, *, made_at: float | None = None, device: str = "hall", **rest: Any) -> Arrived:
    seq = {"epoch": "e", "lane": "telemetry", "n": n}
    body = {"kind": "state", "id": f"t{n}", "seq": seq, "time_quality": "synced", "replay": False, "device": device}
    return arrived(f"state/{device}", at, at - 0.01 if made_at is None else made_at, **{**body, **rest})


MADE = [Made(SMOKE, 5.0, 5.1), Made(CLEAR, 9.0, 9.1)]
UP, AGAIN = status(0.2), status(30.2)
GOOD = [UP, message(1, 5.2, SMOKE), message(2, 9.2, CLEAR, state="cleared")]


def faults(verdict: Verdict) -> set[str]:
    return {name for name in FAULTS if getattr(verdict, name)}


def test_a_good_run_has_no_fault_and_its_figures() -> None:
    verdict = compare(MADE, [*GOOD, telemetry(1, 9.5)], [FIRST])
    assert verdict.ok, verdict
    assert (verdict.made, verdict.delivered, verdict.messages, verdict.repeated, verdict.judged) == (2, 2, 3, 0, 3)
    assert verdict.latencies == pytest.approx([0.2, 0.2])
    assert verdict.figures()["p50_ms"] == 200.0


def test_a_frame_that_nobody_told_of_is_lost() -> None:
    verdict = compare(MADE, GOOD[:2], [FIRST])
    assert faults(verdict) == {"lost"}
    assert verdict.lost == [CLEAR]
    assert verdict.delivered == 1
    assert "lost 1" in str(verdict)
    assert "lost: ('kitchen', 7, 9)" in str(verdict)


def test_a_frame_that_its_node_forgot_unacknowledged_is_not_lost() -> None:
    dark = Made(CLEAR._replace(seq=10), 9.5, None, forgotten=True)
    assert compare([*MADE, dark], GOOD).ok
    assert faults(compare([*MADE, dark._replace(forgotten=False)], GOOD)) == {"lost"}


def test_the_same_frame_number_of_another_boot_is_another_frame() -> None:
    again = Made(SMOKE._replace(boot=8), 12.0, 12.1)
    assert faults(compare([*MADE, again], GOOD, [FIRST])) == {"lost"}


@pytest.mark.parametrize("more", [
    pytest.param([message(3, 10.0, CLEAR, id="b7.2") for _ in range(2)], id="one change of an alert under two ids"),
    pytest.param([message(n, 5.0 + n, SMOKE, kind="report", id=f"r{n}") for n in (3, 4)], id="one frame in two reports"),
    pytest.param([message(1, 10.0, SMOKE, severity="notice", made_at=5.19)], id="one id with two bodies"),
    pytest.param([telemetry(1, 9.5), telemetry(1, 9.6)], id="the same of a state"),
])  # fmt: skip
def test_a_doubled_event_is_named(more: list[Arrived]) -> None:
    for one in more:
        if one.body["id"] == "b7.2":
            one.body["n"] = 2
    verdict = compare(MADE, [*GOOD, *more], [FIRST])
    assert faults(verdict) == {"doubled"}
    assert len(verdict.doubled) == 1


def test_the_same_message_again_is_only_counted() -> None:
    again = message(1, 31.0, SMOKE, replay=True, made_at=5.19)
    verdict = compare(MADE, [*GOOD, AGAIN, again], BOTH)
    assert verdict.ok, verdict
    assert verdict.repeated == 1


def test_a_number_after_a_higher_one_is_disorder() -> None:
    late = [UP, message(2, 5.2, CLEAR, state="cleared"), message(1, 5.3, SMOKE)]
    assert faults(compare(MADE, late, [FIRST])) == {"disordered"}
    assert faults(compare([], [UP, telemetry(2, 1.0), telemetry(1, 1.1)])) == {"disordered"}


def test_lanes_and_devices_have_an_order_each() -> None:
    assert compare(MADE, [UP, telemetry(1, 1.0), telemetry(2, 5.1), *GOOD[1:]], [FIRST]).ok
    assert compare([], [UP, telemetry(2, 1.0), telemetry(1, 1.1, device="bath")]).ok


def test_a_number_that_was_passed_over_is_missing() -> None:
    verdict = compare(MADE, [*GOOD, telemetry(1, 9.5), telemetry(3, 9.6)], [FIRST])
    assert faults(verdict) == {"missing"}
    assert verdict.missing == ["('e', 'telemetry') 2"]


@pytest.mark.parametrize(("sent", "acked", "at", "replay", "fault"), [
    (25.0, 25.1, 30.3, True, False),  # made while the link was cut, marked
    (25.0, 25.1, 30.3, False, True),
    (25.0, 25.1, 30.201, False, True),  # even if it comes as soon as the new connection spoke
    (31.0, 31.1, 31.2, False, False),  # made on this connection
    (31.0, 31.1, 31.2, True, True),
    (30.05, 30.2, 30.3, True, False),  # made while it was being opened: nobody can say
    (30.05, 30.2, 30.3, False, False),
])  # fmt: skip
def test_a_mark_must_fit_its_connection(sent: float, acked: float, at: float, replay: bool, fault: bool) -> None:
    """Told twice: of a frame that its node remembers, and of what only the gateway has a time for."""
    expected = {"mismarked"} if fault else set()
    told = message(1, at, SMOKE, replay=replay, made_at=30.1)  # its own time says nothing
    assert faults(compare([Made(SMOKE, sent, acked)], [UP, AGAIN, told], BOTH)) == expected
    alone = telemetry(1, at, replay=replay, made_at=sent)
    assert faults(compare([], [UP, AGAIN, alone], BOTH)) == expected


def test_the_last_words_of_a_stalled_connection_are_not_taken_for_the_next_ones() -> None:
    """The link goes on at 30: the old connection's words arrive when the new one stands already."""
    stalled = FIRST._replace(ended=30.0005)
    fresh = Connection(30.0, 30.001)
    old_word = arrived("status", 30.002, 19.0, kind="status", online=True)
    old_news = telemetry(1, 30.002, made_at=19.5)
    told = [old_word, old_news, status(30.004), telemetry(2, 30.005, made_at=25.0, replay=True)]
    verdict = compare([], told, [stalled, fresh])
    assert verdict.ok, verdict
    assert verdict.judged == 2
    told[3].body["replay"] = False
    assert faults(compare([], told, [stalled, fresh])) == {"mismarked"}


def test_a_connection_that_spoke_unheard_lends_its_messages_to_no_other() -> None:
    short = Connection(25.0, 25.1, 25.2)
    late_word, late_news = status(26.0), telemetry(1, 26.0, made_at=24.0, replay=True)
    verdict = compare([], [UP, late_word, late_news], [FIRST, short])
    assert verdict.ok, verdict
    assert verdict.judged == 0


def test_an_alarm_that_waited_for_its_deadline_is_as_old_as_the_deadline() -> None:
    """The frame was acknowledged long before the connection; the rule wanted it to last."""
    made = [Made(SMOKE, 25.0, 25.1)]
    told = message(1, 31.0, SMOKE, evidence=[{"gateway_at": 25.0 + LEAD}])
    assert compare(made, [UP, AGAIN, told], BOTH).ok
    assert faults(compare(made, [UP, AGAIN, message(1, 31.0, SMOKE)], BOTH)) == {"mismarked"}


def test_an_alarm_behind_replayed_telemetry_was_overtaken() -> None:
    made = [Made(SMOKE, 25.0, 25.1)]
    alarm = message(1, 30.3, SMOKE, replay=True, made_at=25.0)
    behind, before = telemetry(1, 30.4, replay=True, made_at=24.0), telemetry(1, 30.25, replay=True, made_at=24.0)
    assert compare(made, [UP, AGAIN, alarm, behind], BOTH).ok
    assert faults(compare(made, [UP, AGAIN, before, alarm], BOTH)) == {"overtaken"}
    late = [made[0]._replace(acked_at=30.05)]
    assert compare(late, [UP, AGAIN, before, alarm], BOTH).ok, "it was committed while the connection was made"
    other = telemetry(1, 5.0, replay=True, made_at=-1.0)
    assert compare(made, [UP, other, AGAIN, alarm], BOTH).ok, "of another connection"


@pytest.mark.parametrize("part", ["id", "seq", "at", "gateway_at", "time_quality", "replay"])
def test_a_body_without_what_the_contract_promises_is_malformed(part: str) -> None:
    broken = message(1, 5.2, SMOKE)
    del broken.body[part]
    verdict = compare(MADE[:1], [broken], [FIRST])
    assert "malformed" in faults(verdict)
    assert part in verdict.malformed[0]


def test_a_retained_event_is_malformed() -> None:
    assert faults(compare(MADE[:1], [message(1, 5.2, SMOKE)._replace(retain=True)], [FIRST])) == {"malformed"}


def test_a_retained_status_is_nobodys_first_word() -> None:
    assert compare(MADE, [UP._replace(retain=True), *GOOD[1:]], [FIRST]).judged == 0


def test_a_latency_is_counted_only_while_the_link_is_up() -> None:
    made = [Made(SMOKE, 25.0, 25.1), Made(CLEAR, 31.0, 31.1)]
    told = [
        UP, AGAIN, message(1, 30.3, SMOKE, replay=True, made_at=25.0), message(2, 31.25, CLEAR, state="cleared")
    ]  # fmt: skip
    verdict = compare(made, told, [*BOTH, Connection(40.0)], [29.0, 50.0])
    assert verdict.ok, verdict
    assert verdict.latencies == pytest.approx([0.25])
    assert verdict.recoveries == pytest.approx([1.3]), "nothing was replayed after the second return"


@given(st.lists(st.sampled_from(["kitchen", "bath"]), min_size=1, max_size=30), st.data())
def test_any_one_dropped_message_is_found(devices: list[str], data: st.DataObject) -> None:
    made = [Made(Key(device, 7, n), float(n)) for n, device in enumerate(devices, 1)]
    told = [message(n, n + 0.1, one.key, alert=f"a{n}", id=f"m{n}") for n, one in enumerate(made, 1)]
    assert compare(made, told).ok
    gone = data.draw(st.integers(0, len(told) - 1))
    verdict = compare(made, told[:gone] + told[gone + 1 :])
    assert verdict.lost == [made[gone].key]


def test_quantiles_are_values_that_were_there() -> None:
    assert [quantile([1.0, 2.0, 3.0, 4.0], part) for part in (0.25, 0.5, 0.99, 1.0)] == [1.0, 2.0, 4.0, 4.0]
    assert quantile([7.0], 0.5) == 7.0
