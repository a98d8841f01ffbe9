"""Alarms in virtual time: repeated until acknowledged, sounded when nobody hears, over a line that loses frames."""

import random

import alarms
import pytest
import wire

IDENT, BOOT = 0xA1B2C3D4, 0x5EED
SMOKE, GAS, TAMPER, MOTION = 1, 3, 6, 18


# ---- alarms


def test_alarm_is_repeated_with_growing_pauses_and_never_stops(greeted):
    world = greeted()
    world.set(SMOKE, 1)
    world.run(3_601_000)
    times = [at - 1000 for at, _, _ in world.of(wire.ALARM)]
    assert times[:7] == [0, 200, 700, 1700, 3700, 5700, 7700]
    assert len(times) == 4 + 3598 // 2 + 1 - 1
    assert {seq for _, seq, _ in world.of(wire.ALARM)} == {world.of(wire.ALARM)[0][1]}
    assert len(world.told("sent")) == 1


def test_acknowledged_alarm_is_not_sent_again(greeted):
    world = greeted()
    world.set(SMOKE, 1)
    world.run(1000)
    world.acknowledge(world.of(wire.ALARM)[0][1])
    world.run(600_000)
    assert len(world.of(wire.ALARM)) == 1
    assert [(event.number, event.value) for _, event in world.told("acked")] == [(world.of(wire.ALARM)[0][1], 1)]


def test_acknowledgement_of_another_boot_or_node_or_number_counts_for_nothing(greeted):
    world = greeted()
    world.set(SMOKE, 1)
    world.run(1000)
    seq = world.of(wire.ALARM)[0][1]
    world.tell(wire.ACK, seq, b"\1", BOOT + 1)
    world.tell(wire.ACK, seq, b"\1", BOOT, ident=IDENT + 1)
    world.tell(wire.ACK, seq + 1, b"\1", BOOT)
    world.tell(wire.ACK, seq, b"", BOOT)
    world.run(1200)
    assert len(world.of(wire.ALARM)) == 2
    assert not world.told("acked")


def test_volatile_acknowledgement_slows_to_a_minute_until_a_durable_one(greeted):
    world = greeted()
    world.set(SMOKE, 1)
    world.run(1300)
    seq = world.of(wire.ALARM)[0][1]
    world.acknowledge(seq, wire.VOLATILE)
    world.run(200_000)
    assert [at for at, _, _ in world.of(wire.ALARM)] == [1000, 1200, 61_300, 121_300, 181_300]
    assert world.sounder() == []
    world.acknowledge(seq)
    world.run(400_000)
    assert len(world.of(wire.ALARM)) == 5
    assert [event.value for _, event in world.told("acked")] == [wire.VOLATILE, wire.DURABLE]


def test_end_of_an_alarm_waits_until_its_beginning_was_heard(greeted):
    world = greeted()
    world.set(SMOKE, 1)
    world.run(1100)
    world.set(SMOKE, 0)
    world.run(5000)
    assert {values[0][2] for _, _, values in world.of(wire.ALARM)} == {1}
    world.acknowledge(world.of(wire.ALARM)[0][1])
    world.run(5000)
    assert world.of(wire.ALARM)[-1][2] == [(SMOKE, 0, 0)]


def test_alarm_that_flickers_unheard_is_one_alarm_and_presses_are_never_merged(greeted):
    world = greeted()
    for raw in (1, 0, 1, 0, 1):
        world.set(SMOKE, raw)
        world.run(world.now + 10)
    for _ in range(3):
        world.node.press(0, 1, world.now)
    world.run(world.now)
    for seq in {seq for _, seq, _ in world.of(wire.ALARM)}:
        world.acknowledge(seq)
    world.run(10_000)
    first = {seq: values for _, seq, values in world.of(wire.ALARM)}
    assert list(first.values()) == [[(SMOKE, 0, 1)]] + [[(wire.BUTTON, 0, 1)]] * 3


def test_end_of_an_alarm_follows_one_that_was_only_heard_volatile(greeted):
    world = greeted(heartbeat_s=1)
    world.set(SMOKE, 1)
    world.run(1000)
    world.acknowledge(world.of(wire.ALARM)[0][1], wire.VOLATILE)
    world.run(3000)
    assert wire.triples([body for _, kind, _, body in world.heard if kind == wire.HEARTBEAT][-1][14:]) == [
        (SMOKE, 0, 1)
    ]
    world.set(SMOKE, 0)
    world.run(3000)
    assert world.of(wire.ALARM)[-1][2] == [(SMOKE, 0, 0)]


def test_any_number_but_zero_is_one_and_the_same_alarm(greeted):
    world = greeted()
    for raw in (5, 1, -1):
        world.set(SMOKE, raw)
    world.run(1000)
    assert [values for _, _, values in world.of(wire.ALARM)] == [[(SMOKE, 0, 1)]]


def test_a_sensor_that_gives_no_value_is_no_alarm(greeted):
    world = greeted()
    world.set(SMOKE, wire.NO_READING)
    world.run(5000)
    assert world.of(wire.ALARM) == []


def test_a_new_alarm_overtakes_nothing_but_waits_for_nothing(greeted):
    world = greeted()
    world.set(SMOKE, 1)
    world.run(10_100)
    world.set(GAS, 1)
    world.run(10_100)
    assert world.of(wire.ALARM)[-1][0] == 10_100
    assert world.of(wire.ALARM)[-1][2] == [(GAS, 0, 1)]


def test_full_queue_drops_ends_then_faults_then_alarms_and_never_a_press_before_them(greeted):
    world = greeted()
    queue = world.node._alarms
    for index in range(alarms.CAPACITY - 3):
        world.node.press(index, 1, 1000)
    world.set(SMOKE, 1)
    world.set(TAMPER, 1)
    world.run(1000)
    world.acknowledge(world.of(wire.ALARM)[alarms.CAPACITY - 3][1], wire.VOLATILE)
    world.set(SMOKE, 0)
    assert len(queue) == alarms.CAPACITY
    for expected in [(SMOKE, 0), (TAMPER, 1), (SMOKE, 1), (wire.BUTTON, 1)]:
        world.node.press(99, 1, 1000)
        world.run(1000)
        dropped = world.told("dropped")[-1][1].alarm
        assert (dropped.code, dropped.raw) == expected
        assert dropped.index == 0
        assert len(queue) == alarms.CAPACITY


# ---- the node defends itself


@pytest.mark.parametrize("code", alarms.LIFE_SAFETY)
def test_unheard_life_safety_alarm_sounds_after_five_seconds_and_until_it_is_heard(greeted, code):
    world = greeted()
    world.set(code, 1)
    world.run(60_000)
    assert world.sounder() == [(6000, 1)]
    world.acknowledge(world.of(wire.ALARM)[0][1], wire.VOLATILE)
    assert world.sounder() == [(6000, 1), (60_000, 0)]


def test_unheard_alarm_that_ends_stops_sounding(greeted):
    world = greeted()
    world.set(SMOKE, 1)
    world.run(20_000)
    world.set(SMOKE, 0)
    world.run(20_000)
    assert world.sounder() == [(6000, 1), (20_000, 0)]


def test_unheard_call_sounds_for_a_minute_and_is_still_repeated(greeted):
    world = greeted()
    world.node.press(0, 1, world.now)
    world.run(300_000)
    assert world.sounder() == [(6000, 1), (66_000, 0)]
    assert world.of(wire.ALARM)[-1][0] > 298_000


@pytest.mark.parametrize(("code", "raw"), [(TAMPER, 1), (wire.TEST, 1), (wire.BUTTON, alarms.LONG_PRESS), (MOTION, 1)])
def test_everything_else_never_sounds(greeted, code, raw):
    world = greeted()
    if code == wire.BUTTON:
        world.node.press(0, raw, 1000)
    elif code == wire.TEST:
        world.node.test(1000)
    else:
        world.set(code, raw)
    world.run(100_000)
    assert world.sounder() == []


def test_gateway_is_lost_after_three_missed_beats_and_found_by_any_frame(new_world):
    world = new_world().run(1000)
    world.beat(4)
    world.run(15_000)
    assert [(at, event.value) for at, event in world.told("gateway")] == [(1000 + 3 * 4000 + 2000, 1)]
    world.acknowledge(0)
    assert [event.value for _, event in world.told("gateway")] == [1, 0]


def test_beats_on_time_never_lose_the_gateway(new_world):
    world = new_world()
    for second in range(0, 3600, 10):
        world.run(second * 1000)
        world.beat(10)
    assert world.told("gateway") == []


def test_lasting_alarm_sounds_when_the_gateway_that_knew_of_it_is_lost(new_world):
    world = new_world().run(0)
    world.beat(1)
    world.set(SMOKE, 1)
    world.run(0)
    world.acknowledge(world.of(wire.ALARM)[0][1])
    world.run(100_000)
    assert world.sounder() == [(3500, 1)]
    world.beat(10)
    assert world.sounder() == [(3500, 1), (100_000, 0)]


# ---- a bad line, a reboot


@pytest.mark.parametrize("seed", range(20))
def test_every_alarm_arrives_and_counts_once_with_a_fifth_of_all_frames_lost(new_world, seed):
    world = new_world(seed=seed, loss=0.2)
    arrived = {}

    def answer(frame):
        kind, _, seq, body = frame
        if kind == wire.ALARM:
            arrived.setdefault(seq, wire.triples(body)[0])
            world.acknowledge(seq)

    world.answer = answer
    made = []
    rng = random.Random(seed)
    states = {}
    for number in range(100):
        world.run(world.now + rng.randrange(0, 20_000))
        if rng.random() < 0.5:
            world.node.press(number, 1, world.now)
            made.append((wire.BUTTON, number, 1))
        else:
            code = rng.choice(alarms.ALARM_STATES)
            world.run(world.now + 60_000)
            states[code] = 1 - states.get(code, 0)
            world.set(code, states[code], index=0)
            made.append((code, 0, states[code]))
    world.run(world.now + 60_000)
    assert sorted(arrived.values()) == sorted(made)
    assert len(world.node._alarms) == 0
    assert not world.told("dropped")


def test_reboot_starts_anew_and_brings_the_alarm_that_lasts(new_world, greeted):
    before = greeted()
    before.set(SMOKE, 1)
    before.run(1000)
    before.acknowledge(before.of(wire.ALARM)[0][1])
    after = new_world(boot=BOOT + 1)
    after.set(SMOKE, 1)
    after.run(0)
    assert after.of(wire.ALARM) == [(0, 0, [(SMOKE, 0, 1)])]


def test_garbage_is_survived_and_the_next_frame_is_heard(new_world):
    rng = random.Random(5)
    world = new_world(shared=True)
    for _ in range(2000):
        world.hear(world.node.receive(rng.randbytes(rng.randrange(0, 700)), world.now))
    for kind in range(256):
        for body in (b"", b"\0", b"\xff" * 4, rng.randbytes(20)):
            world.tell(kind, rng.getrandbits(32), body, rng.choice((0, BOOT)))
    count = len(world.heard)
    world.hear(world.node.receive(rng.randbytes(100) + wire.frame(wire.POLL, IDENT, 0, 0), world.now))
    assert len(world.heard) == count + 1
