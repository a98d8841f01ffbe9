"""M-Bus against a decoder nobody here wrote: PyPI's ``pymbusparser`` (Rust).

It isn't asked where it departs from the standard: it takes a signature for encryption, stops at units it doesn't know
(and says so: ``partial``), and reads the least integer as a number.
"""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers import mbus
from drivers.mbus_records import Record

oracle = pytest.importorskip("pymbusparser")

_UNITS = (*range(0x00, 0x20), *range(0x20, 0x30), *range(0x38, 0x40), *range(0x58, 0x6C), 0x78)
"""VIFs that both know."""
_SIZES = {1: 1, 2: 2, 3: 3, 4: 4, 6: 6, 7: 8, 9: 1, 10: 2, 11: 3, 12: 4, 14: 6}
_TIMES = {"s": 1, "min": 60, "h": 3600, "d": 86400, "day": 86400, "days": 86400}


@st.composite
def records(draw: st.DrawFn) -> bytes:
    """A record of an integer or of decimal digits, with function, storage, tariff and device."""
    field, function, vif = draw(st.sampled_from(sorted(_SIZES))), draw(st.integers(0, 3)), draw(st.sampled_from(_UNITS))
    extensions = draw(st.lists(st.integers(0, 127), max_size=3))
    dif = bytes((field | function << 4 | draw(st.integers(0, 1)) << 6 | (0x80 if extensions else 0),))
    difes = bytes(one | (0x80 if place + 1 < len(extensions) else 0) for place, one in enumerate(extensions))
    size = _SIZES[field]
    if field >= 9:
        data = bytes.fromhex(
            "".join(draw(st.lists(st.sampled_from("0123456789"), min_size=2 * size, max_size=2 * size)))
        )
    else:
        data = draw(
            st.binary(min_size=size, max_size=size).filter(lambda raw: raw[:-1].strip(b"\0") or raw[-1] != 0x80)
        )
    return dif + difes + bytes((vif,)) + data


def _frame(body: bytes) -> bytes:
    content = bytes.fromhex("080172785634122440010755000000") + body
    size = len(content)
    return bytes((0x68, size, size, 0x68)) + content + bytes((sum(content) & 0xFF, 0x16))


def _agree(ours: Record, theirs: dict[str, Any]) -> bool:
    value = Decimal(theirs["value"]["value"])
    for unit in _TIMES:
        if ours.unit == "s" and theirs.get("unit") == unit:
            value *= _TIMES[unit]
    place = tuple(theirs[key] for key in ("storage_number", "tariff", "subunit"))
    return float(value) == pytest.approx(ours.value, rel=1e-12, abs=1e-12) and place == ours[1:4]


def test_random_records_read_alike() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=300, deadline=None)
    @given(st.lists(records(), min_size=1, max_size=8))
    def compare(parts: list[bytes]) -> None:
        frame = _frame(b"".join(parts))
        said = oracle.parse(frame)
        if said["decode_state"] != "complete":
            seen["partial"] += 1
            return
        ours = mbus.records(mbus.head(frame))
        assert len(ours) == len(said["records"]) == len(parts)
        for our, their in zip(ours, said["records"], strict=True):
            assert _agree(our, their), (our, their)
            seen["records"] += 1

    compare()
    print(dict(seen))
    assert seen["records"] >= 500
