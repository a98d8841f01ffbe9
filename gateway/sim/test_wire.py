import contextlib
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import serial

from gateway.sim.wire import SILENCE, Noise, Wire


@contextlib.contextmanager
def open_ends(wire: Wire) -> Iterator[tuple[serial.Serial, serial.Serial]]:
    """Both ttys of a line, as node and gateway would open them."""
    with serial.Serial(str(wire.node_path), timeout=5) as node, serial.Serial(str(wire.gateway_path), timeout=5) as end:
        yield node, end


def test_bytes_of_any_value_pass_both_ways_unchanged(tmp_path: Path) -> None:
    every = bytes(range(256)) * 4
    with Wire(tmp_path) as wire:
        with open_ends(wire) as (node, gateway):
            node.write(every)
            assert gateway.read(len(every)) == every
            gateway.write(every)
            assert node.read(len(every)) == every
        for side in ("node", "gateway"):  # the tape is written behind the wire

            def taped(side: str = side) -> bytes:
                return b"".join(one.delivered for one in wire.tape.all() if one.source == side)

            wire.tape.wait(lambda _, taped=taped: taped() == every, 5)  # type: ignore[misc]


def test_what_nobody_listens_to_is_lost_as_on_a_real_line(tmp_path: Path) -> None:
    with Wire(tmp_path) as wire, serial.Serial(str(wire.node_path)) as node:
        node.write(b"nobody")
        assert wire.tape.wait(lambda one: one.sent == b"nobody", 5).delivered == b""
        with serial.Serial(str(wire.gateway_path), timeout=5) as gateway:
            node.write(b"somebody")
            assert gateway.read(8) == b"somebody"


def test_an_unplugged_tty_hangs_up_and_comes_back_under_its_name(tmp_path: Path) -> None:
    with Wire(tmp_path) as wire, serial.Serial(str(wire.node_path)) as node:
        end = os.open(wire.gateway_path, os.O_RDWR | os.O_NOCTTY)
        wire.unplug()
        assert not wire.gateway_path.exists()
        with contextlib.suppress(OSError):  # EIO on Linux
            assert os.read(end, 10) == b"", "or the end of the file elsewhere"
        os.close(end)
        node.write(b"into the void")
        wire.tape.wait(lambda one: one.sent.endswith(b"void"), 5)
        wire.replug()
        with serial.Serial(str(wire.gateway_path), timeout=5) as again:
            node.write(b"back")
            assert again.read(4) == b"back"


def test_mute_is_silent_and_ends(tmp_path: Path) -> None:
    with Wire(tmp_path) as wire, open_ends(wire) as (node, gateway):
        wire.mute("node")
        node.write(b"unheard")
        wire.tape.wait(lambda one: one.sent == b"unheard", 5)
        wire.unmute()
        node.write(b"heard")
        assert gateway.read(5) == b"heard"


@pytest.mark.parametrize(
    ("noise", "changed"),
    [
        (Noise(flip=0.01, seed=1), lambda n: n == 0),
        (Noise(drop=0.01, seed=1), lambda n: n < 0),
        (Noise(insert=0.01, seed=1), lambda n: n > 0),
        (Noise(burst=0.001, seed=1), lambda n: n == 0),
    ],
)
def test_noise_hurts_about_as_much_as_it_says_and_the_same_each_time(
    noise: Noise, changed: Callable[[int], bool]
) -> None:
    clean = bytes(10_000)
    once, again = (noise.hurt(clean, random.Random(3)) for _ in range(2))
    assert once == again
    assert once != clean
    assert changed(len(once) - len(clean))
    assert abs(len(once) - len(clean)) < 200
    assert 20 < sum(byte != 0 for byte in once) < 200 or noise.drop


def test_a_noisy_wire_hurts_and_silence_heals_it(tmp_path: Path) -> None:
    with Wire(tmp_path) as wire, open_ends(wire) as (node, gateway):
        wire.noise(Noise(flip=0.5, seed=9))
        node.write(bytes(200))
        assert gateway.read(200).count(0) < 150
        wire.noise(SILENCE)
        node.write(bytes(200))
        assert gateway.read(200) == bytes(200)


def test_direct_mode_is_one_pty(tmp_path: Path) -> None:
    with Wire(tmp_path, direct=True) as wire, serial.Serial(str(wire.gateway_path), timeout=5) as gateway:
        os.write(wire.direct_fd, b"direct")
        assert gateway.read(6) == b"direct"
        gateway.write(b"\x00\x03\x04\r\n")
        assert os.read(wire.direct_fd, 10) == b"\x00\x03\x04\r\n"
