"""The frame of DL/T 645 and CJ/T 188: found in any noise, at once, and nothing refused goes uncounted."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import cjt188, dlt645
from drivers.captures import load
from drivers.driver import BadFrame, Driver
from drivers.sum_frame import Fixed, Shape, cut, opened, sealed
from drivers.test_drivers import FRAMES

DRIVERS = [dlt645.DRIVER, cjt188.DRIVERS[0]]
LONGEST = {"dlt645": 9 + 200 + 3, "cjt188": 10 + 255 + 3}
PLAIN = Shape(1, 8, (Fixed(2, b"\x01\x02", "third byte"),))
FRAME = sealed(b"\x68\x02\x01\x07")


def wires(driver: Driver) -> list[bytes]:
    text = (FRAMES / f"{driver.name}.toml").read_text("utf-8")
    return [capture.wire for capture in load(text) if capture.said]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no start byte 68"),
        (b"\xfe\xfe", "no start byte 68"),
        (b"\x00" + FRAME, "no start byte 68"),
        (FRAME[:1], "cut short after 1 bytes"),
        (FRAME[:-1], "cut short: 5 of 6 bytes"),
        (FRAME + b"\0", "1 bytes behind the end of the frame"),
        (b"\x68\x09\x01", "length byte says 9, more than 8"),
        (sealed(b"\x68\x02\x03\x07"), "third byte is 03"),
        (FRAME[:-2] + b"\0\x16", "checksum differs"),
        (FRAME[:-1] + b"\x17", "end byte is 17, not 16"),
    ],
)
def test_each_fault_has_its_reason(data: bytes, why: str) -> None:
    with pytest.raises(BadFrame) as refused:
        opened(data, PLAIN)
    assert refused.value.why == why
    assert refused.value.data == data


def test_wake_up_bytes_are_no_part_of_the_frame() -> None:
    assert opened(b"\xfe" * 14 + FRAME, PLAIN) == FRAME
    assert cut(b"\xfe" * 14 + FRAME, PLAIN) == ([FRAME], b"")


def test_a_start_byte_in_noise_doesnt_hold_the_frame_behind_it() -> None:
    noise = b"\x68\x08\x01"
    assert cut(noise + FRAME, PLAIN) == ([noise, FRAME], b"")
    assert cut(noise, PLAIN) == ([], noise)


def test_a_damaged_frame_is_refused_once_and_the_next_is_read() -> None:
    damaged = FRAME[:3] + b"\x08" + FRAME[4:]
    assert cut(damaged + FRAME, PLAIN) == ([damaged, FRAME], b"")
    assert cut(damaged, PLAIN) == ([damaged], b"")


def test_noise_without_a_start_byte_is_dropped() -> None:
    assert cut(b"\0\xff\x16" * 100, PLAIN) == ([], b"")


@pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: driver.name)
def test_a_frame_is_out_with_its_last_byte_whatever_was_before(driver: Driver) -> None:
    rng = random.Random(1)
    frames = wires(driver)
    asked = 0
    for wire in frames:
        for _ in range(40):
            noise = bytes(rng.choices((0x68, 0x16, 0x00, 0xFE, 0x91, 0x10, 0x81, 0xFF), k=rng.randrange(300)))
            said, rest = [], b""
            for byte in noise + wire:
                cut_now, rest = driver.cut(rest + bytes((byte,)))
                said = cut_now
            assert said[-1:] == [wire.lstrip(b"\xfe")], noise.hex()
            assert rest == b""
            asked += 1
    assert asked == 40 * len(frames) >= 400


@pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: driver.name)
def test_what_is_kept_is_never_longer_than_the_longest_frame(driver: Driver) -> None:
    rng = random.Random(2)
    rest, most = b"", 0
    for _ in range(2000):
        _, rest = driver.cut(rest + bytes(rng.choices((0x68, 0x10, 0x81, 0xC8, 0xFF), k=rng.randrange(1, 64))))
        most = max(most, len(rest))
    assert 100 < most < LONGEST[driver.name]


@pytest.mark.parametrize("driver", DRIVERS, ids=lambda driver: driver.name)
def test_pieces_make_no_difference_to_what_is_read(driver: Driver) -> None:
    frames = wires(driver)

    def good(pieces: list[bytes]) -> list[bytes]:
        rest, found = b"", []
        for piece in pieces:
            now, rest = driver.cut(rest + piece)
            found += [frame for frame in now if frame in expected]
        return found

    expected = [wire.lstrip(b"\xfe") for wire in frames]
    stream = b"".join(frames)

    @given(st.sets(st.integers(0, len(stream)), max_size=40))
    def split(places: set[int]) -> None:
        edges = sorted({0, *places, len(stream)})
        assert good([stream[a:b] for a, b in pairwise(edges)]) == expected

    split()
