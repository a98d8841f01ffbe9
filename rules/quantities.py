"""The quantities that rules may name. A driver may extend the list, never rename; the unit is in the name.

A rule file that speaks of a quantity of somebody's own driver says so at its top: ``quantities = ["radon_bq_m3"]``.
"""

from collections.abc import Mapping

MOMENTARY = frozenset({"button", "test"})
"""Events, true only at the moment of their reading; everything else is a state that lasts until the next reading."""

BUTTONS = ("press", "long_press", "double_press")

_ALARMS = "smoke heat_alarm gas_alarm co_alarm flood tamper fault battery_low"
_STATES = (
    "door_open window_open motion occupied power_on valve_open output_on light_on fire_door_open lift_fault reachable"
    " vibration wearing irregular_pulse person_trapped level_low valve_fault safe door_left_open counter_behind"
    " voltage_unbalanced"
)
_MEASURED = (
    "gas_lel_pct co_ppm smoke_obscuration_pct_m temperature_c humidity_pct pressure_kpa co2_ppm illuminance_lx"
    " flow_m3_h power_w voltage_v current_a power_factor frequency_hz supply_temperature_c return_temperature_c"
    " battery_pct battery_v battery_days rssi_dbm uptime_s alarms_waiting"
    " blood_pressure_systolic_mmhg blood_pressure_diastolic_mmhg blood_pressure_mean_mmhg pulse_bpm pulse_interval_s"
    " spo2_pct perfusion_pct body_temperature_c user_number"
)
_CUMULATIVE = "water_m3 gas_m3 hot_water_m3 volume_m3 heat_kwh energy_kwh energy_export_kwh energy_net_kwh"
_TEXTS = "firmware hardware model reset_cause measured_at"
_OWN = (
    "port_down uplink_down storage_fault clock_unsynced output_fault frame_set_aside inbox_overrun"
    " duplicate_gateway site_refused gateway_lost passive_off untested unsigned"
    " line_babble line_echo line_late line_slow line_stalled driver_fault broker_flood"
    " mains_lost undervoltage overheated memory_low receipt_missing channel_missing ladder_silent"
)
GATEWAY = frozenset(_OWN.split())
"""What the gateway's own parts say of themselves."""
_PHASE_STATES = ("undervoltage", "overvoltage", "overcurrent", "phase_lost")
_PHASED = ("power_w", "voltage_v", "current_a", "power_factor", "energy_kwh")

METERS = frozenset(_CUMULATIVE.split() + [f"energy_kwh_l{phase}" for phase in (1, 2, 3)])
"""Registers, which only ever grow."""

STATES = frozenset(
    f"{_ALARMS} {_STATES} {_OWN}".split() + [f"{state}_l{phase}" for state in _PHASE_STATES for phase in (1, 2, 3)]
)
"""What is true or not until the contrary is said, and often said at a change alone."""

KNOWN = (
    frozenset(
        " ".join((_MEASURED, _CUMULATIVE, _TEXTS)).split()
        + [f"{quantity}_l{phase}" for quantity in _PHASED for phase in (1, 2, 3)]
    )
    | STATES
    | MOMENTARY
)


def declared(data: Mapping[str, object]) -> frozenset[str]:
    """The quantities of somebody's own driver, as a rule file names them."""
    names = data.get("quantities")
    return frozenset(name for name in names if isinstance(name, str)) if isinstance(names, list) else frozenset()

PLAIN = KNOWN - frozenset(_TEXTS.split()) - MOMENTARY
"""Numbers, and what is true or not."""

LIFE = frozenset({
    "smoke", "smoke_obscuration_pct_m", "heat_alarm", "gas_alarm", "gas_lel_pct", "co_alarm", "co_ppm", "button",
    "person_trapped",
})  # fmt: skip
"""What is said by who is there to save lives."""
