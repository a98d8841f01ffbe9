"""Frames of other projects and of meters, each read as those say who recorded it."""

import gzip
import html
import json
import os
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from drivers import mbus
from drivers.driver import BadFrame
from drivers.mbus_link import cut
from drivers.mbus_records import FAULTY, INSTANT, MAXIMUM, MINIMUM, Record

SHARED = Path(os.environ.get("ANJU_SHARED", Path(__file__).parents[2] / "shared"))
VECTORS = SHARED / "reference" / "vectors" / "mbus.json"
FRAMES = SHARED / "data" / "mbus_frames.jsonl.gz"
FUNCTIONS = {
    "Instantaneous value": INSTANT, "Maximum value": MAXIMUM, "Minimum value": MINIMUM,
    "Value during error state": FAULTY, "Manufacturer specific": INSTANT, "More records follow": INSTANT,
    "Actual value": INSTANT,
}  # fmt: skip
QUANTITIES = {
    "Energy": "energy", "Volume": "volume", "Power": "power", "Volume flow": "volume_flow",
    "Flow temperature": "flow_temperature", "Return temperature": "return_temperature",
    "External temperature": "external_temperature", "Temperature difference": "temperature_difference",
    "Time point (date)": "date", "Time point (date & time)": "date_time", "Fabrication No": "fabrication_number",
    "Manufacturer specific": "manufacturer", "Operating time": "operating_time", "On time": "on_time",
    "Error flags": "error_flags", "Software version": "software_version", "Firmware version": "firmware_version",
    "H.C.A.": "heat_cost_units", "Averaging Duration": "averaging_time", "Actuality Duration": "actuality_time",
    "Voltage": "voltage", "Current": "current", "Digital Input": "digital_input", "Model / Version": "model",
    "Customer location": "customer_location", "Parameter set identification": "parameter_set",
    "%RH": "text:%RH", "C": "text:C", "c": "text:c", "cust. ID": "text:cust. ID", "bat. time": "text:bat. time",
    "Digital Output": "digital_output", "Special supplier information": "special_supplier",
    "Reset counter": "reset_counter", "Reserved": "unknown", "Manufacturer": "manufacturer", "Mass": "mass",
    "(Enhanced) Identification": "identification", "Pressure": "pressure", "Bus Address": "bus_address", "Medium": "medium",
}  # fmt: skip
"""libmbus' word -> ours."""
UNITS = {"m^3": "m3", "m^3/h": "m3/h", "-": "", "Units for H.C.A.": "", "Reserved": ""}
WE_ARE_RIGHT = {
    ("els_elster-f96-plus", 4): "DD DD DD DD is no decimal number, so there is no power; libmbus adds the nibbles up",
    ("els_elster-f96-plus", 5): "the same of the flow",
    ("landis+gyr_ultraheat_t230", 19): "VIFE 6F: the moment of the greatest power, marked invalid; libmbus reads W",
    ("landis+gyr_ultraheat_t230", 20): "VIFE 6F: the moment of the greatest flow, marked invalid",
    ("landis+gyr_ultraheat_t230", 21): "VIFE 6F: a moment (2011-08-26T20:50), not 41 million °C",
    ("landis+gyr_ultraheat_t230", 22): "VIFE 6F: a moment (2011-08-09T11:43), not 41 million °C",
    ("landis+gyr_ultraheat_t230", 32): "the invalid bit of the date is set: no date",
}
"""(frame, record) -> why libmbus' value differs from ours. Dates of day 0 ("2000-00-00") are None for us, all of them."""


class Row(NamedTuple):
    """One frame as others read it; no records where it is to be refused."""

    name: str
    frame: bytes
    records: list[dict[str, object]]
    refused: bool


def _of_xml(text: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for inner in re.findall(r"<DataRecord[^>]*>(.*?)</DataRecord>", text, re.DOTALL):
        fields = {key.lower(): html.unescape(value) for key, value in re.findall(r"<(\w+)>(.*?)</", inner, re.DOTALL)}
        rows.append(dict(fields))
    return rows


def vectors() -> list[Row]:
    if not VECTORS.exists():
        pytest.skip(f"{VECTORS} isn't here: set ANJU_SHARED")
    rows = json.loads(VECTORS.read_text("utf-8"))
    return [
        Row(row["name"], bytes.fromhex(row["hex"]), row["decoded"].get("records", []),
            "error" in row["decoded"] or "application_error" in row["decoded"])
        for row in rows
    ]  # fmt: skip


def recorded() -> list[Row]:
    if not FRAMES.exists():
        pytest.skip(f"{FRAMES} isn't here: set ANJU_SHARED")
    rows = [json.loads(line) for line in gzip.decompress(FRAMES.read_bytes()).splitlines()]
    unread = {"invalid_length", "manual_frame5"}
    return [
        Row(row["name"].lower(), bytes.fromhex(row["hex"]), _of_xml(row["expected_xml"]),
            row["set"] == "error-frames" or row["name"] in unread)
        for row in rows
    ]  # fmt: skip


def _place(theirs: dict[str, object]) -> tuple[int, int, int, int]:
    storage, tariff, device = (int(str(theirs.get(key, 0))) for key in ("storagenumber", "tariff", "device"))
    return FUNCTIONS[str(theirs["function"])], storage, tariff, device


def _value(theirs: dict[str, object]) -> object:
    text = str(theirs.get("value", ""))
    try:
        number = float(text)
    except ValueError:
        return text
    return number * {"kWh": 1000, "l": 0.001}.get(str(theirs.get("unit")), 1)


def _same(ours: Record, theirs: dict[str, object]) -> bool:
    value, expected = ours.value, _value(theirs)
    if isinstance(value, int | float) and isinstance(expected, float):
        return abs(value - expected) <= 1e-6 + 1e-7 * abs(expected)
    text = str(expected)
    if ours.quantity in ("date", "date_time"):
        text = text.removesuffix("Z")
        text = text.removesuffix(":00") if "T" in text and len(str(value)) == 16 else text
        return value == (None if "-00" in text else text)
    if ours.quantity == "manufacturer":
        return value == text.replace(" ", "").lower()
    return str(value).strip() == text.strip()


def _compared(row: Row, seen: Counter[str]) -> None:
    ours = mbus.records(mbus.head(row.frame))
    theirs = [one for one in row.records if str(one.get("value", "")) or "quantity" not in one or one["quantity"]]
    assert len(ours) == len(theirs), row.name
    for at, (our, their) in enumerate(zip(ours, theirs, strict=True)):
        word = str(their.get("quantity") or "")
        if (row.name, at) in WE_ARE_RIGHT:
            assert not _same(our, their), (row.name, at)
            seen["we are right"] += 1
            continue
        assert _same(our, their), (row.name, at, our, their)
        assert (our.function, our.storage, our.tariff, our.device) == _place(their), (row.name, at)
        if word:
            assert our.quantity == QUANTITIES[word], (row.name, at, our, their)
            assert our.unit == UNITS.get(str(their["unit"]), their["unit"]), (row.name, at, our, their)
        seen["records"] += 1
    seen["frames"] += 1


@pytest.mark.parametrize(("rows", "expected"), [(vectors, (36, 469, 2, 11)), (recorded, (38, 435, 5, 12))])
def test_every_frame_of_others_reads_as_they_say(rows: object, expected: tuple[int, int, int, int]) -> None:
    seen: Counter[str] = Counter()
    for row in rows():  # type: ignore[operator]
        if row.refused:
            frames, rest = cut(row.frame)
            with pytest.raises(BadFrame):
                mbus.decode(mbus.head(frames[0] if frames else rest or row.frame), {})
            seen["refused"] += 1
        elif row.records:
            _compared(row, seen)
        else:
            # svm_f22_telegram2: libmbus gives no XML; it is a maker's block with more to follow, which we can say.
            assert [one.quantity for one in mbus.records(mbus.head(row.frame))] == ["manufacturer"]
            seen["read by us alone"] += 1
    print(dict(seen))
    assert (seen["frames"], seen["records"], seen["we are right"], seen["refused"]) == expected
