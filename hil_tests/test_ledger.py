"""The judge itself: fabricated ledgers with one fault each, and random honest runs without any."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil_tests.ledger import Arrived, Body, Key, Made, compare


def key(seq: int, device: str = "kitchen") -> Key:
    return Key(device, 7, seq)


def body(n: int, *, seq: int | None = None, device: str = "kitchen", replay: bool = False, **more: object) -> Body:
    """An alert's first change, told of frame ``seq`` (``n`` by default)."""
    one = key(n if seq is None else seq, device)._asdict()
    told = {
        "id": f"m{n}", "seq": {"epoch": "e", "lane": "alarm", "n": n}, "at": 1.0, "time_quality": "synced",
        "replay": replay,
        "kind": "alert", "alert": f"a{n}", "n": 1, "state": "firing", "sources": [one],
    }  # fmt: skip
    return {**told, **more}


def arrived(told: Body, at: float | None = None) -> Arrived:
    return Arrived(told["seq"]["n"] + 0.01 if at is None else at, "anju/v1/s/g/event", told)


MADE = [Made(key(n), float(n), n + 0.005) for n in (1, 2, 3)]
HONEST = [arrived(body(n)) for n in (1, 2, 3)]


def test_an_honest_run_has_no_fault() -> None:
    verdict = compare(MADE, HONEST, [0.5])
    assert verdict.ok, verdict
    assert (verdict.made, verdict.delivered, verdict.repeated) == (3, 3, 0)
    assert verdict.figures()["p50_ms"] == 10.0


def test_a_lost_frame_is_named() -> None:
    verdict = compare(MADE, [HONEST[0], HONEST[2]])
    assert verdict.lost == [key(2)]
    assert not verdict.ok
    assert "lost 1" in str(verdict)


def test_a_frame_that_a_power_cut_took_unacknowledged_is_not_lost() -> None:
    forgotten = Made(key(4), 4.0, None, forgotten=True)
    assert compare([*MADE, forgotten], HONEST).ok
    assert not compare([*MADE, forgotten._replace(forgotten=False)], HONEST).ok


def test_a_repetition_is_counted_and_harmless_even_if_marked_by_then() -> None:
    verdict = compare(MADE, [*HONEST, arrived(body(2, replay=True), at=3.5)])
    assert verdict.ok, verdict
    assert verdict.repeated == 1


@pytest.mark.parametrize(
    "more",
    [
        pytest.param([arrived(body(4, seq=2, alert="a2"))], id="one change of an alert under two ids"),
        pytest.param([arrived(body(2, at=2.0))], id="one id with two bodies"),
        pytest.param([arrived(body(n, seq=3, kind="report")) for n in (5, 6)], id="one frame in two reports"),
    ],
)
def test_a_doubled_event_is_named(more: list[Arrived]) -> None:
    verdict = compare(MADE, HONEST + more)
    assert len(verdict.doubled) == 1, verdict
    assert not verdict.ok


def test_an_order_turned_round_is_named_within_one_device_and_lane_only() -> None:
    assert len(compare(MADE, [HONEST[0], HONEST[2], HONEST[1]]).disordered) == 1
    bath = Made(key(2, "bath"), 2.0)
    two_devices = [HONEST[0], HONEST[2], arrived(body(2, device="bath"))]
    assert compare([MADE[0], MADE[2], bath], two_devices).ok
    other_lane = body(2, seq=2)
    other_lane["seq"] = {"epoch": "e", "lane": "state", "n": 1}
    assert compare(MADE, [HONEST[0], HONEST[2], Arrived(3.2, "x/event", other_lane)]).ok


@pytest.mark.parametrize(
    ("connected_at", "replay", "ok"),
    [
        ([0.5], False, True),
        pytest.param([0.5], True, False, id="fresh, yet marked"),
        ([0.5, 2.5], True, True),
        pytest.param([0.5, 2.5], False, False, id="acknowledged before this connection, yet unmarked"),
        pytest.param([0.5, 2.002], False, True, id="acknowledged after it began: either is honest"),
        pytest.param([0.5, 2.002], True, True, id="and so is the other"),
    ],
)
def test_a_replay_must_say_so_and_nothing_else_may(connected_at: list[float], replay: bool, ok: bool) -> None:
    at = connected_at[-1] + 0.1 if len(connected_at) > 1 else 2.01
    verdict = compare([MADE[1]], [arrived(body(2, replay=replay), at)], connected_at)
    assert (not verdict.mismarked) is ok, verdict


def test_a_retained_event_and_a_body_without_its_parts_are_faults() -> None:
    assert compare(MADE, [one._replace(retain=True) for one in HONEST]).malformed
    short = body(2)
    del short["time_quality"]
    assert "time_quality" in compare(MADE, [HONEST[0], arrived(short), HONEST[2]]).malformed[0]


def test_messages_without_sources_are_no_events() -> None:
    status = Arrived(0.1, "anju/v1/s/g/status", {"online": True}, retain=True)
    assert compare(MADE, [status, *HONEST]).delivered == 3


@given(st.lists(st.sampled_from(["kitchen", "bath"]), min_size=1, max_size=30), st.data())
def test_any_one_dropped_message_is_found(devices: list[str], data: st.DataObject) -> None:
    made = [Made(key(n, device), float(n)) for n, device in enumerate(devices, 1)]
    messages = [arrived(body(n, device=device)) for n, device in enumerate(devices, 1)]
    assert compare(made, messages).ok
    gone = data.draw(st.integers(0, len(messages) - 1))
    verdict = compare(made, messages[:gone] + messages[gone + 1 :])
    assert verdict.lost == [made[gone].key]
