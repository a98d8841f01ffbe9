"""Real fires: each room with a probe is told, and about when the alarms of that room sounded."""

import os
from pathlib import Path

import pytest

from bench.fires import room_of, sounded, summary, table, told

DATA = Path(os.environ.get("ANJU_SHARED", "../shared")) / "data"


def test_the_room_of_a_probe() -> None:
    rooms = {"SMA_1": "A", "TCB_3": "B", "GASF_1": "F", "SMCO": "", "SMG": "", "TCFIRE": ""}
    assert {device: room_of(device) for device in rooms} == rooms


@pytest.mark.skipif(not (DATA / "fires.csv.gz").is_file(), reason=f"no recorded fires in {DATA}")
def test_recorded_fires_are_told_about_when_real_alarms_sounded() -> None:
    lines = table(sounded(DATA / "fires_alarm_activations.csv.gz"), told(DATA / "fires.csv.gz"))
    found = summary(lines)
    assert (found["rooms"], found["rooms_not_told_by_smoke"]) == (19, 1), "one room had no probe for smoke"
    ion, photo = found["later_than_ion"], found["later_than_photo"]
    assert isinstance(ion, dict)
    assert isinstance(photo, dict)
    assert photo["median"] <= 0
    assert ion["median"] <= 35
    early = [line for line in lines if line["co"] is not None and float(str(line["co"])) < 120]
    assert early == [], "noise of the probes for CO, up to 10 s above 300 ppm, is no alarm"
    assert all(line["smoke"] is None or float(str(line["smoke"])) > 20 for line in lines), "clean air raises nothing"
