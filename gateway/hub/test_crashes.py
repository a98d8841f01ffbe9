"""Wherever a crash or a look at the clock falls, the same Frames give the same alerts and the same bytes."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.reading import Frame
from gateway.clock import clock_frame
from gateway.health import report
from gateway.hub import checkpoint
from gateway.hub.conftest import SITE, WALL, act, begun, boot_frame, say, take
from gateway.hub.fold import Fold
from gateway.hub.outcome import Outcome
from gateway.store.message import LANES, Message

KINDS = ["alarm", "alarm", "reading", "heartbeat", "repeat", "stranger", "noise"]
KINDS += ["tick", "clock", "deaf", "health", "act", "boot"]

STEP = st.tuples(
    st.sampled_from(KINDS),
    st.sampled_from(["smoke", "gas_alarm", "button", "door_open", "gas_lel_pct", "temperature_c", "flood"]),
    st.integers(0, 2),
    st.sampled_from([0.0, 0.1, 1.0, 4.0, 70.0, 700.0]),
)


def frames(steps: list[tuple[str, str, int, float]]) -> list[Frame]:
    """A day at the gateway."""
    at = 1.0
    made: list[Frame] = []
    last = say("READING", 10**6, temperature_c=1)
    for seq, (kind, quantity, value, pause) in enumerate(steps):
        at += pause
        number = value * 12.5 if quantity in ("gas_lel_pct", "temperature_c") else value % 2 + (quantity == "button")
        if kind in ("alarm", "reading", "heartbeat"):
            last = say(kind.upper(), seq, values={quantity: number})
            made.append(Frame("line-1", at, last))
        elif kind == "repeat":
            made.append(Frame("line-1", at, last))
        elif kind == "stranger":
            made.append(Frame("line-1", at, say("ALARM", seq, node=value, values={quantity: number})))
        elif kind == "noise":
            made.append(Frame("line-1", at, bytes([value, 7, 9])))
        elif kind == "tick":
            made.append(clock_frame(at, WALL, True))
        elif kind == "clock":
            made.append(clock_frame(at, WALL + 1000 * value, value != 1, stepped=1.0))
        elif kind == "deaf":
            at += 300.0
            made.append(clock_frame(at, WALL, True, deaf=300.0))
        elif kind == "health":
            made.append(report(at, "gateway:line-1", port_down=bool(value)))
        elif kind == "act":
            made.append(act(at, ["acknowledge", "reset", "hush"][value], f"act-{seq % 5}", alert="?", home="flat"))
        else:
            at += 50.0 * value
            made.append(boot_frame(at, deaf=50.0 * value))
    return made


def told(outs: list[Outcome]) -> list[Message]:
    return [message for out in outs for message in out.messages]


@given(steps=st.lists(STEP, max_size=40), where=st.tuples(st.floats(0, 1), st.floats(0, 1)))
@settings(max_examples=150, deadline=None)
def test_a_crash_anywhere_changes_nothing_that_comes_after(
    steps: list[tuple[str, str, int, float]], where: tuple[float, float]
) -> None:
    day = frames(steps)
    straight = begun()
    outs = [straight.handle(frame) for frame in day]

    crash = round(where[0] * len(day))
    saved = round(where[1] * crash)
    rows: dict[str, str] = {}
    first = begun()
    journal: list[tuple[int, Frame]] = []
    for place, frame in enumerate(day[:crash]):
        if place in (saved // 2, saved):
            take(rows, checkpoint.changed(first))
            journal.clear()
            at = first.n
        out = first.handle(frame)
        if out.n:
            journal.append((out.n, out.frame))
    second = Fold({SITE.hash: SITE.text})
    if crash > 0:
        assert checkpoint.load(second, json.loads(json.dumps(rows)), at) == []
    else:
        second = begun()
    for n, frame in journal:
        second.n = n - 1
        assert second.handle(frame).n == n
    after = [second.handle(frame) for frame in day[crash:]]
    assert told(after) == told(outs[crash:])
    assert [out.alerts for out in after] == [out.alerts for out in outs[crash:]]


@given(steps=st.lists(STEP, max_size=40), extra=st.lists(st.integers(0, 40), max_size=10))
@settings(max_examples=100, deadline=None)
def test_looking_at_the_clock_more_often_changes_no_alert(
    steps: list[tuple[str, str, int, float]], extra: list[int]
) -> None:
    day = frames(steps)
    day.append(clock_frame(1e6, WALL, True))
    straight, looked_at = begun(), begun()
    alerts = [alert for frame in day for alert in straight.handle(frame).alerts]
    same = []
    for place, frame in enumerate(day):
        away = frame.port == "boot" or b'"deaf": 300.0' in frame.data
        if place in extra and not away:  # nobody looks at a clock while the gateway is down or suspended
            tick = clock_frame(frame.at - 0.05, straight.teller.offset, straight.teller.synced)
            same += looked_at.handle(tick._replace(data=_as_it_stands(looked_at))).alerts
        same += looked_at.handle(frame).alerts
    assert [alert[1:10] for alert in same] == [alert[1:10] for alert in alerts]  # ids count Frames, which are more


def _as_it_stands(fold: Fold) -> bytes:
    return clock_frame(0.0, fold.teller.offset, fold.teller.synced).data


@given(steps=st.lists(STEP, max_size=40))
@settings(max_examples=100, deadline=None)
def test_the_journal_alone_explains_everything(steps: list[tuple[str, str, int, float]]) -> None:
    live = begun()
    outs = [live.handle(frame) for frame in frames(steps)]
    assert all(out.n for out in outs if out.messages)
    assert all(out.n for out in outs if out.alerts)
    replayed = begun()
    again = [replayed.handle(out.frame) for out in outs if out.n]
    assert told(again) == told(outs)
    numbers: dict[int, list[int]] = {lane: [] for lane in range(len(LANES))}
    for message in told(outs):
        numbers[message.lane].append(message.n)
    begins = begun().teller.seqs
    for lane, found in numbers.items():
        assert found == list(range(begins[lane] + 1, begins[lane] + len(found) + 1))


def test_a_look_at_the_clock_just_before_a_crash_changes_no_replay() -> None:
    """A look is not kept; what the gateway then takes for the time it was deaf stands in its boot Frame."""
    live, replayed = begun(), begun()
    day = [Frame("line-1", 1.0, say("READING", 0, temperature_c=20)), boot_frame(105.0, deaf=5.0)]
    live.handle(day[0])
    assert live.handle(clock_frame(100.0, WALL, True)).n == 0
    live.handle(day[1])
    for frame in day:
        replayed.handle(frame)
    assert live.engine.due() == replayed.engine.due() == 606.0
