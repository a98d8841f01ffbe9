"""Modbus devices by a map: numbers of others, what a map can say and what it may not, the shipped maps."""

import contextlib
import copy
import json
import os
import struct
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import maps, modbus, rtu
from drivers.driver import BadFrame, Head
from drivers.modbus_map import load
from drivers.reading import UNKNOWN_CODE, Scalar, Value
from drivers.table import BadMap

SHARED = Path(os.environ.get("ANJU_SHARED", Path(__file__).parents[2] / "shared"))
VECTORS = SHARED / "reference" / "vectors" / "modbus_rtu.json"


def pairs() -> list[dict[str, Any]]:
    if not VECTORS.exists():
        pytest.skip(f"{VECTORS} isn't here: set ANJU_SHARED")
    return list(json.loads(VECTORS.read_text("utf-8")))


def _wire(row: dict[str, Any]) -> bytes:
    return bytes.fromhex(str(row.get("request_hex") or "")) + bytes.fromhex(str(row["hex"]))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("raeguard3_concentration", {"type": "u32"}, 209),
        ("dfrobot_sen0492_distance", {}, 1803),
        ("soil_humidity", {"scale": 0.1}, 29.9),
        ("soil_temperature", {"type": "s16", "scale": 0.1}, 23.7),
        ("circ_current_threshold", {"type": "u32"}, 50),
        ("mm_read_long_2_registers_starting_at_223_on_slave_1_using_function_code_3", {"type": "s32"}, -1371449806),
        ("mm_read_long_2_registers_starting_at_225_on_slave_1_using_function_code_3", {"type": "s32", "word_order": "little"}, -1371449806),
        ("mm_read_long_2_registers_starting_at_224_on_slave_1_using_function_code_3", {"type": "s32", "byte_order": "little"}, -1371449806),
        ("mm_read_long_2_registers_starting_at_226_on_slave_1_using_function_code_3", {"type": "s32", "byte_order": "little", "word_order": "little"}, -1371449806),
        ("mm_read_long_4_registers_starting_at_108_on_slave_1_using_function_code_3", {"type": "s64"}, -2),
        ("mm_read_float_from_address_103_4_registers_on_slave_1_using_function_code", {"type": "f64"}, -2.0),
        ("mm_read_float_from_address_241_2_registers_on_slave_1_using_function_code", {"type": "f32"}, -4.3959787e-11),
        ("mm_read_register_14_on_slave_1_using_function_code_4", {"function": 4, "scale": 0.1}, 88.0),
        ("mm_slave_address_1_read_register_4097_1_response_value_823_6", {"scale": 0.1}, 823.6),
        ("mm_read_bit_register_61_on_slave_1_using_function_code_2_also_for_perform", {"function": 2, "quantity": "flood"}, True),
    ],
)  # fmt: skip
def test_numbers_of_others_come_out_of_a_map(name: str, value: dict[str, object], expected: Scalar) -> None:
    row = next(row for row in pairs() if row["name"] == name)
    register = row["request"]["address"]
    read = modbus.driver({"base": 0, "value": [{"quantity": "x", "register": register, **value}]}, "x")
    values = read.decode(read.head(_wire(row)), {}).values
    assert [one.value for one in values] == [pytest.approx(expected, rel=1e-7)]


# ---- what a map can say


def said(values: list[dict[str, Any]], words: list[int], start: int = 0, **more: object) -> dict[str, Scalar]:
    """What a map of these values makes of these registers."""
    read = modbus.driver({"base": 0, "value": values, **more}, "x")
    request = rtu.read(1, 3, start, len(words))
    data = b"".join(word.to_bytes(2, "big") for word in words)
    answer = rtu.sealed(bytes((1, 3, len(data))) + data)
    decoded = read.decode(read.head(request + answer), {})
    return {
        one.quantity + f"#{one.nth + 1}" * (one.nth > 0) + "!" * (UNKNOWN_CODE in one.flags): one.value
        for one in decoded.values
    }


@pytest.mark.parametrize(
    ("value", "words", "expected"),
    [
        ({"type": "s16", "scale": 0.1}, [0xFF33], -20.5), ({"scale": 0.1}, [3], 0.3), ({"scale": 10, "offset": -5}, [7], 65),
        ({"scale": 0.1, "offset": -40}, [651], 25.1), ({"type": "bcd"}, [0x1234], 1234), ({"type": "bcd"}, [0x12A4], None),
        ({"type": "bcd32"}, [0x1234, 0x5678], 12345678), ({"type": "bcd32", "word_order": "little"}, [0x5678, 0x1234], 12345678),
        ({"invalid": [0xFFFF]}, [0xFFFF], None), ({"type": "s16", "invalid": [0x8000]}, [0x8000], None),
        ({"type": "s16", "invalid": [-200]}, [0xFF38], None), ({"type": "f32"}, [0x7FC0, 0], None), ({"type": "f32"}, [0x7F80, 0], None),
        ({"type": "f32", "scale": 1000}, [0x41AC, 0xCCCD], 21600.0), ({"mask": 0xFF00}, [0x0B55], 11),
        ({"type": "u64"}, [0xFFFF] * 4, 2**64 - 1), ({"type": "f64"}, [0x7FEF, 0xFFFF, 0xFFFF, 0xFFFF], None),
        ({"quantity": "flood", "bit": 3}, [8], True), ({"quantity": "flood", "bit": 3, "invert": True}, [8], False),
        ({"quantity": "flood", "mask": 0x0C}, [8], True), ({"quantity": "flood", "mask": 0x0C}, [3], False),
        ({"quantity": "fault", "bit": 0, "rest_bit": 2}, [5], False), ({"quantity": "fault", "bit": 0, "rest_bit": 2}, [4], True),
        ({"only_if": {"register": 1, "is": [2]}}, [7, 2], 7), ({"only_if": {"register": 1, "is": [2]}}, [7, 3], None),
        ({"only_if": {"register": 1, "is_not": [2]}}, [7, 2], None), ({"only_if": {"register": 1, "mask": 0xF0, "is": [2]}}, [7, 0x2F], 7),
    ],
)  # fmt: skip
def test_each_key_of_a_value(value: dict[str, object], words: list[int], expected: Scalar | None) -> None:
    quantity = str(value.get("quantity", "level_m"))
    assert said([{"quantity": quantity, "register": 0, **value}], words) == (
        {} if expected is None else {quantity: expected}
    )


def test_a_state_that_isnt_listed_is_no_all_clear() -> None:
    states: dict[str, Any] = {
        "register": 0,
        "states": {"0": "normal", "1": "gas_alarm", "2": ["gas_alarm", "fault"], "-1": "fault"},
        "type": "s16",
    }
    assert said([states], [0]) == {"fault": False, "gas_alarm": False}
    assert said([states], [2]) == {"fault": True, "gas_alarm": True}
    assert said([states], [0xFFFF]) == {"fault": True, "gas_alarm": False}
    assert said([states], [9]) == {"fault!": True}


def test_like_values_keep_their_numbers_when_one_is_missing() -> None:
    two: list[dict[str, Any]] = [{"quantity": "temperature_c", "register": n, "invalid": [0xFFFF]} for n in (0, 1)]
    assert said(two, [20, 21]) == {"temperature_c": 20, "temperature_c#2": 21}
    assert said(two, [0xFFFF, 21]) == {"temperature_c#2": 21}


def test_a_manual_that_counts_from_one_means_the_same_register() -> None:
    assert said([{"quantity": "level_m", "register": 1}], [7], base=1) == {"level_m": 7}


def test_registers_that_were_not_read_say_nothing() -> None:
    value = {"quantity": "level_m", "register": 5, "type": "u32"}
    assert said([value], [1, 2], start=5) == {"level_m": 0x10002}
    assert said([value], [1, 2], start=4) == {}
    assert said([value], [1], start=6) == {}


@pytest.mark.parametrize(
    ("code", "why"), [(1, "illegal function"), (4, "device failure"), (11, "didn't answer"), (9, "not in the standard")]
)
def test_an_exception_names_its_unit_and_gives_no_reading(code: int, why: str) -> None:
    frame = rtu.read(17, 3, 0, 2) + rtu.sealed(bytes((17, 0x83, code)))
    read = modbus.driver({"base": 0, "value": [{"quantity": "x", "register": 0}]}, "x")
    assert read.cut(frame) == ([frame], b"")
    head = read.head(frame)
    assert (head.address, head.kind) == ("17", 0x83)
    with pytest.raises(BadFrame, match=why):
        read.decode(head, {})


# ---- what a map may not say


def mistakes(change: dict[str, object], **value: object) -> list[str]:
    whole = {"base": 0, "value": [{"quantity": "level_m", "register": 0, **value}], **change}
    with pytest.raises(BadMap) as caught:
        load({key: part for key, part in whole.items() if part is not None}, "x")
    return [f"{'.'.join(map(str, path))}: {what}" for path, what in caught.value.mistakes]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"scal": 1}, "value.0.scal: unknown key"), ({"register": 65536}, "value.0.register: register must be 0 … 65535"),
        ({"register": True}, "value.0.register: register must be"), ({"type": "u8"}, "value.0.type: type must be one of"),
        ({"function": 6}, "value.0.function: function must be 1 … 4"), ({"scale": "1"}, "value.0.scale: scale must be a number"),
        ({"scale": float("nan")}, "value.0.scale: scale must be a number"), ({"invalid": 1}, "value.0.invalid: invalid must be a list"),
        ({"quantity": "smoke"}, "value.0.quantity: smoke is true or false"), ({"quantity": "Smoke!"}, "value.0.quantity: quantity must be a name"),
        ({"quantity": "smoke", "bit": 16}, "value.0.bit: bit must be 0 … 15"), ({"quantity": "smoke", "bit": 1, "type": "f32"}, "value.0.bit: bit needs"),
        ({"bit": 1, "mask": 2}, "value.0.mask: give bit or mask"), ({"quantity": "smoke", "bit": 1, "scale": 2}, "value.0: a bit has no scale"),
        ({"invert": True}, "value.0.invert: only a bit"), ({"states": {"0": "normal"}}, "value.0.states: give states, or a quantity"),
        ({"register": 65535, "type": "u32"}, "value.0.register: the value ends behind"), ({"word_order": "middle"}, "value.0.word_order: word_order must be"),
        ({"only_if": {"register": 1}}, "value.0.only_if: give is or is_not"), ({"only_if": {"register": 300, "is": [1]}}, "value.0.only_if: value and condition don't fit"),
        ({"only_if": 1}, "value.0.only_if: only_if must be a table"), ({"function": 2, "bit": 1}, "value.0.bit: bit is for registers"),
        ({"function": 2, "only_if": {"register": 1, "is": [1]}}, "value.0.only_if: only_if looks at a register"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(value: dict[str, object], told: str) -> None:
    assert [one for one in mistakes({}, **value) if one.startswith(told)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"base": None}, ": base is missing"), ({"base": 2}, "base: base must be 0 … 1"), ({"value": []}, "value: a map needs"),
        ({"value": [1]}, "value: a map needs"), ({"name": "A b"}, "name: name must be"), ({"speed": 1}, "speed: unknown key"),
        ({"silent_after": 0}, "silent_after: silent_after must be"), ({"gap": -1}, "gap: gap must be"), ({"title": 1}, "title: title must be"),
        ({"value": [{"register": 0, "states": {"0": "normal", "x": "fault"}}]}, "value.0.states.x: a state is a whole number"),
        ({"value": [{"register": 0, "states": {"0": "normal", "1": "oops"}}]}, "value.0.states.1: a state is normal or"),
        ({"value": [{"register": 0, "states": {"1": "fault"}}]}, 'value.0.states: no state is "normal"'),
        ({"value": [{"register": 0}] * 257}, "value: more than 256 values"),
    ],
)  # fmt: skip
def test_a_mistake_of_the_whole_map_is_told_with_its_place(change: dict[str, object], told: str) -> None:
    assert [one for one in mistakes(change) if one.startswith(told)]


def test_all_mistakes_are_told_at_once() -> None:
    assert len(mistakes({"gap": -1, "title": 1}, scale="x", register=-1)) == 4


_LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8),
    st.sampled_from(["big", "little", "u16", "f32", "bcd", "normal", "fault", "smoke", "level_m"]),
)  # fmt: skip
_WORDS = st.sampled_from(["base", "value", "register", "function", "type", "quantity", "scale", "offset", "bit", "mask",
                          "states", "only_if", "is", "is_not", "0", "1", "invalid", "rest_bit", "invert", "gap"])  # fmt: skip
_ANY = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(_WORDS | st.text(max_size=4), inner, max_size=4)
    ),
)


@given(st.dictionaries(_WORDS, _ANY, max_size=6))
def test_any_dict_is_a_map_or_a_badmap(table: dict[str, object]) -> None:
    with contextlib.suppress(BadMap):
        read = modbus.driver(table, "x")
        assert read.ask is not None
        assert len(read.ask("1")) >= 1


@given(
    st.sampled_from(sorted(maps.shipped())),
    st.lists(st.tuples(st.integers(0, 40), _WORDS, _ANY), max_size=4),
    st.binary(min_size=40, max_size=40),
)
def test_a_shipped_map_with_anything_in_it_is_a_map_or_a_badmap(
    name: str, changes: list[tuple[int, str, object]], data: bytes
) -> None:
    table = copy.deepcopy(dict(maps.shipped()[name]))
    values = table["value"]
    assert isinstance(values, list)
    for place, key, changed in changes:
        (values[place % len(values)] if place else table)[key] = changed
    try:
        read = modbus.driver(table, name)
    except BadMap:
        return
    for function in (1, 2, 3, 4):
        count = 8 * len(data) if function < 3 else len(data) // 2
        for one in read.decode(Head("1", struct.pack(">HH", 0, count) + data, function), {}).values:
            assert isinstance(one.value, bool | int | float)


@pytest.mark.parametrize("address", ["", "0", "248", "-1", "1a", "١", "00001"])
def test_an_address_that_is_no_unit_is_refused(address: str) -> None:
    read = modbus.driver({"base": 0, "value": [{"quantity": "x", "register": 0}]}, "x")
    assert read.ask is not None
    with pytest.raises(BadFrame, match="no unit"):
        read.ask(address)


# ---- the shipped maps


def test_every_shipped_map_names_its_source_and_its_trap() -> None:
    looked = 0
    for file in sorted(Path(maps.__file__).parent.glob("*.toml")):
        table = tomllib.loads(file.read_text("utf-8"))
        assert all(isinstance(table[key], str) and table[key] for key in ("title", "source", "trap")), file.name
        assert file.name.startswith("generic-") == table["source"].startswith("none"), file.name
        assert ("no maker" in table["title"]) == file.name.startswith("generic-"), file.name
        looked += 1
    assert looked == len(maps.shipped()) == len(modbus.shipped()) == 12


def test_a_round_of_each_shipped_map_asks_for_every_value() -> None:
    rounds = {read.name: len(read.ask("1")) for read in modbus.shipped() if read.ask}
    assert rounds == {
        "modbus-detcon-600": 1, "modbus-generic-co": 1, "modbus-generic-gas": 1, "modbus-generic-lift": 1,
        "modbus-generic-pump": 1, "modbus-generic-smoke": 1, "modbus-pt495": 1, "modbus-rle-leak-cable": 1,
        "modbus-sdm120": 5, "modbus-sdm630": 3, "modbus-waveshare-relay-8": 1,
        "modbus-xy-md02": 1,
    }  # fmt: skip


def test_a_coil_is_switched_and_what_cannot_be_is_refused() -> None:
    relays = next(one for one in modbus.shipped() if one.name == "modbus-waveshare-relay-8")
    assert relays.switch is not None
    assert relays.switch("1", 0, True, 7).hex() == "01050000ff008c3a"
    assert relays.switch("17", 7, False, 7).hex().startswith("110500070000")
    for address, output in (("1", 8), ("1", -1), ("0", 0), ("248", 0), ("x", 0)):
        with pytest.raises(BadFrame):
            relays.switch(address, output, True, 1)
    assert next(one for one in modbus.shipped() if one.name == "modbus-generic-gas").switch is None


def test_a_relay_wired_to_rest_energized_is_switched_the_other_way_round() -> None:
    table = {"title": "x", "base": 0, "value": [{"quantity": "output_on", "register": 3, "function": 1, "invert": True}]}
    relay = modbus.driver(table, "fail-safe")
    assert relay.switch is not None
    wire = relay.switch("1", 0, True, 1)
    assert wire.hex().startswith("010500030000")
    assert relay.decode(relay.head(2 * wire), {}).values == (Value("output_on", True),)
