"""What a shipped driver can say is heard by a shipped rule, or is telemetry: named here, with who looks at it instead."""

import re
from collections.abc import Iterator, Mapping
from importlib.resources import files

import pytest

from drivers import bthome_objects, dlt645, dlt645_items, node, parsed, zigbee2mqtt
from drivers.captures import load
from drivers.modbus_map import ALARMS, YES_NO
from drivers.shipped import shipped
from rules.nouns import NOUNS, TRUTHS
from rules.quantities import KNOWN
from rules.rulefile import load as rules
from rules.rulefile import packs

TELEMETRY: Mapping[str, str] = {
    "meters, read for bills, charts and rules of one's own": """
        gas_m3 volume_m3 stored_volume_m3 heat_kwh cooling_kwh energy_net_kwh energy_export_kwh flow_m3_h power_w_l1
        power_w_l2 power_w_l3 voltage_v power_factor frequency_hz supply_temperature_c return_temperature_c operating_h
        energy_kwh_l1 energy_kwh_l2 energy_kwh_l3 internal_temperature_c on_battery phase_order_wrong""",
    "what a device says of itself, for who looks after it": """
        battery_v rssi_dbm uptime_s firmware hardware model reset_cause alarms_waiting meter_address meter_clock
        day_ended_at measured_at timestamp_s device_type settings_revision channel charging
        connected user_number""",
    "the air and the ground; limits are each household's own": """
        humidity_pct co2_ppm illuminance_lx moisture_pct dew_point_c pm2_5_ug_m3 pm10_ug_m3 tvoc_ug_m3 uv_index
        formaldehyde_mg_m3 conductivity_us_cm precipitation_mm light_level""",
    "a body; limits are a doctor's": """
        blood_pressure_systolic_mmhg blood_pressure_diastolic_mmhg blood_pressure_mean_mmhg pulse_bpm pulse_interval_s
        spo2_pct perfusion_pct body_temperature_c irregular_pulse wearing asleep mass_kg mass_lb impedance_ohm""",
    "a sign of life, or a state of the house, of which none is amiss by itself": """
        valve_open output_on unlocked plugged running sound cold armed generic_on command
        dimmer_steps door_stuck level_m""",
    "it is over when it is heard": "gateway_lost",
    "movement and measures of no known purpose": """
        count rotation_deg distance_mm distance_m duration_s speed_m_s acceleration_m_s2 rotation_deg_s text raw
        direction_deg rotation_rpm""",
}
"""Why no rule hears them -> quantities; one of a phase goes with its like."""
_PHASE = re.compile(r"_l[123]\Z")
_PAST = re.compile(r"(_t\d+)?(_settled|_day_end)?\Z")
"""A tariff's part of a register, and what it stood at once."""


def _said() -> Iterator[tuple[str, str]]:
    """(driver, quantity) of all that drivers say by themselves, by their tables, or in their captured frames."""
    for name, driver in shipped().items():
        file = files("drivers") / "frames" / f"{name}.toml"
        text = file.read_text("utf-8") if file.is_file() else ""
        for capture in load(text) if text else ():
            yield from ((name, point.partition("#")[0]) for point in (capture.said.values if capture.said else ()))
        yield from ((name, quantity) for quantity in driver.says or ())
    yield from (("bthome", one.quantity) for one in bthome_objects.OBJECTS.values() if one.quantity)
    yield from (("xiaomi", quantity) for quantity, _ in parsed.MEASURED.values())
    yield from (("xiaomi", quantity) for quantity in parsed.STATES.values())
    for one in (*zigbee2mqtt.READERS.values(), *zigbee2mqtt.PER_UNIT.values()):
        yield "zigbee2mqtt", one[0]
    yield from (("node", quantity) for quantity in node.BOOLEANS.values())
    yield from (("node", quantity) for quantity, _ in node.SCALES.values())
    for identifier in dlt645.ROUND:
        yield from (("dlt645", one.quantity) for one in dlt645_items.items(identifier))
        words = dlt645_items.texts(identifier, bytes(14)) or ()
        yield from (("dlt645", one.quantity) for one in words)
    yield from (("the generic JSON map", quantity) for quantity in YES_NO | ALARMS)


HEARD = {quantity for rule in rules(packs()) for quantity in rule.when.needs()}
SAID = sorted(set(_said()))


@pytest.mark.parametrize("driver", sorted({driver for driver, _ in SAID}))
def test_what_a_driver_says_is_heard_by_a_rule_or_is_telemetry(driver: str) -> None:
    looked_at = {*HEARD, *" ".join(TELEMETRY.values()).split()}
    now = {_PAST.sub("", quantity) for name, quantity in SAID if name == driver}
    unheard = {quantity for quantity in now - looked_at if _PHASE.sub("", quantity) not in looked_at - HEARD}
    assert not unheard, f"{driver} says what no shipped rule hears: {sorted(unheard)}"


def test_the_lists_hold_what_somebody_says_and_nothing_twice() -> None:
    telemetry = " ".join(TELEMETRY.values()).split()
    assert len(telemetry) == len(set(telemetry))
    assert not HEARD & set(telemetry), "a rule hears it: it is no mere telemetry"
    families = {_PHASE.sub("", _PAST.sub("", quantity)) for _, quantity in SAID}
    assert {_PHASE.sub("", one) for one in telemetry} <= families | KNOWN, "nobody says it"
    assert len(SAID) > 250


def test_what_rules_hear_has_a_name_that_people_read() -> None:
    for quantity in HEARD:
        assert quantity in KNOWN
        assert quantity in TRUTHS or re.sub(r"_l[123]\Z", "", quantity) in NOUNS, f"{quantity} has no words"


def test_a_map_of_an_alarm_is_asked_each_second() -> None:
    """Whoever waits in a lift is heard at once, and not with the next minute's round."""
    at_once = [rule.when for rule in rules(packs()) if rule.severity in ("emergency", "urgent")]
    urgent = {quantity for when in at_once if when.seconds < 60 for quantity in when.needs()} & set(TRUTHS)
    asked = 0
    for name, driver in shipped().items():
        calls = urgent & (driver.says or frozenset())
        if name.startswith("modbus-") and calls:
            asked += 1
            assert driver.every <= 1.0, f"{name} may say {sorted(calls)}"
    assert asked >= 7
