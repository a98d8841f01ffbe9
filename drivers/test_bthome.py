"""BTHome v2: every object, and one policy a test."""

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from hypothesis import given
from hypothesis import strategies as st

from drivers import bthome
from drivers.advert import COUNTER_BEHIND
from drivers.bthome_objects import OBJECTS
from drivers.driver import BadFrame, Decoded, Memory
from drivers.reading import HEARSAY, UNKNOWN_CODE, Scalar, Value

ROOT = Path(__file__).parent.parent
MAC = "54:48:e6:8f:80:a5"
KEY = bytes.fromhex("231d39c1d7cc1ab1aee224cd096db932")
SMOKE, CLEAR, CLIMATE = b"\x29\x01", b"\x29\x00", bytes.fromhex("02ca0903bf13")


def seal(payload: bytes, counter: int, key: bytes = KEY, mac: str = MAC, info: int = 0x41) -> bytes:
    """Service data of an encrypted frame, made by the format's own description."""
    number, device = counter.to_bytes(4, "little"), bytes((info,))
    nonce = bytes.fromhex(mac.replace(":", "")) + b"\xd2\xfc" + device + number
    sealed = AESCCM(key, tag_length=4).encrypt(nonce, payload, None)
    return device + sealed[:-4] + number + sealed[-4:]


class Gateway:
    """What a caller does: fills in address and key, keeps the memory."""

    def __init__(self, key: bytes = KEY, mac: str = MAC) -> None:
        self.key, self.mac = key.hex(), mac
        self.memory: Memory = {}

    def hear(self, data: bytes) -> Decoded:
        head = bthome.head(data)
        assert head.address == ""
        memory = {**self.memory, "key": self.key} if self.key else self.memory
        decoded = bthome.decode(head._replace(address=self.mac), memory)
        assert "key" not in decoded.memory
        assert json.loads(json.dumps(decoded.memory)) == decoded.memory
        if decoded.fresh and decoded.values:  # as the fold keeps it
            self.memory = decoded.memory
        return decoded

    def says(self, data: bytes) -> dict[str, Scalar]:
        return points(self.hear(data).values)

    def sealed(self, payload: bytes, counter: int) -> dict[str, Scalar]:
        return self.says(seal(payload, counter))


def points(values: Any) -> dict[str, Scalar]:
    return {value.quantity + (f"#{value.nth + 1}" if value.nth else ""): value.value for value in values}


def plain(data: str) -> list[Value]:
    return list(bthome.decode(bthome.head(bytes.fromhex(data)), {}).values)


# ---- objects


def test_every_object_reads_every_length_of_bytes_it_can_have() -> None:
    asked = 0
    for code, (quantity, size, _) in OBJECTS.items():
        for byte in (0x00, 0x01, 0x7F, 0x80, 0xFF):
            raw = bytes((byte,)) * (size or 3)
            body = b"\x40" + bytes((code,)) + (b"" if size else b"\x03" if code != 0x3B else b"\x02") + raw
            values = bthome.decode(bthome.head(body), {}).values
            assert {value.quantity for value in values} <= {quantity}
            assert all(isinstance(value.value, bool | int | float | str) for value in values)
            asked += 1
    assert asked == 5 * len(OBJECTS) == 5 * (0x30 + (0x66 - 0x3A) + 3)


def test_floats_are_the_shortest_there_are() -> None:
    for raw in range(-32768, 32768):
        (value,) = bthome.decode(bthome.head(b"\x40\x02" + raw.to_bytes(2, "little", signed=True)), {}).values
        assert value.value == float(f"{'-' if raw < 0 else ''}{abs(raw) // 100}.{abs(raw) % 100:02}")


@pytest.mark.parametrize("code", range(256))
def test_any_button_code_but_zero_is_a_call(code: int) -> None:
    values = plain(f"403a{code:02x}")
    known = {1: "press", 2: "double_press", 4: "long_press", 0x80: "long_press", 0x81: "long_press", 0xFE: "long_press"}
    if code == 0:
        assert values == []
    elif code in known:
        assert values == [Value("button", known[code])]
    else:
        assert values == [Value("button", "press", (UNKNOWN_CODE,))]


def test_what_came_before_an_unknown_or_cut_object_is_kept() -> None:
    assert points(plain("402901fe01")) == {"smoke": True}
    assert points(plain("40290102ca")) == {"smoke": True}
    with pytest.raises(BadFrame, match="0xfe is unknown"):
        plain("40fe012901")
    assert plain("40") == []


@pytest.mark.parametrize("version", [0, 1, 3, 4, 5, 6, 7])
def test_another_version_is_refused(version: int) -> None:
    with pytest.raises(BadFrame, match=f"version {version} instead"):
        bthome.head(bytes((version << 5, 0x29, 1)))


def test_a_frame_longer_than_an_advert_is_refused() -> None:
    assert len(bthome.decode(bthome.head(b"\x40" + SMOKE * 125), {}).values) == 125
    for data in (b"\x40" + SMOKE * 126, b"\x41" + bytes(70000)):
        with pytest.raises(BadFrame, match="too long"):
            bthome.head(data)


# ---- packet ids: once, and nobody deaf


def test_a_press_rings_once_a_packet_id() -> None:
    gateway = Gateway(b"")
    assert gateway.says(bytes.fromhex("440021015e3a01")) == {"battery_pct": 94, "button": "press"}
    again = gateway.hear(bytes.fromhex("440021015e3a01"))
    assert (again.fresh, list(again.values)) == (False, [])
    assert gateway.says(bytes.fromhex("440021015d3a01")) == {"battery_pct": 93}, "the same press beside another value"
    assert gateway.says(bytes.fromhex("440022015d3a01")) == {"battery_pct": 93, "button": "press"}
    assert gateway.says(bytes.fromhex("440022015d3a02")) == {"battery_pct": 93, "button": "double_press"}
    assert gateway.says(bytes.fromhex("440001015d3a01"))["button"] == "press", "restarted by a changed battery"


def test_smoke_under_a_packet_id_that_never_moves_is_told() -> None:
    gateway = Gateway(b"")
    told = [gateway.hear(b"\x40\x00\x00" + state).fresh for state in (CLEAR, CLEAR, SMOKE, SMOKE, CLEAR)]
    assert told == [True, False, True, False, True]


def test_without_packet_id_and_counter_every_press_is_told() -> None:
    gateway = Gateway(b"")
    assert [gateway.says(b"\x44\x3a\x01") for _ in range(3)] == [{"button": "press"}] * 3


# ---- encryption


def test_the_format_s_own_example() -> None:
    assert Gateway().says(bytes.fromhex("41a47266c95f730011223378237214")) == {
        "temperature_c": 25.06,
        "humidity_pct": 50.55,
    }


@pytest.mark.parametrize("mac", ["5448E68F80A5", "54-48-e6-8f-80-a5", "54:48:E6:8F:80:A5"])
def test_an_address_may_be_written_in_any_way(mac: str) -> None:
    assert Gateway(mac=mac).sealed(SMOKE, 1) == {"smoke": True}


def test_an_address_in_the_frame_itself_is_the_sender() -> None:
    nonce = bytes.fromhex(MAC.replace(":", "")) + b"\xd2\xfc\x43" + bytes(4)
    sealed = AESCCM(KEY, tag_length=4).encrypt(nonce, SMOKE, None)
    data = b"\x43" + bytes.fromhex(MAC.replace(":", ""))[::-1] + sealed[:-4] + bytes(4) + sealed[-4:]
    assert Gateway(mac="").says(data) == {"smoke": True}


@pytest.mark.parametrize(
    ("key", "mac", "data", "why"),
    [
        (b"", MAC, seal(SMOKE, 1), "no key"),
        (b"k" * 16, MAC, seal(SMOKE, 1), "MIC"),
        (KEY, "54:48:e6:8f:80:a6", seal(SMOKE, 1), "MIC"),
        (KEY, "kitchen", seal(SMOKE, 1), "'kitchen' is not the address"),
        (KEY, "", seal(SMOKE, 1), "not the address"),
        (KEY[:15], MAC, seal(SMOKE, 1), "32 hex digits"),
        (KEY, MAC, b"\x40" + SMOKE, "plain frame of a sensor that has a key"),
        (KEY, MAC, seal(SMOKE, 1)[:-5], "MIC|too short"),
        (KEY, MAC, b"\x41" + bytes(8), "9 bytes are too short"),
    ],
)
def test_what_is_refused_and_why(key: bytes, mac: str, data: bytes, why: str) -> None:
    with pytest.raises(BadFrame, match=why):
        Gateway(key, mac).hear(data)


def test_a_key_that_is_no_hex_is_said_to_be_none() -> None:
    with pytest.raises(BadFrame, match="32 hex digits"):
        bthome.decode(bthome.head(seal(SMOKE, 1))._replace(address=MAC), {"key": "secret"})


def test_every_bit_of_an_encrypted_frame_counts() -> None:
    data = seal(b"\x00\x07" + SMOKE, 99)
    for bit in range(len(data) * 8):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BadFrame):
            Gateway().hear(bytes(damaged))


def test_the_same_frame_again_is_a_repetition_also_after_a_restart_of_the_gateway() -> None:
    gateway = Gateway()
    gateway.hear(seal(SMOKE, 5))
    later = Gateway()
    later.memory = json.loads(json.dumps(gateway.memory))
    assert not later.hear(seal(SMOKE, 5)).fresh


def test_a_replay_never_rings_and_a_short_one_sets_nothing() -> None:
    gateway = Gateway()
    recorded = [
        seal(payload, counter) for counter, payload in enumerate([CLEAR, SMOKE, b"\x3a\x01", CLIMATE, CLEAR], 1)
    ]
    for data in recorded:
        gateway.hear(data)
    gateway.sealed(SMOKE, 10)
    assert gateway.says(recorded[1]) == {"counter_behind": True}
    assert gateway.says(recorded[0]) == {"counter_behind": True}
    assert gateway.says(recorded[1]) == {"counter_behind": True}
    # The sensor is silent and somebody replays more rising frames: alarms stay dumb, states are believed at last.
    assert gateway.says(recorded[2]) == {}
    assert gateway.says(recorded[3]) == {"counter_behind": False, "temperature_c": 25.06, "humidity_pct": 50.55}
    assert gateway.says(recorded[4]) == {"smoke": False}
    assert gateway.sealed(SMOKE, 11) == {"smoke": True}, "the sensor itself is believed at once"
    assert gateway.says(recorded[4]) == {"counter_behind": True}


def test_a_replay_between_frames_of_the_living_sensor_changes_nothing() -> None:
    gateway = Gateway()
    recorded = [seal((CLEAR, SMOKE, b"\x3a\x01")[n % 3], n) for n in range(1, 31)]
    for data in recorded:
        gateway.hear(data)
    for n in range(30):
        assert gateway.says(recorded[n]) == {"counter_behind": True}
        assert gateway.sealed(CLEAR, 100 + n) == {"smoke": False, "counter_behind": False}


def test_a_changed_battery_silences_no_alarm() -> None:
    """Smoke in the very first frame of a sensor whose counter begins anew, and in every one after it."""
    gateway = Gateway()
    gateway.sealed(CLEAR, 70_000)
    first = gateway.hear(seal(SMOKE, 1))
    assert list(first.values) == [Value("smoke", True, (COUNTER_BEHIND,)), Value("counter_behind", True, (HEARSAY,))]
    assert gateway.sealed(SMOKE, 2) == {"smoke": True, "counter_behind": True}
    assert gateway.sealed(SMOKE, 3) == {"smoke": True, "counter_behind": False}
    assert gateway.sealed(CLEAR, 4) == {"smoke": False}


@pytest.mark.parametrize("last", range(1, 6))
def test_no_press_after_a_changed_battery_passes_for_the_last_one_before_it(last: int) -> None:
    """Its packet ids begin anew, and one of the first is that of the last press of its earlier life."""
    gateway = Gateway()
    for packet in range(1, last + 1):
        assert gateway.sealed(bytes((0, packet, 0x3A, 1)), 5000 + packet)["button"] == "press"
    for packet in range(1, 8):
        assert gateway.sealed(bytes((0, packet, 0x3A, 1)), packet).get("button") == "press", packet
        assert "button" not in gateway.sealed(bytes((0, packet, 0x3A, 1)), packet), "the same frame again"


def test_a_changed_battery_of_a_call_button() -> None:
    gateway = Gateway()
    for counter in range(1, 6):
        assert gateway.sealed(b"\x00%c\x3a\x01" % counter, counter)["button"] == "press"
    assert gateway.sealed(b"\x00\x01\x3a\x04", 1) == {"button": "long_press", "counter_behind": True}
    assert gateway.sealed(b"\x00\x02\x01\x64\x3a\x01", 2) == {"button": "press", "counter_behind": True}, (
        "battery waits"
    )
    assert gateway.sealed(b"\x00\x03\x01\x64\x3a\x01", 3)["battery_pct"] == 100


def test_a_press_sent_again_under_a_new_counter_rings_once() -> None:
    gateway = Gateway()
    burst = [gateway.sealed(b"\x00\x07\x01\x5d\x3a\x01", counter) for counter in (1, 2, 3)]
    assert burst == [{"battery_pct": 93, "button": "press"}, {"battery_pct": 93}, {"battery_pct": 93}]
    assert gateway.sealed(b"\x00\x08\x01\x5d\x3a\x01", 4)["button"] == "press"


def test_states_wait_for_three_rising_frames() -> None:
    gateway = Gateway()
    gateway.sealed(CLIMATE, 1000)
    assert gateway.sealed(CLIMATE, 4) == {"counter_behind": True}
    assert gateway.sealed(CLEAR, 5) == {"counter_behind": True}
    assert gateway.sealed(CLIMATE, 9) == {"temperature_c": 25.06, "humidity_pct": 50.55, "counter_behind": False}
    assert gateway.sealed(CLIMATE, 10) == {"temperature_c": 25.06, "humidity_pct": 50.55}


def test_an_alarm_of_an_earlier_life_within_reach_of_the_counter_does_not_ring() -> None:
    gateway = Gateway()
    pressed = seal(b"\x3a\x01", 50)
    gateway.hear(pressed)
    gateway.sealed(CLIMATE, 60)
    for counter in (1, 2, 3):
        gateway.sealed(CLIMATE, counter)
    assert gateway.hear(pressed) == Decoded((), gateway.memory, False)
    assert gateway.sealed(b"\x3a\x02", 4) == {"button": "double_press"}, "its own press, and the counter was not moved"


def test_a_replayed_packet_id_does_not_swallow_the_next_press() -> None:
    gateway = Gateway()
    gateway.sealed(b"\x00\x07\x3a\x01", 100)
    gateway.sealed(b"\x00\x08\x3a\x01", 101)
    assert gateway.sealed(b"\x00\x07\x3a\x01", 100) == {"counter_behind": True}
    assert gateway.sealed(b"\x00\x07\x3a\x01", 200) == {"button": "press", "counter_behind": False}


def test_memory_stays_small() -> None:
    gateway = Gateway()
    for counter in range(1, 500):
        gateway.sealed(b"\x00%c" % (counter & 0xFF) + SMOKE, counter)
    for counter in range(1, 500):
        with contextlib.suppress(BadFrame):
            gateway.sealed(b"\x00%c" % (counter & 0xFF) + SMOKE + CLIMATE, counter)
    assert len(json.dumps(gateway.memory)) < 500


@given(st.binary(max_size=260), st.dictionaries(st.sampled_from(["key", "packet"]), st.just(KEY.hex())))
def test_any_bytes_of_a_keyed_sensor_are_refused_with_badframe_alone(data: bytes, memory: dict[str, str]) -> None:
    with contextlib.suppress(BadFrame):
        bthome.decode(bthome.head(data)._replace(address=MAC), memory)


@given(st.lists(st.tuples(st.binary(min_size=1, max_size=40), st.integers(0, 600)), max_size=12))
def test_any_sealed_payloads_in_any_order_are_read_or_refused(frames: list[tuple[bytes, int]]) -> None:
    gateway = Gateway()
    for payload, counter in frames:
        with contextlib.suppress(BadFrame):
            gateway.hear(seal(payload, counter))


def test_a_home_without_keys_does_not_load_the_cipher() -> None:
    program = (
        "import sys; from drivers.shipped import shipped; driver = shipped()['bthome'];"
        "driver.decode(driver.head(bytes.fromhex('402901')), {}); print('cryptography' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_two_frames_under_one_counter_are_both_read_and_neither_again() -> None:
    """Some firmwares say climate and battery apart, and raise the counter for both together (pvvx, issue 468)."""
    gateway, battery = Gateway(), b"\x01\x5a"
    for counter in range(5, 9):
        assert gateway.sealed(CLIMATE, counter) == {"temperature_c": 25.06, "humidity_pct": 50.55}
        assert gateway.sealed(battery, counter) == {"battery_pct": 90}
        for again in (CLIMATE, battery, CLIMATE, battery):
            assert not gateway.hear(seal(again, counter)).fresh, "who sends them in turn is told nothing"
    assert gateway.sealed(battery, 7) == {"counter_behind": True}
    many = [gateway.sealed(bytes((0x01, percent)), 8) for percent in range(20)]
    assert many.count({"counter_behind": True}) >= 16, "no more than a few under one counter"
