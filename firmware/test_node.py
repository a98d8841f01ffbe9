"""The node's behaviour in virtual time, but for its alarms: start, outputs, readings, the shared line."""

import wire

IDENT, BOOT = 0xA1B2C3D4, 0x5EED
SMOKE, GAS, MOTION, TEMPERATURE = 1, 3, 18, 51


# ---- start


def test_hello_and_heartbeat_come_at_once_and_hello_goes_on_until_the_gateway_is_heard(new_world):
    world = new_world().run(40_000)
    assert [at for at, *_ in world.heard[:2]] == [0, 0]
    assert [kind for _, kind, _, _ in world.heard[:2]] == [wire.HELLO, wire.HEARTBEAT]
    assert [at for at, _, _ in world.of(wire.HELLO)] == [0, 500, 1500, 3500, 7500, 15_500, 31_500]
    world.beat()
    world.run(300_000)
    assert len(world.of(wire.HELLO)) == 7


def test_sequence_numbers_start_at_zero_and_leave_no_gap(new_world):
    world = new_world().run(600_000)
    assert [seq for _, _, seq, _ in world.heard] == list(range(len(world.heard)))


def test_a_state_true_at_boot_is_an_alarm_and_a_false_one_is_not(new_world):
    world = new_world()
    world.set(SMOKE, 1)
    world.set(GAS, 0)
    world.run(0)
    assert [values for _, _, values in world.of(wire.ALARM)] == [[(SMOKE, 0, 1)]]
    hello = next(body for _, kind, _, body in world.heard if kind == wire.HELLO)
    assert wire.triples(hello[8 + len("test") :]) == [(GAS, 0, 0)]


def test_heartbeat_tells_the_state_once_the_alarm_was_heard(greeted):
    world = greeted(heartbeat_s=1)
    world.set(SMOKE, 1)
    world.run(1500)
    world.acknowledge(world.of(wire.ALARM)[0][1])
    world.run(4000)
    beats = [wire.triples(body[14:]) for _, kind, _, body in world.heard if kind == wire.HEARTBEAT]
    assert beats[-1] == [(SMOKE, 0, 1)]
    waiting = [body[13] for _, kind, _, body in world.heard if kind == wire.HEARTBEAT]
    assert waiting[-1] == 0


# ---- outputs


def switch(world, output, on, seconds=0, number=7, boot=0):
    world.tell(wire.SWITCH, number, bytes([output, on]) + seconds.to_bytes(2, "little"), boot)
    world.run(world.now)


def readbacks(world):
    return [body for _, kind, _, body in world.heard if kind == wire.OUTPUT]


def test_output_is_switched_and_read_back_each_time(greeted):
    world = greeted()
    switch(world, 1, 1)
    switch(world, 1, 1, number=8)
    switch(world, 1, 0, number=9)
    assert [(event.number, event.value) for _, event in world.told("output")] == [(1, 1), (1, 0)]
    assert readbacks(world) == [wire.readback(7, 1, 1), wire.readback(8, 1, 1), wire.readback(9, 1, 0)]


def test_output_with_a_limit_goes_off_by_itself_and_says_so(greeted):
    world = greeted()
    switch(world, 2, 1, seconds=30)
    world.run(40_000)
    assert [(at, event.value) for at, event in world.told("output")] == [(1000, 1), (31_000, 0)]
    assert readbacks(world) == [wire.readback(7, 2, 1), wire.readback(7, 2, 0)]


def test_later_command_without_limit_lifts_the_limit(greeted):
    world = greeted()
    switch(world, 2, 1, seconds=30)
    switch(world, 2, 1, number=8)
    world.run(100_000)
    assert [event.value for _, event in world.told("output")] == [1]


def test_output_that_is_not_there_or_of_another_boot_stays_off(greeted):
    world = greeted(capabilities=0)
    switch(world, 3, 1)
    switch(world, 0, 1)
    assert readbacks(world) == [wire.readback(7, 3, 0), wire.readback(7, 0, 0)]
    switch(world, 1, 1, boot=BOOT + 1)
    assert len(readbacks(world)) == 2
    assert world.told("output") == []


def test_sounder_by_command_is_in_the_heartbeat(greeted):
    world = greeted(heartbeat_s=1)
    switch(world, 0, 1)
    switch(world, 2, 1)
    world.run(3000)
    assert world.sounder() == [(1000, 1)]
    beat = [body for _, kind, _, body in world.heard if kind == wire.HEARTBEAT][-1]
    assert beat[10] == 1
    assert beat[11:13] == bytes([0b101, 0])


# ---- readings


def test_changes_of_one_moment_are_one_reading_and_no_change_is_none(greeted):
    world = greeted(reading_s=600)
    world.set(TEMPERATURE, 2341)
    world.set(MOTION, 1)
    world.run(1000)
    world.set(TEMPERATURE, 2341)
    world.run(200_000)
    assert [values for _, _, values in world.of(wire.READING)] == [[(MOTION, 0, 1), (TEMPERATURE, 0, 2341)]]
    world.run(600_000)
    assert [values for _, _, values in world.of(wire.READING)][1:] == [[(TEMPERATURE, 0, 2341)]]


def test_query_brings_hello_heartbeat_measurements_and_waiting_alarms_at_once(greeted):
    world = greeted()
    world.set(TEMPERATURE, 2341)
    world.set(SMOKE, 1)
    world.run(2900)
    world.heard.clear()
    world.tell(wire.QUERY)
    world.run(2900)
    assert [kind for _, kind, _, _ in world.heard] == [wire.ALARM, wire.HELLO, wire.HEARTBEAT, wire.READING]


def test_more_sensors_than_fit_into_a_frame_are_refused_and_all_that_fit_are_sent(greeted):
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


def test_node_on_a_shared_line_speaks_only_when_polled_and_one_frame_at_a_time(new_world):
    world = new_world(shared=True)
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


def test_poll_of_another_node_or_one_that_came_late_is_not_answered(new_world):
    world = new_world(shared=True)
    world.tell(wire.POLL, ident=IDENT + 1)
    mine, other = (wire.frame(wire.POLL, ident, 0, 0) for ident in (IDENT, IDENT + 1))
    world.hear(world.node.receive(mine + other, world.now))
    assert world.heard == []
    world.hear(world.node.receive(mine + mine, world.now))
    assert len(world.heard) == 1


def test_node_alone_on_its_line_ignores_polls(greeted):
    world = greeted()
    world.tell(wire.POLL)
    assert world.heard == []
