"""DL/T 645 against a meter nobody here wrote: the server of PyPI's ``dlt645``, without a line between.

Where it departs from the standard, it isn't asked: it answers frames for other meters (with an error), repeats the
address aa…aa instead of its own, takes its address as on the wire, knows no FF block, has a minus where the standard
has none (energies but the combined ones, voltages), and wants the time year first; test_dlt645.py has a captured one.
"""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers import dlt645
from drivers.dlt645_items import items
from drivers.driver import BadFrame
from drivers.reading import Value

oracle = pytest.importorskip("dlt645")

METER = "202611220001"
ASKED = [
    di
    for di in (
        *(register << 16 | tariff << 8 for register in range(11) for tariff in (0, 1, 4)),
        *(register << 16 for base in (0x15, 0x29, 0x3D) for register in range(base, base + 10)),
        *(variable << 16 | 2 << 24 | phase << 8 for variable in range(1, 8) for phase in range(4)),
        *range(0x02800001, 0x0280000A),
        *(0x00010000 | settled for settled in range(1, 13)),
    )
    if items(di)
]
"""Every identifier of ours that names one number and that their meter may know."""

POWERS = {"power_w", "reactive_power_var", "apparent_power_va", "power_w_1min"}
"""In kW, kvar and kVA on the wire."""


@pytest.fixture(scope="module")
def meter() -> Any:
    service = oracle.MeterServerService(server=None)
    service.set_address(bytes.fromhex(METER)[::-1])
    return service


def ask(meter: Any, wire: bytes) -> bytes:
    """Our request -> what their meter would put on the line."""
    frame = oracle.DLT645Protocol.deserialize(wire)
    assert frame is not None, wire.hex()
    answer = meter.handle_request(frame)
    return bytes(answer) if answer else b""


def read(wire: bytes) -> tuple[str, list[Value]]:
    """What their meter put on the line -> who, and what we read of it."""
    frames, rest = dlt645.cut(wire)
    assert (len(frames), rest) == (1, b""), wire.hex()
    head = dlt645.head(frames[0])
    return head.address, list(dlt645.decode(head, {}).values)


def test_their_meter_knows_what_we_ask_for(meter: Any) -> None:
    missing = [f"{di:08x}" for di in ASKED if meter.get_data_item(di) is None]
    print(f"{len(ASKED) - len(missing)} of {len(ASKED)} identifiers are known to their meter; not: {missing}")
    assert len(ASKED) == 106
    assert not missing


@given(st.data())
@settings(deadline=None)
def test_what_their_meter_says_is_what_we_read(meter: Any, data: st.DataObject) -> None:
    di = data.draw(st.sampled_from(ASKED))
    (item,) = items(di)
    kilo = 1000 if item.quantity.partition("_l")[0] in POWERS else 1
    most = round(meter.get_data_item(di).max_value * kilo * item.divisor)
    digits = data.draw(st.integers(-most if item.signed else 0, most))
    put = meter.set_00 if di >> 24 == 0 else meter.set_02
    assert put(di, digits / (item.divisor * kilo))
    address, values = read(ask(meter, dlt645.read(METER, di)))
    assert address == METER
    assert values == [Value(item.quantity, digits / item.divisor, (), item.nth)]


def test_reading_the_address(meter: Any) -> None:
    _, values = read(ask(meter, dlt645.read_address()))
    assert values == [Value("meter_address", METER)]


def test_an_identifier_their_meter_lacks_is_refused_by_its_name(meter: Any) -> None:
    with pytest.raises(BadFrame, match="no-data"):
        read(ask(meter, dlt645.read(METER, 0x00FE0000)))


@given(st.sampled_from(ASKED), st.integers(0, 999_999_999_999))
def test_their_requests_are_ours(di: int, number: int) -> None:
    address = f"{number:012}"
    wire = oracle.DLT645Protocol.build_frame(bytes.fromhex(address)[::-1], 0x11, di.to_bytes(4, "little"))
    assert bytes(wire).lstrip(b"\xfe") == dlt645.read(address, di)
