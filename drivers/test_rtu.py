"""Modbus on the wire: pairs nobody here wrote, echoes, turns without an answer, the reads of a round."""

import json
import os
import re
import struct
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import modbus, rtu
from drivers.driver import BadFrame

SHARED = Path(os.environ.get("ANJU_SHARED", Path(__file__).parents[2] / "shared"))
VECTORS = SHARED / "reference" / "vectors" / "modbus_rtu.json"

REFUSED = {
    "crc": "checksum differs|sound request|bytes of data instead",
    "byte_count": "bytes of data instead|bytes instead of|sound request",
    "response_does_not_match_request": "without an answer|sound request",
    "short": "sound request",
    "exception": "sound request",
}
"""Error of a row (or that it has none) -> our reason. Rows whose *request* is no Modbus ("TESTCOMMAND", a wrong CRC) fail at that already."""
SENT_WITHOUT_REQUEST = {"pymodbus_exc_unit0", "pymodbus_coils_unit1", "pymodbus_hr_spec_unit17"}
WE_REFUSE = {
    "mm_NEG_~4": "an exception has 5 bytes, this one 16, and its request is no Modbus; the row calls it code 84"
}
"""Row -> why it is refused here though it states no error."""


def pairs() -> list[dict[str, Any]]:
    if not VECTORS.exists():
        pytest.skip(f"{VECTORS} isn't here: set ANJU_SHARED")
    return list(json.loads(VECTORS.read_text("utf-8")))


def _wire(row: dict[str, Any]) -> bytes:
    return bytes.fromhex(str(row.get("request_hex") or "")) + bytes.fromhex(str(row["hex"]))


def _one(wire: bytes) -> rtu.Exchange:
    frames, rest = rtu.cut(wire)
    assert len(frames) <= 1
    return rtu.split(frames[0] if frames else rest)


def test_every_pair_of_others_reads_as_they_say() -> None:
    seen: Counter[str] = Counter()
    for row in pairs():
        name, decoded = str(row["name"]), row["decoded"]
        if name in SENT_WITHOUT_REQUEST or name in WE_REFUSE or "error" in decoded:
            why = "alone doesn't name" if name in SENT_WITHOUT_REQUEST else REFUSED[decoded.get("error", "exception")]
            with pytest.raises(BadFrame, match=why):
                _one(_wire(row))
            seen["alone" if name in SENT_WITHOUT_REQUEST else "refused"] += 1
            continue
        asked = _one(_wire(row))
        request = row["request"]
        assert (asked.unit, asked.function) == (decoded["unit"], request["function"]), name
        assert asked.start == request["address"], name
        assert asked.exception == decoded.get("exception", 0), name
        if "registers" in decoded:
            assert list(struct.unpack(f">{len(asked.data) // 2}H", asked.data)) == decoded["registers"], name
        if "bits_lsb_first" in decoded:
            bits = [bool(asked.data[n // 8] >> n % 8 & 1) for n in range(8 * len(asked.data))]
            assert bits == decoded["bits_lsb_first"], name
        seen["read"] += 1
    print(dict(seen))
    assert seen == {"read": 87, "refused": 13, "alone": 3}


# ---- the reads of a round


def test_neighbours_are_read_together_and_holes_are_not() -> None:
    assert rtu.grouped([(3, 0, 2), (3, 2, 3), (3, 10, 12), (4, 1, 2), (3, 1, 4)]) == [(3, 0, 4), (3, 10, 12), (4, 1, 2)]
    assert rtu.grouped([(3, 0, 2), (3, 10, 12)], gap=8) == [(3, 0, 12)]
    assert rtu.grouped([(3, 0, 100), (3, 100, 130)]) == [(3, 0, 100), (3, 100, 130)]
    assert rtu.grouped([(1, 0, 1000), (1, 1000, 2000)]) == [(1, 0, 2000)]


@given(
    st.lists(st.tuples(st.integers(3, 4), st.integers(0, 400), st.integers(1, 4)), min_size=1, max_size=30),
    st.integers(0, 20),
)
def test_the_reads_hold_every_value_whole_and_none_is_too_long(spans: list[tuple[int, int, int]], gap: int) -> None:
    wanted = [(function, low, low + size) for function, low, size in spans]
    reads = rtu.grouped(wanted, gap)
    assert all(end - first <= rtu.READS[function] for function, first, end in reads)
    for function, low, high in wanted:
        assert any(function == one and first <= low and high <= end for one, first, end in reads)


# ---- pairs on a line


def test_the_crc_is_that_of_the_catalogue() -> None:
    assert rtu.crc16(b"123456789") == 0x4B37


PAIR = bytes.fromhex("01040000000271cb 010404436633341b38")


@pytest.mark.parametrize(
    "before",
    [PAIR[:8], 3 * PAIR[:8], rtu.read(2, 3, 0, 100), PAIR[:12], b"\0\xff", PAIR[8:], rtu.read(1, 4, 0x0404, 2),
     bytes.fromhex("011000180001020032245d")],
)  # fmt: skip
def test_echoes_and_turns_without_an_answer_hide_no_pair(before: bytes) -> None:
    for pieces in ([before + PAIR], [before, PAIR], [bytes((byte,)) for byte in before + PAIR]):
        rest, good = b"", []
        for piece in pieces:
            frames, rest = rtu.cut(rest + piece)
            good += [frame for frame in frames if frame == PAIR]
        assert (good, rest) == ([PAIR], b"")


def test_an_answer_alone_says_what_is_missing() -> None:
    frames, rest = rtu.cut(PAIR[8:])
    assert (frames, rest) == ([PAIR[8:]], b"")
    with pytest.raises(BadFrame, match=re.escape("put its request in front")):
        rtu.split(frames[0])


@pytest.mark.parametrize("write", ["010600220001e800", "0705081400008fc8"])
def test_a_confirmed_write_is_a_frame_without_values(write: str) -> None:
    read = modbus.shipped()[0]
    frame = bytes.fromhex(2 * write)
    assert read.cut(frame) == ([frame], b"")
    assert read.decode(read.head(frame), {}).values == ()
