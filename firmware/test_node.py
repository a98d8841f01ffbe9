"""The node's behaviour in virtual time: a node, a line that may lose frames, and a gateway played by the test."""

import random

import alarms
import pytest
import wire
from node import HAS_SOUNDER, Equipment, Node

IDENT, BOOT = 0xA1B2C3D4, 0x5EED
SMOKE, GAS, FLOOD, TAMPER, MOTION, TEMPERATURE = 1, 3, 5, 6, 18, 51


class World:
    """Time passes only here. ``heard`` lists (ms, kind, seq, body) of each frame the node sent."""

    def __init__(self, boot=BOOT, capabilities=HAS_SOUNDER, seed=0, loss=0.0, **options):
        self.now = 0
        self.node = Node(IDENT, boot, 0, Equipment("test", capabilities, 2, 1), **options)
        self.heard = []
        self.events = []
        self.answer = lambda frame: None
        self._cutter = wire.Cutter()
        self._rng = random.Random(seed)
        self._loss = loss

    def run(self, until):
        """Let the node live until then, waking it when it asks to be woken."""
        while True:
            self.hear(self.node.step(self.now))
            pause = self.node.wait(self.now)
            if self.now + pause > until:
                self.now = until
                self.hear(self.node.step(self.now))
                return self
            self.now += max(1, pause)

    def hear(self, frames):
        self._take_events()
        for frame in frames:
            if self._rng.random() < self._loss:
                continue
            (chunk,) = self._cutter.feed(frame)
            kind, ident, boot, seq, body = wire.packet(chunk)
            assert (ident, boot) == (IDENT, self.node.boot)
            self.heard.append((self.now, kind, seq, body))
            self.answer((kind, boot, seq, body))

    def tell(self, kind, seq=0, body=b"", boot=0, ident=IDENT):
        """The gateway says something -> what the node answers at once."""
        if self._rng.random() < self._loss:
            return
        self.hear(self.node.receive(wire.frame(kind, ident, boot, seq, body), self.now))

    def acknowledge(self, seq, status=wire.DURABLE):
        self.tell(wire.ACK, seq, wire.ack(status), self.node.boot)

    def beat(self, interval=10):
        self.tell(wire.BEAT, 0, bytes([interval]), ident=wire.EVERYONE)

    def of(self, kind):
        return [(at, seq, wire.triples(body)) for at, known, seq, body in self.heard if known == kind]

    def told(self, name):
        return [(at, event) for at, event in self.events if event.name == name]

    def sounder(self):
        return [(at, event.value) for at, event in self.told("output") if event.number == 0]

    def set(self, code, raw, index=0):
        self.node.set(code, index, raw, self.now)

    def _take_events(self):
        self.events += [(self.now, event) for event in self.node.events]
        self.node.events.clear()


def greeted(**options):
    """A node that has heard its gateway, at 1 s."""
    world = World(**options)
    world.run(1000)
    world.beat(255)
    world.heard.clear()
    return world


# ---- start


def test_hello_and_heartbeat_come_at_once_and_hello_goes_on_until_the_gateway_is_heard():
    world = World().run(40_000)
    assert [at for at, *_ in world.heard[:2]] == [0, 0]
    assert [kind for _, kind, _, _ in world.heard[:2]] == [wire.HELLO, wire.HEARTBEAT]
    assert [at for at, _, _ in world.of(wire.HELLO)] == [0, 500, 1500, 3500, 7500, 15_500, 31_500]
    world.beat()
    world.run(300_000)
    assert len(world.of(wire.HELLO)) == 7


def test_sequence_numbers_start_at_zero_and_leave_no_gap():
    world = World().run(600_000)
    assert [seq for _, _, seq, _ in world.heard] == list(range(len(world.heard)))


def test_a_state_true_at_boot_is_an_alarm_and_a_false_one_is_not():
    world = World()
    world.set(SMOKE, 1)
    world.set(GAS, 0)
    world.run(0)
    assert [values for _, _, values in world.of(wire.ALARM)] == [[(SMOKE, 0, 1)]]
    hello = next(body for _, kind, _, body in world.heard if kind == wire.HELLO)
    assert wire.triples(hello[8 + len("test") :]) == [(GAS, 0, 0)]


def test_heartbeat_tells_the_state_once_the_alarm_was_heard():
    world = greeted(heartbeat_s=1)
    world.set(SMOKE, 1)
    world.run(1500)
    world.acknowledge(world.of(wire.ALARM)[0][1])
    world.run(4000)
    beats = [wire.triples(body[14:]) for _, kind, _, body in world.heard if kind == wire.HEARTBEAT]
    assert beats[-1] == [(SMOKE, 0, 1)]
    waiting = [body[13] for _, kind, _, body in world.heard if kind == wire.HEARTBEAT]
    assert waiting[-1] == 0


# ---- alarms


def test_alarm_is_repeated_with_growing_pauses_and_never_stops():
    world = greeted()
    world.set(SMOKE, 1)
    world.run(3_601_000)
    times = [at - 1000 for at, _, _ in world.of(wire.ALARM)]
    assert times[:7] == [0, 200, 700, 1700, 3700, 5700, 7700]
    assert len(times) == 4 + 3598 // 2 + 1 - 1
    assert {seq for _, seq, _ in world.of(wire.ALARM)} == {world.of(wire.ALARM)[0][1]}
    assert len(world.told("sent")) == 1


def test_acknowledged_alarm_is_not_sent_again():
    world = greeted()
    world.set(SMOKE, 1)
    world.run(1000)
    world.acknowledge(world.of(wire.ALARM)[0][1])
    world.run(600_000)
    assert len(world.of(wire.ALARM)) == 1
    assert [(event.number, event.value) for _, event in world.told("acked")] == [(world.of(wire.ALARM)[0][1], 1)]


def test_acknowledgement_of_another_boot_or_node_or_number_counts_for_nothing():
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


def test_volatile_acknowledgement_slows_to_a_minute_until_a_durable_one():
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


def test_end_of_an_alarm_waits_until_its_beginning_was_heard():
    world = greeted()
    world.set(SMOKE, 1)
    world.run(1100)
    world.set(SMOKE, 0)
    world.run(5000)
    assert {values[0][2] for _, _, values in world.of(wire.ALARM)} == {1}
    world.acknowledge(world.of(wire.ALARM)[0][1])
    world.run(5000)
    assert world.of(wire.ALARM)[-1][2] == [(SMOKE, 0, 0)]


def test_alarm_that_flickers_unheard_is_one_alarm_and_presses_are_never_merged():
    world = greeted()
    for raw in (1, 0, 1, 0, 1):
        world.set(SMOKE, raw)
        world.run(world.now + 10)
    for _ in range(3):
        world.node.press(0, 1, world.now)
    world.run(world.now)
    first = {seq: values for _, seq, values in world.of(wire.ALARM)}
    assert list(first.values()) == [[(SMOKE, 0, 1)]] + [[(wire.BUTTON, 0, 1)]] * 3


def test_a_new_alarm_overtakes_nothing_but_waits_for_nothing():
    world = greeted()
    world.set(SMOKE, 1)
    world.run(10_100)
    world.set(GAS, 1)
    world.run(10_100)
    assert world.of(wire.ALARM)[-1][0] == 10_100
    assert world.of(wire.ALARM)[-1][2] == [(GAS, 0, 1)]


def test_full_queue_drops_ends_then_faults_then_alarms_and_never_a_press_before_them():
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
        assert len(queue) == alarms.CAPACITY


# ---- the node defends itself


@pytest.mark.parametrize("code", alarms.LIFE_SAFETY)
def test_unheard_life_safety_alarm_sounds_after_five_seconds_and_until_it_is_heard(code):
    world = greeted()
    world.set(code, 1)
    world.run(60_000)
    assert world.sounder() == [(6000, 1)]
    world.acknowledge(world.of(wire.ALARM)[0][1], wire.VOLATILE)
    assert world.sounder() == [(6000, 1), (60_000, 0)]


def test_unheard_alarm_that_ends_stops_sounding():
    world = greeted()
    world.set(SMOKE, 1)
    world.run(20_000)
    world.set(SMOKE, 0)
    world.run(20_000)
    assert world.sounder() == [(6000, 1), (20_000, 0)]


def test_unheard_call_sounds_for_a_minute_and_is_still_repeated():
    world = greeted()
    world.node.press(0, 1, world.now)
    world.run(300_000)
    assert world.sounder() == [(6000, 1), (66_000, 0)]
    assert world.of(wire.ALARM)[-1][0] > 298_000


@pytest.mark.parametrize(("code", "raw"), [(TAMPER, 1), (wire.TEST, 1), (wire.BUTTON, alarms.LONG_PRESS), (MOTION, 1)])
def test_everything_else_never_sounds(code, raw):
    world = greeted()
    if code == wire.BUTTON:
        world.node.press(0, raw, 1000)
    elif code == wire.TEST:
        world.node.test(1000)
    else:
        world.set(code, raw)
    world.run(100_000)
    assert world.sounder() == []


def test_gateway_is_lost_after_three_missed_beats_and_found_by_any_frame():
    world = World().run(1000)
    world.beat(4)
    world.run(15_000)
    assert [(at, event.value) for at, event in world.told("gateway")] == [(1000 + 3 * 4000 + 2000, 1)]
    world.acknowledge(0)
    assert [event.value for _, event in world.told("gateway")] == [1, 0]


def test_beats_on_time_never_lose_the_gateway():
    world = World()
    for second in range(0, 3600, 10):
        world.run(second * 1000)
        world.beat(10)
    assert world.told("gateway") == []


def test_lasting_alarm_sounds_when_the_gateway_that_knew_of_it_is_lost():
    world = World().run(0)
    world.beat(1)
    world.set(SMOKE, 1)
    world.run(0)
    world.acknowledge(world.of(wire.ALARM)[0][1])
    world.run(100_000)
    assert world.sounder() == [(3500, 1)]
    world.beat(10)
    assert world.sounder() == [(3500, 1), (100_000, 0)]


# ---- outputs


def switch(world, output, on, seconds=0, number=7, boot=0):
    world.tell(wire.SWITCH, number, bytes([output, on]) + seconds.to_bytes(2, "little"), boot)
    world.run(world.now)


def readbacks(world):
    return [body for _, kind, _, body in world.heard if kind == wire.OUTPUT]


def test_output_is_switched_and_read_back_each_time():
    world = greeted()
    switch(world, 1, 1)
    switch(world, 1, 1, number=8)
    switch(world, 1, 0, number=9)
    assert [(event.number, event.value) for _, event in world.told("output")] == [(1, 1), (1, 0)]
    assert readbacks(world) == [wire.readback(7, 1, 1), wire.readback(8, 1, 1), wire.readback(9, 1, 0)]


def test_output_with_a_limit_goes_off_by_itself_and_says_so():
    world = greeted()
    switch(world, 2, 1, seconds=30)
    world.run(40_000)
    assert [(at, event.value) for at, event in world.told("output")] == [(1000, 1), (31_000, 0)]
    assert readbacks(world) == [wire.readback(7, 2, 1), wire.readback(7, 2, 0)]


def test_later_command_without_limit_lifts_the_limit():
    world = greeted()
    switch(world, 2, 1, seconds=30)
    switch(world, 2, 1, number=8)
    world.run(100_000)
    assert [event.value for _, event in world.told("output")] == [1]


def test_output_that_is_not_there_or_of_another_boot_stays_off():
    world = greeted(capabilities=0)
    switch(world, 3, 1)
    switch(world, 0, 1)
    assert readbacks(world) == [wire.readback(7, 3, 0), wire.readback(7, 0, 0)]
    switch(world, 1, 1, boot=BOOT + 1)
    assert len(readbacks(world)) == 2
    assert world.told("output") == []


def test_sounder_by_command_is_in_the_heartbeat():
    world = greeted(heartbeat_s=1)
    switch(world, 0, 1)
    switch(world, 2, 1)
    world.run(3000)
    assert world.sounder() == [(1000, 1)]
    beat = [body for _, kind, _, body in world.heard if kind == wire.HEARTBEAT][-1]
    assert beat[10] == 1
    assert beat[11:13] == bytes([0b101, 0])


# ---- readings


def test_changes_of_one_moment_are_one_reading_and_no_change_is_none():
    world = greeted(reading_s=600)
    world.set(TEMPERATURE, 2341)
    world.set(MOTION, 1)
    world.run(1000)
    world.set(TEMPERATURE, 2341)
    world.run(200_000)
    assert [values for _, _, values in world.of(wire.READING)] == [[(MOTION, 0, 1), (TEMPERATURE, 0, 2341)]]
    world.run(600_000)
    assert [values for _, _, values in world.of(wire.READING)][1:] == [[(TEMPERATURE, 0, 2341)]]


def test_query_brings_hello_heartbeat_measurements_and_waiting_alarms_at_once():
    world = greeted()
    world.set(TEMPERATURE, 2341)
    world.set(SMOKE, 1)
    world.run(2900)
    world.heard.clear()
    world.tell(wire.QUERY)
    world.run(2900)
    assert [kind for _, kind, _, _ in world.heard] == [wire.ALARM, wire.HELLO, wire.HEARTBEAT, wire.READING]


def test_more_sensors_than_fit_into_a_frame_are_refused_and_all_that_fit_are_sent():
    world = greeted()
    for index in range(32):
        world.set(MOTION, 1, index)
    assert not world.told("refused")
    world.set(MOTION, 1, 32)
    world.run(1000)
    assert [(event.number, event.value) for _, event in world.told("refused")] == [(MOTION, 32)]
    world.tell(wire.QUERY)
    world.run(1000)
    hello = next(body for _, kind, _, body in world.heard if kind == wire.HELLO)
    assert len(wire.triples(hello[8 + len("test") :])) == 32


# ---- shared line


def test_node_on_a_shared_line_speaks_only_when_polled_and_one_frame_at_a_time():
    world = World(shared=True)
    world.set(SMOKE, 1)
    world.run(60_000)
    assert world.heard == []
    kinds = []
    for _ in range(4):
        world.tell(wire.POLL)
        kinds.append(world.heard[-1][1])
    assert len(world.heard) == 4
    assert kinds == [wire.ALARM, wire.HELLO, wire.HEARTBEAT, wire.IDLE]
    world.run(60_200)
    world.tell(wire.POLL)
    assert world.heard[-1][1] == wire.ALARM


def test_poll_of_another_node_or_one_that_came_late_is_not_answered():
    world = World(shared=True)
    world.tell(wire.POLL, ident=IDENT + 1)
    mine, other = (wire.frame(wire.POLL, ident, 0, 0) for ident in (IDENT, IDENT + 1))
    world.hear(world.node.receive(mine + other, world.now))
    assert world.heard == []
    world.hear(world.node.receive(mine + mine, world.now))
    assert len(world.heard) == 1


def test_node_alone_on_its_line_ignores_polls():
    world = greeted()
    world.tell(wire.POLL)
    assert world.heard == []


# ---- a bad line, a reboot


@pytest.mark.parametrize("seed", range(20))
def test_every_alarm_arrives_and_counts_once_with_a_fifth_of_all_frames_lost(seed):
    world = World(seed=seed, loss=0.2)
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


def test_reboot_starts_anew_and_brings_the_alarm_that_lasts():
    before = greeted()
    before.set(SMOKE, 1)
    before.run(1000)
    before.acknowledge(before.of(wire.ALARM)[0][1])
    after = World(boot=BOOT + 1)
    after.set(SMOKE, 1)
    after.run(0)
    assert after.of(wire.ALARM) == [(0, 0, [(SMOKE, 0, 1)])]


def test_garbage_is_survived_and_the_next_frame_is_heard():
    rng = random.Random(5)
    world = World(shared=True)
    for _ in range(2000):
        world.hear(world.node.receive(rng.randbytes(rng.randrange(0, 700)), world.now))
    for kind in range(256):
        for body in (b"", b"\0", b"\xff" * 4, rng.randbytes(20)):
            world.tell(kind, rng.getrandbits(32), body, rng.choice((0, BOOT)))
    count = len(world.heard)
    world.hear(world.node.receive(rng.randbytes(100) + wire.frame(wire.POLL, IDENT, 0, 0), world.now))
    assert len(world.heard) == count + 1
