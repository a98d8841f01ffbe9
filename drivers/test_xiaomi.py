"""Xiaomi's sensors: recorded adverts, and what we decide ourselves about frames that the library reads."""

import contextlib
import gzip
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from hypothesis import given
from hypothesis import strategies as st

from drivers import parsed, xiaomi
from drivers.advert import COUNTER_BEHIND
from drivers.driver import BadFrame, Decoded, Memory
from drivers.reading import HEARSAY, Scalar, Value

ROOT = Path(__file__).parent.parent
SHARED = Path(os.environ.get("ANJU_SHARED", ROOT.parent / "shared"))
MAC = "54:48:e6:8f:80:a5"
KEY = bytes(range(16))
SMOKE_SENSOR, BUTTON = 0x0997, 0x2387
SMOKE, CLEAR, PRESS = b"\x15\x10\1\1", b"\x15\x10\1\0", b"\x0c\x4a\0"


def seal(objects: bytes, counter: int, product: int = SMOKE_SENSOR, key: bytes = KEY) -> bytes:
    """Service data of an encrypted frame of version 5, made by the format's description."""
    sender, number = bytes.fromhex(MAC.replace(":", ""))[::-1], counter.to_bytes(4, "little")
    front = b"\x58\x58" + product.to_bytes(2, "little") + number[:1]
    sealed = AESCCM(key, tag_length=4).encrypt(sender + front[2:] + number[1:], objects, b"\x11")
    return front + sender + sealed[:-4] + number[1:] + sealed[-4:]


class Gateway:
    """What a caller does: fills in address and key, keeps the memory."""

    def __init__(self, key: str = KEY.hex(), mac: str = MAC) -> None:
        self.key, self.mac = key, mac
        self.memory: Memory = {}

    def hear(self, data: bytes) -> Decoded:
        head = xiaomi.head(data)._replace(address=self.mac)
        decoded = xiaomi.decode(head, {**self.memory, "key": self.key} if self.key else self.memory)
        assert "key" not in decoded.memory
        if decoded.fresh and decoded.values:
            self.memory = decoded.memory
        return decoded

    def says(self, data: bytes) -> dict[str, Scalar]:
        return {value.quantity: value.value for value in self.hear(data).values}


def test_a_replay_is_doubted_and_a_changed_battery_silences_no_alarm() -> None:
    gateway = Gateway()
    old = seal(SMOKE, 0x1FE)
    assert gateway.says(old) == {"smoke": True}
    assert not gateway.hear(old).fresh
    assert gateway.says(seal(CLEAR, 0x1FF)) == {"smoke": False}
    assert gateway.says(seal(CLEAR, 0x200)) == {"smoke": False}, "the frame counter came round"
    assert gateway.says(old) == {"counter_behind": True}
    assert list(gateway.hear(seal(SMOKE, 1)).values) == [
        Value("smoke", True, (COUNTER_BEHIND,)), Value("counter_behind", True, (HEARSAY,))
    ]  # fmt: skip
    assert gateway.says(seal(SMOKE, 2)) == {"smoke": True, "counter_behind": True}
    assert gateway.says(seal(CLEAR, 3)) == {"smoke": False, "counter_behind": False}


def test_each_press_rings_also_when_its_frame_counter_came_round() -> None:
    gateway = Gateway()
    assert [gateway.says(seal(PRESS, counter, BUTTON)) for counter in (5, 6, 6 + 256)] == [{"button": "press"}] * 3


@pytest.mark.parametrize(
    ("key", "mac", "data", "why"),
    [
        ("", MAC, seal(SMOKE, 1), "no key"),
        ("00" * 16, MAC, seal(SMOKE, 1), "MIC"),
        ("00" * 12, MAC, seal(SMOKE, 1), "24 or 32"),
        ("zz" * 16, MAC, seal(SMOKE, 1), "no hex"),
        (KEY.hex(), "54:48:e6:8f:80:a6", seal(SMOKE, 1), "its advert of"),
        (KEY.hex(), MAC, bytes.fromhex("5050970901a5808fe6485415100101"), "plain or weakly encrypted"),
        (KEY.hex(), MAC, bytes.fromhex("5830b603368b98c54124f88bb8f2661351000000d6"), "of f8:24:41:c5:98:8b"),
        (KEY.hex(), "", bytes.fromhex("5830b603368b98c54124f88bb8f2661351000000d6"), "plain or weakly encrypted"),
    ],
)
def test_what_is_refused_and_why(key: str, mac: str, data: bytes, why: str) -> None:
    with pytest.raises(BadFrame, match=why):
        Gateway(key, mac).hear(data)


def test_every_bit_of_an_encrypted_frame_counts_but_those_of_its_kind() -> None:
    """Frame control isn't under the check; whatever becomes of it, no other value is read."""
    data, changed = seal(SMOKE, 99), 0
    for bit in range(len(data) * 8):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        with contextlib.suppress(BadFrame):
            assert Gateway().says(bytes(damaged)) in ({"smoke": True}, {})
            changed += 1
    assert changed < 16


@given(st.binary(max_size=40), st.integers(0, 2**32 - 1))
def test_any_objects_under_a_good_check_are_read_or_refused(objects: bytes, counter: int) -> None:
    with contextlib.suppress(BadFrame):
        for value in Gateway().hear(seal(objects, counter)).values:
            assert isinstance(value.value, bool | int | float | str)


def test_a_library_that_is_not_installed_is_named() -> None:
    with pytest.raises(BadFrame, match="no-such-ble isn't installed"):
        parsed.parse("no_such_ble", "Any", 0xFE95, b"", MAC)


def test_strangers_frames_do_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(BadFrame, match="MIC"):
        Gateway("00" * 16).hear(seal(SMOKE, 1))
    assert caplog.records == []


def test_another_parser_of_the_family_is_a_few_lines() -> None:
    """bthome-ble through the same adapter, beside our own driver."""
    _, update = parsed.parse(
        "bthome_ble", "BTHomeBluetoothDeviceData", 0xFCD2, bytes.fromhex("4002ca0903bf132901"), MAC
    )
    assert parsed.said(update) == [
        Value("temperature_c", 25.06), Value("humidity_pct", 50.55), Value("smoke", True)
    ]  # fmt: skip


def test_a_home_without_such_sensors_does_not_load_the_library() -> None:
    program = "import sys; from drivers.shipped import shipped; shipped(); print('xiaomi_ble' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


WORDS: Mapping[str, Mapping[object, tuple[str, Scalar]]] = {
    "smoke": {1: ("smoke", True)}, "motion": {0: ("motion", False), 1: ("motion", True)},
    "door": {0: ("door_open", False)}, "opening": {1: ("door_open", True)}, "occupancy": {0: ("occupied", False)},
    "remote": {"on": ("power_on", True)}, "dimmer": {"rotate left": ("dimmer_steps", -1)},
    "button": {"single press": ("button", "press")},
    "button switch": {"single press": ("button", "press"), "long press": ("button", "long_press")},
}  # fmt: skip
MEASURED = {"temperature": "temperature_c", "humidity": "humidity_pct", "battery": "battery_pct",
            "illuminance": "illuminance_lx"}  # fmt: skip
NO_WORD = {"firmware", "type", "mac", "packet", "rssi", "pressure present duration", "motion timer", "toothbrush", "counter",
           "fingerprint", "result", "key id", "door action", "remote single press", "steps", "no motion time",
           "one btn switch"}  # fmt: skip
DISAGREEMENTS = {
    "MJZNZ018H_double_click": "The library doesn't know the product 20DB. A gap of the library: refused by name, not dropped.",
}


def service_data(event: bytes) -> Iterator[bytes]:
    """The service data of FE95 in an HCI advertising report."""
    at, end = 14, 14 + event[13]
    while at < end:
        length = event[at]
        if event[at + 1 : at + 4] == b"\x16\x95\xfe":
            yield event[at + 4 : at + 1 + length]
        at += 1 + length


def test_every_recorded_advert() -> None:
    file = SHARED / "data" / "ble_adverts.jsonl.gz"
    if not file.exists():
        pytest.skip(f"{file} isn't there: set ANJU_SHARED to the folder of recorded frames")
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["source"] == "xiaomi_parser"]
    counts: Counter[str] = Counter()
    for row in rows:
        said = row["expected"]
        for data in service_data(bytes.fromhex(row["hci_hex"][0])):
            counts["adverts"] += 1
            gateway = Gateway(row["key"] or "", said["mac"])
            if row["case"] in DISAGREEMENTS:
                with pytest.raises(BadFrame, match="product 0x20db is unknown"):
                    gateway.hear(data)
                continue
            values = gateway.says(data)
            assert gateway.memory.get("counter", said["packet"]) % 256 == said["packet"] if gateway.memory else True
            for name, value in said.items():
                if name in WORDS:
                    quantity, expected = WORDS[name][value]
                    assert values[quantity] == expected, row["case"]
                    counts["values"] += 1
                elif name not in NO_WORD:
                    assert values[MEASURED[name]] == pytest.approx(value), row["case"]
                    counts["values"] += 1
    print(f"\nrecorded Xiaomi adverts: {dict(counts)}; disagreements: {DISAGREEMENTS}")
    assert counts["adverts"] == len(rows) == 24
    assert counts["values"] == 23
