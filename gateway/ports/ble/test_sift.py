"""Which of a radio's adverts go on: every call for help, every state, and of the rest as much as is worth its flash."""

import json
import tracemalloc
from dataclasses import replace
from itertools import count, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers import bthome, xiaomi
from drivers.advert import unpacked
from drivers.driver import Decoded, Head, Memory
from drivers.reading import Frame, Value
from gateway.hub.fold import Fold
from gateway.ports.ble.conftest import KEY, A, B, site_of
from gateway.ports.ble.port import senders
from gateway.ports.ble.sift import FORGOTTEN, Sender, Sift, Taken
from gateway.ports.thin import KEEP, MEASURED

SITE = site_of()
UUID = "0000fcd2-0000-1000-8000-00805f9b34fb"
SMOKE, BUTTON, MOTION, DOOR = 0x29, 0x3A, 0x21, 0x1A


def sender(silent_after: float = 600.0) -> Sender:
    return Sender("ble:bthome", "a4:c1:38:00:00:01", bthome.DRIVER, "", silent_after)


def frame(packet: int, *objects: int) -> bytes:
    return bytes((0x40, 0, packet % 256, *objects))


def celsius(packet: int, hundredths: int) -> bytes:
    return frame(packet, 0x02, *hundredths.to_bytes(2, "little", signed=True))


def detector(head: Head, memory: Memory) -> Decoded:
    return Decoded([Value("gas_lel_pct", head.body[1] / 10)], memory)


def bodies(taken: list[Taken | None]) -> list[bytes]:
    return [unpacked(one.frame.data).body for one in taken if one]


def test_every_press_goes_on_at_once_and_its_repetitions_do_not() -> None:
    one, told = sender(), []
    for packet in range(40):
        for again in range(5):
            told.append(one.take("hci0", frame(packet, BUTTON, 1), -60 - again, packet + again * 0.1))
    assert bodies(told) == [frame(packet, BUTTON, 1) for packet in range(40)]
    assert all(taken.calls for taken in told if taken)


@pytest.mark.parametrize("body", [frame(1, SMOKE, 1), bytes((0x40, BUTTON, 1))])
def test_what_bluez_remembers_is_never_told_as_new(body: bytes) -> None:
    """A strength that changes brings back an old press for as long as the sender is near, packet id or not."""
    one = sender()
    told = [one.take("hci0", body, -60 - second % 9, float(second)) for second in range(3600)]
    assert bodies(told)[0] == body
    assert set(bodies(told)[1:]) == {b""}, "only that it is there"
    assert 3600 / 150 - 1 <= len(bodies(told)[1:]) <= 3600 / 150


def test_the_same_press_after_a_pause_in_which_bluez_forgot_the_sender_is_a_press() -> None:
    one = sender()
    body = bytes((0x40, BUTTON, 1))
    told = [one.take("hci0", body, -60, at) for at in (0.0, 1.0, FORGOTTEN + 2.0)]
    assert bodies(told) == [body, body]


def test_a_late_copy_by_another_adapter_is_no_second_press() -> None:
    one, told = sender(), []
    for packet in (1, 2, 3):
        told.append(one.take("hci0", frame(packet, BUTTON, 1), -60, packet * 0.1))
    for packet in (1, 2, 3):
        told.append(one.take("hci1", frame(packet, BUTTON, 1), -80, 1 + packet * 0.1))
    assert bodies(told) == [frame(packet, BUTTON, 1) for packet in (1, 2, 3)]


class Flat:
    """A flat's two sensors, two adapters, and what the hub makes of what they bring."""

    def __init__(self) -> None:
        self.at = 0.0
        self.sift = Sift(senders(SITE, "ble"), lambda: self.at)
        self.fold = Fold({SITE.hash: SITE.text})
        boot = {"gateway": "gw", "epoch": "e" * 16, "downtime": 0.0, "deaf": 0.0, "offset": 1.8e9, "synced": True}
        self.fold.handle(Frame("boot", 0.0, json.dumps(boot).encode()))
        self.fold.handle(Frame("config", 0.0, SITE.hash.encode()))

    def presses(self, adapter: str, body: bytes, at: float, of: str = B) -> int:
        """An adapter brings an advert -> how many presses the hub takes that for."""
        self.at = at
        said = [self.fold.handle(one.frame) for one in self.sift.take(adapter, of, {UUID: body}, -60)]
        return sum(reading.quantity == "button" for out in said for reading in out.readings)


@pytest.mark.parametrize("late", [4.0, 8.0, 59.0])
def test_a_copy_that_a_slow_adapter_brings_behind_a_newer_frame_is_no_second_press(late: float) -> None:
    flat = Flat()
    press, after = frame(5, BUTTON, 1), frame(6, 0x01, 90)
    assert flat.presses("hci0", press, 10.0) == 1
    assert flat.presses("hci0", after, 11.0) == 0
    assert flat.presses("hci1", press, 10.0 + late) == 0
    assert flat.presses("hci1", after, 11.0 + late) == 0
    assert flat.presses("hci0", frame(7, BUTTON, 1), 80.0) == 1
    assert flat.presses("hci1", frame(7, BUTTON, 1), 80.0 + late) == 0


def test_a_press_with_the_bytes_of_an_earlier_one_is_told_unless_its_adapter_lags() -> None:
    """A battery changed within a minute: the same packet id, the same bytes, heard by the other adapter alone."""
    boot, press = frame(0, 0x01, 90), frame(1, BUTTON, 1)
    flat = Flat()
    assert flat.presses("hci0", boot, 10.0) + flat.presses("hci0", press, 11.0) == 1
    flat.presses("hci0", frame(9, 0x02, 1, 1), 20.0, of=A)
    flat.presses("hci1", frame(9, 0x02, 1, 1), 20.1, of=A)  # what the other one heard after that press: it lags not
    assert flat.presses("hci1", boot, 30.0) + flat.presses("hci1", press, 31.0) == 1
    alone = Flat()
    for at in (10.0, 30.0, 50.0):
        assert alone.presses("hci0", boot, at) + alone.presses("hci0", press, at + 1) == 1, "never by its own adapter"
    bare = Flat()
    for at, adapter in ((10.0, "hci0"), (20.0, "hci1")):
        pressed = bare.presses(adapter, bytes((0x40, BUTTON, 1)), at)
        assert pressed == 1, "without a packet id nothing tells a copy from a press"
        bare.presses(adapter, bytes((0x40, 0x01, 90)), at + 1)


def test_a_mibeacon_is_known_by_its_frame_counter() -> None:
    one = Sender("ble:xiaomi", "54:48:e6:8f:80:a5", xiaomi.DRIVER, "", 600.0)
    first, second = (bytes.fromhex(f"50506915{count}a5808fe64854011003020001") for count in ("08", "09"))
    said = [("hci0", first, 0.0), ("hci0", second, 3.0), ("hci1", first, 20.0), ("hci1", second, 23.0)]
    assert bodies([one.take(adapter, body, -60, at) for adapter, body, at in said]) == [first, second]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["press", "state", "restart", "other"]), st.floats(0.5, 20.0)), max_size=25),
    st.floats(0.0, 55.0),
)
def test_two_adapters_of_which_one_lags_tell_each_press_once(sent: list[tuple[str, float]], lag: float) -> None:
    flat, at, packet, air = Flat(), 100.0, 0, []
    for what, pause in sent:
        at += pause
        packet = 0 if what == "restart" else (packet + 1) % 256
        body = frame(packet, BUTTON, 1) if what == "press" else frame(packet, 0x01, 90)
        address = A if what == "other" else B
        air += [(at, 0, "hci0", body, address), (at + lag, 1, "hci1", body, address)]
    told = sum(flat.presses(adapter, body, when, of) for when, _, adapter, body, of in sorted(air))
    assert told == sum(what == "press" for what, _ in sent)


def test_a_state_that_comes_back_without_a_packet_id_is_told_each_time() -> None:
    one = sender()
    on, off = bytes((0x40, SMOKE, 1)), bytes((0x40, SMOKE, 0))
    told = [one.take("hci0", body, -60, at * 0.2) for at, body in enumerate((on, off, on, off, on))]
    assert bodies(told) == [on, off, on, off, on]


def test_unchanged_values_with_new_packet_ids_are_signs_of_life_alone() -> None:
    one = sender(silent_after=600.0)
    told = [one.take("hci0", frame(second, SMOKE, 0), -60, float(second)) for second in range(3600)]
    passed = [index for index, taken in enumerate(told) if taken]
    assert passed[:3] == [0, 1, 2], "a counter may have to be believed: three rising frames"
    assert len(passed) <= 3 + 3600 / 150
    assert max(later - at for at, later in pairwise(passed)) < 600 / 2


def test_measured_values_go_on_twice_a_minute_and_at_once_when_they_move() -> None:
    one = sender()
    told = [one.take("hci0", celsius(second, 2100 + second % 7), -60, float(second)) for second in range(600)]
    assert len(bodies(told)) <= 3 + 600 / MEASURED
    assert one.take("hci0", celsius(700, 2170), -60, 601.0) is not None


def test_a_gas_that_rises_by_little_is_told_at_once() -> None:
    """A rule's threshold may lie anywhere: 9.6 to 10.4 % is less than a tenth, and an alarm."""
    one = Sender("ble:test", "a4:c1:38:00:00:01", replace(bthome.DRIVER, decode=detector), "", 600.0)
    told = [one.take("hci0", bytes((0x40, tenths)), -60, tenths * 0.5) for tenths in range(80, 120)]
    assert len(bodies(told)) == 40
    assert {(taken.presses, taken.calls) for taken in told if taken} == {(True, False)}, "in a hurry, and no call for help"


def test_a_fault_that_stays_is_told_once_and_does_not_fill_the_disk() -> None:
    one = sender()
    told = [one.take("hci0", frame(second, 0x26, 1), -60, float(second)) for second in range(3600)]
    assert bodies(told)[0] == frame(0, 0x26, 1)
    assert len(bodies(told)) <= 3 + 3600 / 150


def test_a_change_beyond_the_budget_waits_and_the_last_of_them_is_told() -> None:
    one = sender()
    told = [one.take("hci0", frame(number, DOOR, number % 2), -60, number * 0.1) for number in range(101)]
    assert 5 <= len(bodies(told)) <= 15
    late = [taken for second in range(60) if (taken := one.held(10.0 + second))]
    assert bodies(list(late)) == [frame(100, DOOR, 0)]


def test_what_waits_is_not_told_when_the_sender_took_it_back_meanwhile() -> None:
    one = sender()
    for number in range(60):
        one.take("hci0", frame(number, DOOR, number % 2), -60, number * 0.01)
    told = one.take("hci0", frame(60, DOOR, 0), -60, 0.7)
    assert told is None
    before = one.held(100.0)
    assert before is None or unpacked(before.frame.data).body == frame(60, DOOR, 0)
    other = sender()
    for number in range(61):
        other.take("hci0", frame(number, DOOR, number % 2), -60, number * 0.01)
    other.take("hci0", frame(61, 0x01, 90), -60, 0.7)
    assert other.held(100.0) is not None, "another point takes nothing back"


def test_an_attacker_who_floods_with_alarms_is_slowed_and_a_hand_never_is() -> None:
    one = sender()
    flood = [
        one.take("hci0", frame(number, SMOKE, 1) + number.to_bytes(2, "big"), -60, number / 1000)
        for number in range(10_000)
    ]
    assert len(bodies(flood)) <= 50 + 10 * 10
    later = sender()
    hand = [later.take("hci0", frame(number, BUTTON, 1), -60, number / 5) for number in range(250)]
    assert len(bodies(hand)) == 250


def test_frames_that_fail_their_check_reach_the_hub_to_be_counted_but_not_all_of_them() -> None:
    one = Sender("ble:bthome", "54:48:e6:8f:80:a5", bthome.DRIVER, KEY, 600.0)
    told = [one.take("hci0", bytes((0x41, *number.to_bytes(12, "big"))), -60, number / 10) for number in range(6000)]
    assert 3 <= len(bodies(told)) <= 3 + 10


def test_an_encrypted_sensor_is_read_with_its_key() -> None:
    site = site_of()
    sift = Sift(senders(site, "ble"), lambda: 5.0)
    (taken,) = sift.take("hci0", "54:48:E6:8F:80:A5", {UUID: bytes.fromhex("41a47266c95f730011223378237214")}, -50)
    assert unpacked(taken.frame.data).address == "54:48:e6:8f:80:a5"


def test_a_stranger_is_counted_and_nothing_of_it_kept() -> None:
    sift = Sift(senders(site_of(), "ble"), lambda: 0.0)
    for number in range(100):
        sift.take("hci0", f"C0:FF:EE:00:00:{number:02X}", {UUID: frame(1)}, -60)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(20_000):
        address = number.to_bytes(6, "big").hex(":").upper()
        assert sift.take("hci0", address, {UUID: frame(number)}, -60) == ()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert sift.strangers == 20_100
    assert grown < 20_000


PARTS = st.tuples(
    st.sampled_from(["hci0", "hci1"]),
    st.sampled_from([(SMOKE, 1), (SMOKE, 0), (BUTTON, 1), (DOOR, 1), (DOOR, 0), (0x2E, 40), (0x2E, 41)]),
    st.floats(0.0, 40.0),
)


@settings(max_examples=200)
@given(st.lists(PARTS, max_size=60))
def test_whatever_comes_no_call_is_lost_and_none_doubled_by_the_driver(
    parts: list[tuple[str, tuple[int, int], float]],
) -> None:
    """Both adapters hear all, the second one a moment later; the driver, with its memory, tells what is new."""
    one, at = sender(), 0.0
    sent = heard = 0
    known: Memory = {}
    for packet, (first, objects, pause) in enumerate(parts):
        at += pause
        body = frame(packet, *objects)
        calls = objects in ((SMOKE, 1), (BUTTON, 1))
        sent += calls
        for adapter in (first, "hci1" if first == "hci0" else "hci0"):
            taken = one.take(adapter, body, -60, at)
            if taken and unpacked(taken.frame.data).body:
                decoded = bthome.decode(bthome.head(body), known)
                known = decoded.memory
                heard += calls and decoded.fresh
    assert heard == sent


@given(
    st.lists(
        st.tuples(st.binary(max_size=40), st.sampled_from(["hci0", "hci1"]), st.none() | st.integers(-127, 20)),
        max_size=30,
    )
)
def test_hostile_bytes_raise_nothing(heard: list[tuple[bytes, str, int | None]]) -> None:
    ticks = count()
    one = sender(silent_after=1.0)
    for body, adapter, rssi in heard:
        one.take(adapter, body, rssi, float(next(ticks)))
    assert KEEP[0] >= 1
